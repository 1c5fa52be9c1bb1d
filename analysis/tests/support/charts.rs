//! Songs played from chord charts: melody, chords and bass, whose chords and parts are known.

use std::f64::consts::TAU;

use jukebox_model::midi::{Score, ScoreNote, ScoreTrack, TimeMap};

use super::Random;

/// Charts in the manner of common songs, written for these tests: bars of 4/4, chords of half a bar
/// joined by `_`.
pub const CHARTS: [&str; 8] = [
    "C Am F G C Am F_G C C Am F G C Am F_G C F G Em Am F G C C7 F G Em Am Dm G7 C C",
    "Am F C G Am F C E7 Am F C G Am E7 Am Am Dm Am E7 Am Dm Am B7 E7 Am F C G Am E7 Am Am",
    "D A Bm G D A G_A D D A Bm G D A G_A D Em A F#m Bm G A D D7 G A F#m Bm Em A7 D D",
    "F Dm Bb C7 F Dm Bb_C7 F Bb C F Dm Gm C7 F F Bb C Am Dm Gm C7 F F7 Bb Bb F Dm Gm C7 F F",
    "Em C G D Em C G B7 Em C G D Am B7 Em Em C D Em Em C D G B7 Em C G D Am B7 Em Em",
    "Gmaj7 Cmaj7 Am7 D7 Bm7 Em7 Am7 D7 Gmaj7 Cmaj7 Am7 D7 G G Cmaj7 Bm7 Am7 G G Cmaj7 F#m7 B7 Em7 A7 Am7 D7 G G",
    "Eb Eb Ab Ab Bb Bb Eb Bb7 Eb Eb Ab Abm Eb_Bb7 Eb Cm Gm Ab Bb Cm Gm F7 Bb7 Eb Eb Ab Abm Eb Bb7 Eb Eb",
    "Bm G D A Bm G A A Bm G D A G A Bm Bm G A D Bm G A F#m Bm G A D Bm Em F#7 Bm Bm",
];

/// A chord of a chart: root and the intervals on it.
fn parse(name: &str) -> (u8, &'static [u8]) {
    let letter = name.as_bytes()[0];
    let mut root = [9i8, 11, 0, 2, 4, 5, 7][usize::from(letter - b'A')];
    let mut rest = &name[1..];
    if let Some(after) = rest.strip_prefix('#') {
        (root, rest) = (root + 1, after);
    } else if let Some(after) = rest.strip_prefix('b') {
        (root, rest) = (root - 1, after);
    }
    let intervals: &[u8] = match rest {
        "" => &[0, 4, 7],
        "m" => &[0, 3, 7],
        "7" => &[0, 4, 7, 10],
        "m7" => &[0, 3, 7, 10],
        "maj7" => &[0, 4, 7, 11],
        other => panic!("no chord {other}"),
    };
    (root.rem_euclid(12) as u8, intervals)
}

/// A song and the truth of it.
pub struct Song {
    pub score: Score,
    /// From, until in seconds, root, whether minor.
    pub chords: Vec<(f64, f64, u8, bool)>,
    pub beats: Vec<f64>,
    pub bar_lines: Vec<f64>,
}

/// Quarter notes of a bar, and where its second half begins.
#[derive(Clone, Copy)]
pub struct BarOf {
    pub length: f64,
    pub middle: f64,
}

/// Bars of 4/4.
pub const FOUR: BarOf = BarOf { length: 4.0, middle: 2.0 };

/// Plays a chart in 4/4 with a drifting tempo. Tracks: 0 melody, 1 chords, 2 bass; no names, no programs.
pub fn perform(chart: &str, manner: usize, jitter: f64, seed: u64) -> Song {
    perform_in(FOUR, chart, manner, jitter, seed)
}

