//! Files whose notes were played near their own beats, and files whose beats say nothing.
//!
//! `cargo test -p jukebox-analysis --test clicks -- --nocapture` prints the shares of docs/import.md.

mod support;

use jukebox_analysis::Rhythm;
use jukebox_analysis::beats::Source;
use jukebox_analysis::quantise::{Quantisation, quantise};
use jukebox_model::midi::{Score, read_score};
use support::{Playing, Random, corpus, files, play};

/// Pieces of a collection that lie on the grid of a sensible meter, of 32 notes or more.
fn written(collection: &str, step: usize) -> Vec<Score> {
    let is_written = |score: &Score| {
        let rhythm = Rhythm::of(score);
        score.notes.len() >= 32 && rhythm.is_ok_and(|it| it.is_quantised && it.is_stated())
    };
    let scores = files(&corpus(collection), step).into_iter();
    scores.filter_map(|(_, bytes)| read_score(&bytes).ok()).filter(is_written).collect()
}

/// The piece played to its own click: onsets early and late at random, every third track late by habit.
fn humanise(score: &Score, jitter: f64, habit: f64, seed: u64) -> Score {
    let mut score = score.clone();
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for note in &mut score.notes {
        let late = jitter * random.normal() + habit * f64::from(u8::from(note.track % 3 == 2));
        note.from = (note.from + late).max(0.0);
        note.until = (note.until + late).max(note.from + 0.01);
        note.sounds_until = note.until;
        note.onset = score.time.ticks(note.from).round() as u64;
        note.end = (score.time.ticks(note.until).round() as u64).max(note.onset + 1);
    }
    score
}

/// Shares of the pieces whose beats and bars are believed, and of their notes that come to lie where they were
/// written.
fn believed(pieces: &[Score], jitter: f64, habit: f64) -> (f64, f64) {
    let (mut pieces_believed, mut right, mut notes) = (0.0, 0.0, 1e-9);
    for (index, written) in pieces.iter().enumerate() {
        let mut score = humanise(written, jitter, habit, 3 + index as u64);
        let places: Vec<f64> =
            written.notes.iter().map(|it| it.onset as f64 / written.time.quarter * 24.0).collect();
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by_key(|&it| score.notes[it].onset);
        score.notes = order.iter().map(|&it| score.notes[it]).collect();
        let rhythm = Rhythm::of(&score).expect("a short piece");
        if rhythm.beats.source != Source::Click {
            continue;
        }
        pieces_believed += 1.0;
        let found = quantise(&rhythm, Quantisation::default()).expect("beats");
        // A pickup is laid at the end of a whole bar.
        let begin = f64::from(found.places[0].0) - places[order[0]].round();
        for (&index, &(onset, ..)) in order.iter().zip(&found.places) {
            notes += 1.0;
            right += f64::from(u8::from((f64::from(onset) - begin - places[index]).abs() < 1.0));
        }
    }
    (pieces_believed / pieces.len() as f64, right / notes)
}

#[test]
fn beats_to_which_notes_were_played_are_believed() {
    for (collection, step, least) in [("celtic.zip", 20, LINES), ("freedoom.zip", 1, BANDS)] {
        let pieces = written(collection, step);
        for ((jitter, habit), least) in MANNERS.into_iter().zip(least) {
            let (files, notes) = believed(&pieces, jitter, habit);
            println!(
                "{collection}, {} pieces: jitter {:.0} ms, a third late by {:.0} ms: believed {files:.3}, notes in their places {notes:.3}",
                pieces.len(),
                1e3 * jitter,
                1e3 * habit
            );
            assert!(files >= least.0 && notes >= least.1, "{collection} {jitter} {habit}");
        }
    }
}

#[test]
fn beats_to_which_nobody_played_are_not_believed() {
    for (collection, step) in [("celtic.zip", 20), ("freedoom.zip", 1)] {
        let (mut all, mut believed) = (0, 0);
        for (index, (name, bytes)) in files(&corpus(collection), step).iter().enumerate() {
            let playing = Playing { drift: 0.03, jitter: 0.01, seed: 7 + index as u64 };
            let Some(mut piece) = play(name, bytes, playing) else { continue };
            // As programs write it by themselves.
            piece.score.meters = vec![(0, 4, 4)];
            let rhythm = Rhythm::of(&piece.score).expect("a short piece");
            all += 1;
            believed += usize::from(matches!(rhythm.beats.source, Source::Click | Source::File));
        }
        println!("{collection}: {believed} of {all} performances believed");
        assert_eq!(believed, 0, "{collection}");
    }
}

/// Standard deviation of onsets, and how late a third of the tracks are, in seconds.
const MANNERS: [(f64, f64); 4] = [(0.01, 0.0), (0.02, 0.0), (0.03, 0.0), (0.01, 0.025)];

/// Shares of pieces and of notes: what was measured, less a little.
const LINES: [(f64, f64); 4] = [(0.99, 0.97), (0.98, 0.94), (0.94, 0.81), (0.99, 0.97)];
const BANDS: [(f64, f64); 4] = [(0.99, 0.98), (0.99, 0.96), (0.99, 0.90), (0.99, 0.95)];
