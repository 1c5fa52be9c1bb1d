//! The parts that voices and effects are made of.
//!
//! Each is a few numbers and a `next`: no heap, no branches that depend on block sizes. What decays is
//! set to zero before it becomes subnormal, where processors are slow.

pub mod decay;
pub mod filter;
pub mod limiter;
pub mod mode;
pub mod noise;
pub mod pulse;
pub mod ramp;
pub mod room;
pub mod wave;

/// Samples after which a voice looks at its slow parts: envelopes of filters, vibrato, rounding errors.
pub const CONTROL: usize = 16;

/// A number, or zero where it is too small to be heard (-240 dB) and on its way to subnormal.
pub fn settled(value: f32) -> f32 {
    if value.abs() < 1e-12 { 0.0 } else { value }
}

/// The sample rates that are served; the nearest stands for any other.
pub const SAMPLE_RATES: std::ops::RangeInclusive<f32> = 8_000.0..=384_000.0;

/// Noise has the same loudness per hertz at every sample rate when its peak is scaled by this.
pub fn noise_scale(rate: f32) -> f32 {
    (rate / 48_000.0).sqrt()
}