/// Likewise in any meter. Beats are quarter notes, or eighths where bars hold no whole number of quarters.
pub fn perform_in(bar_of: BarOf, chart: &str, manner: usize, jitter: f64, seed: u64) -> Song {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let bpm = 72.0 + 50.0 * random.uniform();
    let angle = 6.3 * random.uniform();
    let second = |beat: f64| {
        // The integral of a tempo that goes up and down by five hundredths in forty beats.
        let swing = 0.05 * 40.0 / TAU * ((TAU * beat / 40.0 + angle).cos() - angle.cos());
        0.4 + (beat + swing) * 60.0 / bpm
    };
    let mut notes: Vec<ScoreNote> = Vec::new();
    let mut play =
        |track: u16, from: f64, length: f64, pitch: u8, velocity: u8, random: &mut Random| {
            let at = (second(from) + jitter * random.normal()).max(0.0);
            let until = at + (second(from + length) - second(from)) * 0.95;
            notes.push(ScoreNote {
                onset: 0,
                end: 0,
                from: at,
                until,
                sounds_until: until,
                pitch,
                velocity: (f64::from(velocity) + 6.0 * random.normal()).clamp(20.0, 127.0) as u8,
                track,
                channel: track as u8,
                program: None,
                drums: false,
            });
        };
    let mut chords = Vec::new();
    let bars: Vec<&str> = chart.split(' ').collect();
    let tonic = parse(bars[0]).0;
    let minor_key = parse(bars[0]).1[1] == 3;
    let scale: [u8; 7] = if minor_key { [0, 2, 3, 5, 7, 8, 10] } else { [0, 2, 4, 5, 7, 9, 11] };
    let mut tune = 72u8;
    for (bar, names) in bars.iter().enumerate() {
        let names: Vec<&str> = names.split('_').collect();
        for (half, name) in names.iter().enumerate() {
            let (after, length) = match (names.len(), half) {
                (1, _) => (0.0, bar_of.length),
                (_, 0) => (0.0, bar_of.middle),
                _ => (bar_of.middle, bar_of.length - bar_of.middle),
            };
            let from = bar_of.length * bar as f64 + after;
            let (root, intervals) = parse(name);
            chords.push((second(from), second(from + length), root, intervals[1] == 3));
            // Bass: roots, now and then the fifth.
            let low = 28 + (root + 8) % 12;
            let first = length.min(bar_of.middle);
            play(2, from, first, low, 80, &mut random);
            if names.len() == 1 {
                let pitch = if random.uniform() < 0.5 { low + 7 } else { low };
                play(2, from + first, length - first, pitch, 80, &mut random);
            }
            // Chords: held, struck in quarters, or broken in eighths.
            let voices: Vec<u8> = intervals.iter().map(|it| 52 + (root + it + 8) % 12).collect();
            match manner % 3 {
                0 => voices.iter().for_each(|&it| play(1, from, length, it, 64, &mut random)),
                1 => {
                    for beat in 0..length as usize {
                        for &it in &voices {
                            play(1, from + beat as f64, 0.8, it, 60, &mut random);
                        }
                    }
                }
                _ => {
                    for eighth in 0..(2.0 * length) as usize {
                        let it = voices[[0, 2, 1, 2][eighth % 4].min(voices.len() - 1)];
                        play(1, from + 0.5 * eighth as f64, 0.5, it, 58, &mut random);
                    }
                }
            }
            // The tune: chord notes on beats, steps of the scale between them.
            let mut at = 0.0;
            while at < length - 1e-9 {
                let lasts: f64 = [0.5, 0.5, 1.0, 1.0, 1.5, 2.0][(6.0 * random.uniform()) as usize];
                let lasts = lasts.min(length - at);
                let on_beat = (at - at.floor()) < 1e-9;
                let fits = |pitch: u8| {
                    let over = (pitch + 12 - root) % 12;
                    let step = (pitch + 12 - tonic) % 12;
                    if on_beat { intervals.contains(&over) } else { scale.contains(&step) }
                };
                let wish = f64::from(tune) + 3.0 * random.normal();
                let pitch = (64..=84)
                    .filter(|&it| fits(it))
                    .min_by(|&a, &b| {
                        (f64::from(a) - wish).abs().total_cmp(&(f64::from(b) - wish).abs())
                    })
                    .unwrap_or(72);
                tune = pitch;
                if random.uniform() > 0.1 {
                    play(0, from + at, lasts, pitch, 86, &mut random);
                }
                at += lasts;
            }
        }
    }
    let time = TimeMap::constant(480, 500_000);
    for note in &mut notes {
        note.onset = time.ticks(note.from).round() as u64;
        note.end = (time.ticks(note.until).round() as u64).max(note.onset + 1);
    }
    notes.sort_by_key(|note| (note.onset, note.pitch, note.track));
    let beat = if bar_of.length.fract() == 0.0 { 1.0 } else { 0.5 };
    let count = (bar_of.length / beat) as usize * bars.len();
    let beats = (0..count).map(|index| second(beat * index as f64)).collect();
    let bar_lines = (0..bars.len()).map(|bar| second(bar_of.length * bar as f64)).collect();
    let tracks = vec![ScoreTrack::default(); 3];
    let score = Score { tracks, notes, meters: Vec::new(), keys: Vec::new(), time };
    Song { score, chords, beats, bar_lines }
}

/// Share of the time in which root and third agree.
pub fn agreement(
    truth: &[(f64, f64, u8, bool)],
    found: &[jukebox_analysis::chords::ChordSpan],
) -> f64 {
    use jukebox_analysis::chords::Quality;
    let (mut right, mut all) = (0.0, 0.0);
    for &(from, until, root, minor) in truth {
        all += until - from;
        for span in found {
            let shared = until.min(span.until) - from.max(span.from);
            let Some(chord) = span.chord else { continue };
            let third = match chord.quality {
                Quality::Major | Quality::Seventh | Quality::MajorSeventh => Some(false),
                Quality::Minor | Quality::MinorSeventh => Some(true),
                _ => None,
            };
            if shared > 0.0 && chord.root == root && third == Some(minor) {
                right += shared;
            }
        }
    }
    right / all
}
