//! Measures what is understood of songs whose beats and chords people have noted:
//!
//! `cargo run --release -p jukebox-analysis --example measure -- FOLDER`
//!
//! FOLDER holds, as the POP909 set does, a folder NNN for each song with NNN.mid, beat_midi.txt (lines of
//! seconds, beat in the half bar, whether a bar begins) and chord_midi.txt (from, until, chord in Harte's
//! syntax). `--free` forgets the files' tempo first, `--json` prints what was found, a line a song.

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::time::Instant;

use jukebox_analysis::analyse;
use jukebox_analysis::beats::Source;
use jukebox_analysis::parts::{Role, parts};
use jukebox_model::midi::{Score, TimeMap, read_score};
use support::f_measure;

/// Root and third of a chord in Harte's syntax; `Some(None)` for no chord, `None` for what is neither
/// major nor minor and is left out, as mir_eval does.
fn major_or_minor(chord: &str) -> Option<Option<(u8, bool)>> {
    if chord == "N" {
        return Some(None);
    }
    let (root, quality) = chord.split_once(':')?;
    let mut class =
        [9i8, 11, 0, 2, 4, 5, 7][usize::from(root.as_bytes()[0].wrapping_sub(b'A')) % 7];
    class += root.matches('#').count() as i8 - root.matches('b').count() as i8;
    let minor = match quality.split('/').next()? {
        "maj" | "7" | "maj7" | "maj6" | "9" | "maj9" => false,
        "min" | "min7" | "min6" | "minmaj7" | "min9" => true,
        _ => return None,
    };
    Some(Some((class.rem_euclid(12) as u8, minor)))
}

/// Numbers and words of a file's lines.
fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

/// Whether the noted chords contradict the noted bars: many of them change root a beat after a bar line.
fn is_contradicted(beats: &[f64], is_line: &[bool], chords: &[Vec<String>]) -> bool {
    let root = |row: &Vec<String>| row[2].split(':').next().unwrap_or_default().to_owned();
    let (mut on_line, mut after) = (0.0, 0.0);
    for pair in chords.windows(2) {
        let (before, here) = (root(&pair[0]), root(&pair[1]));
        let at: f64 = pair[1][0].parse().unwrap_or(0.0);
        let Some(beat) = beats.iter().position(|it| (it - at).abs() < 0.05) else { continue };
        if before != here && before != "N" && here != "N" {
            on_line += f64::from(u8::from(is_line[beat]));
            after += f64::from(u8::from(beat > 0 && is_line[beat - 1]));
        }
    }
    after > 0.35 * on_line
}

/// Whether the part called MELODY is found to be it when all names are gone.
fn melody_is_found(score: &Score) -> bool {
    let mut score = score.clone();
    let melody = score.tracks.iter().position(|track| track.name == "MELODY");
    score.tracks.iter_mut().for_each(|track| track.name.clear());
    let parts = parts(&score).0;
    let found = parts.iter().find(|part| part.role == Role::Melody);
    found.map(|part| usize::from(part.track)) == melody
}

