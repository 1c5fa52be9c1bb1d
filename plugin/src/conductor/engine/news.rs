//! What the host does that concerns the song.

use std::ops::Range;
use std::sync::Arc;

use jukebox_model::meter::Meter;
use jukebox_model::piece::{Tick, tidy};
use jukebox_model::take::Bar;

use super::Engine;
use crate::shared::link::{Message, News, When};
use crate::shared::score::Held;
use crate::song::CompositionSettings;

/// Most notes of a phrase.
const MOST_PLAYED: usize = 4096;

impl Engine {
    pub(super) fn hear(&mut self, message: Message) {
        let (news, generation) = match message {
            // Made here, freed here.
            Message::Retired(score) => return drop(score),
            Message::News { news, generation } => (news, generation),
        };
        self.answered += 1;
        self.unpublished = true;
        self.halted = false;
        if self.generation < Some(generation) {
            self.adopt_state();
        }
        match news {
            // Read from the parameters of a state that has been replaced since, or played to its song.
            News::Settings { .. } | News::PlayedNote(_) | News::Phrase { .. }
                if self.generation > Some(generation) => {}
            News::Settings { settings, when } => self.change_settings(settings, when),
            News::Meter { at, meter } => self.change_meter(at, meter),
            News::PlayedNote(note) if self.played.len() < MOST_PLAYED => self.played.push(note),
            News::PlayedNote(_) => {}
            News::Phrase { start, until, end } => self.hear_phrase(start..end, until),
        }
    }

    fn change_settings(&mut self, settings: CompositionSettings, when: When) {
        let before = self.song.plan.latest();
        if before == Some(settings) {
            return;
        }
        self.song_changed();
        if before.map_or(0, |before| before.record) != settings.record {
            self.hold(when);
            self.change_to(&settings);
        }
        if self.composer.is_none() {
            self.song.change_beyond(settings);
        } else if before.is_none_or(|before| before.is_another_tune(&settings)) {
            self.hold(when);
            self.song.restart(settings);
        } else {
            let bar = |tick| self.song.take.meters().bar_at(tick).number;
            let from = match when {
                When::Everywhere => 0,
                When::Here { tick } => bar(tick),
                When::Ahead { tick, loop_start, .. } => {
                    loop_start.map_or(u32::MAX, bar).min(bar(tick) + 2)
                }
            };
            // In a loop the bars in progress may be among those that change.
            self.hold(when);
            self.song.change(settings, from);
        }
    }

    /// Takes down a phrase that was played to the song; the answer is composed to it.
    fn hear_phrase(&mut self, ticks: Range<Tick>, until: Tick) {
        let mut phrase = std::mem::take(&mut self.played);
        phrase.retain(|note| note.onset < until);
        tidy(&mut phrase);
        if self.composer.is_some() && self.song.hear(ticks, &phrase) {
            self.song_changed();
        }
    }

    fn change_meter(&mut self, at: Tick, meter: Meter) {
        // Without a composer, bars that are forgotten are lost.
        if self.composer.is_some() || self.song.take.bars().is_empty() {
            self.song.hear_meter(at, meter);
            self.song_changed();
        }
    }

    /// Lets the two bars in progress end as they began, whatever comes after them.
    pub(super) fn hold(&mut self, when: When) {
        let When::Ahead { tick, pass, .. } = when else { return self.held = None };
        let meters = self.song.take.meters();
        let first = meters.bar_at(tick);
        let end = meters.bar(first.number + 2).start;
        let score = &self.published;
        let standing = score.held_in(pass).map_or(&[][..], |held| &held.bars);
        let own_start = standing.last().map_or(first.start, |bar| bar.end);
        let in_progress = |bar: &&Arc<Bar>| bar.end > first.start && bar.slot.start < end;
        let own = score.bars.iter().filter(|bar| bar.slot.start >= own_start);
        let standing: Vec<_> = standing.iter().filter(in_progress).cloned().collect();
        // Bars that are transposed and bars that are not do not mix.
        let (bars, band) = match score.held_in(pass).filter(|_| !standing.is_empty()) {
            Some(held) if !held.band.sounds_like(&score.band) => (standing, held.band.clone()),
            _ => {
                let own = own.filter(in_progress).cloned();
                (standing.into_iter().chain(own).collect(), score.band.clone())
            }
        };
        self.held = (!bars.is_empty()).then_some(Held { bars, band, pass });
    }
}
