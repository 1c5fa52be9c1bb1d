//! Exponential, sigmoid and tanh in plain multiplications and additions.
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
    fn infinities_stay_finite() {
        assert!(exp(f32::INFINITY).is_finite() && exp(f32::NEG_INFINITY) > 0.0);
        assert_eq!((tanh(f32::INFINITY), tanh(f32::NEG_INFINITY)), (1.0, -1.0));
    }
}
