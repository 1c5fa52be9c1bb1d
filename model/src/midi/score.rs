//! A file as it is performed: every note with its track, channel and program, in the file's own ticks
//! and in seconds.
//!
//! [`import`](super::import) brings a file to the model's grid and merges its tracks. What has to
//! understand a file first (is its grid that of the music, which tracks are which parts) needs what
//! that throws away.

use super::container::Container;
use super::events::{Events, TrackEvent};
use super::text::{self, Encodings};
use super::{DRUM_CHANNEL, Division, ImportError, MAX_NOTES};
use crate::key::KeySignature;

/// Tempo where a file names none, in microseconds a quarter note.
const DEFAULT_TEMPO: u32 = 500_000;

/// Latest time of an event, in the file's ticks; what lies beyond is at it.
const MAX_TICK: u64 = 1 << 40;

/// The format whose tracks are patterns to be played one after another.
const SEQUENTIAL: u16 = 2;

/// Bytes of a name that are read, at most.
const NAME: usize = 2048;

/// A file's notes, times as performed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// Tracks in the order of the file.
    pub tracks: Vec<ScoreTrack>,
    /// Sorted by onset, then pitch, then track.
    pub notes: Vec<ScoreNote>,
    /// Time signatures as written: tick, numerator, denominator. Sorted; senseless ones included.
    pub meters: Vec<(u64, u8, u8)>,
    /// Key signatures with their ticks, sorted.
    pub keys: Vec<(u64, KeySignature)>,
    /// How ticks become seconds.
    pub time: TimeMap,
}

/// One track of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScoreTrack {
    /// Its name; empty where it has none.
    pub name: String,
}

/// One note of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreNote {
    /// Onset in the file's ticks.
    pub onset: u64,
    /// Release of the key in the file's ticks, after the onset.
    pub end: u64,
    /// Onset in seconds.
    pub from: f64,
    /// Release of the key in seconds.
    pub until: f64,
    /// End of the sound in seconds: the release of the key, or of the sustain pedal if it is held
    /// then (CC 64 of 64 and more, up to the next reset of all controllers, CC 121); at most the next
    /// onset of the pitch, or the next "all sound off" (CC 120).
    pub sounds_until: f64,
    /// MIDI key number, 0 to 127.
    pub pitch: u8,
    /// 1 to 127.
    pub velocity: u8,
    /// Index of the track.
    pub track: u16,
    /// 0 to 15; 9 is General MIDI's drum channel.
    pub channel: u8,
    /// Program in force at the onset, 0 to 127; `None` where the channel has named none.
    pub program: Option<u8>,
}

/// How a file's ticks become seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeMap {
    /// Ticks of a quarter note. A file in SMPTE time has none: its quarter is then half a second.
    pub quarter: f64,
    /// Tick, second there, and seconds a tick from there on; sorted, the first at tick 0.
    spans: Vec<(u64, f64, f64)>,
    /// Whether the file counts musical time and names a tempo.
    pub stated: bool,
}

impl Default for TimeMap {
    fn default() -> Self {
        Self { quarter: 24.0, spans: vec![(0, 0.0, 0.5 / 24.0)], stated: false }
    }
}

impl TimeMap {
    /// One tempo throughout: ticks of a quarter note, and its length in microseconds.
    pub fn constant(ticks: u16, micros: u32) -> Self {
        Self::new(Division::Quarter { ticks }, vec![(0, micros)])
    }

    /// From tempo changes: tick, and microseconds a quarter note.
    fn new(division: Division, mut tempi: Vec<(u64, u32)>) -> Self {
        let Division::Quarter { ticks } = division else {
            let Division::Smpte { frames, ticks } = division else { unreachable!() };
            let rate = if frames == 29 { 30_000.0 / 1001.0 } else { f64::from(frames) };
            let tick = 1.0 / (rate * f64::from(ticks));
            return Self { quarter: 0.5 / tick, spans: vec![(0, 0.0, tick)], stated: false };
        };
        let quarter = f64::from(ticks);
        tempi.sort_by_key(|&(at, _)| at);
        let stated = !tempi.is_empty();
        if tempi.first().is_none_or(|&(at, _)| at > 0) {
            tempi.insert(0, (0, DEFAULT_TEMPO));
        }
        let mut spans: Vec<(u64, f64, f64)> = Vec::with_capacity(tempi.len());
        for (at, micros) in tempi {
            let second = spans
                .last()
                .map_or(0.0, |&(tick, second, rate)| second + (at - tick) as f64 * rate);
            if spans.last().is_some_and(|&(tick, ..)| tick == at) {
                spans.pop();
            }
            spans.push((at, second, f64::from(micros) / 1e6 / quarter));
        }
        Self { quarter, spans, stated }
    }

