//! Exponential, logarithm, sigmoid and tanh in plain multiplications and additions.
//!
//! They use no fused multiply-add and no library function, so that they give the same bits on
//! every processor: what is composed on one machine is composed on all. Being branchless, they
//! vectorise where they are inlined into a loop.

/// e to the x, to within 2 units in the last place; arguments beyond +-87 are taken as +-87.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Cody and Waite's reduction: x = n ln 2 + r with |r| <= ln 2 / 2, ln 2 in two parts.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    // Adding 1.5 * 2^23 rounds to the nearest integer, which is then in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 87.0);
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    // The Taylor polynomial of degree 7 leaves less than 2^-27 on this interval.
    let mut p = 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    // 2^n, put together from its exponent; a conversion to an integer would not vectorise.
    p * f32::from_bits(rounded.to_bits().wrapping_add(127) << 23)
}

/// Natural logarithm of a positive number, to within 2e-7 of the greater of it and 1; smaller ones
/// are taken as the smallest normal number.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    // x = 2^n m with m between sqrt(1/2) and sqrt(2); ln m = 2 artanh((m - 1) / (m + 1)).
    const SQRT_HALF_BITS: u32 = 0x3f35_04f3;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let bits = x.max(f32::MIN_POSITIVE).to_bits().wrapping_sub(SQRT_HALF_BITS);
    let n = (bits as i32 >> 23) as f32;
    let m = f32::from_bits((bits & 0x007f_ffff) + SQRT_HALF_BITS);
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let mut p = 2.0 / 9.0;
    p = p * square + 2.0 / 7.0;
    p = p * square + 2.0 / 5.0;
    p = p * square + 2.0 / 3.0;
    p = p * square + 2.0;
    n * LN_2_HIGH + (n * LN_2_LOW + p * s)
}

/// 1 / (1 + e^-x)
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// Hyperbolic tangent, to within 2e-7.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    1.0 - 2.0 / (1.0 + exp(2.0 * x))
}

/// Replaces the gates of an LSTM cell, a quarter each (input, forget, cell, output), by their
/// activations.
#[inline(always)]
pub fn activate_gates(gates: &mut [f32]) {
    let hidden = gates.len() / 4;
    let (open, rest) = gates.split_at_mut(2 * hidden);
    let (cell, output) = rest.split_at_mut(hidden);
    for gate in open {
        *gate = sigmoid(*gate);
    }
    for gate in cell {
        *gate = tanh(*gate);
    }
    for gate in output {
        *gate = sigmoid(*gate);
    }
}

/// Logits become probabilities; entries before `first` may not be chosen and become 0.
///
/// # Panics
/// Where no entry may be chosen.
pub fn softmax(logits: &mut [f32], first: usize) {
    let (masked, allowed) = logits.split_at_mut(first);
    assert!(!allowed.is_empty(), "there is an entry to choose");
    masked.fill(0.0);
    let best = allowed.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0;
    for logit in allowed.iter_mut() {
        *logit = exp(*logit - best);
        total += *logit;
    }
    for probability in allowed {
        *probability /= total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_agree_with_the_library_in_double_precision() {
        for i in -9000..=9000 {
            let x = i as f32 * 0.01;
            let wide = f64::from(x.clamp(-87.0, 87.0));
            assert!((f64::from(exp(x)) / wide.exp() - 1.0).abs() < 3e-7, "exp {x}");
            assert!((f64::from(tanh(x)) - wide.tanh()).abs() < 2e-7, "tanh {x}");
            assert!(
                (f64::from(sigmoid(x)) - 1.0 / (1.0 + (-wide).exp())).abs() < 2e-7,
                "sigmoid {x}"
            );
        }
    }

    #[test]
    fn the_logarithm_agrees_from_the_smallest_number_to_the_largest() {
        for exponent in -126..=127 {
            for part in 0..100 {
                let x = 2f32.powi(exponent) * (1.0 + part as f32 * 0.01);
                let wide = f64::from(x).ln();
                let error = (f64::from(ln(x)) - wide).abs() / wide.abs().max(1.0);
                assert!(error < 2e-7, "ln {x}: {} {wide}", ln(x));
            }
        }
        assert_eq!(ln(1.0), 0.0);
        assert_eq!(ln(0.0), ln(f32::MIN_POSITIVE));
    }

    #[test]
    fn probabilities_sum_to_1_and_leave_out_what_is_masked() {
        let mut logits = [9.0, 1.0, 1.0 + 2f32.ln(), -1000.0];
        softmax(&mut logits, 1);
        assert_eq!(logits[0], 0.0);
        assert!((logits[2] - 2.0 / 3.0).abs() < 1e-6 && logits[3] < 1e-30, "{logits:?}");
    }

    #[test]
    fn infinities_stay_finite() {
        assert!(exp(f32::INFINITY).is_finite() && exp(f32::NEG_INFINITY) > 0.0);
        assert_eq!((tanh(f32::INFINITY), tanh(f32::NEG_INFINITY)), (1.0, -1.0));
    }
}
