//! The chords of notes that somebody plays: what a bar is heard as.

use std::ops::Range;

use crate::chord::{Chord, Quality};
use crate::meter::BarSlot;
use crate::piece::{Note, Tick};
use crate::vocabulary::{BarChords, has_halves};

/// What counts, for each tick that a note sounds: that it is one of the chord's.
const INSIDE: i64 = 8;
/// For each tick of all notes: that a note of the chord is missing, and that its root is the lowest.
const MISSING: i64 = 2;
const ROOT: i64 = 2;
/// What part of the longest a pitch class must sound longer than, to count.
const PASSING: i64 = 8;

/// The chords that are heard in a bar from a tick on, of its first half and of its second. A half in which
/// nothing new is heard goes on as the one before it, `before` in the first; `None` where no chord is heard at all.
pub fn heard_chords(
    notes: &[Note],
    bar: BarSlot,
    ticks: Range<Tick>,
    before: Option<Chord>,
) -> Option<BarChords> {
    let middle = match has_halves(bar.meter) {
        true => (bar.start + bar.meter.bar() / 2).clamp(ticks.start, ticks.end),
        false => ticks.end,
    };
    let first = heard_chord(notes, ticks.start..middle);
    let second = heard_chord(notes, middle..ticks.end);
    match (first, second) {
        (None, None) => None,
        (Some(first), second) => Some([Some(first), Some(second.unwrap_or(first))]),
        (None, Some(second)) => Some([Some(before.unwrap_or(second)), Some(second)]),
    }
}

/// The chord of the notes that sound between two ticks; `None` where they are fewer than two of the twelve.
///
/// A chord is the likelier the longer its notes sound, the fewer of them are missing, and where its root is the
/// lowest note. Of two that are as likely it is the plainer.
pub fn heard_chord(notes: &[Note], ticks: Range<Tick>) -> Option<Chord> {
    let (mut sounds, mut lowest) = ([0i64; 12], u8::MAX);
    for note in notes {
        let ticks = note.end().min(ticks.end).saturating_sub(note.onset.max(ticks.start));
        if ticks > 0 {
            sounds[usize::from(note.pitch % 12)] += i64::from(ticks);
            lowest = lowest.min(note.pitch);
        }
    }
    // What sounds for a moment only, passes.
    let least = sounds.iter().max().map_or(0, |longest| longest / PASSING);
    sounds.iter_mut().filter(|ticks| **ticks <= least).for_each(|ticks| *ticks = 0);
    if sounds.iter().filter(|&&ticks| ticks > 0).count() < 2 {
        return None;
    }
    let all: i64 = sounds.iter().sum();
    let fit = |chord: &Chord| {
        let tones =
            chord.quality.tones().iter().map(|tone| sounds[usize::from((chord.root + tone) % 12)]);
        let (mut inside, mut missing) = (0, 0);
        for ticks in tones {
            inside += ticks;
            missing += i64::from(ticks == 0);
        }
        let root = i64::from(lowest % 12 == chord.root);
        INSIDE * inside + all * (ROOT * root - MISSING * missing)
    };
    let roots = |quality| (0..12).map(move |root| Chord { root, quality });
    let chords = Quality::ALL.into_iter().flat_map(roots);
    // Of those that fit best the first.
    chords.rev().max_by_key(fit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::{Meter, MeterMap};

    fn notes(onset: Tick, duration: Tick, pitches: &[u8]) -> Vec<Note> {
        let note = |&pitch: &u8| Note { onset, part: 0, pitch, duration, velocity: 80 };
        pitches.iter().map(note).collect()
    }

    fn heard(pitches: &[u8]) -> String {
        let chord = heard_chord(&notes(0, 48, pitches), 0..48);
        chord.map_or_else(String::new, |it| it.to_string())
    }

    #[test]
    fn held_chords_are_named_as_musicians_name_them() {
        for (pitches, name) in [
            (&[60, 64, 67][..], "C"),
            (&[52, 60, 67], "C"),
            (&[57, 60, 64], "Am"),
            (&[57, 60, 64, 67], "Am7"),
            (&[48, 64, 67, 69], "C"),
            (&[55, 59, 62, 65], "G7"),
            (&[53, 57, 60, 64], "Fmaj7"),
            (&[60, 62, 67], "Csus2"),
            (&[55, 60, 62], "Gsus4"),
            (&[59, 62, 65], "Bdim"),
            (&[59, 62, 65, 69], "Bm7b5"),
            (&[56, 59, 62, 65], "Abdim7"),
            (&[60, 64, 68], "Caug"),
            (&[48, 55], "C"),
            (&[60, 72], ""),
            (&[], ""),
        ] {
            assert_eq!(heard(pitches), name, "{pitches:?}");
        }
    }

    #[test]
    fn what_sounds_longest_tells_the_chord() {
        let mut arpeggio: Vec<Note> = [(0, 57), (12, 60), (24, 64), (36, 60)]
            .iter()
            .flat_map(|&(onset, pitch)| notes(onset, 12, &[pitch]))
            .collect();
        arpeggio.extend(notes(45, 3, &[65]));
        assert_eq!(heard_chord(&arpeggio, 0..48).unwrap().to_string(), "Am");
        arpeggio.truncate(1);
        arpeggio.extend(notes(46, 1, &[65]));
        assert_eq!(heard_chord(&arpeggio, 0..48), None, "a note and one that passes");
    }

    #[test]
    fn halves_of_a_bar_have_chords_of_their_own_or_go_on() {
        let bars = |meter: &str, notes: &[Note], from: Tick, before: &str| {
            let bar = MeterMap::new(meter.parse::<Meter>().unwrap()).bar(1);
            let chords = heard_chords(notes, bar, from..bar.end(), before.parse().ok());
            chords.map(|it| it.map(|chord| chord.map_or("-".to_owned(), |it| it.to_string())))
        };
        let both = [notes(90, 54, &[60, 64, 67]), notes(144, 48, &[57, 60, 64])].concat();
        let named = |chords: [&str; 2]| Some(chords.map(str::to_owned));
        assert_eq!(bars("4/4", &both, 96, ""), named(["C", "Am"]));
        assert_eq!(bars("3/4", &both, 72, ""), named(["C", "C"]), "the bar has no halves");
        assert_eq!(bars("4/4", &both[..3], 96, "G"), named(["C", "C"]));
        assert_eq!(bars("4/4", &both[3..], 96, "G"), named(["G", "Am"]));
        assert_eq!(bars("4/4", &both[3..], 96, ""), named(["Am", "Am"]));
        assert_eq!(bars("4/4", &both, 160, "G"), named(["G", "Am"]), "heard from there on");
        assert_eq!(bars("4/4", &[], 96, "G"), None);
    }
}
