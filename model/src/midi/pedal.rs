//! Notes as heard: pedals hold what the keys let go.
//!
//! By the MIDI 1.0 specification and General MIDI's guidelines: a pedal (controllers 64 and 66) is down
//! from a value of 64 up, and acts on its channel. The sustain pedal holds all notes whose keys are
//! released while it is down; sostenuto holds those whose keys were down when it was pressed. "Reset all
//! controllers" lifts both; "all sound off" ends what sounds, and "all notes off" is a release of all
//! keys, so that pedals hold on.

use super::read::RawNote;
use super::{DRUM_CHANNEL, Programs};
use crate::piece::Tick;

/// A moment in a file: its tick, then the number of the event.
type Moment = (Tick, u32);

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
    at: Moment,
    track: u16,
    act: Act,
}

/// The pedals of all channels.
#[derive(Default)]
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
    pub fn act(&mut self, channel: u8, track: u16, at: Tick, order: u32, act: Act) {
        self.0[usize::from(channel)].push(PedalEvent { at: (at, order), track, act });
    }

    /// When each act happens.
    pub fn ticks(&mut self) -> impl Iterator<Item = &mut Tick> {
        self.0.iter_mut().flatten().map(|event| &mut event.at.0)
    }

    /// Lengthens the notes that pedals hold, and says how many. Drums ring as long as they do.
    ///
    /// A pedal acts on the notes of its channel in all tracks, except those of a track that names another
    /// program for the channel: it plays another instrument. One that is never lifted holds until the
    /// last key is released.
    pub fn hold(&self, notes: &mut [RawNote], programs: &Programs) -> usize {
        let last = notes.iter().map(|note| note.end).max().unwrap_or(0);
        let mut held = 0;
        for (channel, events) in (0u8..).zip(&self.0) {
            let pressed =
                |it: &PedalEvent| matches!(it.act, Act::Sustain(true) | Act::Sostenuto(true));
            if channel == DRUM_CHANNEL || !events.iter().any(pressed) {
                continue;
            }
            let mut events: Vec<(Option<u8>, PedalEvent)> =
                events.iter().map(|it| (programs.of(channel, it.track), *it)).collect();
            events.sort_by_key(|(_, it)| it.at);
            // What a track hears depends on its program alone, so that tracks of one program, of which
            // there may be thousands, share what is made of the events.
            let of_channel = notes.iter_mut().filter(|note| note.channel == channel);
            let mut of_channel: Vec<(Option<u8>, &mut RawNote)> =
                of_channel.map(|note| (programs.of(channel, note.track), note)).collect();
            of_channel.sort_by_key(|&(program, _)| program);
            for of_program in of_channel.chunk_by_mut(|a, b| a.0 == b.0) {
                let program = of_program[0].0;
                let heard = events.iter().filter(|&&(other, _)| Programs::agree(program, other));
                let spans = Spans::new(heard.map(|(_, event)| event), last);
                for (_, note) in of_program {
                    held += usize::from(spans.hold(note));
                }
            }
        }
        held
    }
}

/// When the pedals of one channel are down, and when its sound is cut.
#[derive(Default)]
struct Spans {
    /// Pressed, and lifted at a tick.
    sustain: Vec<(Moment, Tick)>,
    sostenuto: Vec<(Moment, Tick)>,
    cuts: Vec<Moment>,
}

impl Spans {
    /// From what a channel is told, in order; pedals that are never lifted are lifted at `last`.
    fn new<'a>(events: impl Iterator<Item = &'a PedalEvent>, last: Tick) -> Self {
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
            match event.act {
                Act::Sustain(down) => spans.sustain.extend(pedal(&mut sustain, down, event.at)),
                Act::Sostenuto(down) => {
                    spans.sostenuto.extend(pedal(&mut sostenuto, down, event.at));
                }
                Act::Reset => {
                    spans.sustain.extend(pedal(&mut sustain, false, event.at));
                    spans.sostenuto.extend(pedal(&mut sostenuto, false, event.at));
                }
                Act::SoundOff => spans.cuts.push(event.at),
            }
        }
        let end = (last, u32::MAX);
        spans.sustain.extend(pedal(&mut sustain, false, end));
        spans.sostenuto.extend(pedal(&mut sostenuto, false, end));
        spans
    }

    /// Lengthens a note, if it is held; whether it was.
    fn hold(&self, note: &mut RawNote) -> bool {
        if !note.released {
            return false;
        }
        let pressed_before = |spans: &[(Moment, Tick)], moment: Moment| -> Option<(Moment, Tick)> {
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
        let held = end.0 > note.end;
        note.end = note.end.max(end.0);
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACKS: u16 = 60_000;
    const PRESSES: u32 = 200_000;

    /// A note of a track, released at tick 2 after the pedal's press there.
    fn note(track: u16) -> RawNote {
        RawNote {
            onset: 0,
            order: 0,
            end: 2,
            release_order: 5,
            error: 0.0,
            track,
            channel: 0,
            released: true,
            pitch: 60,
            velocity: 80,
        }
    }

    #[test]
    fn many_tracks_under_many_pedal_events_are_no_burden() {
        let mut pedals = Pedals::default();
        for press in 0..PRESSES {
            pedals.act(0, 0, 2 * press, 2 * press, Act::Sustain(true));
            pedals.act(0, 0, 2 * press + 1, 2 * press + 1, Act::Sustain(false));
        }
        // Of two instruments that take turns, the first is the pedal's.
        let mut programs = Programs::default();
        (0..TRACKS).for_each(|track| programs.name(0, track, (track % 2) as u8));
        let mut notes: Vec<RawNote> = (0..TRACKS).map(note).collect();
        assert_eq!(pedals.hold(&mut notes, &programs), usize::from(TRACKS / 2));
        for note in notes {
            assert_eq!((note.end, note.pitch), (3 - Tick::from(note.track % 2), 60));
        }
    }
}
