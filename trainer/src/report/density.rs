//! Densities of distances, and how far two of them overlap (Yang and Lerch 2020, section 3.3).

/// Points of the grid that densities are known on.
const POINTS: usize = 1024;
/// Bandwidths beyond which a kernel counts as 0.
const REACH: f64 = 5.0;
/// Least bandwidth, in steps of the grid: numbers that are all the same make a narrow hump.
const NARROWEST: f64 = 2.0;
/// Share of an even density that is mixed in before densities are divided by one another: where one
/// is 0, their divergence stays finite.
const EVEN: f64 = 1e-6;

/// Probability densities of several lists of numbers, on one grid.
#[derive(Clone, Debug)]
pub struct Densities {
    /// The first point of the grid.
    pub from: f64,
    /// The distance of its points.
    pub step: f64,
    /// A density for each list, of as many points.
    pub curves: Vec<Vec<f64>>,
}

impl Densities {
    /// Estimates the densities with Gaussian kernels of Scott's bandwidth, as SciPy's
    /// `gaussian_kde` has it. The numbers are first laid on the grid, each shared by the two points
    /// beside it (Wand 1994, "Fast computation of multivariate kernel estimators").
    pub fn of(lists: &[&[f64]]) -> Self {
        let all = || lists.iter().flat_map(|list| list.iter().copied());
        let (low, high) =
            all().fold((f64::MAX, f64::MIN), |(low, high), it| (low.min(it), high.max(it)));
        let (low, high) = if low < high { (low, high) } else { (low.min(0.0), low.max(0.0) + 1.0) };
        let widest = lists.iter().map(|list| scott(list)).fold(0.0, f64::max);
        let from = low - REACH * widest.max((high - low) / POINTS as f64 * NARROWEST);
        let step = (high + (low - from) - from) / (POINTS - 1) as f64;
        let curve = |list: &&[f64]| {
            let bandwidth = scott(list).max(NARROWEST * step);
            smooth(&lay(list, from, step), bandwidth / step, step)
        };
        Self { from, step, curves: lists.iter().map(curve).collect() }
    }

    /// The area below both of two densities: 1 where they are the same, 0 where they never meet.
    pub fn overlap(&self, a: usize, b: usize) -> f64 {
        self.integral(a, b, f64::min).min(1.0)
    }

    /// The Kullback-Leibler divergence of density `b` from density `a`, in nats: 0 where they are
    /// the same.
    pub fn divergence(&self, a: usize, b: usize) -> f64 {
        let even = 1.0 / (self.step * POINTS as f64);
        let mix = |density: f64| (1.0 - EVEN) * density + EVEN * even;
        self.integral(a, b, |a, b| mix(a) * (mix(a) / mix(b)).ln()).max(0.0)
    }

    fn integral(&self, a: usize, b: usize, of: impl Fn(f64, f64) -> f64) -> f64 {
        let (a, b) = (&self.curves[a], &self.curves[b]);
        a.iter().zip(b).map(|(&a, &b)| of(a, b)).sum::<f64>() * self.step
    }
}

/// Scott's bandwidth in one dimension: the standard deviation by the fifth root of the count.
fn scott(list: &[f64]) -> f64 {
    let count = list.len() as f64;
    if list.len() < 2 {
        return 0.0;
    }
    let mean = list.iter().sum::<f64>() / count;
    let variance = list.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (count - 1.0);
    variance.sqrt() * count.powf(-0.2)
}

/// Shares numbers out to the points of the grid; they add up to 1.
fn lay(list: &[f64], from: f64, step: f64) -> Vec<f64> {
    let mut grid = vec![0.0; POINTS];
    for &number in list {
        let place = ((number - from) / step).clamp(0.0, (POINTS - 1) as f64);
        let (below, share) = (place as usize, place.fract());
        grid[below] += (1.0 - share) / list.len() as f64;
        if share > 0.0 {
            grid[below + 1] += share / list.len() as f64;
        }
    }
    grid
}

