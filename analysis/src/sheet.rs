//! The chords of a piece's bars, half by half.

use jukebox_model::meter::BarSlot;
use jukebox_model::piece::{Piece, TICKS_PER_QUARTER};
use jukebox_model::vocabulary::{BarChords, has_halves};

use crate::chords::chords;
use crate::notes::Heard;

/// Ticks of a second: what is held longer than some seconds counts less (see [`crate::chords`]), and a piece
/// is read at 120 quarter notes a minute whatever its tempo.
const SECOND: f64 = 2.0 * TICKS_PER_QUARTER as f64;

/// Most bars of a piece that are understood: a note far from the others makes as many as it likes.
const MOST_BARS: u32 = 50_000;

/// The chords of each bar, from the first bar on: two, or twice the same where a bar has an odd number of
/// beats. `None` where no chord explains what sounds; a short silence is of its neighbours. Pitches are as they
/// stand in the piece. No chords at all of a piece of more than 50,000 bars.
pub fn bar_chords(piece: &Piece) -> Vec<BarChords> {
    if piece.bars() > MOST_BARS {
        return Vec::new();
    }
    let halved = |number: u32| {
        let bar = piece.meters.bar(number);
        // A bar that a change of meter cuts short is one.
        let is_whole = piece.meters.bar_end(bar) == bar.start + bar.meter.bar();
        (bar, is_whole && has_halves(bar.meter))
    };
    let bars: Vec<(BarSlot, bool)> = (0..piece.bars()).map(halved).collect();
    let (mut times, mut positions) = (Vec::new(), Vec::new());
    for &(bar, halves) in &bars {
        times.push(f64::from(bar.start) / SECOND);
        positions.push(0);
        if halves {
            times.push(f64::from(bar.start + bar.meter.bar() / 2) / SECOND);
            positions.push(1);
        }
    }
    let Some(&(last, _)) = bars.last() else { return Vec::new() };
    times.push(f64::from(piece.meters.bar_end(last)) / SECOND);
    let found = chords(&heard(piece), &times, &positions, 2);
    let mut found = found.into_iter();
    let bar = |&(_, halves): &(BarSlot, bool)| {
        let first = found.next().flatten();
        [first, if halves { found.next().flatten() } else { first }]
    };
    bars.iter().map(bar).collect()
}

fn heard(piece: &Piece) -> Vec<Heard> {
    let note = |note: &jukebox_model::piece::Note| {
        let (from, until) = (f64::from(note.onset) / SECOND, f64::from(note.end()) / SECOND);
        Heard {
            from,
            until,
            sounds_until: until,
            quarter: f64::from(note.onset) / f64::from(TICKS_PER_QUARTER),
            pitch: note.pitch,
            velocity: note.velocity,
            drum: piece.is_drum(note),
            part: note.part.into(),
        }
    };
    piece.notes.iter().map(note).collect()
}

#[cfg(test)]
mod tests {
    use jukebox_model::meter::MeterMap;
    use jukebox_model::piece::{Note, Tick};

    use super::*;

    fn chord(onset: Tick, duration: Tick, pitches: &[u8]) -> Vec<Note> {
        let note = |&pitch: &u8| Note { onset, part: 0, pitch, duration, velocity: 80 };
        pitches.iter().map(note).collect()
    }

    fn names(piece: &Piece) -> Vec<String> {
        let name = |it: &Option<jukebox_model::chord::Chord>| {
            it.map_or("-".to_owned(), |it| it.to_string())
        };
        bar_chords(piece).iter().map(|bar| format!("{} {}", name(&bar[0]), name(&bar[1]))).collect()
    }

    #[test]
    fn halves_have_chords_of_their_own() {
        let notes = [
            chord(0, 48, &[48, 60, 64, 67]),
            chord(48, 48, &[45, 60, 64, 69]),
            chord(96, 96, &[41, 60, 65, 69]),
            chord(288, 96, &[43, 59, 62, 67]),
        ];
        let piece = Piece { notes: notes.concat(), ..Piece::default() };
        assert_eq!(names(&piece), ["C Am", "F F", "G G", "G G"], "silence is of what follows");
        let drums = Piece { drums: true, ..piece };
        assert_eq!(names(&drums)[0], "- -");
    }

    #[test]
    fn odd_bars_have_one_chord() {
        let notes = [chord(0, 72, &[48, 60, 64, 67]), chord(72, 72, &[43, 59, 62, 67])].concat();
        let meters = MeterMap::new("3/4".parse().unwrap());
        let piece = Piece { notes, meters, ..Piece::default() };
        assert_eq!(names(&piece), ["C C", "G G"]);
        assert!(names(&Piece::default()).is_empty());
        let far = Note { onset: 95_999_000, part: 0, pitch: 60, duration: 12, velocity: 80 };
        let meters = MeterMap::new("1/32".parse().unwrap());
        assert!(bar_chords(&Piece { notes: vec![far], meters, ..Piece::default() }).is_empty());
    }
}
