//! What is asked for, bar by bar: the composition settings, and the plan of when they hold.

use jukebox_model::composer::ComposerSettings;
use jukebox_model::piece::Tick;
use serde::{Deserialize, Serialize};

use crate::audio::player::parts::MOST_PARTS;

/// Most bars of a loop, and of a phrase that is listened to.
pub const LONGEST_LOOP: u32 = 32;
/// Most built-in records that can be asked for by number.
pub const MOST_BUILT_IN: u32 = 9;

/// The composition settings of a bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompositionSettings {
    /// How its notes are chosen.
    #[serde(flatten)]
    pub notes: ComposerSettings,
    /// The built-in record of a number from 1, or 0 for the one that was loaded.
    pub record: u32,
    /// Bars of the loop, or 0 to go on for ever.
    pub length: u32,
    /// How much of a loop is composed anew in each round, in percent.
    pub evolve: u32,
    /// The song tick at which a loop, or an exchange of phrases, begins.
    pub anchor: Tick,
    /// Bars to listen for and then to answer, in turn; 0 to compose all the time.
    pub reply: u32,
    /// Whether the chords that are written are those that are heard on the input.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub chords_heard: bool,
    /// The part, counted from 1, whose notes are those that are heard on the input; 0 for none.
    #[serde(skip_serializing_if = "is_none")]
    pub heard_as: u32,
}

/// Whether there is no part, which is not written down: older versions do not know it.
fn is_none(part: &u32) -> bool {
    *part == 0
}

impl CompositionSettings {
    /// Whether every value lies where it is defined, as those of a saved song may not.
    pub fn is_usable(&self) -> bool {
        self.notes.is_usable()
            && self.record <= MOST_BUILT_IN
            && self.length <= LONGEST_LOOP
            && self.evolve <= 100
            && self.reply <= LONGEST_LOOP
            && self.heard_as as usize <= MOST_PARTS
    }

    /// Whether other settings ask for another tune, not for the same one played on differently.
    pub fn is_another_tune(&self, other: &Self) -> bool {
        (self.notes.take, self.record) != (other.notes.take, other.record)
    }

    /// Whether they ask for a loop.
    pub fn is_loop(&self) -> bool {
        self.reply == 0 && self.length > 0
    }

    /// Whether it plays to the chords that are heard on the input. In a dialogue that is the phrase.
    pub fn hears_chords(&self) -> bool {
        self.reply == 0 && self.chords_heard
    }

    /// The part of a band of so many, counted from 0, that is heard on the input. A line is no band.
    pub fn heard_part(&self, parts: usize) -> Option<u8> {
        let heard = self.reply == 0 && parts > 1 && (1..=parts).contains(&(self.heard_as as usize));
        heard.then(|| (self.heard_as - 1) as u8)
    }

    /// Whether the music may come from what is heard on the input.
    pub fn hears(&self) -> bool {
        self.chords_heard || self.heard_as > 0
    }

    /// Bars after which the way through the song repeats; `None` where it goes on for ever.
    pub fn cycle(&self) -> Option<u32> {
        match (self.reply, self.length) {
            (0, 0) => None,
            (0, length) => Some(length),
            (reply, _) => Some(2 * reply),
        }
    }
}

/// The settings by bar: each holds from its bar until the next one's. Every bar of a take was composed
/// as its plan asks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan(Vec<(u32, CompositionSettings)>);

impl Plan {
    /// A plan from its entries, whose bars must ascend from 0.
    pub fn new(entries: Vec<(u32, CompositionSettings)>) -> Option<Self> {
        let from_the_start = entries.first().is_none_or(|&(bar, _)| bar == 0);
        let ascending = entries.is_sorted_by(|a, b| a.0 < b.0);
        (from_the_start && ascending).then_some(Self(entries))
    }

    /// The entries in order.
    pub fn entries(&self) -> &[(u32, CompositionSettings)] {
        &self.0
    }

    /// The settings of a bar; `None` before any was given.
    pub fn at(&self, bar: u32) -> Option<CompositionSettings> {
        let next = self.0.partition_point(|&(from, _)| from <= bar);
        self.0[..next].last().map(|&(_, settings)| settings)
    }

    /// The settings in force now: those of all bars to come.
    pub fn latest(&self) -> Option<CompositionSettings> {
        self.0.last().map(|&(_, settings)| settings)
    }

    /// Sets the settings from a bar on, or of the whole song where none was given before. Returns the
    /// first bar that it changes.
    pub(super) fn set(&mut self, bar: u32, settings: CompositionSettings) -> Option<u32> {
        let bar = if self.0.is_empty() { 0 } else { bar };
        let others = |&&(_, before): &&(u32, CompositionSettings)| before != settings;
        let changed = match self.at(bar) {
            Some(before) if before == settings => {
                self.0.iter().filter(|&&(from, _)| from > bar).find(others).map(|&(from, _)| from)
            }
            _ => Some(bar),
        };
        self.0.retain(|&(from, _)| from < bar);
        if self.latest() != Some(settings) {
            self.0.push((bar, settings));
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(take: u32) -> CompositionSettings {
        CompositionSettings {
            notes: ComposerSettings { take, ..ComposerSettings::default() },
            ..CompositionSettings::default()
        }
    }

    #[test]
    fn a_plan_tells_from_which_bar_on_it_has_changed() {
        let mut plan = Plan::default();
        assert_eq!(plan.set(7, settings(1)), Some(0), "the first settings hold from the start");
        assert_eq!(plan.set(7, settings(1)), None);
        assert_eq!(plan.set(4, settings(2)), Some(4));
        assert_eq!(plan.set(8, settings(3)), Some(8));
        assert_eq!(plan.set(6, settings(2)), Some(8), "bars 6 and 7 were asked for just so");
        assert_eq!(plan.set(0, settings(1)), Some(4));
        assert_eq!(plan.entries(), [(0, settings(1))]);
    }

    #[test]
    fn settings_of_songs_that_knew_less_are_read() {
        let saved = r#"{ "take": 3, "temperature": 0.5, "top_p": 0.9, "motif": 0.2 }"#;
        let settings: CompositionSettings = serde_json::from_str(saved).unwrap();
        let notes = ComposerSettings {
            take: 3,
            temperature: 0.5,
            top_p: 0.9,
            motif: 0.2,
            ..ComposerSettings::default()
        };
        assert_eq!(settings, CompositionSettings { notes, ..CompositionSettings::default() });
    }
}
