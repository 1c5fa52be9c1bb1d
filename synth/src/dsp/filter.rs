//! Filters.

use super::settled;

/// A cut-off in hertz as a share of the sample rate, kept where filters behave.
fn share(hertz: f32, rate: f32) -> f64 {
    f64::from((hertz / rate).clamp(1e-5, 0.45))
}

/// A lowpass of 6 dB an octave.
#[derive(Clone, Copy, Debug, Default)]
pub struct OnePole {
    value: f32,
    share: f32,
}

impl OnePole {
    /// Lets pass what lies below some hertz.
    pub fn new(hertz: f32, rate: f32) -> Self {
        let share = 1.0 - libm::exp(-std::f64::consts::TAU * share(hertz, rate));
        Self { value: 0.0, share: share as f32 }
    }

    /// The next sample.
    pub fn low(&mut self, input: f32) -> f32 {
        self.value += self.share * (input - self.value);
        self.value
    }

    /// What [`low`](Self::low) takes away: a highpass.
    pub fn high(&mut self, input: f32) -> f32 {
        input - self.low(input)
    }

    /// Ends what nobody hears.
    pub fn settle(&mut self) {
        self.value = settled(self.value);
    }

    /// Forgets what it has heard.
    pub fn clear(&mut self) {
        self.value = 0.0;
    }
}

/// What a [`StateVariable`] filter lets pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// What lies below.
    Low,
    /// What lies around, as loud there as it came.
    Band,
    /// What lies above.
    High,
}

/// A filter of 12 dB an octave whose cut-off can move while it works: the trapezoidal state variable
/// filter (Zavalishin, "The Art of VA Filter Design", 4.4 and 4.5; Simper, "Solving the continuous SVF
/// equations using trapezoidal integration", 2013).
#[derive(Clone, Copy, Debug)]
pub struct StateVariable {
    damping: f32,
    gain: f32,
    scale: f32,
    first: f32,
    second: f32,
}

impl StateVariable {
    /// A cut-off in hertz, and a resonance: 0.7 has none, 10 rings.
    pub fn new(hertz: f32, resonance: f32, rate: f32) -> Self {
        let damping = 1.0 / resonance;
        let mut filter = Self { damping, gain: 0.0, scale: 0.0, first: 0.0, second: 0.0 };
        filter.tune(hertz, rate);
        filter
    }

    /// Moves the cut-off.
    pub fn tune(&mut self, hertz: f32, rate: f32) {
        self.gain = libm::tan(std::f64::consts::PI * share(hertz, rate)) as f32;
        self.scale = 1.0 / (1.0 + self.gain * (self.gain + self.damping));
    }

    /// The next sample.
    pub fn next(&mut self, input: f32, pass: Pass) -> f32 {
        let high = (input - (self.gain + self.damping) * self.first - self.second) * self.scale;
        let band = self.gain * high + self.first;
        self.first = self.gain * high + band;
        let low = self.gain * band + self.second;
        self.second = self.gain * band + low;
        match pass {
            Pass::Low => low,
            Pass::Band => band * self.damping,
            Pass::High => high,
        }
    }

    /// Ends what nobody hears.
    pub fn settle(&mut self) {
        if settled(self.first) == 0.0 && settled(self.second) == 0.0 {
            (self.first, self.second) = (0.0, 0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f32 = 48_000.0;

    /// How loud a sine of some hertz leaves, in decibels.
    fn passed(hertz: f32, mut filter: impl FnMut(f32) -> f32) -> f32 {
        let sine = |sample: usize| (std::f32::consts::TAU * hertz * sample as f32 / RATE).sin();
        let outputs: Vec<f32> = (0..9600).map(|sample| filter(sine(sample))).collect();
        let power: f32 = outputs[4800..].iter().map(|it| it * it).sum::<f32>() / 4800.0;
        10.0 * (2.0 * power).log10()
    }

    #[test]
    fn each_filter_passes_what_its_name_says() {
        for (pass, [below, at, above]) in [
            (Pass::Low, [0.0, -3.0, -40.0]),
            (Pass::Band, [-17.0, 0.0, -17.0]),
            (Pass::High, [-40.0, -3.0, 0.0]),
        ] {
            for (hertz, expected) in [(100.0, below), (1000.0, at), (10_000.0, above)] {
                let mut filter = StateVariable::new(1000.0, std::f32::consts::FRAC_1_SQRT_2, RATE);
                let level = passed(hertz, |input| filter.next(input, pass));
                assert!((level - expected).abs() < 4.0, "{pass:?} at {hertz} Hz: {level} dB");
            }
        }
        let mut pole = OnePole::new(1000.0, RATE);
        assert!((passed(1000.0, |input| pole.low(input)) + 3.0).abs() < 0.5);
        assert!(passed(50.0, |input| pole.high(input)) < -20.0);
    }

    #[test]
    fn any_cut_off_is_stable_while_it_moves() {
        let mut filter = StateVariable::new(1000.0, 10.0, RATE);
        let mut noise = crate::dsp::noise::Noise::new(1);
        let loudest = (0..100_000).fold(0f32, |loudest, sample| {
            filter.tune([20.0, 90_000.0, 700.0, 0.0][sample % 4], RATE);
            loudest.max(filter.next(noise.next(), Pass::Low).abs())
        });
        assert!(loudest < 50.0, "{loudest}");
    }

    #[test]
    fn what_rings_out_ends_at_zero() {
        let mut filter = StateVariable::new(200.0, 5.0, RATE);
        let mut pole = OnePole::new(20.0, RATE);
        for sample in 0..400_000 {
            if sample % crate::dsp::CONTROL == 0 {
                filter.settle();
                pole.settle();
            }
            let input = if sample == 0 { 1.0 } else { 0.0 };
            let (a, b) = (filter.next(input, Pass::Low), pole.low(input));
            assert!(!a.is_subnormal() && !b.is_subnormal());
        }
        assert_eq!((filter.first, filter.second, pole.value), (0.0, 0.0, 0.0));
    }
}
