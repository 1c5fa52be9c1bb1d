//! A record's own usual settings: what the defaults of the knobs mean for it.

use serde::{Deserialize, Serialize};

use super::ComposerSettings;
use crate::network::Head;
use crate::network::kernel::activation::{exp, ln};

/// What a record makes of [`ComposerSettings`]' defaults, found at the end of its training by composing. A knob at
/// its default gives the value here; at its end, which stands for never, always or exactly, what it says; between
/// them it follows a power, so that it goes on rising with the knob.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UsualSettings {
    /// The temperature of each head, in the order of [`Head::ALL`].
    pub temperature: [f32; Head::COUNT],
    /// Share of the likely entries that are chosen from, above 0 and below 1.
    pub top_p: f32,
    /// Strength of the motif memory, above 0 and below 1.
    pub motif: f32,
}

impl Default for UsualSettings {
    /// The knobs as they are: what older records play.
    fn default() -> Self {
        let ComposerSettings { temperature, top_p, motif, .. } = ComposerSettings::default();
        Self { temperature: [temperature; Head::COUNT], top_p, motif }
    }
}

impl UsualSettings {
    /// Whether every value lies where it is defined, as those of a file may not.
    pub fn is_usable(&self) -> bool {
        let inside = |it: f32| (0.01..=0.99).contains(&it);
        self.temperature.iter().all(|it| (0.1..=3.0).contains(it))
            && inside(self.top_p)
            && inside(self.motif)
    }

    /// The temperature of a head at a knob.
    pub fn temperature(&self, head: Head, knob: f32) -> f32 {
        let usual = Self::default().temperature[head as usize];
        let own = self.temperature[head as usize];
        if own == usual { knob } else { knob * own / usual }
    }

    /// The share of the likely entries at a knob.
    pub fn top_p(&self, knob: f32) -> f32 {
        let usual = Self::default().top_p;
        if self.top_p == usual {
            knob
        } else {
            1.0 - bent(1.0 - knob, 1.0 - usual, 1.0 - self.top_p)
        }
    }

    /// What coming back counts against new music in a plan, at the motif knob: 1, as the collection does it,
    /// at the default, from 0, never, to infinity, wherever there is something to come back to.
    pub fn return_odds(knob: f32) -> f32 {
        let bent = bent(knob, Self::default().motif, 0.5);
        if bent < 1.0 { bent / (1.0 - bent) } else { f32::INFINITY }
    }

    /// The strength of the motif memory at a knob.
    pub fn motif(&self, knob: f32) -> f32 {
        bent(knob, Self::default().motif, self.motif)
    }
}

/// A number from 0 to 1 on the power curve that leads through 0, 1 and `usual` at `default`.
fn bent(knob: f32, default: f32, usual: f32) -> f32 {
    if default == usual || knob <= 0.0 || knob >= 1.0 {
        return knob;
    }
    exp(ln(knob) * ln(usual) / ln(default))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_without_its_own_plays_the_knobs_as_they_are() {
        let usual = UsualSettings::default();
        for knob in [0.0, 0.1, 0.3, 0.5, 0.95, 1.0] {
            assert_eq!(usual.temperature(Head::Pitch, knob), knob);
            assert_eq!(usual.motif(knob), knob);
            assert_eq!(usual.top_p(knob), knob);
        }
    }

    #[test]
    fn knobs_lead_from_end_to_end_through_what_is_usual() {
        let usual = UsualSettings { temperature: [1.2; Head::COUNT], top_p: 0.99, motif: 0.05 };
        assert!(usual.is_usable());
        let default = ComposerSettings::default();
        assert!((usual.temperature(Head::Step, default.temperature) - 1.2).abs() < 1e-5);
        assert!((usual.top_p(default.top_p) - 0.99).abs() < 1e-5);
        assert!((usual.motif(default.motif) - 0.05).abs() < 1e-5);
        assert_eq!((usual.motif(0.0), usual.motif(1.0), usual.top_p(1.0)), (0.0, 1.0, 1.0));
        let rising: Vec<f32> = (0..=20).map(|it| usual.motif(it as f32 / 20.0)).collect();
        assert!(rising.is_sorted());
        let odds = [0.0, 0.1, 0.3, 0.6, 1.0].map(UsualSettings::return_odds);
        assert!(odds.is_sorted() && odds[0] == 0.0 && odds[4].is_infinite(), "{odds:?}");
        assert!((odds[2] - 1.0).abs() < 1e-5, "{odds:?}");
        let wild = UsualSettings { top_p: f32::NAN, ..usual };
        assert!(!wild.is_usable());
    }
}
