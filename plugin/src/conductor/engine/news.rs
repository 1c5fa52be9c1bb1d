//! What the host does that concerns the song.

use std::ops::Range;
use std::sync::Arc;

use jukebox_model::meter::Meter;
use jukebox_model::piece::{Tick, tidy};
use jukebox_model::take::Bar;

use super::Engine;
use crate::audio::player::parts::settings_of;
use crate::shared::link::{HeardBar, Message, News, When};
use crate::shared::score::Held;
use crate::song::{CompositionSettings, PlayedBar, PlayedNote};

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
            News::Settings { .. }
            | News::PlayedNote(_)
            | News::Phrase { .. }
            | News::HeardNote(_)
            | News::HeardBar(_)
            | News::HeardAnew
                if self.generation > Some(generation) => {}
            News::Settings { settings, when } => self.change_settings(settings, when),
            News::Meter { at, meter } => self.change_meter(at, meter),
            News::PlayedNote(note) if self.played.len() < MOST_PLAYED => self.played.push(note),
            News::PlayedNote(_) => {}
            News::Phrase { start, until, end } => self.hear_phrase(start..end, until),
            News::HeardNote(played) => self.hear_note(played),
            News::HeardBar(bar) => self.hear_bar(&bar),
            News::HeardAnew => self.input.clear(),
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

    /// Takes down a note that is played in a bar; its key may have been told of before.
    fn hear_note(&mut self, played: PlayedNote) {
        let key = |it: &PlayedNote| (it.note.onset, it.note.pitch);
        match self.input.iter().position(|it| key(it) == key(&played)) {
            Some(place) => self.input[place] = played,
            None if self.input.len() < MOST_PLAYED => self.input.push(played),
            None => {}
        }
    }

    /// Plays to what was heard in a bar, from the next one on; the bar in progress ends as it began.
    fn hear_bar(&mut self, bar: &HeardBar) {
        let Self { song, composer, rounds, input, .. } = self;
        let mut changed = false;
        if let Some(composer) = composer {
            let meters = song.take.meters();
            let here = meters.bar_at(bar.tick).number;
            let part = song.plan.at(meters.bar_at(bar.from).number);
            let part = part.and_then(|settings| song.heard_part(&settings)).unwrap_or(0);
            let octave = bar.octaves[settings_of(part.into())].into();
            let ticks = bar.from..bar.end;
            let played = PlayedBar { ticks, notes: input, shift: bar.shift, octave };
            changed = song.hear_bar(&played, here, composer, rounds);
        }
        if bar.tick >= bar.end {
            self.input.clear();
        }
        if changed {
            self.hold_bars(bar.tick, bar.pass, 1);
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
        match when {
            When::Ahead { tick, pass, .. } => self.hold_bars(tick, pass, 2),
            When::Everywhere | When::Here { .. } => self.held = None,
        }
    }

    /// Lets some bars from a tick on end as they began.
    fn hold_bars(&mut self, tick: Tick, pass: u64, bars: u32) {
        let meters = self.song.take.meters();
        let first = meters.bar_at(tick);
        let end = meters.bar(first.number + bars).start;
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
