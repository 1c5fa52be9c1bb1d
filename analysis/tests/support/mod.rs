//! Pieces whose beats are known, rendered as people play them.

#![allow(dead_code)]

pub mod charts;
pub mod forms;

use std::io::{Cursor, Read};
use std::path::Path;

use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::midi::{Score, TimeMap, read_score};

/// A rendered piece and the truth of it.
pub struct Rendered {
    pub name: String,
    pub score: Score,
    /// Seconds.
    pub beats: Vec<f64>,
    /// Seconds.
    pub bar_lines: Vec<f64>,
    pub meter: String,
}

/// Numbers at random, the same on every machine (xorshift64*, Vigna 2016).
pub struct Random(pub u64);

impl Random {
    /// In 0 to 1.
    pub fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Normally distributed with variance 1.
    pub fn normal(&mut self) -> f64 {
        let (a, b) = (self.uniform().max(1e-12), self.uniform());
        (-2.0 * a.ln()).sqrt() * (2.0 * std::f64::consts::PI * b).cos()
    }
}

/// How a piece is played.
#[derive(Clone, Copy)]
pub struct Playing {
    /// Largest deviation of the tempo, as a share.
    pub drift: f64,
    /// Standard deviation of the onsets in seconds.
    pub jitter: f64,
    pub seed: u64,
}

/// Quarter notes of a beat as it is felt.
pub fn beat_of(meter: Meter) -> f64 {
    let (numerator, denominator) = (meter.numerator(), f64::from(meter.denominator()));
    if denominator >= 8.0 && numerator.is_multiple_of(3) {
        12.0 / denominator
    } else {
        4.0 / denominator
    }
}

/// Plays a quantised piece: its tempo drifts, its notes are early and late, and no meter is told.
pub fn play(name: &str, bytes: &[u8], playing: Playing) -> Option<Rendered> {
    let mut score = read_score(bytes).ok()?;
    let quarter = score.time.quarter;
    let meters: Vec<(u32, Meter)> = score
        .meters
        .iter()
        .filter_map(|&(at, n, d)| {
            Some(((at as f64 / quarter * 24.0) as u32, Meter::new(n, d).ok()?))
        })
        .collect();
    let meter = meters.first()?.1;
    let map = MeterMap::from_changes(meters);
    let mut random = Random(playing.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let first = score.notes.first()?.onset as f64 / quarter;
    let end = score.notes.iter().map(|note| note.end).max()? as f64 / quarter;
    // Seconds at each 24th of a quarter note.
    let steps = (24.0 * (end + 8.0)) as usize;
    let (period, angle) = (12.0 + 20.0 * random.uniform(), 6.3 * random.uniform());
    let lead = 0.2 + random.uniform();
    let mut walk = 0.0;
    let mut at = 0.0;
    let mut seconds = Vec::with_capacity(steps);
    for step in 0..steps {
        let straight = score.time.seconds(step as f64 * quarter / 24.0);
        let next = score.time.seconds((step + 1) as f64 * quarter / 24.0);
        walk = 0.995 * walk + 0.05 * random.normal();
        let swing = (2.0 * std::f64::consts::PI * straight / period + angle).sin();
        seconds.push(at);
        at += (next - straight) * (playing.drift * (0.7 * swing + 0.3 * f64::tanh(walk))).exp();
    }
    let begin = seconds[(24.0 * first) as usize];
    let second = |q: f64| {
        let place = (24.0 * q).min(steps as f64 - 1.001);
        let (below, rest) = (place as usize, place.fract());
        seconds[below] * (1.0 - rest) + seconds[below + 1] * rest - begin + lead
    };
    for note in &mut score.notes {
        let (from, until) = (note.onset as f64 / quarter, note.end as f64 / quarter);
        let late = playing.jitter * random.normal();
        note.from = (second(from) + late).max(0.0);
        note.until = (second(until) + late).max(note.from + 0.02);
        note.sounds_until = note.until;
    }
    // As a file without a tempo: 480 ticks a quarter at 120.
    let time = TimeMap::constant(480, 500_000);
    for note in &mut score.notes {
        note.onset = time.ticks(note.from).round() as u64;
        note.end = (time.ticks(note.until).round() as u64).max(note.onset + 1);
    }
    score.time = time;
    score.meters.clear();
    score.keys.clear();
    score.notes.sort_by_key(|note| (note.onset, note.pitch, note.track));
    let (mut beats, mut bar_lines) = (Vec::new(), Vec::new());
    let mut bar = map.bar_at(0);
    while f64::from(bar.start) / 24.0 < end {
        let bar_end = map.bar_end(bar);
        let mut place = f64::from(bar.start) / 24.0;
        if place >= first - 1e-6 {
            bar_lines.push(second(place));
        }
        while place < f64::from(bar_end) / 24.0 - 1e-6 && place < end {
            if place >= first - 1e-6 {
                beats.push(second(place));
            }
            place += beat_of(bar.meter);
        }
        bar = map.bar_at(bar_end);
    }
    Some(Rendered { name: name.to_owned(), score, beats, bar_lines, meter: meter.to_string() })
}

/// Every `step`th MIDI file of a zip, by name.
pub fn files(path: &Path, step: usize) -> Vec<(String, Vec<u8>)> {
    let bytes = std::fs::read(path).expect("the collection");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    let mut names: Vec<String> = (0..archive.len())
        .map(|index| archive.by_index(index).expect("an entry").name().expect("a name").to_string())
        .filter(|name| name.ends_with(".mid"))
        .collect();
    names.sort();
    names
        .into_iter()
        .step_by(step)
        .map(|name| {
            let mut bytes = Vec::new();
            archive.by_name(&name).unwrap().read_to_end(&mut bytes).unwrap();
            (name, bytes)
        })
        .collect()
}

/// The collection of a name in the repository.
pub fn corpus(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora").join(name)
}

/// F-measure of times against the true ones: pairs within 70 ms count (as in MIREX's beat tracking).
pub fn f_measure(truth: &[f64], found: &[f64]) -> f64 {
    const WINDOW: f64 = 0.07;
    let (mut i, mut j, mut hits) = (0, 0, 0);
    while i < truth.len() && j < found.len() {
        let apart = truth[i] - found[j];
        if apart.abs() <= WINDOW {
            hits += 1;
            (i, j) = (i + 1, j + 1);
        } else if apart < 0.0 {
            i += 1;
        } else {
            j += 1;
        }
    }
    2.0 * f64::from(hits) / (truth.len() + found.len()).max(1) as f64
}