/// The score as a performance that names no tempo.
fn forget_tempo(score: &mut Score) {
    score.time = TimeMap::constant(480, 500_000);
    score.meters.clear();
    for note in &mut score.notes {
        note.onset = score.time.ticks(note.from).round() as u64;
        note.end = (score.time.ticks(note.until).round() as u64).max(note.onset + 1);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (free, json) =
        (arguments.iter().any(|it| it == "--free"), arguments.iter().any(|it| it == "--json"));
    let folder = arguments.iter().find(|it| !it.starts_with("--")).expect("a folder of songs");
    let mut songs: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("beat_midi.txt").exists())
        .collect();
    songs.sort();
    let mut sums = [[0.0; 4]; 2];
    let mut counts = [0.0; 2];
    let mut melodies = [0usize; 2];
    let mut consistent = [(0.0, 0.0); 2];
    let mut slowest = 0.0f64;
    for (index, song) in songs.iter().enumerate() {
        let name = song.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = std::fs::read(song.join(format!("{name}.mid"))).expect("the song");
        let begun = Instant::now();
        let Ok(mut score) = read_score(&bytes) else { continue };
        if free {
            forget_tempo(&mut score);
        }
        let analysis = match analyse(&score) {
            Ok(analysis) => analysis,
            Err(error) => {
                eprintln!("{name}: {error}");
                continue;
            }
        };
        let took = 1000.0 * begun.elapsed().as_secs_f64();
        slowest = slowest.max(took);
        let number = |text: &String| text.parse::<f64>().unwrap_or(0.0);
        let beat_rows = rows(&song.join("beat_midi.txt"));
        let beats: Vec<f64> = beat_rows.iter().map(|row| number(&row[0])).collect();
        let lines: Vec<f64> = beat_rows
            .iter()
            .filter(|row| number(&row[2]) == 1.0)
            .map(|row| number(&row[0]))
            .collect();
        let (mut right, mut all) = (0.0, 1e-9);
        let chord_rows = rows(&song.join("chord_midi.txt"));
        let is_line: Vec<bool> = beat_rows.iter().map(|row| number(&row[2]) == 1.0).collect();
        let contradicted = is_contradicted(&beats, &is_line, &chord_rows);
        for row in chord_rows {
            let (from, until) = (number(&row[0]), number(&row[1]));
            let Some(truth) = major_or_minor(&row[2]) else { continue };
            all += until - from;
            for span in &analysis.chords {
                let shared = until.min(span.until) - from.max(span.from);
                let found = span.chord.map_or("N".to_owned(), |chord| chord.harte());
                if shared > 0.0 && major_or_minor(&found) == Some(truth) {
                    right += shared;
                }
            }
        }
        let measures = [
            f_measure(&beats, &analysis.beats.times),
            f_measure(&lines, &analysis.bar_lines()),
            right / all,
            f64::from(u8::from(analysis.beats.source == Source::File)),
        ];
        if json {
            let chords: Vec<_> = analysis
                .chords
                .iter()
                .map(|it| (it.from, it.until, it.chord.map_or("N".to_owned(), |it| it.harte())))
                .collect();
            let keys: Vec<_> =
                analysis.keys.iter().map(|it| (it.from_bar, it.key.to_string())).collect();
            let sections: Vec<_> =
                analysis.sections.iter().map(|it| (it.from_bar, it.name())).collect();
            let parts: Vec<_> =
                analysis.parts.iter().map(|it| (it.name.clone(), it.role.name())).collect();
            println!(
                "{}",
                serde_json::json!({
                    "song": name, "beats": analysis.beats.times, "bar_lines": analysis.bar_lines(),
                    "chords": chords, "keys": keys, "sections": sections, "parts": parts,
                })
            );
        } else {
            println!(
                "{name}: beats {:.3}, bar lines {:.3}, chords {:.3}, {} in {}, {:?}, {took:.0} ms",
                measures[0],
                measures[1],
                measures[2],
                analysis.bars.meter,
                analysis.beats.tempo().round(),
                analysis.beats.source,
            );
        }
        for (sum, measure) in sums[index % 2].iter_mut().zip(measures) {
            *sum += measure;
        }
        counts[index % 2] += 1.0;
        melodies[index % 2] += usize::from(melody_is_found(&score));
        if !contradicted {
            consistent[index % 2].0 += measures[1];
            consistent[index % 2].1 += 1.0;
        }
    }
    for (half, what) in ["1st, 3rd, 5th, ...", "2nd, 4th, 6th, ..."].iter().enumerate() {
        let [beats, bars, chords, _] = sums[half].map(|sum| sum / f64::max(counts[half], 1.0));
        eprintln!(
            "{what}: {} songs, beats {beats:.3}, bar lines {bars:.3}, chords {chords:.3}",
            counts[half]
        );
        eprintln!("  {} of them whose melody is found without names", melodies[half]);
        let (bars, count) = consistent[half];
        eprintln!(
            "  {count} of them whose chords do not contradict their bars: bar lines {:.3}",
            bars / f64::max(count, 1.0)
        );
    }
    eprintln!("slowest: {slowest:.0} ms");
}
