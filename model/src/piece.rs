//! A piece: the music of one file, in the model's own time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::key::{KeySignature, white_key_shift};
use crate::meter::{Meter, MeterMap};

/// Musical time in 1/24 of a quarter note (the rate of MIDI clock): a 32nd note is 3 ticks, a 16th
/// 6, a triplet eighth 8.
pub type Tick = u32;

/// Ticks in a quarter note.
pub const TICKS_PER_QUARTER: Tick = 24;

/// The tick of a song at a count of ticks, as hosts count them from its start: what lies before the song is
/// its start, what lies beyond all ticks the last one.
pub fn song_tick(ticks: i64) -> Tick {
    Tick::try_from(ticks.max(0)).unwrap_or(Tick::MAX)
}

/// One note: when, who, which, how long, how loud.
///
/// The field order gives the sorting order of a piece: by onset, inside an onset by part, and inside a
/// part from the lowest pitch up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Note {
    /// Ticks from the start of the piece.
    pub onset: Tick,
    /// Index of the part in [`Piece::parts`]; 0 where a piece has one line.
    #[serde(default, skip_serializing_if = "is_first")]
    pub part: u8,
    /// MIDI key number, 0 to 127.
    pub pitch: u8,
    /// Ticks until the release, at least 1.
    pub duration: Tick,
    /// MIDI velocity, 1 to 127.
    pub velocity: u8,
}

/// Whether a part is the first, which is not written down: older files know no parts.
fn is_first(part: &u8) -> bool {
    *part == 0
}

impl Note {
    /// The tick at which the note is released.
    pub fn end(&self) -> Tick {
        self.onset.saturating_add(self.duration)
    }
}

/// A tempo from a tick on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TempoChange {
    /// Ticks from the start of the piece.
    pub at: Tick,
    /// Quarter notes a minute.
    pub bpm: f64,
}

impl TempoChange {
    /// From the length of a quarter note in microseconds, as MIDI files have it; not 0.
    pub fn from_micros(at: Tick, micros: u32) -> Self {
        Self { at, bpm: 60e6 / f64::from(micros) }
    }

    /// Length of a quarter note, rounded to microseconds; saturates.
    pub fn micros(&self) -> u32 {
        (60e6 / self.bpm).round() as u32
    }
}

/// One line of a band: who plays some of a piece's notes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Part {
    /// What it is called, such as "bass"; may be empty.
    pub name: String,
    /// General MIDI program, 0 to 127; `None` where none is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<u8>,
    /// Whether its notes are drum hits, whose pitch names a drum.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drums: bool,
}

/// The channel that General MIDI keeps for drums, counted from 0.
pub const DRUM_CHANNEL: u8 = 9;

/// The MIDI channel, counted from 0, that a part among others is played on: drums on the tenth, the others on one
/// each from the first on, as long as there are any.
pub fn channel_of(parts: &[Part], part: usize) -> u8 {
    if parts.get(part).is_some_and(|it| it.drums) {
        return DRUM_CHANNEL;
    }
    let before = parts.iter().take(part).filter(|it| !it.drums).count() % 15;
    let channel = before as u8;
    if channel < DRUM_CHANNEL { channel } else { channel + 1 }
}

/// The music of one file after import.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Piece {
    /// The title in the file; empty where it has none.
    pub title: String,
    /// The bar grid.
    pub meters: MeterMap,
    /// Tempo changes in order; none means 120 quarter notes a minute.
    pub tempi: Vec<TempoChange>,
    /// The first key signature, where the file has one.
    pub key: Option<KeySignature>,
    /// Whether all notes are drum hits (General MIDI percussion), which are never transposed.
    pub drums: bool,
    /// Who plays; empty where the notes are one line, or one heap.
    pub parts: Vec<Part>,
    /// Sorted (see [`Note`]); one pitch of a part never starts twice at one onset.
    pub notes: Vec<Note>,
}

impl Piece {
    /// Whether a note is a drum hit.
    pub fn is_drum(&self, note: &Note) -> bool {
        self.parts.get(usize::from(note.part)).map_or(self.drums, |part| part.drums)
    }

