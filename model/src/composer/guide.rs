//! The bar that is varied: each of its notes is offered as the next one, in time with it.

use crate::meter::BarSlot;
use crate::network::Head;
use crate::piece::{Note, Tick};
use crate::sheet::{BarNotes, Resemblance};
use crate::vocabulary::{NoteEvent, PartSet, Vocabulary, half, nearest};

/// Share of its notes that a bar takes over from one that it is loosely or closely like: of notes of which
/// this share is common, and the rest are others, 0.45 and 0.8 are common to both bars.
const LOOSE: f32 = 0.62;
const CLOSE: f32 = 0.89;

/// Offers the notes of an earlier bar, one after another.
pub(super) struct Guide {
    notes: Vec<Note>,
    /// The bar that is composed.
    bar: BarSlot,
    /// Probability that a choice of a head is taken over.
    share: f32,
    /// Whether what it does not play is silent.
    is_whole: bool,
    /// For each half of the bar whether it has another chord than that of the other bar.
    moved: [bool; 2],
    /// The next note as an event; `None` where it cannot be reached.
    next: Option<Offer>,
}

/// A note that is offered.
struct Offer {
    note: NoteEvent,
    /// Whether its pitch belongs to another chord: then all but the pitch is offered.
    moves: bool,
    /// Its place among the notes.
    at: usize,
}

impl Guide {
    /// A guide through a bar that comes from another. `odds` is what coming back counts (see
    /// [`FormPlan::origin`](crate::sheet::FormPlan::origin)); in halves that are `moved` to another chord, pitched
    /// notes keep their rhythm and find other pitches.
    pub fn new(
        from: &BarNotes,
        bar: BarSlot,
        resemblance: Resemblance,
        odds: f32,
        moved: [bool; 2],
    ) -> Self {
        let natural = match resemblance {
            Resemblance::Loose => LOOSE,
            Resemblance::Close => CLOSE,
            Resemblance::Exact => 1.0,
        };
        // When, and which of the notes: each is taken over by itself.
        let natural = natural.sqrt();
        let share = natural * odds / (1.0 - natural + natural * odds);
        let notes = from.at(bar.start).collect();
        Self { notes, bar, share, moved, is_whole: true, next: None }
    }

    /// The same for the parts that play, where that is planned: only they are offered notes. Unless they are all in the
    /// other bar (`is_whole`) the silence after its last note is not offered.
    pub fn among(mut self, playing: Option<PartSet>, is_whole: bool) -> Self {
        let playing = playing.unwrap_or(PartSet::ALL);
        self.notes.retain(|note| playing.has(note.part.into()));
        Self { is_whole, ..self }
    }

    /// Points at the first note that may follow what was played: later, or at the same onset and above.
    pub fn point(
        &mut self,
        vocabulary: &Vocabulary,
        last: Tick,
        event: Option<&NoteEvent>,
        end: Tick,
    ) {
        let played = event.map(|event| (last, event.part as u8, vocabulary.key(event.pitch)));
        // Where the note that was offered last has moved, its pitch tells nothing: those after it follow.
        let moved = self.next.as_ref().filter(|it| it.moves).map(|it| it.at);
        let moved = moved.filter(|&at| {
            let Note { onset, part, .. } = self.notes[at];
            played.is_some_and(|it| (it.0, it.1) == (onset, part))
        });
        let follows = |&(at, note): &(usize, &Note)| match moved {
            Some(last) => at > last,
            None => played.is_none_or(|it| (note.onset, note.part, note.pitch) > it),
        };
        let step = |onset: Tick| {
            let ticks = onset.saturating_sub(last);
            vocabulary.nearest_step(ticks, event.is_none() || ticks == 0) as u16
        };
        let next = self.notes.iter().enumerate().find(follows).filter(|it| it.1.onset < end);
        self.next = match next {
            Some((at, note)) => {
                let part = vocabulary.nearest_part(note.part);
                let event = NoteEvent {
                    step: step(note.onset),
                    part,
                    pitch: vocabulary.nearest_key(part, note.pitch),
                    duration: nearest(&vocabulary.durations, note.duration) as u16,
                    velocity: nearest(&vocabulary.velocities, note.velocity) as u16,
                };
                let moves = self.moved[half(self.bar, note.onset)] && !vocabulary.is_drum(part);
                Some(Offer { note: event, moves, at })
            }
            None if !self.is_whole => None,
            // The bar goes on in silence, to the next one.
            None => {
                let step = step(end.max(self.bar.start));
                let note = NoteEvent { step, ..NoteEvent::default() };
                Some(Offer { note, moves: false, at: 0 })
            }
        };
    }

    /// Moves the odds of a head's entries towards what stood in the other bar, where all choices before were
    /// taken over, and gives the entry that it offers. Entries before `first` may not be chosen, nor those
    /// without any odds.
    pub fn mix(
        &self,
        head: Head,
        event: &NoteEvent,
        first: usize,
        odds: &mut [f32],
    ) -> Option<usize> {
        let Offer { note, moves, .. } = self.next.as_ref()?;
        let is_free = |it: Head| *moves && it == Head::Pitch;
        let mut before = Head::ALL.into_iter().take_while(|it| *it != head);
        let entry = usize::from(note.chosen(head));
        let may = entry >= first && odds.get(entry).is_some_and(|it| *it > 0.0) && !is_free(head);
        if !may || before.any(|it| !is_free(it) && event.chosen(it) != note.chosen(it)) {
            return None;
        }
        odds.iter_mut().for_each(|it| *it *= 1.0 - self.share);
        odds[entry] += self.share;
        Some(entry)
    }
}
