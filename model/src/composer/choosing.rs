//! One note: head after head, under the masks, with what may come back mixed in.

use std::ops::Range;
use std::sync::Arc;

use super::future::Ahead;
use super::guide::Guide;
use super::sampling::NoteRng;
use super::{Composer, ComposerSettings, Memory};
use crate::meter::BarSlot;
use crate::motif::Strength;
use crate::network::kernel::activation::softmax;
use crate::network::rows::HeadRows;
use crate::network::{Head, Masks};
use crate::piece::{Note, Tick};
use crate::vocabulary::{Harmony, NoteEvent, half};

/// What chooses among the likely in one bar: the settings, random numbers, and how much copying counts.
pub(super) struct Choice {
    /// What is asked for.
    pub settings: ComposerSettings,
    /// The random numbers of this try.
    pub rng: NoteRng,
    /// How much the motif memory counts.
    pub motif: Strength,
    /// What may be chosen.
    pub masks: Masks,
    /// The bar that this one varies.
    pub guide: Option<Guide>,
    /// What is known of the chords of the bar's halves.
    pub chords: [Harmony; 2],
    /// For each part whether it may begin a note here: a line may where its last note has ended.
    pub open: Vec<bool>,
}

impl Composer {
    /// Chooses one note; `None` where the next one lies beyond the bar. That choice is then made
    /// again in the next bar, among the steps that reach it: the same odds, and each bar has random
    /// numbers of its own.
    pub(super) fn next_note(
        &mut self,
        memory: &Memory,
        bar: BarSlot,
        end: Tick,
        future: Ahead<'_>,
        choice: &mut Choice,
    ) -> Option<(NoteEvent, Note, bool)> {
        let record = Arc::clone(&self.record);
        let vocabulary = record.vocabulary();
        let previous = memory.previous;
        let rows = *self.network.rows();
        self.network.attend(&memory.state, future.contexts, &mut self.scratch);
        if choice.motif != Strength::NEVER {
            self.recall.memory.look_back();
        }
        let mut event = NoteEvent::default();
        let before = future.left(previous.onset);

        if let Some(guide) = &mut choice.guide {
            guide.point(vocabulary, previous.onset, previous.event.as_ref(), bar.start, end);
        }

        let onset = if previous.event.is_some() {
            // A step of 0 adds to the chord, upwards; in a later bar the step must reach its line.
            let shortest = bar.start.saturating_sub(previous.onset);
            let first = vocabulary.steps.partition_point(|&step| step < shortest);
            let first = first.max(choice.masks.lowest(Head::Step, &event, previous.event.as_ref()));
            let first = first.max(self.first_free_step(memory, first));
            if first < vocabulary.steps.len() {
                let rows = rows.heads(
                    event,
                    previous.place,
                    previous.place,
                    [before; 2],
                    Harmony::UNKNOWN,
                );
                let steps = first..vocabulary.steps.len();
                event.step = self.choose(Head::Step, &rows, &event, steps, choice).0;
                previous.onset.saturating_add(vocabulary.steps[usize::from(event.step)])
            } else {
                // No step is long enough: the silence ends on the bar line.
                event.step = (vocabulary.steps.len() - 1) as u16;
                bar.start
            }
        } else {
            // The first note falls on the first beat: after a pickup nearly all of its bar is silent. It is
            // remembered as it would be read again.
            let silent = bar.start.saturating_sub(previous.onset);
            event.step = vocabulary.nearest_step(silent, true) as u16;
            bar.start
        };
        if onset >= end {
            return None;
        }

        let place = vocabulary.place(bar, onset);
        let left = [before, future.left(onset)];
        choice.open.clear();
        let open =
            (0..).zip(&memory.ends).map(|(it, &end)| end <= onset || !vocabulary.is_line(it));
        choice.open.extend(open);
        let mut copied = false;
        for &head in &rows.choosing()[1..] {
            let first = choice.masks.lowest(head, &event, previous.event.as_ref());
            let end = choice.masks.end(head, &event, rows.choices(head));
            let heads =
                rows.heads(event, previous.place, place, left, choice.chords[half(bar, onset)]);
            let (entry, is_copied) = self.choose(head, &heads, &event, first..end, choice);
            match head {
                Head::Step => {}
                Head::Part => event.part = entry,
                Head::Pitch => (event.pitch, copied) = (entry, is_copied),
                Head::Duration => event.duration = entry,
                Head::Velocity => event.velocity = entry,
            }
        }
        let note = Note {
            onset,
            part: event.part as u8,
            pitch: vocabulary.key(event.pitch),
            duration: vocabulary.durations[usize::from(event.duration)],
            velocity: vocabulary.velocities[usize::from(event.velocity)],
        };
        Some((event, note, copied))
    }

    /// The first step after which a part may begin a note, where all parts are lines that sound; 0 where no
    /// step is long enough.
    fn first_free_step(&self, memory: &Memory, least: usize) -> usize {
        let vocabulary = self.record.vocabulary();
        let parts = (0..).zip(&memory.ends);
        let free = parts.map(|(it, &end)| if vocabulary.is_line(it) { end } else { 0 }).min();
        let shortest = free.unwrap_or(0).saturating_sub(memory.previous.onset);
        let first = vocabulary.steps.partition_point(|&step| step < shortest);
        if first < vocabulary.steps.len() { first } else { least }
    }

    /// One choice of a head among some of its entries, and whether it was brought back: as the guide has it, or
    /// more by the motif memory than by the network. `event` holds the choices made before.
    fn choose(
        &mut self,
        head: Head,
        rows: &[HeadRows; Head::COUNT],
        event: &NoteEvent,
        entries: Range<usize>,
        choice: &mut Choice,
    ) -> (u16, bool) {
        let odds = self.network.logits(head, &rows[head as usize], &mut self.scratch);
        let allowed = match head {
            Head::Part if choice.open[entries.clone()].contains(&true) => Some(&choice.open[..]),
            _ => choice.masks.allowed(head, event),
        };
        forbid(odds, allowed, f32::NEG_INFINITY);
        softmax(&mut odds[..entries.end], entries.start);
        odds[entries.end..].fill(0.0);
        forbid(odds, allowed, 0.0);
        let share = self.recall.memory.mix(head, event, odds, choice.motif);
        let offered = choice.guide.as_ref().and_then(|it| it.mix(head, event, entries.start, odds));
        if head == Head::Step {
            choice.settings.thin_or_thicken(odds, &self.record.vocabulary().steps);
        }
        let entry =
            entries.start + self.sampler.sample(head, &odds[entries.clone()], &mut choice.rng);
        let is_remembered = || {
            let own = (1.0 - share) * self.recall.memory.given(head, entry);
            own < 0.5 * odds[entry]
        };
        let is_back = offered == Some(entry) || share > 0.0 && is_remembered();
        (entry as u16, is_back)
    }
}

/// Sets the odds of the entries that may not be chosen, where any may not.
fn forbid(odds: &mut [f32], allowed: Option<&[bool]>, to: f32) {
    for (odds, _) in odds.iter_mut().zip(allowed.unwrap_or_default()).filter(|(_, it)| !**it) {
        *odds = to;
    }
}