    /// The second of a tick, which may be a fraction; a negative one goes on before the start.
    pub fn seconds(&self, tick: f64) -> f64 {
        let span = self.spans.partition_point(|&(at, ..)| at as f64 <= tick).max(1) - 1;
        let (at, second, rate) = self.spans[span];
        second + (tick - at as f64) * rate
    }

    /// The tick, as a fraction, of a second.
    pub fn ticks(&self, seconds: f64) -> f64 {
        let span = self.spans.partition_point(|&(_, second, _)| second <= seconds).max(1) - 1;
        let (at, second, rate) = self.spans[span];
        at as f64 + (seconds - second) / rate
    }

    /// Number of tempo changes.
    pub fn changes(&self) -> usize {
        self.spans.len() - 1
    }
}

/// Reads a file as it is performed.
///
/// A note ends with the last release of its key before the next onset of that key, at the latest with
/// that onset; one that is never released, with its track. "All notes off" and its kin release all keys
/// but those struck at that very tick.
///
/// # Errors
/// Bytes that are no MIDI file, or give no note, or too many.
pub fn read_score(bytes: &[u8]) -> Result<Score, ImportError> {
    let Container { format, division, tracks, .. } = Container::open(bytes)?;
    let mut reader = ScoreReader::new();
    let mut start = 0;
    for track in tracks {
        let end = reader.track(track, start)?;
        if format == SEQUENTIAL {
            start = end;
        }
    }
    let mut score = reader.score;
    let encoding = reader.encodings.found();
    for name in reader.names {
        score.tracks.push(ScoreTrack { name: text::decode(name, encoding) });
    }
    if score.notes.is_empty() {
        return Err(ImportError::NoNotes);
    }
    score.time = TimeMap::new(division, reader.tempi);
    reader.pedals.sort_by_key(|&(at, ..)| at);
    score.meters.sort_by_key(|&(at, ..)| at);
    score.keys.sort_by_key(|&(at, _)| at);
    score.notes.sort_by_key(|note| (note.onset, note.pitch, note.track));
    reader.cuts.sort_unstable();
    sustain(&mut score, &reader.pedals, &reader.cuts);
    Ok(score)
}

/// Gives the notes their seconds; pedals are tick, channel, and whether it is held, cuts of the sound
/// tick and channel, both by tick.
fn sustain(score: &mut Score, pedals: &[(u64, u8, bool)], cuts: &[(u64, u8)]) {
    let mut pedals_of: Vec<Vec<(u64, bool)>> = vec![Vec::new(); 16];
    for &(at, channel, held) in pedals {
        // A pedal that stays as it was says nothing: what follows one that is held is its lift.
        let states = &mut pedals_of[usize::from(channel)];
        if states.last().is_none_or(|&(_, before)| before != held) {
            states.push((at, held));
        }
    }
    let mut cuts_of: Vec<Vec<u64>> = vec![Vec::new(); 16];
    for &(at, channel) in cuts {
        cuts_of[usize::from(channel)].push(at);
    }
    let mut next_onset = vec![u64::MAX; 16 * 128];
    for note in score.notes.iter_mut().rev() {
        let pedals = &pedals_of[usize::from(note.channel)];
        let after = pedals.partition_point(|&(at, _)| at <= note.end);
        let mut sounds = note.end;
        if after > 0 && pedals[after - 1].1 {
            sounds = pedals.get(after).map_or(note.end, |&(lift, _)| lift);
        }
        let cuts = &cuts_of[usize::from(note.channel)];
        if let Some(&cut) = cuts.get(cuts.partition_point(|&cut| cut < note.end)) {
            sounds = sounds.min(cut);
        }
        let key = &mut next_onset[usize::from(note.channel) * 128 + usize::from(note.pitch)];
        sounds = sounds.min((*key).max(note.end));
        *key = note.onset;
        note.from = score.time.seconds(note.onset as f64);
        note.until = score.time.seconds(note.end as f64);
        note.sounds_until = score.time.seconds(sounds as f64);
    }
}

struct ScoreReader<'a> {
    score: Score,
    names: Vec<&'a [u8]>,
    encodings: Encodings,
    tempi: Vec<(u64, u32)>,
    /// Tick, channel, whether the sustain pedal is held.
    pedals: Vec<(u64, u8, bool)>,
    /// Tick and channel of each "all sound off".
    cuts: Vec<(u64, u8)>,
    programs: [Option<u8>; 16],
    /// For each channel and pitch of the track: onsets less releases, and the newest note.
    keys: Vec<(u32, usize)>,
}

