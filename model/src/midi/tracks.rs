//! Gathers the contents of a file's tracks.

use midly::num::{u4, u7};
use midly::{MetaMessage, MidiMessage, TrackEventKind};

use super::clock::Clock;
use super::events::Events;
use super::read::{RawNote, Score};
use super::{DRUM_CHANNEL, ImportError, ImportReport, MAX_LENGTH, MAX_NOTES, TrackReport, text};
use crate::key::KeySignature;
use crate::meter::{Meter, MeterMap};
use crate::piece::{TICKS_PER_QUARTER, TempoChange, Tick};

/// How long a note that is never released may sound: a whole note.
const UNRELEASED: Tick = 4 * TICKS_PER_QUARTER;

/// What sounds on one pitch of one channel.
#[derive(Clone, Copy, Default)]
struct Key {
    /// Onsets less releases. Where notes overlap, or a release is missing, it stays above 0 for
    /// longer than the newest note sounds.
    held: u32,
    /// Index of the newest note.
    note: u32,
}

/// Reads tracks one after another.
pub(super) struct Reader {
    clock: Clock,
    report: ImportReport,
    notes: Vec<RawNote>,
    /// For each channel and pitch, what sounds in the track.
    keys: Vec<Key>,
    meters: MeterMap,
    /// Changes that are not yet in `meters`.
    new_meters: Vec<(Tick, Meter)>,
    tempi: Vec<TempoChange>,
    key: Option<(Tick, KeySignature)>,
}

impl RawNote {
    fn release(&mut self, clock: Clock, at: u64) {
        (self.end, _) = clock.place(at);
        self.released = true;
    }
}

impl Reader {
    /// A reader that counts what it finds in a report.
    pub fn new(clock: Clock, report: ImportReport) -> Self {
        Self {
            clock,
            report,
            notes: Vec::new(),
            keys: vec![Key::default(); 16 * 128],
            meters: MeterMap::default(),
            new_meters: Vec::new(),
            tempi: Vec::new(),
            key: None,
        }
    }

    /// Reads a track and returns the tick of its end.
    pub fn track(&mut self, events: Events<'_>) -> Result<Tick, ImportError> {
        self.report.tracks.push(TrackReport::default());
        let first_note = self.notes.len();
        let mut at: u64 = 0;
        let mut complete = false;
        for event in events {
            at += u64::from(event.delta.as_int());
            match event.kind {
                TrackEventKind::Midi { channel, message } => self.message(at, channel, message)?,
                TrackEventKind::Meta(MetaMessage::EndOfTrack) => {
                    complete = true;
                    break;
                }
                TrackEventKind::Meta(meta) => self.meta(at, meta),
                TrackEventKind::SysEx(_) | TrackEventKind::Escape(_) => {}
            }
        }
        self.report.truncated |= !complete;
        let (end, _) = self.clock.place(at);
        self.abandon(first_note, end);
        Ok(end)
    }

