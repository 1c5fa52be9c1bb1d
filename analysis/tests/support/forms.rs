//! Songs of a known form: blocks of bars that return, as they were or varied.

use jukebox_model::meter::Meter;
use jukebox_model::midi::{self, ImportOptions};
use jukebox_model::piece::{Note, Part, Piece, Tick, tidy};

use super::charts::{CHARTS, perform};
use super::{Random, corpus, files};

/// Ticks of a bar of 4/4.
const BAR: Tick = 96;

/// Forms as singers and dancers have them: letters with their bars. A letter that returns is the same music.
pub const FORMS: [&[(char, u32)]; 8] = [
    &[('A', 8), ('A', 8), ('B', 8), ('A', 8)],
    &[('A', 8), ('A', 8), ('B', 8), ('B', 8)],
    &[('A', 16), ('B', 8), ('A', 16), ('B', 8)],
    &[('I', 4), ('A', 8), ('B', 8), ('A', 8), ('B', 8), ('C', 8), ('B', 8)],
    &[('A', 8), ('B', 8), ('A', 8), ('C', 8), ('A', 8)],
    &[('I', 4), ('A', 16), ('B', 8), ('A', 16), ('B', 8), ('B', 8)],
    &[('A', 12), ('A', 12), ('B', 12), ('A', 12)],
    &[('A', 8), ('B', 4), ('C', 8), ('A', 8), ('B', 4), ('C', 8), ('D', 8), ('C', 8), ('C', 8)],
];

/// How a block comes back.
#[derive(Clone, Copy, PartialEq)]
pub enum Return {
    /// Note for note.
    Exact,
    /// One note in five of each line is another one.
    Varied,
    /// The last block of the form is a whole tone higher.
    Moved,
}

/// A song, and the letter of each of its bars.
pub struct FormedSong {
    pub bytes: Vec<u8>,
    pub letters: Vec<char>,
    /// Bars that begin a block.
    pub starts: Vec<u32>,
}

/// Bars of music to take blocks from, on the grid.
pub type Source = (Vec<Part>, Vec<Note>);

/// Blocks of single lines: Celtic tunes in 4/4, from their first full bar on.
pub fn tunes() -> Vec<Source> {
    let read = |bytes: &[u8]| Some(midi::import(bytes, ImportOptions::default()).ok()?.piece);
    let tunes = files(&corpus("celtic.zip"), 3).into_iter().filter_map(|(_, bytes)| read(&bytes));
    tunes
        .filter(|it| it.meters.bar_at(0).meter == Meter::COMMON && it.end() >= 10 * BAR)
        .map(|piece| {
            let first = if piece.notes[0].onset > 0 { BAR } else { 0 };
            let notes = piece.notes.iter().filter(|note| note.onset >= first);
            (Vec::new(), notes.map(|note| Note { onset: note.onset - first, ..*note }).collect())
        })
        .collect()
}

/// Blocks of melody, chords, bass and drums, from the charts.
pub fn bands() -> Vec<Source> {
    let song = |(index, chart): (usize, &&str)| {
        let song = perform(chart, index, 0.0, 77 + index as u64);
        let tick = |seconds: f64| {
            let beat = song.beats.partition_point(|&it| it <= seconds + 1e-6).max(1) - 1;
            let last = song.beats.len() - 1;
            let (from, until) = (song.beats[beat.min(last - 1)], song.beats[(beat + 1).min(last)]);
            (24.0 * beat as f64 + 24.0 * (seconds - song.beats[beat]) / (until - from)).round()
                as Tick
        };
        let note = |note: &jukebox_model::midi::ScoreNote| {
            let (onset, end) = (tick(note.from) / 12 * 12, tick(note.until));
            let duration = (end.saturating_sub(onset) / 6 * 6).max(6) as _;
            Note {
                onset,
                part: note.track as u8,
                pitch: note.pitch,
                duration,
                velocity: note.velocity,
            }
        };
        let drums = Part { name: "Drums".to_owned(), program: None, drums: true };
        let parts = [vec![Part::default(); 3], vec![drums]].concat();
        // From the second half of the first section on: no block of 16 bars begins with eight that come twice.
        let notes = song.score.notes.iter().map(note).filter(|note| note.onset >= 8 * BAR);
        let mut notes: Vec<Note> =
            notes.map(|note| Note { onset: note.onset - 8 * BAR, ..note }).collect();
        // All songs have the same drummer.
        for eighth in 0..16 * 8 {
            let drums =
                [Some(42), [Some(36), Some(38)][eighth / 2 % 2].filter(|_| eighth % 2 == 0)];
            notes.extend(drums.into_iter().flatten().map(|pitch| Note {
                onset: 12 * eighth as Tick,
                part: 3,
                pitch,
                duration: 6,
                velocity: 80,
            }));
        }
        tidy(&mut notes);
        (parts, notes)
    };
    CHARTS.iter().enumerate().map(song).collect()
}

/// A song of a form whose letters are bars of different sources.
pub fn song(form: &[(char, u32)], sources: &[Source], returns: Return, seed: u64) -> FormedSong {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    assert!(sources.len() > 4, "enough to choose from");
    let mut from: Vec<(char, usize)> = Vec::new();
    let (mut notes, mut letters, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    for (index, &(letter, bars)) in form.iter().enumerate() {
        let known = from.iter().find(|it| it.0 == letter).map(|it| it.1);
        let source = known.unwrap_or_else(|| {
            // Not one that another letter has.
            let mut source = (random.uniform() * sources.len() as f64) as usize;
            while from.iter().any(|it| it.1 == source) {
                source = (source + 1) % sources.len();
            }
            from.push((letter, source));
            source
        });
        let begin = BAR * letters.len() as Tick;
        for note in sources[source].1.iter().filter(|note| note.onset < BAR * bars) {
            let mut note = Note { onset: begin + note.onset, ..*note };
            note.duration = note.duration.min((begin + BAR * bars - note.onset) as _);
            let drum = sources[source].0.get(usize::from(note.part)).is_some_and(|it| it.drums);
            if drum {
                notes.push(note);
                continue;
            }
            if known.is_some() && returns == Return::Varied && random.uniform() < 0.2 {
                note.pitch = if random.uniform() < 0.5 { note.pitch + 2 } else { note.pitch - 2 };
            }
            if returns == Return::Moved && index + 1 == form.len() {
                note.pitch += 2;
            }
            notes.push(note);
        }
        starts.push(letters.len() as u32);
        letters.extend(std::iter::repeat_n(letter, bars as usize));
    }
    tidy(&mut notes);
    let parts = sources[0].0.clone();
    let bytes = midi::export(&Piece { parts, notes, ..Piece::default() });
    FormedSong { bytes, letters, starts }
}