    /// All pitched parts as one heap of notes, without drums; drums where there is nothing else.
    pub fn merged(mut self) -> Self {
        if !self.parts.is_empty() {
            self.drums = self.notes.iter().all(|note| self.is_drum(note));
            let kept = |note: &Note| self.drums || !self.is_drum(note);
            self.notes =
                self.notes.iter().filter(|it| kept(it)).map(|it| Note { part: 0, ..*it }).collect();
            tidy(&mut self.notes);
            self.parts.clear();
        }
        self
    }

    /// The tempo in force at a tick, in quarter notes a minute.
    pub fn tempo_at(&self, tick: Tick) -> f64 {
        let begun = self.tempi.partition_point(|change| change.at <= tick);
        self.tempi[..begun].last().map_or(120.0, |change| change.bpm)
    }

    /// The median tempo of the music, in quarter notes a minute: the one that is in force for most of it,
    /// where there is one.
    pub fn usual_tempo(&self) -> f64 {
        let (first, end) = (self.notes.first().map_or(0, |note| note.onset), self.end());
        let mut spans: Vec<(f64, Tick)> = Vec::new();
        let (mut from, mut bpm) = (first, self.tempo_at(first));
        for change in self.tempi.iter().filter(|change| first < change.at && change.at < end) {
            spans.push((bpm, change.at - from));
            (from, bpm) = (change.at, change.bpm);
        }
        spans.push((bpm, end - from));
        spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        let half = (end - first) / 2;
        let mut passed = 0;
        let reaches_half = |&(_, length): &(f64, Tick)| {
            passed += length;
            passed >= half
        };
        spans.into_iter().find(reaches_half).map_or(bpm, |(bpm, _)| bpm)
    }

    /// The tick at which the last note has ended.
    pub fn end(&self) -> Tick {
        self.notes.iter().map(Note::end).max().unwrap_or(0)
    }

    /// Number of bars that hold a note's onset or sound, counted from the first bar.
    pub fn bars(&self) -> u32 {
        match self.end() {
            0 => 0,
            end => self.meters.bar_at(end - 1).number + 1,
        }
    }

    /// Number of different onsets: a chord counts once.
    pub fn onsets(&self) -> usize {
        let mut onsets: Vec<Tick> = self.notes.iter().map(|note| note.onset).collect();
        onsets.dedup();
        onsets.len()
    }

    /// The piece some semitones higher, with its key signature. Pitches that leave MIDI's range are
    /// brought back by octaves. Drums stay as they are.
    pub fn transposed(&self, semitones: i8) -> Self {
        let mut piece = self.clone();
        if self.drums || semitones == 0 {
            return piece;
        }
        for note in piece.notes.iter_mut().filter(|note| !self.is_drum(note)) {
            note.pitch = fold(i32::from(note.pitch) + i32::from(semitones));
        }
        tidy(&mut piece.notes);
        piece.key = self.key.map(|key| key.transposed(semitones));
        piece
    }

    /// The piece with each section some semitones higher: from each tick on, in order. The key signature goes
    /// with the first. A note that sounds on into another section keeps its pitch.
    pub fn shifted(&self, sections: &[(Tick, i8)]) -> Self {
        if let [] | [_] = sections {
            return self.transposed(sections.first().map_or(0, |&(_, shift)| shift));
        }
        let mut piece = self.clone();
        for note in piece.notes.iter_mut().filter(|note| !self.is_drum(note)) {
            let section = sections.partition_point(|&(from, _)| from <= note.onset).max(1) - 1;
            note.pitch = fold(i32::from(note.pitch) + i32::from(sections[section].1));
        }
        tidy(&mut piece.notes);
        piece.key = self.key.map(|key| key.transposed(sections[0].1));
        piece
    }

    /// The piece in the white-key frame, and the semitones, -6 to 5, that brought it there (see
    /// [`white_key_shift`]). Drums stay as they are.
    pub fn to_white_keys(&self) -> (Self, i8) {
        let pitched: Vec<Note> =
            self.notes.iter().filter(|note| !self.is_drum(note)).copied().collect();
        let shift = if pitched.is_empty() { 0 } else { white_key_shift(&pitched, self.key) };
        (self.transposed(shift), shift)
    }
}

/// The pitch in MIDI's range that is whole octaves away from a pitch, and nearest to it.
fn fold(pitch: i32) -> u8 {
    let folded = match pitch {
        ..0 => pitch.rem_euclid(12),
        0..=127 => pitch,
        // 116 to 127 is the highest octave.
        128.. => 116 + (pitch - 116) % 12,
    };
    folded as u8
}