/// Spreads what lies on the grid by a kernel; its bandwidth is counted in points.
fn smooth(grid: &[f64], bandwidth: f64, step: f64) -> Vec<f64> {
    let reach = (REACH * bandwidth).ceil() as usize;
    let kernel: Vec<f64> =
        (0..=reach).map(|at| (-0.5 * (at as f64 / bandwidth).powi(2)).exp()).collect();
    let sum = kernel[0] + 2.0 * kernel[1..].iter().sum::<f64>();
    let mut curve = vec![0.0; grid.len()];
    for (at, &mass) in grid.iter().enumerate().filter(|&(_, &mass)| mass > 0.0) {
        let mass = mass / (sum * step);
        for (far, &weight) in kernel.iter().enumerate() {
            if let Some(point) = curve.get_mut(at + far) {
                *point += mass * weight;
            }
            if far > 0 && far <= at {
                curve[at - far] += mass * weight;
            }
        }
    }
    curve
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that lie as those of a normal distribution do: its quantiles, by the logistic
    /// distribution that is nearest to it.
    fn bell(count: usize, mean: f64, deviation: f64) -> Vec<f64> {
        let quantile = |index: usize| {
            let share = (index as f64 + 0.5) / count as f64;
            mean + deviation * (share / (1.0 - share)).ln() / 1.702
        };
        (0..count).map(quantile).collect()
    }

    #[test]
    fn every_density_holds_an_area_of_one() {
        let lists: [&[f64]; 4] = [&bell(500, 3.0, 1.0), &[0.0, 7.0], &[2.0; 9], &[4.0]];
        let densities = Densities::of(&lists);
        for (index, curve) in densities.curves.iter().enumerate() {
            let area = curve.iter().sum::<f64>() * densities.step;
            assert!((area - 1.0).abs() < 1e-3, "{index}: {area}");
        }
    }

    #[test]
    fn the_same_numbers_overlap_wholly_and_distant_ones_not_at_all() {
        let (here, there) = (bell(400, 0.0, 1.0), bell(400, 100.0, 1.0));
        let densities = Densities::of(&[&here, &here, &there]);
        assert!((densities.overlap(0, 1) - 1.0).abs() < 1e-3);
        assert_eq!(densities.divergence(0, 1), 0.0);
        assert!(densities.overlap(0, 2) < 1e-3);
        let far = densities.divergence(0, 2);
        assert!(far > 10.0 && far.is_finite(), "{far}");
    }

    #[test]
    fn two_bells_overlap_as_their_formula_says() {
        // Two standard normal densities d apart overlap by 2 Phi(-d/2), and diverge by d^2/2.
        let densities = Densities::of(&[&bell(20_000, 0.0, 1.0), &bell(20_000, 1.0, 1.0)]);
        assert!((densities.overlap(0, 1) - 0.617).abs() < 0.02, "{}", densities.overlap(0, 1));
        assert!((densities.divergence(0, 1) - 0.5).abs() < 0.1, "{}", densities.divergence(0, 1));
    }

    #[test]
    fn numbers_that_are_all_alike_are_compared_too() {
        let densities = Densities::of(&[&[0.0; 50], &[0.0; 50]]);
        assert!((densities.overlap(0, 1) - 1.0).abs() < 1e-3);
        let densities = Densities::of(&[&[5.0; 50], &bell(50, 5.0, 1.0), &[9.0; 50]]);
        assert!(densities.overlap(0, 1) < 0.2);
        assert!(densities.overlap(0, 2) < 1e-3);
    }

    #[test]
    fn the_estimate_is_the_sum_of_its_kernels() {
        // Three kernels of bandwidth s n^(-1/5), s being the standard deviation, summed by hand.
        let densities = Densities::of(&[&[1.0, 2.0, 4.0]]);
        for (at, expected) in [(0.0, 0.10698), (2.0, 0.21490), (3.0, 0.18422)] {
            let index = ((at - densities.from) / densities.step).round() as usize;
            let found = densities.curves[0][index];
            assert!((found - expected).abs() < 1e-3, "{at}: {found}");
        }
    }
}
