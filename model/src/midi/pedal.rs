//! Notes as heard: pedals hold what the keys let go.
//!
//! By the MIDI 1.0 specification and General MIDI's guidelines: a pedal (controllers 64 and 66) is down
//! from a value of 64 up, and acts on its channel. The sustain pedal holds all notes whose keys are
//! released while it is down; sostenuto holds those whose keys were down when it was pressed. "Reset all
//! controllers" lifts both; "all sound off" ends what sounds, and "all notes off" is a release of all
//! keys, so that pedals hold on.

use super::Programs;
use super::file::RawNote;

/// A moment in a file: its time in the file's ticks, then the number of the event.
type Moment = (u64, u32);

/// What a channel is told that ends notes, or keeps them from ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Sustain(bool),
    Sostenuto(bool),
    /// All controllers are reset: both pedals go up.
    Reset,
    SoundOff,
}

#[derive(Clone, Copy)]
struct PedalEvent {
    at: u64,
    order: u32,
    track: u16,
    act: Act,
}

/// The pedals of all channels.
#[derive(Clone, Default)]
pub(super) struct Pedals([Vec<PedalEvent>; 16]);

impl Act {
    /// What a controller's value asks for.
    pub fn of(number: u8, value: u8) -> Option<Self> {
        match number {
            64 => Some(Self::Sustain(value >= 64)),
            66 => Some(Self::Sostenuto(value >= 64)),
            120 => Some(Self::SoundOff),
            121 => Some(Self::Reset),
            _ => None,
        }
    }
}

impl Pedals {
    pub fn act(&mut self, channel: u8, track: u16, at: u64, order: u32, act: Act) {
        self.0[usize::from(channel)].push(PedalEvent { at, order, track, act });
    }

    /// When each note ceases to sound: with its release, or later where pedals hold it. Nothing where no pedal
    /// is pressed. Drums ring as long as they do.
    ///
    /// A pedal acts on the notes of its channel in all tracks, except those of a track that names another
    /// program for the channel: it plays another instrument. One that is never lifted holds until the
    /// last key is released.
    pub fn hold(&self, notes: &[RawNote], programs: &Programs) -> Option<Vec<u64>> {
        let pressed = |events: &Vec<PedalEvent>| {
            events.iter().any(|it| matches!(it.act, Act::Sustain(true) | Act::Sostenuto(true)))
        };
        if !self.0.iter().any(pressed) {
            return None;
        }
        let mut sounds: Vec<u64> = notes.iter().map(|note| note.end).collect();
        let pitched = notes.iter().filter(|note| !note.drums);
        let last = pitched.map(|note| note.end).max().unwrap_or(0);
        for (channel, events) in (0u8..).zip(&self.0).filter(|&(_, events)| pressed(events)) {
            let mut events: Vec<(Option<u8>, PedalEvent)> =
                events.iter().map(|it| (programs.of(channel, it.track), *it)).collect();
            events.sort_by_key(|(_, it)| (it.at, it.order));
            // What a track hears depends on its program alone, so that tracks of one program, of which
            // there may be thousands, share what is made of the events.
            let of_channel = (0..notes.len())
                .filter(|&note| notes[note].channel == channel && !notes[note].drums);
            let mut of_channel: Vec<(Option<u8>, usize)> =
                of_channel.map(|note| (programs.of(channel, notes[note].track), note)).collect();
            of_channel.sort_by_key(|&(program, _)| program);
            for of_program in of_channel.chunk_by(|a, b| a.0 == b.0) {
                let program = of_program[0].0;
                let heard = events.iter().filter(|&&(other, _)| Programs::agree(program, other));
                let spans = Spans::new(heard.map(|(_, event)| event), last);
                for &(_, note) in of_program {
                    sounds[note] = spans.end_of_sound(&notes[note]);
                }
            }
        }
        Some(sounds)
    }
}

