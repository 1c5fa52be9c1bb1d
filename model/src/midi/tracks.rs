//! Gathers the contents of a file's tracks.

use super::clock::FileClock;
use super::events::{END_OF_TRACK, Events, TrackEvent};
use super::keys::{Keys, Releases};
use super::pedal::{Act, Pedals};
use super::read::{RawNote, Score};
use super::text::{self, Encodings};
use super::{
    DRUM_CHANNEL, ImportError, ImportReport, MAX_LENGTH, MAX_NOTES, Programs, TrackReport,
};
use crate::key::KeySignature;
use crate::meter::{Meter, MeterMap};
use crate::piece::{TICKS_PER_QUARTER, TempoChange, Tick};

/// How long a note that is never released may sound: a whole note.
const UNRELEASED: Tick = 4 * TICKS_PER_QUARTER;

/// Bytes of a track's name that are kept.
const NAME: usize = 4096;

/// Reads tracks one after another.
pub(super) struct TrackReader<'a> {
    clock: FileClock,
    report: ImportReport,
    notes: Vec<RawNote>,
    /// What sounds in the track.
    keys: Keys,
    releases: Releases,
    pedals: Pedals,
    programs: Programs,
    /// Events read so far.
    order: u32,
    /// The meters of the patterns before this one.
    meters: MeterMap,
    /// Changes that are not yet in `meters`.
    new_meters: Vec<(Tick, Meter)>,
    tempi: Vec<TempoChange>,
    keys_named: Vec<(Tick, KeySignature)>,
    names: Vec<&'a [u8]>,
    encodings: Encodings,
}

impl RawNote {
    /// Ends the note; `order` counts the events of the file.
    pub fn release(&mut self, at: Tick, order: u32) {
        self.end = at.max(self.onset);
        self.release_order = order;
        self.released = true;
    }
}

impl<'a> TrackReader<'a> {
    /// A reader that counts what it finds in a report.
    pub fn new(clock: FileClock, report: ImportReport, releases: Releases) -> Self {
        Self {
            clock,
            report,
            notes: Vec::new(),
            keys: Keys::new(releases),
            releases,
            pedals: Pedals::default(),
            programs: Programs::default(),
            order: 0,
            meters: MeterMap::default(),
            new_meters: Vec::new(),
            tempi: Vec::new(),
            keys_named: Vec::new(),
            names: Vec::new(),
            encodings: Encodings::new(),
        }
    }

    /// Reads a track and returns the tick of its end.
    pub fn track(&mut self, mut events: Events<'a>) -> Result<Tick, ImportError> {
        self.report.tracks.push(TrackReport::default());
        self.names.push(&[]);
        let first_note = self.notes.len();
        let mut end: u64 = 0;
        let mut complete = false;
        for (at, event) in events.by_ref() {
            self.order = self.order.saturating_add(1);
            match event {
                TrackEvent::Note { channel, pitch, velocity: 0 } => {
                    let (tick, _) = self.clock.place(at);
                    self.keys.release(channel, pitch, tick, self.order, &mut self.notes);
                }
                TrackEvent::Note { channel, pitch, velocity } => {
                    self.report.damage.after_end += usize::from(complete);
                    self.start(at, channel, pitch, velocity)?;
                }
                TrackEvent::Control { channel, number, value } => {
                    self.control(at, channel, number, value);
                }
                TrackEvent::Program { channel, program } => {
                    self.programs.name(channel, self.track_number(), program);
                }
                TrackEvent::Meta { kind: END_OF_TRACK, .. } => complete = true,
                TrackEvent::Meta { kind, data } => self.meta(at, kind, data),
                TrackEvent::Other => {}
            }
            end = at;
        }
        self.report.truncated |= !complete;
        self.report.damage.clamped += events.faults().clamped;
        self.report.damage.stray += events.faults().stray;
        let (end, _) = self.clock.place(end);
        self.abandon(first_note, end);
        Ok(end)
    }

    /// The number of the track that is read, from 0.
    fn track_number(&self) -> u16 {
        (self.report.tracks.len() - 1) as u16
    }

