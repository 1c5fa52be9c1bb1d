//! Decodes a file's tracks, one after another.

use super::clock::FileClock;
use super::drum_mode::DrumModes;
use super::events::{END_OF_TRACK, Events, TrackEvent};
use super::file::{MAX_TICK, MidiFile, NO_PROGRAM, Place, RawNote};
use super::keys::{Keys, Releases};
use super::pedal::{Act, Pedals};
use super::text::{self, Encodings};
use super::{
    DRUM_CHANNEL, ImportError, ImportReport, MAX_LENGTH, MAX_NOTES, Programs, TrackReport,
};
use crate::key::KeySignature;
use crate::meter::{Meter, MeterMap};
use crate::piece::{TICKS_PER_QUARTER, Tick};

/// How long a note that is never released may sound: a whole note.
pub(super) const UNRELEASED: Tick = 4 * TICKS_PER_QUARTER;

/// Bytes of a track's name that are kept.
const NAME: usize = 4096;

/// Reads tracks one after another.
pub(super) struct TrackReader<'a> {
    /// Of the track that is read.
    clock: FileClock,
    /// Of the tracks before it, where each has its own.
    clocks: Vec<FileClock>,
    report: ImportReport,
    notes: Vec<RawNote>,
    /// What sounds in the track.
    keys: Keys,
    releases: Releases,
    pedals: Pedals,
    programs: Programs,
    /// The program of each channel, in the order of the file.
    programs_now: [u8; 16],
    drum_modes: DrumModes,
    /// Events read so far.
    order: u32,
    meters: Vec<(Place, u8, u8)>,
    /// The bars of the patterns before this one, and how many of `meters` they have.
    patterns: (MeterMap, usize),
    tempi: Vec<(Place, u32)>,
    keys_named: Vec<(Place, KeySignature)>,
    first_mark: Option<Place>,
    names: Vec<&'a [u8]>,
    /// The title of a karaoke file.
    title: &'a [u8],
    encodings: Encodings,
}

impl<'a> TrackReader<'a> {
    /// A reader that counts what it finds in a report.
    pub fn new(clock: FileClock, report: ImportReport, releases: Releases) -> Self {
        Self {
            clock,
            clocks: Vec::new(),
            report,
            notes: Vec::new(),
            keys: Keys::new(releases),
            releases,
            pedals: Pedals::default(),
            programs: Programs::default(),
            programs_now: [NO_PROGRAM; 16],
            drum_modes: DrumModes::default(),
            order: 0,
            meters: Vec::new(),
            patterns: (MeterMap::default(), 0),
            tempi: Vec::new(),
            keys_named: Vec::new(),
            first_mark: None,
            names: Vec::new(),
            title: &[],
            encodings: Encodings::new(),
        }
    }

    /// Reads a track and returns the time of its end.
    pub fn track(&mut self, mut events: Events<'a>) -> Result<u64, ImportError> {
        self.report.tracks.push(TrackReport::default());
        self.names.push(&[]);
        let first_note = self.notes.len();
        // Beyond it notes are dropped.
        let (start, limit) = (self.clock.start(), self.clock.limit());
        let mut end = start;
        let mut complete = false;
        for (at, event) in events.by_ref() {
            let at = (start + at).min(MAX_TICK);
            self.order = self.order.saturating_add(1);
            match event {
                TrackEvent::Note { channel, pitch, velocity: 0 } => {
                    self.keys.release(channel, pitch, at, self.order, &mut self.notes, &self.clock);
                }
                TrackEvent::Note { channel, pitch, velocity } => {
                    self.report.damage.after_end += usize::from(complete);
                    match at < limit {
                        true => self.start(at, channel, pitch, velocity)?,
                        false => self.report.beyond += 1,
                    }
                }
                TrackEvent::Control { channel, number, value } => {
                    self.control(at, channel, number, value);
                }
                TrackEvent::Program { channel, program } => {
                    self.programs.name(channel, self.track_number(), program);
                    self.programs_now[usize::from(channel)] = program;
                    self.drum_modes.program(at, channel);
                }
                TrackEvent::Exclusive { data } => self.drum_modes.exclusive(at, data),
                TrackEvent::Meta { kind: END_OF_TRACK, .. } => complete = true,
                TrackEvent::Meta { kind, data } => self.meta(at, kind, data),
                TrackEvent::Other => {}
            }
            end = at;
        }
        self.report.truncated |= !complete;
        self.report.damage.clamped += events.faults().clamped;
        self.report.damage.stray += events.faults().stray;
        self.abandon(first_note, end);
        Ok(end)
    }

    /// The number of the track that is read, from 0.
    fn track_number(&self) -> u16 {
        (self.report.tracks.len() - 1) as u16
    }

    fn control(&mut self, at: u64, channel: u8, number: u8, value: u8) {
        // All sound off, all notes off, and the changes of mode that imply it.
        let ends = match self.releases {
            Releases::FirstOff => matches!(number, 120 | 123..=127),
            Releases::LastOff => matches!(number, 120 | 123),
        };
        if ends {
            self.keys.release_all(channel, at, self.order, &mut self.notes, &self.clock);
        }
        if number == 0 {
            self.drum_modes.bank(channel, value);
        } else if let Some(act) = Act::of(number, value) {
            self.pedals.act(channel, self.track_number(), at, self.order, act);
        }
    }

