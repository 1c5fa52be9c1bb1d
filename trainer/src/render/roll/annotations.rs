//! What stands above the bars of a piano roll: letters of sections, and names of chords.

use std::ops::Range;

use jukebox_analysis::beats::{Beats, Source};
use jukebox_analysis::{Analysis, MOST_BEATS, Rhythm};
use jukebox_model::key::KeySignature;
use jukebox_model::midi;
use jukebox_model::piece::{Piece, Tick};

/// Letters and chords of a piece, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotations {
    /// The tick at which a section begins, and its letter.
    pub letters: Vec<(Tick, String)>,
    /// The ticks of each chord, and its name; none where the piece is a single line.
    pub chords: Vec<(Range<Tick>, String)>,
}

/// Share of the sounding time in which two pitch classes or more sound, from which on a piece has chords.
/// A tune whose notes run into each other has fewer.
const HARMONY: f64 = 1.0 / 3.0;

/// How sure the analysis must be of a key to spell in it rather than in the one that the piece names.
const SURE: f64 = 0.5;

impl Annotations {
    /// Those of a piece, over its own bars; none where it is silent, or too long to be understood.
    pub fn of(piece: &Piece) -> Self {
        Self::understood(piece).unwrap_or_default()
    }

    fn understood(piece: &Piece) -> Option<Self> {
        let score = midi::read_score(&midi::export(piece)).ok()?;
        let ticks = score.time.quarter / f64::from(jukebox_model::piece::TICKS_PER_QUARTER);
        let mut rhythm = Rhythm::of(&score).ok()?;
        // The bars of a piece are known, whatever its notes may sound like.
        let (beats, lines) = beats(piece)?;
        let times = beats.iter().map(|&tick| score.time.seconds(f64::from(tick) * ticks)).collect();
        rhythm.beats = Beats { times, source: Source::File, ..rhythm.beats };
        rhythm.bars.lines.clone_from(&lines);
        let analysis = rhythm.analyse();
        let tick = |seconds: f64| (score.time.ticks(seconds) / ticks).round().max(0.0) as Tick;
        let letter = |section: &jukebox_analysis::form::Section| {
            (beats[lines[section.from_bar]], section.name())
        };
        let letters = analysis.sections.iter().map(letter).collect();
        let chords = if has_harmony(piece) { analysis.chords.as_slice() } else { &[] };
        let chord = |span: &jukebox_analysis::chords::ChordSpan| {
            let name = span.chord?.short_in(key_at(piece, &analysis, span.from));
            Some((tick(span.from)..tick(span.until), name))
        };
        Some(Self { letters, chords: chords.iter().filter_map(chord).collect() })
    }
}

/// The ticks of a piece's beats, and which of them begin bars; `None` where they are too many.
fn beats(piece: &Piece) -> Option<(Vec<Tick>, Vec<usize>)> {
    let (mut beats, mut lines) = (Vec::new(), Vec::new());
    for number in 0..piece.bars() {
        let bar = piece.meters.bar(number);
        lines.push(beats.len());
        beats.extend((bar.start..piece.meters.bar_end(bar)).step_by(bar.meter.beat() as usize));
        if beats.len() > MOST_BEATS {
            return None;
        }
    }
    Some((beats, lines))
}

/// The key that chords are spelled in.
fn key_at(piece: &Piece, analysis: &Analysis, seconds: f64) -> KeySignature {
    let found = analysis.key_at(seconds);
    let sure = analysis.keys.iter().any(|span| span.key == found && span.confidence >= SURE);
    match piece.key {
        Some(key) if !sure => key,
        _ => found,
    }
}