    fn message(&mut self, at: u64, channel: u4, message: MidiMessage) -> Result<(), ImportError> {
        match message {
            MidiMessage::NoteOn { key, vel } if vel > 0 => self.start(at, channel, key, vel)?,
            MidiMessage::NoteOn { key, .. } | MidiMessage::NoteOff { key, .. } => {
                self.release(at, channel, key);
            }
            // All sound off, all notes off.
            MidiMessage::Controller { controller, .. }
                if controller == 120 || controller == 123 =>
            {
                for key in 0..128 {
                    self.cut(at, channel, key.into());
                    self.keys[slot(channel, key.into())].held = 0;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, at: u64, channel: u4, key: u7, velocity: u7) -> Result<(), ImportError> {
        // The releases to come are for the new note.
        self.cut(at, channel, key);
        let (onset, error) = self.clock.place(at);
        if onset >= MAX_LENGTH {
            self.report.beyond += 1;
            return Ok(());
        }
        if self.notes.len() == MAX_NOTES {
            return Err(ImportError::TooManyNotes);
        }
        let drum = channel == DRUM_CHANNEL;
        let track = self.report.tracks.len() - 1;
        let counts = &mut self.report.tracks[track];
        *(if drum { &mut counts.drums } else { &mut counts.notes }) += 1;
        self.report.channels[usize::from(channel.as_int())] += 1;
        let slot = &mut self.keys[slot(channel, key)];
        *slot = Key { held: slot.held + 1, note: self.notes.len() as u32 };
        self.notes.push(RawNote {
            onset,
            end: onset,
            error,
            track: track as u16,
            drum,
            released: false,
            pitch: key.as_int(),
            velocity: velocity.as_int(),
        });
        Ok(())
    }

    /// Reads a release. Of several before the next onset the last one ends the note: the others
    /// belong to notes that it cut.
    fn release(&mut self, at: u64, channel: u4, key: u7) {
        let key = &mut self.keys[slot(channel, key)];
        if key.held > 0 {
            key.held -= 1;
            self.notes[key.note as usize].release(self.clock, at);
        }
    }

    /// Ends the note of a pitch, if one sounds, without a release of its own.
    fn cut(&mut self, at: u64, channel: u4, key: u7) {
        let key = self.keys[slot(channel, key)];
        if key.held > 0 && !self.notes[key.note as usize].released {
            self.notes[key.note as usize].release(self.clock, at);
        }
    }

    /// Ends the notes that a track leaves sounding.
    fn abandon(&mut self, first_note: usize, end: Tick) {
        let notes = &mut self.notes[first_note..];
        if !notes.is_empty() {
            self.keys.fill(Key::default());
        }
        for note in notes.iter_mut().filter(|note| !note.released) {
            note.end = end.min(note.onset + UNRELEASED);
        }
    }

    fn meta(&mut self, at: u64, meta: MetaMessage<'_>) {
        let (tick, _) = self.clock.place(at);
        match meta {
            MetaMessage::TrackName(name) => {
                if let Some(track) = self.report.tracks.last_mut()
                    && track.name.is_empty()
                {
                    track.name = text::decode(name);
                }
            }
            MetaMessage::TimeSignature(numerator, power, ..) => {
                let denominator = 1u8.checked_shl(power.into()).unwrap_or(0);
                match Meter::new(numerator, denominator) {
                    Ok(meter) if tick < MAX_LENGTH => self.new_meters.push((tick, meter)),
                    _ => self.report.ignored_meters += 1,
                }
            }
            // A time signature that is too short.
            MetaMessage::Unknown(0x58, _) => self.report.ignored_meters += 1,
            MetaMessage::Tempo(tempo) if tempo > 0 && tick < MAX_LENGTH => {
                self.tempi.push(TempoChange::from_micros(tick, tempo.as_int()));
            }
            MetaMessage::KeySignature(sharps, minor)
                if (-7..=7).contains(&sharps) && self.key.is_none_or(|(first, _)| tick < first) =>
            {
                self.key = Some((tick, KeySignature { sharps, minor }));
            }
            _ => {}
        }
    }

    /// Lets the next track start on the first bar line at or after the end of a pattern.
    pub fn start_next_pattern(&mut self, end: Tick) {
        self.settle_meters();
        let bar = self.meters.bar_at(end);
        let start = if bar.start == end { end } else { self.meters.bar_end(bar) };
        self.clock = self.clock.starting_at(start);
    }

    /// Puts the new meter changes into the bar grid.
    fn settle_meters(&mut self) {
        self.new_meters.sort_by_key(|&(at, _)| at);
        for (at, meter) in self.new_meters.drain(..) {
            self.meters.change(at, meter);
        }
    }

    /// Hands over what was found.
    pub fn finish(mut self) -> Score {
        self.settle_meters();
        // Of several tempi at one tick the last holds.
        self.tempi.reverse();
        self.tempi.sort_by_key(|change| change.at);
        self.tempi.dedup_by_key(|change| change.at);
        Score {
            report: self.report,
            notes: self.notes,
            meters: self.meters,
            tempi: self.tempi,
            key: self.key.map(|(_, key)| key),
        }
    }
}

/// Where [`Reader::keys`] keeps a key of a channel.
fn slot(channel: u4, key: u7) -> usize {
    usize::from(channel.as_int()) * 128 + usize::from(key.as_int())
}