impl<'a> ScoreReader<'a> {
    fn new() -> Self {
        Self {
            score: Score::default(),
            names: Vec::new(),
            encodings: Encodings::new(),
            tempi: Vec::new(),
            pedals: Vec::new(),
            cuts: Vec::new(),
            programs: [None; 16],
            keys: Vec::new(),
        }
    }

    /// Reads a track from a tick on and returns the tick of its end.
    fn track(&mut self, track: &'a [u8], start: u64) -> Result<u64, ImportError> {
        self.names.push(&[]);
        self.keys.clear();
        self.keys.resize(16 * 128, (0, 0));
        let first = self.score.notes.len();
        let mut end = start;
        for (at, event) in Events::new(track) {
            end = at.saturating_add(start).min(MAX_TICK);
            match event {
                TrackEvent::Note { channel, pitch, velocity: 0 } => {
                    self.release(end, channel, pitch)
                }
                TrackEvent::Note { channel, pitch, velocity } => {
                    self.press(end, channel, pitch, velocity)?;
                }
                TrackEvent::Program { channel, program } => {
                    self.programs[usize::from(channel & 15)] = Some(program);
                }
                TrackEvent::Control { channel, number: 64, value } if channel != DRUM_CHANNEL => {
                    self.pedals.push((end, channel & 15, value >= 64));
                }
                // All controllers are reset: the pedal goes up.
                TrackEvent::Control { channel, number: 121, .. } if channel != DRUM_CHANNEL => {
                    self.pedals.push((end, channel & 15, false));
                }
                // All sound off, all notes off, and the changes of mode that imply it.
                TrackEvent::Control { channel, number: number @ (120 | 123..=127), .. } => {
                    self.release_all(end, channel);
                    if number == 120 {
                        self.cuts.push((end, channel & 15));
                    }
                }
                TrackEvent::Meta { kind, data } => self.meta(end, kind, data),
                TrackEvent::Control { .. } | TrackEvent::Other => {}
            }
        }
        for note in &mut self.score.notes[first..] {
            if note.end == u64::MAX {
                note.end = end;
            }
            note.end = note.end.max(note.onset + 1);
        }
        Ok(end)
    }

    fn press(&mut self, at: u64, channel: u8, pitch: u8, velocity: u8) -> Result<(), ImportError> {
        let notes = &mut self.score.notes;
        if notes.len() == MAX_NOTES {
            return Err(ImportError::TooManyNotes);
        }
        let (held, newest) = &mut self.keys[slot(channel, pitch)];
        if *held > 0 && notes[*newest].end == u64::MAX {
            notes[*newest].end = at;
        }
        (*held, *newest) = (*held + 1, notes.len());
        notes.push(ScoreNote {
            onset: at,
            end: u64::MAX,
            from: 0.0,
            until: 0.0,
            sounds_until: 0.0,
            pitch,
            velocity,
            track: (self.names.len() - 1) as u16,
            channel: channel & 15,
            program: self.programs[usize::from(channel & 15)],
        });
        Ok(())
    }

    fn release(&mut self, at: u64, channel: u8, pitch: u8) {
        let (held, newest) = &mut self.keys[slot(channel, pitch)];
        if *held > 0 {
            *held -= 1;
            self.score.notes[*newest].end = at;
        }
    }

    /// All keys of a channel are released at once, but those that are struck at that very tick: files
    /// have resets among their first notes.
    fn release_all(&mut self, at: u64, channel: u8) {
        for pitch in 0..128 {
            let (held, newest) = &mut self.keys[slot(channel, pitch)];
            if *held > 0 && self.score.notes[*newest].onset < at {
                *held = 0;
                self.score.notes[*newest].end = at;
            }
        }
    }

    fn meta(&mut self, at: u64, kind: u8, data: &'a [u8]) {
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
            (0x51, &[high, middle, low]) => {
                let micros = u32::from_be_bytes([0, high, middle, low]);
                if micros > 0 {
                    self.tempi.push((at, micros));
                }
            }
            (0x58, &[numerator, power, ..]) => {
                let denominator = 1u8.checked_shl(power.into()).unwrap_or(0);
                self.score.meters.push((at, numerator, denominator));
            }
            (0x59, &[sharps, mode, ..]) if (-7..=7).contains(&(sharps as i8)) => {
                let key = KeySignature { sharps: sharps as i8, minor: mode == 1 };
                self.score.keys.push((at, key));
            }
            _ => {}
        }
    }
}

