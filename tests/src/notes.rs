//! The notes that come out of a plugin, with their absolute sample times.

use anyhow::{Result, bail};
use clack_host::events::io::{OutputEventBuffer, TryPushError};
use clack_host::events::spaces::CoreEventSpace;
use clack_host::events::{Event, Match, UnknownEvent};

/// A note-on or note-off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoteEvent {
    /// Samples since the session's start.
    pub sample: u64,
    /// Whether the note starts.
    pub on: bool,
    /// MIDI channel, counted from 0.
    pub channel: u16,
    /// MIDI key number.
    pub key: u16,
    /// 0 to 1.
    pub velocity: f64,
}

/// A note from its start to its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlayedNote {
    /// Sample of the note-on.
    pub on: u64,
    /// Sample of the note-off.
    pub off: u64,
    /// MIDI key number.
    pub key: u8,
    /// MIDI velocity.
    pub velocity: u8,
}

/// Takes the events of one block without allocating, as a host must: the plugin runs on the audio
/// thread while it writes them.
pub(crate) struct BlockEvents {
    events: Vec<NoteEvent>,
    /// Events that were not notes, or out of order, or too many; a plugin of ours sends none.
    pub refused: usize,
    frames: u32,
    start: u64,
}

impl BlockEvents {
    const CAPACITY: usize = 4096;

    pub fn new() -> Self {
        Self { events: Vec::with_capacity(Self::CAPACITY), refused: 0, frames: 0, start: 0 }
    }

    /// Begins a block at a sample.
    pub fn begin(&mut self, start: u64, frames: u32) {
        self.events.clear();
        self.start = start;
        self.frames = frames;
    }

    pub fn notes(&self) -> &[NoteEvent] {
        &self.events
    }

    fn note(&self, event: &UnknownEvent) -> Option<NoteEvent> {
        let (on, time, pckn, velocity) = match event.as_core_event()? {
            CoreEventSpace::NoteOn(note) => (true, note.time(), note.pckn(), note.velocity()),
            CoreEventSpace::NoteOff(note) => (false, note.time(), note.pckn(), note.velocity()),
            _ => return None,
        };
        let (Match::Specific(key), Match::Specific(channel)) = (pckn.key, pckn.channel) else {
            return None;
        };
        let sample = self.start + u64::from(time);
        let in_order = self.events.last().is_none_or(|last| last.sample <= sample);
        (in_order && time < self.frames && self.events.len() < Self::CAPACITY)
            .then_some(NoteEvent { sample, on, channel, key, velocity })
    }
}

impl OutputEventBuffer for BlockEvents {
    fn try_push(&mut self, event: &UnknownEvent) -> Result<(), TryPushError> {
        // Changed parameters are told through the same list.
        if matches!(event.as_core_event(), Some(CoreEventSpace::ParamValue(_))) {
            return Ok(());
        }
        match self.note(event) {
            Some(note) => {
                self.events.push(note);
                Ok(())
            }
            None => {
                self.refused += 1;
                Err(TryPushError::new())
            }
        }
    }
}

/// Joins note-ons with the note-offs of their channels, in the order of their starts.
///
/// # Errors
/// Names the first note that starts while it sounds, ends while it does not, or never ends.
pub fn pair(events: &[NoteEvent]) -> Result<Vec<PlayedNote>> {
    let mut sounding: [[Option<usize>; 128]; 16] = [[None; 128]; 16];
    let mut notes = Vec::new();
    for event in events {
        let key = usize::from(event.key);
        let at = event.sample;
        if key > 127 || event.channel > 15 {
            bail!("key {key} on channel {} at sample {at} is no MIDI note", event.channel);
        }
        let sounding = &mut sounding[usize::from(event.channel)][key];
        match (event.on, sounding.take()) {
            (true, None) => {
                *sounding = Some(notes.len());
                let velocity = (event.velocity * 127.0).round() as u8;
                notes.push(PlayedNote { on: at, off: u64::MAX, key: key as u8, velocity });
            }
            (false, Some(index)) => notes[index].off = at,
            (true, Some(_)) => bail!("key {key} starts at sample {at} while it sounds"),
            (false, None) => bail!("key {key} ends at sample {at} while it is silent"),
        }
    }
    if let Some(note) = notes.iter().find(|note| note.off == u64::MAX) {
        bail!("key {} starts at sample {} and never ends", note.key, note.on);
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(sample: u64, on: bool, key: u16) -> NoteEvent {
        NoteEvent { sample, on, channel: 0, key, velocity: 0.5 }
    }

    #[test]
    fn notes_that_hang_double_or_end_unbegun_are_found() {
        let good =
            [event(0, true, 60), event(5, false, 60), event(5, true, 60), event(9, false, 60)];
        assert_eq!(pair(&good).unwrap().len(), 2);
        assert!(pair(&good[..3]).unwrap_err().to_string().contains("never ends"));
        assert!(pair(&good[1..]).unwrap_err().to_string().contains("silent"));
        assert!(pair(&[good[0], good[2]]).unwrap_err().to_string().contains("while it sounds"));
    }
}