/// When the pedals of one channel are down, and when its sound is cut.
#[derive(Default)]
struct Spans {
    /// Pressed, and the time at which it is lifted.
    sustain: Vec<(Moment, u64)>,
    sostenuto: Vec<(Moment, u64)>,
    cuts: Vec<Moment>,
}

impl Spans {
    /// From what a channel is told, in order; pedals that are never lifted are lifted at `last`.
    fn new<'a>(events: impl Iterator<Item = &'a PedalEvent>, last: u64) -> Self {
        let mut spans = Self::default();
        let (mut sustain, mut sostenuto) = (None, None);
        let pedal = |pressed: &mut Option<Moment>, down: bool, at: Moment| {
            if down {
                pressed.get_or_insert(at);
                None
            } else {
                pressed.take().map(|pressed| (pressed, at.0))
            }
        };
        for event in events {
            let at = (event.at, event.order);
            match event.act {
                Act::Sustain(down) => spans.sustain.extend(pedal(&mut sustain, down, at)),
                Act::Sostenuto(down) => spans.sostenuto.extend(pedal(&mut sostenuto, down, at)),
                Act::Reset => {
                    spans.sustain.extend(pedal(&mut sustain, false, at));
                    spans.sostenuto.extend(pedal(&mut sostenuto, false, at));
                }
                Act::SoundOff => spans.cuts.push(at),
            }
        }
        let end = (last, u32::MAX);
        spans.sustain.extend(pedal(&mut sustain, false, end));
        spans.sostenuto.extend(pedal(&mut sostenuto, false, end));
        spans
    }

    /// When a note ceases to sound.
    fn end_of_sound(&self, note: &RawNote) -> u64 {
        if !note.released {
            return note.end;
        }
        let pressed_before = |spans: &[(Moment, u64)], moment: Moment| -> Option<(Moment, u64)> {
            spans[..spans.partition_point(|&(pressed, _)| pressed < moment)].last().copied()
        };
        let (onset, release) = ((note.onset, note.order), (note.end, note.release_order));
        let mut end = release;
        if let Some((pressed, lifted)) = pressed_before(&self.sostenuto, release)
            && pressed > onset
            && lifted > end.0
        {
            end = (lifted, u32::MAX);
        }
        if let Some((_, lifted)) = pressed_before(&self.sustain, end) {
            end.0 = end.0.max(lifted);
        }
        let cut = self.cuts[self.cuts.partition_point(|&cut| cut < release)..].first();
        end.0 = cut.map_or(end.0, |&(cut, _)| end.0.min(cut));
        note.end.max(end.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::NO_PROGRAM;
    use super::*;

    const TRACKS: u16 = 60_000;
    const PRESSES: u32 = 200_000;

    /// A note of a track, released at tick 2 after the pedal's press there.
    fn note(track: u16) -> RawNote {
        RawNote {
            onset: 0,
            end: 2,
            order: 0,
            release_order: 5,
            track,
            channel: 0,
            pitch: 60,
            velocity: 80,
            program: NO_PROGRAM,
            released: true,
            drums: false,
        }
    }

    #[test]
    fn many_tracks_under_many_pedal_events_are_no_burden() {
        let mut pedals = Pedals::default();
        for press in 0..PRESSES {
            pedals.act(0, 0, u64::from(2 * press), 2 * press, Act::Sustain(true));
            pedals.act(0, 0, u64::from(2 * press + 1), 2 * press + 1, Act::Sustain(false));
        }
        // Of two instruments that take turns, the first is the pedal's.
        let mut programs = Programs::default();
        (0..TRACKS).for_each(|track| programs.name(0, track, (track % 2) as u8));
        let notes: Vec<RawNote> = (0..TRACKS).map(note).collect();
        let sounds = pedals.hold(&notes, &programs).unwrap();
        for (note, sound) in notes.iter().zip(sounds) {
            assert_eq!(sound, 3 - u64::from(note.track % 2));
        }
    }
}