    fn start(&mut self, at: u64, channel: u8, pitch: u8, velocity: u8) -> Result<(), ImportError> {
        if self.notes.len() == MAX_NOTES {
            return Err(ImportError::TooManyNotes);
        }
        self.report.channels[usize::from(channel)] += 1;
        self.keys.press(channel, pitch, self.notes.len() as u32);
        self.notes.push(RawNote {
            onset: at,
            end: at,
            order: self.order,
            release_order: self.order,
            track: self.track_number(),
            channel,
            pitch,
            velocity,
            program: self.programs_now[usize::from(channel)],
            released: false,
            drums: channel == DRUM_CHANNEL,
        });
        Ok(())
    }

    /// Ends the notes that a track leaves sounding.
    fn abandon(&mut self, first_note: usize, end: u64) {
        if first_note == self.notes.len() {
            return;
        }
        self.keys.settle(&mut self.notes, &self.clock);
        let longest = self.clock.time(UNRELEASED);
        for note in self.notes[first_note..].iter_mut().filter(|note| !note.released) {
            note.end = end.clamp(note.onset, note.onset + longest);
        }
    }

    fn meta(&mut self, at: u64, kind: u8, data: &'a [u8]) {
        let place = Place { at, track: self.track_number() };
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
            // Karaoke files have titles among their words, the song's first: their tracks are called "Words".
            (0x01 | 0x05, [b'@', b'T', title @ ..]) if self.title.is_empty() => {
                self.title = &title[..title.len().min(NAME)];
            }
            (0x06 | 0x07, _) => {
                let earlier = self.first_mark.filter(|mark| mark.at <= at);
                self.first_mark = earlier.or(Some(place));
            }
            (0x58, &[numerator, power, ..]) => {
                let denominator = 1u8.checked_shl(power.into()).unwrap_or(0);
                self.meters.push((place, numerator, denominator));
            }
            (0x58, _) => self.report.ignored_meters += 1,
            (0x51, &[high, middle, low]) => {
                let micros = u32::from_be_bytes([0, high, middle, low]);
                if micros > 0 {
                    self.tempi.push((place, micros));
                }
            }
            (0x59, &[sharps, mode, ..]) if (-7..=7).contains(&(sharps as i8)) => {
                // Writers put all kinds of values where the key is not minor.
                let key = KeySignature { sharps: sharps as i8, minor: mode == 1 };
                self.keys_named.push((place, key));
            }
            (0x59, _) => self.report.ignored_keys += 1,
            _ => {}
        }
    }

    /// Lets the next track start on the first bar line at or after the end of a pattern.
    pub fn start_next_pattern(&mut self, end: u64) {
        let (bars, settled) = &mut self.patterns;
        let mut changes = Vec::new();
        for &(place, numerator, denominator) in &self.meters[*settled..] {
            let (tick, _) = self.clock.place(place.at);
            changes.extend(usable_meter(tick, numerator, denominator).map(|meter| (tick, meter)));
        }
        *settled = self.meters.len();
        changes.sort_by_key(|&(at, _)| at);
        for (at, meter) in changes {
            bars.change(at, meter);
        }
        let (end_tick, _) = self.clock.place(end);
        let bar = bars.bar_at(end_tick);
        let start = if bar.start == end_tick { end_tick } else { bars.bar_end(bar) };
        self.clocks.push(self.clock);
        self.clock = self.clock.starting_at(start, end);
    }

    /// Hands over what was found.
    pub fn finish(mut self) -> MidiFile {
        let encoding = self.encodings.found();
        for (track, name) in self.report.tracks.iter_mut().zip(self.names) {
            track.name = text::decode(name, encoding);
        }
        self.report.title = text::decode(self.title, encoding);
        // Older records have taken channel 10 alone for drums.
        if !self.releases.is_older() {
            self.drum_modes.apply(&mut self.notes);
        }
        for note in &self.notes {
            let counts = &mut self.report.tracks[usize::from(note.track)];
            *(if note.drums { &mut counts.drums } else { &mut counts.notes }) += 1;
        }
        let patterns = (!self.clocks.is_empty()).then_some(self.patterns.0);
        self.clocks.push(self.clock);
        MidiFile {
            report: self.report,
            notes: self.notes,
            pedals: self.pedals,
            programs: self.programs,
            meters: self.meters,
            tempi: self.tempi,
            keys: self.keys_named,
            first_mark: self.first_mark,
            releases: self.releases,
            patterns,
            smpte_tempo: None,
            clocks: self.clocks,
        }
    }
}

/// A time signature that makes sense, at a tick where music can be.
pub(super) fn usable_meter(at: Tick, numerator: u8, denominator: u8) -> Option<Meter> {
    Meter::new(numerator, denominator).ok().filter(|_| at < MAX_LENGTH)
}
