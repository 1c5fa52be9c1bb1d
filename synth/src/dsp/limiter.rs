//! The last thing before the output: nothing leaves that is louder than full scale.

use super::settled;

/// Peaks below this pass as they are.
const THRESHOLD: f32 = 0.5;
/// What a peak is turned down to, however high it was.
const CEILING: f32 = 0.89;
/// Seconds in which it turns down, and in which it lets go.
const ATTACK: f64 = 0.000_7;
const RELEASE: f64 = 0.12;

/// Turns down what is too loud, both channels alike, and rounds off what comes faster than it turns.
#[derive(Clone, Copy, Debug)]
pub struct Limiter {
    peak: f32,
    attack: f32,
    release: f32,
}

impl Limiter {
    /// For a sample rate.
    pub fn new(rate: f32) -> Self {
        let share = |seconds: f64| (1.0 - libm::exp(-1.0 / (seconds * f64::from(rate)))) as f32;
        Self { peak: 0.0, attack: share(ATTACK), release: share(RELEASE) }
    }

    /// The next sample of both channels, each within ±1.
    pub fn next(&mut self, [left, right]: [f32; 2]) -> [f32; 2] {
        let peak = left.abs().max(right.abs());
        let share = if peak > self.peak { self.attack } else { self.release };
        self.peak = settled(self.peak + share * (peak - self.peak));
        let gain = if self.peak > THRESHOLD {
            const ROOM: f32 = CEILING - THRESHOLD;
            let over = (self.peak - THRESHOLD) / ROOM;
            (THRESHOLD + ROOM * over / (1.0 + over)) / self.peak
        } else {
            1.0
        };
        [rounded(gain * left), rounded(gain * right)]
    }

    /// Forgets what it has heard.
    pub fn clear(&mut self) {
        self.peak = 0.0;
    }
}

/// Straight up to the ceiling, then ever flatter, never beyond ±1.
fn rounded(x: f32) -> f32 {
    let over = (x.abs() - CEILING) / (1.0 - CEILING);
    if over <= 0.0 {
        x
    } else {
        (CEILING + (1.0 - CEILING) * over / (1.0 + over)).min(1.0).copysign(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_sound_passes_untouched_and_loud_sound_never_leaves_the_range() {
        let mut limiter = Limiter::new(48_000.0);
        for sample in 0..1000 {
            let x = (sample as f32 * 0.1).sin() * 0.49;
            assert_eq!(limiter.next([x, -x]), [x, -x]);
        }
        for loudness in [1.0, 10.0, 1e6, f32::MAX] {
            for sample in 0..1000 {
                let x = (sample as f32 * 0.1).sin() * loudness;
                let [left, right] = limiter.next([x, 0.5 * x]);
                assert!(left.abs() <= 1.0 && right.abs() <= 1.0);
            }
        }
    }

    #[test]
    fn a_held_tone_is_turned_down_rather_than_bent() {
        let mut limiter = Limiter::new(48_000.0);
        let tone = |sample: usize| (sample as f32 * std::f32::consts::TAU / 100.0).sin() * 3.0;
        let outputs: Vec<f32> =
            (0..24_000).map(|sample| limiter.next([tone(sample); 2])[0]).collect();
        let last = &outputs[23_900..];
        let peak = last.iter().fold(0f32, |peak, it| peak.max(it.abs()));
        assert!((0.8..0.95).contains(&peak), "{peak}");
        let crest = peak * peak / (last.iter().map(|it| it * it).sum::<f32>() / 100.0);
        assert!((crest - 2.0).abs() < 0.1, "a sine: {crest}");
    }
}
