//! The chords: root and quality of each beat, or none.
//!
//! A hidden Markov model (Sheh, Ellis, ISMIR 2003): what sounds in a beat speaks for each chord by its
//! template, bass included; a chord stays, or changes at a cost that is least at a bar line and in the
//! middle of a bar. Viterbi's algorithm finds the best row of chords.

mod evidence;
pub mod templates;

pub use jukebox_model::chord::{Chord, Quality};

use crate::notes::Heard;
pub use evidence::{Evidence, evidence};
use templates::TEMPLATES;

/// How much a beat's sounds count, and its bass.
const SOUNDS: f64 = 10.0;
const BASS: f64 = 2.0;

/// Cost of a change of chord on the first beat of a bar, in its middle, and on another beat.
const CHANGE: [f64; 3] = [2.0, 3.0, 4.0];

/// How much the frequencies of the qualities count.
const USUAL: f64 = 0.7;

/// What no template explains scores as if every pitch class had this share, in hundredths.
const LEAST_SOUND: f64 = 0.4;
const LEAST_BASS: f64 = 1.0;

/// A stretch of one chord.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChordSpan {
    /// Seconds.
    pub from: f64,
    /// Seconds.
    pub until: f64,
    /// `None` where none is heard.
    pub chord: Option<Chord>,
}

/// The chord of each beat, to the end of the music.
///
/// `times` are the beats and the end, `lines` tells for each beat how far it is from the bar line
/// before it, in beats, and `bar` how many beats a bar has.
pub fn chords(
    notes: &[Heard],
    times: &[f64],
    positions: &[usize],
    bar: usize,
) -> Vec<Option<Chord>> {
    let evidence = evidence(notes, times);
    if evidence.is_empty() {
        return Vec::new();
    }
    let kinds = TEMPLATES.len();
    let none = 12 * kinds;
    let log = |share: u8, least: f64| (f64::from(share).max(least) / 100.0).ln();
    let sounds: Vec<[f64; 12]> = TEMPLATES
        .iter()
        .map(|it| it.sounds.map(|share| SOUNDS * log(share, LEAST_SOUND)))
        .collect();
    let bass: Vec<[f64; 12]> =
        TEMPLATES.iter().map(|it| it.bass.map(|share| BASS * log(share, LEAST_BASS))).collect();
    let usual: Vec<f64> = TEMPLATES.iter().map(|it| USUAL * log(it.usual, 0.0)).collect();
    let score = |evidence: &Evidence, into: &mut [f64]| {
        let silent = evidence.sounds.iter().sum::<f64>() < 1e-6;
        if silent {
            into.fill(-1.0);
            into[none] = 0.0;
            return;
        }
        for kind in 0..kinds {
            for root in 0..12 {
                let mut sum = usual[kind];
                for step in 0..12 {
                    let class = (root + step) % 12;
                    sum += evidence.sounds[class] * sounds[kind][step];
                    sum += evidence.bass[class] * bass[kind][step];
                }
                into[12 * kind + root] = sum;
            }
        }
        into[none] = (SOUNDS + BASS) * (1.0f64 / 12.0).ln() - 1.0;
    };
    let mut best = vec![0.0; none + 1];
    score(&evidence[0], &mut best);
    let mut here = vec![0.0; none + 1];
    // For each beat and chord: the chord before.
    let mut before = vec![0u8; evidence.len() * (none + 1)];
    for (beat, evidence) in evidence.iter().enumerate().skip(1) {
        score(evidence, &mut here);
        let position = positions.get(beat).copied().unwrap_or(0);
        let cost = match position {
            0 => CHANGE[0],
            middle if 2 * middle == bar => CHANGE[1],
            _ => CHANGE[2],
        };
        let (from, highest) = best
            .iter()
            .copied()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or((none, 0.0));
        let row = &mut before[beat * (none + 1)..][..none + 1];
        for (chord, value) in best.iter_mut().enumerate() {
            let stays = *value >= highest - cost;
            row[chord] = if stays { chord as u8 } else { from as u8 };
            *value = if stays { *value } else { highest - cost } + here[chord];
        }
    }
    let mut chord = best
        .iter()
        .copied()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(none, |(chord, _)| chord);
    let mut path = vec![None; evidence.len()];
    for beat in (0..evidence.len()).rev() {
        if chord < none {
            let quality = TEMPLATES[chord / 12].quality;
            path[beat] = Some(Chord { root: (chord % 12) as u8, quality });
        }
        chord = usize::from(before[beat * (none + 1) + chord]);
    }
    path
}

/// Stretches of one chord, over beats and the end.
pub fn spans(chords: &[Option<Chord>], times: &[f64]) -> Vec<ChordSpan> {
    let mut spans: Vec<ChordSpan> = Vec::new();
    for (chord, pair) in chords.iter().zip(times.windows(2)) {
        match spans.last_mut() {
            Some(last) if last.chord == *chord => last.until = pair[1],
            _ => spans.push(ChordSpan { from: pair[0], until: pair[1], chord: *chord }),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chord of notes from one beat to another, a second each.
    fn chord(from: usize, until: usize, pitches: &[u8]) -> Vec<Heard> {
        (from..until)
            .flat_map(|beat| {
                pitches.iter().map(move |&pitch| Heard {
                    from: beat as f64,
                    until: beat as f64 + 0.95,
                    sounds_until: beat as f64 + 0.95,
                    quarter: beat as f64,
                    pitch,
                    velocity: 80,
                    drum: false,
                    part: 0,
                })
            })
            .collect()
    }

    fn names(notes: &[Heard], beats: usize) -> Vec<String> {
        let times: Vec<f64> = (0..=beats).map(|beat| beat as f64).collect();
        let positions: Vec<usize> = (0..beats).map(|beat| beat % 4).collect();
        let chords = chords(notes, &times, &positions, 4);
        spans(&chords, &times)
            .iter()
            .map(|span| span.chord.map_or("N".to_owned(), Chord::harte))
            .collect()
    }

    #[test]
    fn a_cadence_is_read_with_its_qualities() {
        let mut notes = chord(0, 4, &[48, 64, 67, 72]);
        notes.extend(chord(4, 8, &[45, 64, 67, 72]));
        notes.extend(chord(8, 12, &[50, 62, 65, 69]));
        notes.extend(chord(12, 16, &[43, 62, 65, 71]));
        assert_eq!(names(&notes, 16), ["C:maj", "A:min7", "D:min", "G:7"]);
    }

    #[test]
    fn silence_has_no_chord_and_drums_are_none() {
        let mut notes = chord(0, 4, &[48, 64, 67]);
        let mut drums = chord(4, 8, &[36, 42]);
        drums.iter_mut().for_each(|note| note.drum = true);
        notes.extend(drums);
        assert_eq!(names(&notes, 8), ["C:maj", "N"]);
    }

    #[test]
    fn the_bass_tells_chords_of_the_same_notes_apart() {
        assert_eq!(names(&chord(0, 4, &[45, 60, 64, 67]), 4), ["A:min7"]);
        // The same pitch classes over C are C with an added sixth, not A minor.
        assert_eq!(names(&chord(0, 4, &[36, 60, 64, 67, 69]), 4), ["C:maj"]);
    }
}
