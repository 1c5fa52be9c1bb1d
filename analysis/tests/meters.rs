//! Meters that no time signature tells: threes, fives, sevens and nines.
//!
//! `cargo test --release -p jukebox-analysis --test meters -- --nocapture` prints the measures of
//! docs/import.md.

mod support;

use jukebox_analysis::analyse;
use jukebox_model::midi::{Score, read_score};
use support::charts::{BarOf, CHARTS, perform_in};
use support::{Playing, Rendered, corpus, f_measure, files, play};

/// How many are read in the meter that they have, and the mean F-measure of their bar lines.
fn measure(what: &str, meter: &str, pieces: &[Rendered]) -> (f64, f64) {
    let (mut right, mut lines) = (0.0, 0.0);
    for piece in pieces {
        let analysis = analyse(&piece.score).expect("a short piece");
        let found = analysis.bars.meter.to_string();
        let measure = f_measure(&piece.bar_lines, &analysis.bar_lines());
        if found != meter || measure < 0.8 {
            let beats = f_measure(&piece.beats, &analysis.beats.times);
            println!(
                "  {}: {found} at {:.0} ({:?}), beats {beats:.2}, bar lines {measure:.2}",
                piece.name,
                analysis.beats.tempo(),
                analysis.beats.source
            );
        }
        right += f64::from(u8::from(found == meter));
        lines += measure;
    }
    let count = pieces.len() as f64;
    println!(
        "{what}: {count} pieces, {:.3} in {meter}, bar lines {:.3}",
        right / count,
        lines / count
    );
    (right / count, lines / count)
}

/// A piece as its file has it, without its meter.
fn without_meter(name: &str, bytes: &[u8]) -> Option<Rendered> {
    let mut score: Score = read_score(bytes).ok()?;
    let truth = analyse(&score).ok()?;
    let (beats, bar_lines) = (truth.beats.times.clone(), truth.bar_lines());
    let first = score.notes[0].from - 0.05;
    let after = |times: Vec<f64>| times.into_iter().filter(|&at| at > first).collect();
    score.meters.clear();
    let meter = truth.bars.meter.to_string();
    Some(Rendered {
        name: name.into(),
        score,
        beats: after(beats),
        bar_lines: after(bar_lines),
        meter,
    })
}

/// Celtic tunes whose only meter is this one: as written, and played with a jitter of 20 ms.
fn tunes(meter: (u8, u8), step: usize) -> (Vec<Rendered>, Vec<Rendered>) {
    let all = files(&corpus("celtic.zip"), 1);
    let of_meter = |bytes: &[u8]| {
        read_score(bytes).is_ok_and(|it| it.meters.iter().all(|it| (it.1, it.2) == meter))
    };
    let chosen: Vec<_> = all.iter().filter(|it| of_meter(&it.1)).step_by(step).collect();
    let written = chosen.iter().filter_map(|it| without_meter(&it.0, &it.1)).collect();
    let playing = |seed| Playing { drift: 0.06, jitter: 0.02, seed };
    let played =
        chosen.iter().enumerate().filter_map(|(seed, it)| play(&it.0, &it.1, playing(seed as u64)));
    (written, played.collect())
}

/// Meter, every which tune, and least shares that are read in it and F-measures of bar lines: as written, and
/// played.
type Tunes = ((u8, u8), usize, [(f64, f64); 2]);
const TUNES: [Tunes; 4] = [
    ((3, 4), 3, [(0.9, 0.79), (0.87, 0.76)]),
    ((9, 8), 2, [(0.96, 0.92), (0.83, 0.84)]),
    ((6, 8), 20, [(0.85, 0.9), (0.9, 0.88)]),
    ((2, 4), 20, [(0.9, 0.8), (0.87, 0.85)]),
];

#[test]
fn tunes_tell_their_meter() {
    for (meter, step, least) in TUNES {
        let name = format!("{}/{}", meter.0, meter.1);
        let (written, played) = tunes(meter, step);
        for (what, pieces, least) in
            [("as written", written, least[0]), ("jitter 20 ms", played, least[1])]
        {
            let (right, lines) = measure(&format!("{name}, {what}"), &name, &pieces);
            assert!(right > least.0 && lines > least.1, "{name}, {what}: {right} {lines}");
        }
    }
}

/// Charts in bars of this length, jitter 20 ms.
fn charts(bar: BarOf, meter: &str) -> Vec<Rendered> {
    let song = |(chart, manner): (usize, usize)| {
        let song = perform_in(bar, CHARTS[chart], manner, 0.02, (3 * chart + manner) as u64 + 1);
        Rendered {
            name: format!("chart {chart}, manner {manner}"),
            score: song.score,
            beats: song.beats,
            bar_lines: song.bar_lines,
            meter: meter.into(),
        }
    };
    (0..CHARTS.len())
        .flat_map(|chart| (0..3).map(move |manner| (chart, manner)))
        .map(song)
        .collect()
}

#[test]
fn fives_and_sevens_are_found_in_charts() {
    // Half bars of quarter notes; slow 5/8 and 7/8 may be written as 5/4 and 7/4.
    for (middle, length, meter, least) in [
        (2.0, 3.0, "3/4", 0.95),
        (3.0, 5.0, "5/4", 0.9),
        (2.0, 5.0, "5/4", 0.94),
        (2.0, 3.5, "7/8", 0.97),
        (1.5, 3.5, "7/8", 0.97),
        (1.5, 2.5, "5/8", 0.97),
        (4.0, 7.0, "7/4", 0.94),
    ] {
        let what = format!("charts in {meter}, {middle} + {}", length - middle);
        let (_, lines) = measure(&what, meter, &charts(BarOf { length, middle }, meter));
        assert!(lines > least, "{what}: {lines}");
    }
}

#[test]
fn a_band_in_seven_is_heard_so() {
    let all = files(&corpus("freedoom.zip"), 1);
    let (name, bytes) = all.iter().find(|it| it.0.contains("e2m1")).expect("a piece in 7/4");
    let written = without_meter(name, bytes).expect("a piece");
    let played =
        play(name, bytes, Playing { drift: 0.06, jitter: 0.02, seed: 1 }).expect("a piece");
    for piece in [written, played] {
        let analysis = analyse(&piece.score).expect("a short piece");
        assert_eq!(analysis.bars.meter.to_string(), "7/4");
    }
}