/// Where a reader keeps a key of a channel.
fn slot(channel: u8, pitch: u8) -> usize {
    usize::from(channel & 15) * 128 + usize::from(pitch & 127)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of one track with a division of 24.
    fn file(track: &[u8]) -> Vec<u8> {
        let mut bytes = b"MThd\0\0\0\x06\0\0\0\x01\0\x18MTrk".to_vec();
        bytes.extend((track.len() as u32).to_be_bytes());
        bytes.extend(track);
        bytes
    }

    #[test]
    fn notes_keep_program_channel_and_seconds() {
        let score = read_score(&file(&[
            0, 0xff, 0x03, 4, b'B', b'a', b's', b's', // its name
            0, 0xff, 0x51, 3, 0x0f, 0x42, 0x40, // a second a quarter
            0, 0xc2, 33, // program
            24, 0x92, 40, 90, 24, 0x82, 40, 0, // a quarter after a quarter
            0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20, // twice as fast
            0, 0x92, 41, 90, 24, 0x82, 41, 0, 0, 0xff, 0x2f, 0,
        ]))
        .unwrap();
        assert_eq!(score.tracks[0].name, "Bass");
        let [first, second] = score.notes[..] else { panic!("two notes") };
        assert_eq!((first.program, first.channel, first.pitch), (Some(33), 2, 40));
        assert_eq!((first.from, first.until), (1.0, 2.0));
        assert_eq!((second.from, second.until), (2.0, 2.5));
        assert_eq!(score.time.seconds(72.0), 2.5);
        assert_eq!(score.time.ticks(2.5), 72.0);
        assert_eq!(score.time.ticks(-1.0), -24.0);
    }

    #[test]
    fn the_pedal_carries_the_sound_but_not_the_key() {
        let score = read_score(&file(&[
            0, 0xb0, 64, 127, 0, 0x90, 60, 90, 24, 0x80, 60, 0, // under the pedal
            24, 0x90, 60, 90, 24, 0xb0, 64, 0, 0, 0x80, 60, 0, // struck again, then lifted
            0, 0x90, 62, 90, 24, 0x80, 62, 0, 0, 0xff, 0x2f, 0,
        ]))
        .unwrap();
        let ends: Vec<_> = score.notes.iter().map(|it| (it.until, it.sounds_until)).collect();
        assert_eq!(ends, [(0.5, 1.0), (1.5, 1.5), (2.0, 2.0)]);
    }

    #[test]
    fn a_reset_leaves_the_notes_alone_that_are_struck_with_it() {
        for number in [120, 123, 127] {
            let score = read_score(&file(&[
                0, 0x90, 60, 90, 0, 0xb0, number, 0, // struck with a reset
                24, 0x90, 62, 90, 0, 0xb0, number, 0, // releases the first alone
                24, 0x80, 62, 0, 0, 0x80, 60, 0, 0, 0xff, 0x2f, 0,
            ]))
            .unwrap();
            let ends: Vec<_> = score.notes.iter().map(|it| (it.end, it.until)).collect();
            assert_eq!(ends, [(24, 0.5), (48, 1.0)], "{number}");
        }
    }

    #[test]
    fn a_reset_of_controllers_and_all_sound_off_end_what_the_pedal_holds() {
        for (number, end) in [(120, 36.0), (121, 36.0), (123, 48.0)] {
            let score = read_score(&file(&[
                0, 0xb0, 64, 127, 0, 0x90, 60, 90, 24, 0x80, 60, 0, // under the pedal
                12, 0xb0, number, 0, 12, 0xb0, 64, 0, 0, 0xff, 0x2f, 0,
            ]))
            .unwrap();
            assert_eq!(score.notes[0].end, 24);
            assert_eq!(score.notes[0].sounds_until, score.time.seconds(end), "{number}");
        }
    }

    #[test]
    fn many_notes_before_many_values_of_a_held_pedal_are_no_burden() {
        let mut track: Vec<u8> = vec![0, 0xb0, 64, 127, 0, 0x90, 60, 90, 1, 60, 0];
        track.extend([0u8, 60, 90, 1, 60, 0].repeat(199_999));
        track.extend([0, 0xb0, 64, 127]);
        track.extend([0u8, 64, 127].repeat(1_000_000));
        track.extend([24, 64, 0, 0, 0xff, 0x2f, 0]);
        let score = read_score(&file(&track)).unwrap();
        assert_eq!(score.notes.len(), 200_000);
        assert_eq!(score.notes[199_999].sounds_until, score.time.seconds(200_024.0));
    }
}