/// The meter of most bars of some pieces; `None` where there are no bars.
pub fn usual_meter<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> Option<Meter> {
    let mut bars: BTreeMap<Meter, u32> = BTreeMap::new();
    for piece in pieces {
        let changes = piece.meters.changes();
        let last = piece.bars();
        for (index, change) in changes.iter().enumerate() {
            let until = changes.get(index + 1).map_or(last, |next| next.number.min(last));
            *bars.entry(change.meter).or_default() += until.saturating_sub(change.number);
        }
    }
    let most = bars.into_iter().max_by_key(|&(_, bars)| bars);
    most.filter(|&(_, bars)| bars > 0).map(|(meter, _)| meter)
}

/// The median of pieces' usual tempi, in whole quarter notes a minute; `None` where there are no pieces.
pub fn usual_tempo<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> Option<f64> {
    let mut tempi: Vec<f64> = pieces.into_iter().map(Piece::usual_tempo).collect();
    tempi.sort_by(f64::total_cmp);
    tempi.get(tempi.len() / 2).map(|bpm| bpm.round())
}

/// Brings notes into the order and form that a [`Piece`] has: sorts them, merges those of a part that start
/// one pitch at one onset (the longest duration and the loudest velocity stay) and cuts every note
/// that still sounds when its own pitch starts again. Returns how many were merged into others.
pub fn tidy(notes: &mut Vec<Note>) -> usize {
    let before = notes.len();
    notes.sort_unstable();
    notes.dedup_by(|next, kept| {
        let same = (next.onset, next.part, next.pitch) == (kept.onset, kept.part, kept.pitch);
        if same {
            kept.duration = kept.duration.max(next.duration);
            kept.velocity = kept.velocity.max(next.velocity);
        }
        same
    });
    release_before_repeat(notes);
    before - notes.len()
}