/// Whether the pitched notes of a piece sound together enough to make chords.
fn has_harmony(piece: &Piece) -> bool {
    let pitched = piece.notes.iter().filter(|note| !piece.is_drum(note));
    let mut events: Vec<(Tick, i32, u8)> = pitched
        .flat_map(|note| [(note.onset, 1, note.pitch % 12), (note.end(), -1, note.pitch % 12)])
        .collect();
    events.sort_unstable();
    let mut sounding = [0i32; 12];
    let (mut any, mut many, mut last) = (0u64, 0u64, 0);
    for (at, change, class) in events {
        let classes = sounding.iter().filter(|&&notes| notes > 0).count();
        let length = u64::from(at - last);
        any += if classes > 0 { length } else { 0 };
        many += if classes > 1 { length } else { 0 };
        sounding[usize::from(class)] += change;
        last = at;
    }
    many as f64 > HARMONY * any as f64
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::{Note, Part, tidy};

    use super::*;

    /// Bars of four quarters, each with its chord in close position over its root.
    fn song(chords: &[[u8; 4]], key: &str) -> Piece {
        let mut notes = Vec::new();
        for (bar, chord) in (0..).zip(chords) {
            for beat in 0..4 {
                let note = |&pitch: &u8| Note {
                    onset: 96 * bar + 24 * beat,
                    part: 0,
                    pitch,
                    duration: 22,
                    velocity: 80,
                };
                notes.extend(chord.iter().map(note));
            }
        }
        tidy(&mut notes);
        Piece { notes, key: key.parse().ok(), ..Piece::default() }
    }

    const E: [u8; 4] = [40, 64, 68, 71];
    const CIS: [u8; 4] = [37, 64, 68, 73];
    const A: [u8; 4] = [45, 64, 69, 73];
    const B: [u8; 4] = [47, 63, 66, 71];

    #[test]
    fn chords_lie_where_they_sound_and_are_spelled_by_the_key() {
        let piece = song(&[E, CIS, A, B, E, CIS, A, B], "E");
        let Annotations { chords, letters } = Annotations::of(&piece);
        let names: Vec<&str> = chords.iter().map(|it| it.1.as_str()).collect();
        assert_eq!(names, ["E", "C#m", "A", "B", "E", "C#m", "A", "B"]);
        let places: Vec<Tick> = chords.iter().map(|it| it.0.start).collect();
        assert_eq!(places, (0..8).map(|bar| 96 * bar).collect::<Vec<_>>());
        assert_eq!(letters[0], (0, "A".to_owned()));
    }

    #[test]
    fn letters_stand_at_bar_lines_of_the_piece_whatever_its_meter() {
        // Eight bars twice, eight others, and the first again, in 3/4.
        let tune = |bar: Tick, beat: Tick| {
            let (place, step) = (bar % 8 * 3 + beat, if bar / 8 == 2 { 5 } else { 3 });
            60 + 2 * ((place * step + place * place / 5) % 11)
        };
        let note = |(bar, beat): (Tick, Tick)| Note {
            onset: 72 * bar + 24 * beat,
            part: 0,
            pitch: tune(bar, beat) as u8,
            duration: 24,
            velocity: 80,
        };
        let places = (0..32).flat_map(|bar| (0..3).map(move |beat| (bar, beat)));
        let meters = jukebox_model::meter::MeterMap::new("3/4".parse().unwrap());
        let piece = Piece { notes: places.map(note).collect(), meters, ..Piece::default() };
        let found = Annotations::of(&piece);
        let expected =
            [(0, "A"), (8, "A"), (16, "B"), (24, "A")].map(|it| (72 * it.0, it.1.to_owned()));
        assert_eq!(found.letters, expected);
        assert_eq!(found.chords, [], "one line has none");
    }

    #[test]
    fn drums_have_letters_alone_and_silence_nothing() {
        let mut drums = song(&[[36, 38, 42, 46]; 8], "C");
        drums.parts = vec![Part { drums: true, ..Part::default() }];
        let found = Annotations::of(&drums);
        assert!(!found.letters.is_empty() && found.chords.is_empty(), "{found:?}");
        assert_eq!(Annotations::of(&Piece::default()), Annotations::default());
    }
}
