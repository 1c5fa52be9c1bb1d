//! Sections of songs whose form is known.
//!
//! `cargo test --release -p jukebox-analysis --test form -- --nocapture` prints the measures of docs/import.md.

mod support;

use jukebox_analysis::{Analysis, analyse};
use jukebox_model::midi::read_score;
use support::forms::{FORMS, FormedSong, Return, Source, bands, song, tunes};
use support::{Playing, play};

/// F-measures of the boundaries (half a bar on either side, as mir_eval's segment detection with its ends
/// trimmed) and of pairs of beats with one letter (Levy, Sandler 2008).
#[derive(Clone, Copy, Default)]
struct Measured {
    boundaries: f64,
    letters: f64,
}

fn f_measure(hits: f64, truth: f64, found: f64) -> f64 {
    if truth + found == 0.0 { 1.0 } else { 2.0 * hits / (truth + found) }
}

/// Compares the sections with the truth: seconds of all bar lines, and of the end.
fn measure(truth: &FormedSong, lines: &[f64], end: f64, analysis: &Analysis) -> Measured {
    let found_lines = analysis.bar_lines();
    let half = 0.5 * (end - lines[0]) / lines.len() as f64;
    let starts: Vec<f64> = truth.starts[1..].iter().map(|&bar| lines[bar as usize]).collect();
    let found: Vec<f64> =
        analysis.sections.iter().skip(1).map(|it| found_lines[it.from_bar]).collect();
    let mut free = found.clone();
    let mut hits = 0.0;
    for start in &starts {
        if let Some(near) = free.iter().position(|it| (it - start).abs() <= half) {
            free.remove(near);
            hits += 1.0;
        }
    }
    // The letters at points a quarter of a bar apart.
    let points = 4 * lines.len();
    let mut pairs = Vec::new();
    for point in 0..points {
        let at = lines[0] + (end - lines[0]) * (point as f64 + 0.5) / points as f64;
        let bar = lines.partition_point(|&line| line <= at).max(1) - 1;
        let section = analysis.sections.iter().rev().find(|it| found_lines[it.from_bar] <= at);
        pairs.push((truth.letters[bar], section.map_or(usize::MAX, |it| it.letter)));
    }
    let (mut same, mut of_truth, mut of_found) = (0.0, 0.0, 0.0);
    for (index, a) in pairs.iter().enumerate() {
        for b in &pairs[index + 1..] {
            let alike = (a.0 == b.0, a.1 == b.1);
            of_truth += f64::from(u8::from(alike.0));
            of_found += f64::from(u8::from(alike.1));
            same += f64::from(u8::from(alike == (true, true)));
        }
    }
    Measured {
        boundaries: f_measure(hits, starts.len() as f64, found.len() as f64),
        letters: f_measure(same, of_truth, of_found),
    }
}

/// Means over songs of all forms whose blocks have at most so many bars.
fn measured(
    what: &str,
    sources: &[Source],
    longest: u32,
    returns: Return,
    jitter: f64,
) -> Measured {
    let mut sum = Measured::default();
    let mut count = 0.0;
    let forms = FORMS.iter().filter(|form| form.iter().all(|block| block.1 <= longest));
    for (index, form) in forms.enumerate() {
        for take in 0..8 {
            let seed = 100 * index as u64 + take;
            let song = song(form, sources, returns, seed);
            let playing = Playing { drift: if jitter > 0.0 { 0.06 } else { 0.0 }, jitter, seed };
            let mut rendered = play("song", &song.bytes, playing).expect("a song");
            if jitter == 0.0 {
                rendered.score = read_score(&song.bytes).expect("a song");
                let time = &rendered.score.time;
                let second = |bar: usize| time.seconds(4.0 * bar as f64 * time.quarter);
                rendered.bar_lines = (0..song.letters.len()).map(second).collect();
            }
            let analysis = analyse(&rendered.score).expect("a song");
            let lines = &rendered.bar_lines;
            let end = lines[lines.len() - 1] + lines[1] - lines[0];
            assert_eq!(lines.len(), song.letters.len());
            let found = measure(&song, lines, end, &analysis);
            sum.boundaries += found.boundaries;
            sum.letters += found.letters;
            count += 1.0;
        }
    }
    let mean = Measured { boundaries: sum.boundaries / count, letters: sum.letters / count };
    println!(
        "{what}: {count} songs, boundaries {:.3}, letters {:.3}",
        mean.boundaries, mean.letters
    );
    mean
}

/// How blocks return, jitter in seconds, and the least F-measures of tunes and of bands: what was measured, less
/// a little.
type Least = (&'static str, Return, f64, [(f64, f64); 2]);
const LEAST: [Least; 6] = [
    ("as they were", Return::Exact, 0.0, [(0.91, 0.95), (0.9, 0.89)]),
    ("as they were", Return::Exact, 0.02, [(0.72, 0.87), (0.83, 0.82)]),
    ("varied", Return::Varied, 0.0, [(0.86, 0.96), (0.9, 0.89)]),
    ("varied", Return::Varied, 0.02, [(0.71, 0.83), (0.82, 0.84)]),
    ("moved", Return::Moved, 0.0, [(0.91, 0.95), (0.89, 0.89)]),
    ("moved", Return::Moved, 0.02, [(0.73, 0.87), (0.85, 0.87)]),
];

#[test]
fn sections_are_heard() {
    let (tunes, bands) = (tunes(), bands());
    for (what, returns, jitter, least) in LEAST {
        let kinds = [("tunes", &tunes, 8, least[0]), ("bands", &bands, 16, least[1])];
        for (kind, sources, longest, least) in kinds {
            let what = format!("{kind}, {what}, jitter {:.0} ms", 1000.0 * jitter);
            let Measured { boundaries, letters } =
                measured(&what, sources, longest, returns, jitter);
            assert!(boundaries > least.0 && letters > least.1, "{what}: {boundaries} {letters}");
        }
    }
}