/// Cuts every note that still sounds when its part starts its pitch again. `notes` are sorted.
pub fn release_before_repeat(notes: &mut [Note]) {
    let parts = notes.iter().map(|note| usize::from(note.part) + 1).max().unwrap_or(0);
    let mut next_onset = vec![[Tick::MAX; 128]; parts];
    for note in notes.iter_mut().rev() {
        let next = &mut next_onset[usize::from(note.part)][usize::from(note.pitch & 127)];
        note.duration = note.duration.min(next.saturating_sub(note.onset));
        *next = note.onset;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(onset: Tick, pitch: u8, duration: Tick, velocity: u8) -> Note {
        Note { onset, part: 0, pitch, duration, velocity }
    }

    fn piece(pitches: &[u8]) -> Piece {
        let notes = pitches.iter().map(|&pitch| note(0, pitch, 24, 80)).collect();
        Piece { notes, ..Piece::default() }
    }

    fn pitches(piece: &Piece) -> Vec<u8> {
        piece.notes.iter().map(|note| note.pitch).collect()
    }

    #[test]
    fn every_count_of_ticks_is_a_tick_of_the_song() {
        let counts = [i64::MIN, -1, 0, 7, i64::from(Tick::MAX), i64::from(Tick::MAX) + 1, i64::MAX];
        assert_eq!(counts.map(song_tick), [0, 0, 0, 7, Tick::MAX, Tick::MAX, Tick::MAX]);
    }

    #[test]
    fn tidy_sorts_merges_and_cuts() {
        let mut notes = vec![
            note(24, 60, 12, 70),
            note(0, 64, 200, 80),
            note(0, 60, 200, 80),
            note(24, 60, 6, 90),
        ];
        assert_eq!(tidy(&mut notes), 1);
        assert_eq!(notes, [note(0, 60, 24, 80), note(0, 64, 200, 80), note(24, 60, 12, 90)]);
    }

    #[test]
    fn the_last_tempo_that_has_begun_is_in_force() {
        let tempi = vec![TempoChange { at: 24, bpm: 90.0 }, TempoChange { at: 48, bpm: 60.0 }];
        let piece = Piece { tempi, ..Piece::default() };
        assert_eq!([0, 24, 47, 48].map(|tick| piece.tempo_at(tick)), [120.0, 90.0, 90.0, 60.0]);
    }

    #[test]
    fn the_usual_tempo_is_the_one_of_most_music() {
        let notes = vec![
            Note { onset: 24, part: 0, pitch: 60, duration: 24, velocity: 80 },
            Note { onset: 48, part: 0, pitch: 60, duration: 96, velocity: 80 },
        ];
        let tempi = |changes: &[(Tick, f64)]| {
            let tempi = changes.iter().map(|&(at, bpm)| TempoChange { at, bpm }).collect();
            Piece { tempi, notes: notes.clone(), ..Piece::default() }.usual_tempo()
        };
        assert_eq!(tempi(&[]), 120.0);
        // Before the first note; after the last; for two of five quarters; in pieces.
        assert_eq!(tempi(&[(5, 90.0)]), 90.0);
        assert_eq!(tempi(&[(0, 90.0), (144, 30.0)]), 90.0);
        assert_eq!(tempi(&[(0, 90.0), (72, 60.0)]), 60.0);
        assert_eq!(tempi(&[(0, 90.0), (60, 60.0), (84, 90.0), (120, 60.0)]), 90.0);
        assert_eq!(Piece::default().usual_tempo(), 120.0);
    }

    #[test]
    fn the_usual_meter_is_the_one_of_most_bars() {
        let meter = |text: &str| text.parse::<Meter>().unwrap();
        // A bar of 1/8, four of 3/8, two of 1/8: notes are more in the short ones.
        let changes = [(0, meter("1/8")), (12, meter("3/8")), (12 + 4 * 36, meter("1/8"))];
        let notes = (0..24).map(|i| note(156 + i % 12, 60 + i as u8, 12, 80));
        let piece = Piece {
            meters: MeterMap::from_changes(changes),
            notes: notes.collect(),
            ..Piece::default()
        };
        assert_eq!(piece.bars(), 7);
        assert_eq!(usual_meter([&piece]), Some(meter("3/8")));
        assert_eq!(usual_meter([&piece, &piece]), Some(meter("3/8")));
        assert_eq!(usual_meter([&Piece::default()]), None);
    }

    #[test]
    fn the_usual_tempo_of_pieces_is_their_median() {
        let piece = |bpm| Piece { tempi: vec![TempoChange { at: 0, bpm }], ..piece(&[60]) };
        let pieces = [piece(240.0), piece(70.3), piece(90.0)];
        assert_eq!(usual_tempo(&pieces), Some(90.0));
        assert_eq!(usual_tempo(&pieces[1..2]), Some(70.0));
        assert_eq!(usual_tempo([]), None);
    }

    #[test]
    fn transposition_takes_the_key_along() {
        let piece = Piece { key: "D".parse().ok(), ..piece(&[62, 66, 69]) };
        let higher = piece.transposed(3);
        assert_eq!(pitches(&higher), [65, 69, 72]);
        assert_eq!(higher.key, "F".parse().ok());
        assert_eq!(piece.transposed(0), piece);
    }

    #[test]
    fn pitches_beyond_the_range_are_folded_back_by_octaves() {
        for semitones in i8::MIN..=i8::MAX {
            for pitch in 0..128u8 {
                let folded = fold(i32::from(pitch) + i32::from(semitones));
                let away = i32::from(folded) - i32::from(pitch) - i32::from(semitones);
                assert!(folded < 128 && away % 12 == 0);
                assert!(away == 0 || (away > 0 && folded < 12) || (away < 0 && folded > 115));
            }
        }
        // Two notes that meet become one.
        assert_eq!(pitches(&piece(&[0, 12]).transposed(-2)), [10]);
    }

    #[test]
    fn white_keys_are_reached_by_the_shift_that_is_told() {
        let d_major = Piece { key: "D".parse().ok(), ..piece(&[62, 64, 66, 67, 69, 71, 73]) };
        let (white, shift) = d_major.to_white_keys();
        assert_eq!(shift, -2);
        assert_eq!(pitches(&white), [60, 62, 64, 65, 67, 69, 71]);
        assert_eq!(white.key, "C".parse().ok());
        assert_eq!(white.transposed(-shift), d_major);
    }

    #[test]
    fn drums_are_never_transposed() {
        let drums = Piece { drums: true, ..piece(&[36, 38, 42]) };
        assert_eq!(drums.transposed(5), drums);
        assert_eq!(drums.to_white_keys(), (drums.clone(), 0));
    }
}