    fn control(&mut self, at: u64, channel: u8, number: u8, value: u8) {
        let (tick, _) = self.clock.place(at);
        // All sound off, all notes off, and the changes of mode that imply it.
        let ends = match self.releases {
            Releases::FirstOff => matches!(number, 120 | 123..=127),
            Releases::LastOff => matches!(number, 120 | 123),
        };
        if ends {
            self.keys.release_all(channel, tick, self.order, &mut self.notes);
        }
        if let Some(act) = Act::of(number, value) {
            self.pedals.act(channel, self.track_number(), tick, self.order, act);
        }
    }

    fn start(&mut self, at: u64, channel: u8, pitch: u8, velocity: u8) -> Result<(), ImportError> {
        let (onset, error) = self.clock.place(at);
        if onset >= MAX_LENGTH {
            self.report.beyond += 1;
            return Ok(());
        }
        if self.notes.len() == MAX_NOTES {
            return Err(ImportError::TooManyNotes);
        }
        let drum = channel == DRUM_CHANNEL;
        let track = self.track_number();
        let counts = &mut self.report.tracks[usize::from(track)];
        *(if drum { &mut counts.drums } else { &mut counts.notes }) += 1;
        self.report.channels[usize::from(channel)] += 1;
        self.keys.press(channel, pitch, self.notes.len() as u32);
        self.notes.push(RawNote {
            onset,
            order: self.order,
            end: onset,
            release_order: self.order,
            error,
            track,
            channel,
            released: false,
            pitch,
            velocity,
        });
        Ok(())
    }

    /// Ends the notes that a track leaves sounding.
    fn abandon(&mut self, first_note: usize, end: Tick) {
        if first_note == self.notes.len() {
            return;
        }
        self.keys.settle(&mut self.notes);
        for note in self.notes[first_note..].iter_mut().filter(|note| !note.released) {
            note.end = end.clamp(note.onset, note.onset + UNRELEASED);
        }
    }

    fn meta(&mut self, at: u64, kind: u8, data: &'a [u8]) {
        let (tick, _) = self.clock.place(at);
        if (1..16).contains(&kind) {
            self.encodings.hear(data);
        }
        match (kind, data) {
            (0x03, name) => {
                if let Some(first) = self.names.last_mut()
                    && first.is_empty()
                {
                    *first = &name[..name.len().min(NAME)];
                }
            }
            (0x58, &[numerator, power, ..]) => {
                let denominator = 1u8.checked_shl(power.into()).unwrap_or(0);
                match Meter::new(numerator, denominator) {
                    Ok(meter) if tick < MAX_LENGTH => self.new_meters.push((tick, meter)),
                    _ => self.report.ignored_meters += 1,
                }
            }
            (0x58, _) => self.report.ignored_meters += 1,
            (0x51, &[high, middle, low]) => {
                let micros = u32::from_be_bytes([0, high, middle, low]);
                if micros > 0 && tick < MAX_LENGTH {
                    self.tempi.push(TempoChange::from_micros(tick, micros));
                }
            }
            (0x59, &[sharps, mode, ..]) if (-7..=7).contains(&(sharps as i8)) => {
                // Writers put all kinds of values where the key is not minor.
                let key = KeySignature { sharps: sharps as i8, minor: mode == 1 };
                self.keys_named.push((tick, key));
            }
            (0x59, _) => self.report.ignored_keys += 1,
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
        let encoding = self.encodings.found();
        for (track, name) in self.report.tracks.iter_mut().zip(self.names) {
            track.name = text::decode(name, encoding);
        }
        // Of several tempi, meters or keys at one tick the last holds; of several tracks' keys the first
        // track's.
        self.tempi.reverse();
        self.tempi.sort_by_key(|change| change.at);
        self.tempi.dedup_by_key(|change| change.at);
        self.new_meters.sort_by_key(|&(at, _)| at);
        self.keys_named.sort_by_key(|&(at, _)| at);
        self.keys_named.dedup_by_key(|&mut (at, _)| at);
        self.keys_named.dedup_by_key(|&mut (_, key)| key);
        Score {
            report: self.report,
            notes: self.notes,
            pedals: self.pedals,
            programs: self.programs,
            changes: self.new_meters,
            meters: self.meters,
            tempi: self.tempi,
            keys: self.keys_named,
        }
    }
}
