//! Fits the weights by which beats are chosen (`beats::choice::WEIGHTS`) and prints them:
//!
//! `cargo run --release -p jukebox-analysis --example fit_beats -- SONGS ZIP...`
//!
//! SONGS is a folder as POP909 has it, of which the 1st, 3rd, 5th, ... song is taken with its tempo
//! forgotten; the zips hold pieces of bands. With them go Celtic tunes and half of the charts, played with
//! a jitter of 5, 20 and 40 ms. None of them is in the tests but the charts, which are played otherwise
//! there.

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;

use jukebox_analysis::beats::choice::{self, FEATURES};
use jukebox_analysis::beats::{onsets, tracker};
use jukebox_analysis::notes::notes_of;
use jukebox_model::midi::{Score, TimeMap, read_score};
use support::charts::{CHARTS, perform};
use support::{Playing, corpus, f_measure, files, play};

/// Performances of one kind, which count together.
struct Set {
    weight: f64,
    pieces: Vec<Piece>,
}

/// The candidates of a piece: features, and whether they are right.
struct Piece {
    is_line: bool,
    rows: Vec<([f64; FEATURES], bool)>,
}

/// `None` where no candidate is right.
fn piece(score: &Score, beats: &[f64]) -> Option<Piece> {
    let (parts, part_of) = jukebox_analysis::parts::parts(score);
    let notes = notes_of(score, &parts, &part_of);
    let onsets = onsets::onsets(&notes);
    let candidates = choice::candidates(&notes, &onsets, tracker::track(&onsets));
    let is_line = candidates.first()?.is_line;
    let measures: Vec<f64> = candidates.iter().map(|it| f_measure(beats, &it.times)).collect();
    let best = measures.iter().copied().fold(0.0, f64::max);
    let least = if best >= 0.8 { f64::max(0.8, best - 0.02) } else { best - 0.02 };
    let rows = candidates.iter().zip(&measures).map(|(it, &found)| (it.features, found >= least));
    (best >= 0.7).then(|| Piece { is_line, rows: rows.collect() })
}

fn forget_tempo(score: &mut Score) {
    score.time = TimeMap::constant(480, 500_000);
    score.meters.clear();
    for note in &mut score.notes {
        note.onset = score.time.ticks(note.from).round() as u64;
        note.end = (score.time.ticks(note.until).round() as u64).max(note.onset + 1);
    }
}

fn song(folder: &Path) -> Option<Piece> {
    let name = folder.file_name()?.to_string_lossy().into_owned();
    let mut score = read_score(&std::fs::read(folder.join(format!("{name}.mid"))).ok()?).ok()?;
    forget_tempo(&mut score);
    let text = std::fs::read_to_string(folder.join("beat_midi.txt")).ok()?;
    let beats: Vec<f64> =
        text.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect();
    piece(&score, &beats)
}

/// Weights of conditional logit regression with an L2 penalty, by Adam (Kingma, Ba 2015).
fn fit(pieces: &[(f64, &Piece)]) -> [f64; FEATURES] {
    const PENALTY: f64 = 0.001;
    let rows = || pieces.iter().flat_map(|(_, piece)| &piece.rows);
    let count = rows().count() as f64;
    let scale: [f64; FEATURES] = std::array::from_fn(|k| {
        let mean = rows().map(|row| row.0[k]).sum::<f64>() / count;
        let square = rows().map(|row| (row.0[k] - mean).powi(2)).sum::<f64>() / count;
        square.sqrt().max(1e-3)
    });
    let all: f64 = pieces.iter().map(|(weight, _)| weight).sum();
    let (mut weights, mut first, mut second) = ([0.0; FEATURES], [0.0; FEATURES], [0.0; FEATURES]);
    for step in 1..=4000 {
        let mut slope: [f64; FEATURES] = std::array::from_fn(|k| -PENALTY * weights[k]);
        for (weight, piece) in pieces {
            let values: Vec<f64> = piece
                .rows
                .iter()
                .map(|row| (0..FEATURES).map(|k| weights[k] * row.0[k] / scale[k]).sum())
                .collect();
            let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let likely: Vec<f64> = values.iter().map(|value| (value - highest).exp()).collect();
            let total: f64 = likely.iter().sum();
            let right: f64 =
                likely.iter().zip(&piece.rows).filter(|it| it.1.1).map(|it| it.0).sum();
            for (likely, (features, is_right)) in likely.iter().zip(&piece.rows) {
                let wanted = if *is_right { likely / right.max(1e-300) } else { 0.0 };
                let by = weight / all * (wanted - likely / total);
                for k in 0..FEATURES {
                    slope[k] += by * features[k] / scale[k];
                }
            }
        }
        for k in 0..FEATURES {
            first[k] = 0.9 * first[k] + 0.1 * slope[k];
            second[k] = 0.999 * second[k] + 0.001 * slope[k] * slope[k];
            let (mean, square) =
                (first[k] / (1.0 - 0.9f64.powi(step)), second[k] / (1.0 - 0.999f64.powi(step)));
            weights[k] += 0.02 * mean / (square.sqrt() + 1e-9);
        }
    }
    std::array::from_fn(|k| weights[k] / scale[k])
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, zips) = arguments.split_first().expect("a folder of songs");
    let mut songs: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").flatten().map(|it| it.path()).collect();
    songs.sort();
    let pieces = songs.iter().step_by(2).filter_map(|it| song(it)).collect();
    let mut sets = vec![Set { weight: 1.5, pieces }];
    for (jitter, weights) in [(0.005, [1.0, 0.4]), (0.02, [1.0, 0.4]), (0.04, [0.3, 0.2])] {
        let played = |index: usize, name: &str, bytes: &[u8]| {
            let seed = 1000 + index as u64;
            let played = play(name, bytes, Playing { drift: 0.06, jitter, seed })?;
            piece(&played.score, &played.beats)
        };
        // Every 20th from the 10th on: the tests take those between.
        let tunes = files(&corpus("celtic.zip"), 10);
        let tunes = tunes.iter().enumerate().skip(1).step_by(2);
        let pieces = tunes.filter_map(|(index, it)| played(index, &it.0, &it.1)).collect();
        sets.push(Set { weight: weights[0], pieces });
        let bands = zips.iter().flat_map(|zip| files(Path::new(zip), 1)).enumerate();
        let pieces = bands.filter_map(|(index, it)| played(index, &it.0, &it.1)).collect();
        sets.push(Set { weight: weights[1], pieces });
        let charts = CHARTS.iter().enumerate().skip(1).step_by(2);
        let pieces = charts
            .flat_map(|(index, chart)| {
                (0..3).map(move |manner| (3 * index + manner, chart, manner))
            })
            .filter_map(|(index, chart, manner)| {
                let song = perform(chart, manner, jitter, 1001 + index as u64);
                piece(&song.score, &song.beats)
            })
            .collect();
        sets.push(Set { weight: 0.6, pieces });
    }
    for is_line in [true, false] {
        let pieces: Vec<(f64, &Piece)> = sets
            .iter()
            .flat_map(|set| set.pieces.iter().map(|it| (set.weight / set.pieces.len() as f64, it)))
            .filter(|(_, piece)| piece.is_line == is_line)
            .collect();
        println!(
            "{} of {} pieces: {:.3?}",
            ["voices", "lines"][usize::from(is_line)],
            pieces.len(),
            fit(&pieces)
        );
    }
}
