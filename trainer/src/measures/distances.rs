//! How far two sets of pieces lie apart in each measure, and how far the halves of one set do.

use serde::Serialize;

use super::{FormProfile, Measured, Shares, Values, deviations, total_variation};

/// Times that a set is divided in halves.
const DIVISIONS: u64 = 12;

/// Distances of a set from a reference, one for each measure; `None` where one of them has no such music.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Distances {
    /// Mean difference of the shares of form, 0 to 1.
    pub form: Option<f64>,
    /// Deviations over pieces, in the mean over the numbers of harmony.
    pub harmony: Option<f64>,
    /// Share of the chord progressions that differ, 0 to 1.
    pub progressions: Option<f64>,
    /// Deviations over pieces, in the mean over the numbers of groove.
    pub groove: Option<f64>,
    /// Share of the onsets' places in the bar that differ, 0 to 1.
    pub places: Option<f64>,
    /// Deviations over pieces, in the mean over the numbers of dynamics.
    pub dynamics: Option<f64>,
    /// Deviations over pieces, in the mean over the numbers of drums.
    pub drums: Option<f64>,
}

impl Distances {
    /// Names for people, in the order of [`Distances::values`].
    pub const NAMES: [&'static str; 7] = [
        "form, difference of shares",
        "harmony, deviations",
        "chord progressions, share",
        "groove, deviations",
        "places in the bar, share",
        "dynamics, deviations",
        "drums, deviations",
    ];

    /// The numbers.
    pub fn values(&self) -> [Option<f64>; 7] {
        let &Self { form, harmony, progressions, groove, places, dynamics, drums } = self;
        [form, harmony, progressions, groove, places, dynamics, drums]
    }

    fn from_values(values: [Option<f64>; 7]) -> Self {
        let [form, harmony, progressions, groove, places, dynamics, drums] = values;
        Self { form, harmony, progressions, groove, places, dynamics, drums }
    }
}

/// How far a set lies from a reference.
pub fn distances(set: &[Measured], reference: &[Measured]) -> Distances {
    between(&set.iter().collect::<Vec<_>>(), &reference.iter().collect::<Vec<_>>())
}

/// How far the halves of a set lie apart, in the mean over some fixed divisions: what distance chance alone makes
/// between sets half as large. `None` where nothing is left to compare.
pub fn halves(set: &[Measured]) -> Distances {
    let mut sums = [(0.0, 0u32); 7];
    for division in 0..DIVISIONS {
        let mut order: Vec<(u64, &Measured)> =
            set.iter().enumerate().map(|(index, it)| (scatter(division, index), it)).collect();
        order.sort_by_key(|it| it.0);
        let order: Vec<&Measured> = order.into_iter().map(|it| it.1).collect();
        let (one, other) = order.split_at(order.len() / 2);
        for (sum, value) in sums.iter_mut().zip(between(one, other).values()) {
            if let Some(value) = value {
                *sum = (sum.0 + value, sum.1 + 1);
            }
        }
    }
    let mean = |(sum, count): (f64, u32)| (count > 0).then(|| sum / f64::from(count));
    Distances::from_values(sums.map(mean))
}

/// A fixed number for a piece in a division, as good as random (SplitMix64: Steele, Lea, Flood, OOPSLA 2014).
fn scatter(division: u64, index: usize) -> u64 {
    let mut bits =
        (division << 32 | index as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

fn between(set: &[&Measured], reference: &[&Measured]) -> Distances {
    Distances {
        form: form(set).zip(form(reference)).map(|(set, reference)| set.distance(&reference)),
        harmony: rows(set, reference, |it| it.harmony.as_ref()),
        progressions: kinds(set, reference, |it| Some(&it.harmony.as_ref()?.progressions)),
        groove: rows(set, reference, |it| it.groove.as_ref()),
        places: kinds(set, reference, |it| Some(&it.groove.as_ref()?.places)),
        dynamics: rows(set, reference, |it| it.dynamics.as_ref()),
        drums: rows(set, reference, |it| it.drums.as_ref()),
    }
}

fn form(set: &[&Measured]) -> Option<FormProfile> {
    FormProfile::of(set.iter().filter_map(|it| it.form.as_ref()))
}

fn rows<'m, V: Values + 'm>(
    set: &[&'m Measured],
    reference: &[&'m Measured],
    values: impl Fn(&'m Measured) -> Option<&'m V>,
) -> Option<f64> {
    deviations(&gather(set, &values), &gather(reference, &values))
}

fn gather<'m, V>(
    set: &[&'m Measured],
    values: &impl Fn(&'m Measured) -> Option<&'m V>,
) -> Vec<&'m V> {
    set.iter().filter_map(|it| values(it)).collect()
}

fn kinds<'m, K: Ord + Copy + 'm>(
    set: &[&'m Measured],
    reference: &[&'m Measured],
    shares: impl Fn(&'m Measured) -> Option<&'m Shares<K>>,
) -> Option<f64> {
    let mean = |set: &[&'m Measured]| Shares::mean(gather(set, &shares).into_iter());
    Some(total_variation(&mean(set)?, &mean(reference)?))
}

#[cfg(test)]
mod tests {
    use super::super::tests::piece;
    use super::*;

    /// Some tunes in steps of so many ticks, each another.
    fn tunes(step: u32, number: u32) -> Vec<Measured> {
        let tune = |seed: u32| {
            let notes = 1200 / step;
            piece((0..notes).map(|it| {
                let pitch = 60 + (it * it * (seed + 1) % (5 + seed % 4)) as u8;
                (step * it, pitch, step, 60 + (it * seed % 40) as u8)
            }))
        };
        (0..number).map(|seed| Measured::of(&tune(seed))).collect()
    }

    #[test]
    fn a_set_lies_nowhere_from_itself_and_another_farther_than_its_halves() {
        let (slow, fast) = (tunes(24, 12), tunes(12, 12));
        let itself = distances(&slow, &slow);
        for (name, value) in Distances::NAMES.iter().zip(itself.values()) {
            assert!(value.is_none_or(|it| it == 0.0), "{name}: {value:?}");
        }
        let (apart, halves) = (distances(&fast, &slow), halves(&slow));
        assert!(apart.places > halves.places, "{apart:?} {halves:?}");
        assert!(halves.form.is_some_and(|it| it > 0.0));
        assert_eq!(apart.drums, None);
    }

    #[test]
    fn nothing_is_told_of_too_few() {
        assert_eq!(distances(&[], &tunes(24, 3)), Distances::default());
        assert_eq!(halves(&tunes(24, 1)), Distances::default());
    }
}
