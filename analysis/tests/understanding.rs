//! Beats, bars, chords and parts of music whose truth is known, played as people play.
//!
//! `cargo test --release -p jukebox-analysis --test understanding -- --nocapture` prints the measures of
//! docs/import.md.

mod support;

use jukebox_analysis::parts::Role;
use jukebox_analysis::quantise::{Quantisation, quantise};
use jukebox_analysis::{Analysis, Rhythm, analyse};
use jukebox_model::midi::read_score;
use support::charts::{CHARTS, agreement, perform};
use support::{Playing, Rendered, corpus, f_measure, files, play};

/// Mean F-measures of beats and bar lines.
fn measure(what: &str, pieces: &[Rendered]) -> (f64, f64) {
    let (mut beats, mut bars) = (0.0, 0.0);
    for piece in pieces {
        let analysis = analyse(&piece.score).expect("a short piece");
        let found = f_measure(&piece.beats, &analysis.beats.times);
        let lines = f_measure(&piece.bar_lines, &analysis.bar_lines());
        if lines < 0.8 {
            let Rendered { name, meter, beats, .. } = piece;
            let tempo = 60.0 * (beats.len() - 1) as f64 / (beats[beats.len() - 1] - beats[0]);
            let read = (analysis.bars.meter, analysis.beats.tempo());
            println!(
                "  {name}: {meter} at {tempo:.0} read as {} at {:.0}: beats {found:.2}, bar lines {lines:.2}",
                read.0, read.1
            );
        }
        beats += found / pieces.len() as f64;
        bars += lines / pieces.len() as f64;
    }
    println!("{what}: {} pieces, beats {beats:.3}, bar lines {bars:.3}", pieces.len());
    (beats, bars)
}

fn played(collection: &str, step: usize, jitter: f64) -> Vec<Rendered> {
    files(&corpus(collection), step)
        .iter()
        .enumerate()
        .filter_map(|(index, (name, bytes))| {
            play(name, bytes, Playing { drift: 0.06, jitter, seed: 7 + index as u64 })
        })
        .collect()
}

#[test]
fn beats_and_bars_are_heard_in_single_lines() {
    for (jitter, least) in LINES {
        let what = format!("Celtic tunes, jitter {:.0} ms", 1000.0 * jitter);
        let (beats, bars) = measure(&what, &played("celtic.zip", 20, jitter));
        assert!(beats > least.0 && bars > least.1, "{what}: {beats} {bars}");
    }
}

#[test]
fn beats_and_bars_are_heard_in_bands() {
    for (jitter, least) in BANDS {
        let what = format!("game music, jitter {:.0} ms", 1000.0 * jitter);
        let (beats, bars) = measure(&what, &played("freedoom.zip", 1, jitter));
        assert!(beats > least.0 && bars > least.1, "{what}: {beats} {bars}");
    }
}

#[test]
fn chords_beats_and_parts_are_heard_in_songs_from_charts() {
    let (mut chords, mut beats, mut bars, mut melodies, mut basses) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut count = 0.0;
    for (index, chart) in CHARTS.iter().enumerate() {
        for manner in 0..3 {
            let song = perform(chart, manner, 0.02, (3 * index + manner) as u64 + 1);
            let analysis = analyse(&song.score).expect("a short piece");
            chords += agreement(&song.chords, &analysis.chords);
            beats += f_measure(&song.beats, &analysis.beats.times);
            bars += f_measure(&song.bar_lines, &analysis.bar_lines());
            melodies += f64::from(analysis.parts[0].role == Role::Melody);
            basses += f64::from(analysis.parts[2].role == Role::Bass);
            count += 1.0;
        }
    }
    let [chords, beats, bars, melodies, basses] =
        [chords, beats, bars, melodies, basses].map(|sum| sum / count);
    println!("charts: chords {chords:.3}, beats {beats:.3}, bar lines {bars:.3}");
    println!("charts: melody {melodies:.3}, bass {basses:.3}");
    assert!(chords > 0.85, "chords {chords}");
    assert!(beats > 0.95 && bars > 0.94, "beats {beats}, bar lines {bars}");
    assert!(melodies > 0.95 && basses > 0.95, "melody {melodies}, bass {basses}");
}

#[test]
fn a_quantised_file_with_a_meter_is_taken_as_it_is() {
    for (name, bytes) in files(&corpus("celtic.zip"), 50) {
        let score = read_score(&bytes).unwrap();
        let analysis: Analysis = analyse(&score).expect("a short piece");
        assert_eq!(analysis.beats.source, jukebox_analysis::beats::Source::File, "{name}");
    }
}

#[test]
fn the_meter_of_what_was_played_to_a_click_is_believed_if_it_says_something() {
    let (_, bytes) = files(&corpus("celtic.zip"), 1)
        .into_iter()
        .find(|(_, bytes)| read_score(bytes).is_ok_and(|it| it.meters[0].1 == 9))
        .expect("a slip jig");
    let mut score = read_score(&bytes).unwrap();
    for (index, note) in score.notes.iter_mut().enumerate() {
        // Up to 25 ms early and late.
        let late = 0.001 * ((index * 37 % 51) as f64 - 25.0);
        note.from = (note.from + late).max(0.0);
        note.onset = score.time.ticks(note.from).round() as u64;
        note.end = note.end.max(note.onset + 1);
    }
    let analysis = analyse(&score).unwrap();
    assert_eq!(analysis.beats.source, jukebox_analysis::beats::Source::Click);
    assert_eq!((analysis.bars.meter.to_string().as_str(), analysis.bars.confidence), ("9/8", 1.0));
    // In 4/4 throughout, as programs write for want of a meter, it says nothing.
    score.meters = vec![(0, 4, 4)];
    assert!(analyse(&score).unwrap().bars.confidence < 1.0);
}

#[test]
fn a_first_note_that_is_early_belongs_to_the_first_bar() {
    let bar_lines = |early: f64| {
        let (_, bytes) = files(&corpus("celtic.zip"), 1)
            .into_iter()
            .find(|(_, bytes)| {
                read_score(bytes).is_ok_and(|it| it.meters[0].1 == 9 && it.notes[0].onset == 0)
            })
            .expect("a slip jig that begins on its bar line");
        let mut score = read_score(&bytes).unwrap();
        for note in score.notes.iter_mut().skip(1) {
            note.from += early;
            note.until += early;
            note.onset = score.time.ticks(note.from).round() as u64;
            note.end = score.time.ticks(note.until).round() as u64;
        }
        let rhythm = Rhythm::of(&score).unwrap();
        let piece = quantise(&rhythm, Quantisation::default()).unwrap().piece;
        (piece.bars(), piece.notes[0].onset, piece.notes[1].onset)
    };
    assert_eq!(bar_lines(0.012), bar_lines(0.0));
}

#[test]
fn sessions_of_many_hours_are_followed_one_after_another() {
    let song = perform(CHARTS[0], 0, 0.02, 1);
    let mut score = song.score.clone();
    for hours in [4.0, 9.0] {
        let later = hours * 3600.0;
        score.notes.extend(song.score.notes.iter().map(|note| {
            let mut note = *note;
            for at in [&mut note.from, &mut note.until, &mut note.sounds_until] {
                *at += later;
            }
            note.onset = score.time.ticks(note.from).round() as u64;
            note.end = score.time.ticks(note.until).round() as u64;
            note
        }));
    }
    let analysis = analyse(&score).expect("hours that are understood");
    for hours in [0.0, 4.0, 9.0] {
        let truth: Vec<f64> = song.beats.iter().map(|beat| beat + 3600.0 * hours).collect();
        let (from, until) = (truth[0] - 0.1, truth[truth.len() - 1] + 0.1);
        let near = |at: &&f64| (from..until).contains(*at);
        let found: Vec<f64> = analysis.beats.times.iter().filter(near).copied().collect();
        assert!(f_measure(&truth, &found) > 0.9, "{hours} hours: {}", f_measure(&truth, &found));
    }
}

/// A file of two notes, 0x1FFFFF quarter notes apart, in 4/4, after some other events.
fn far_apart(events: &[u8]) -> Vec<u8> {
    let mut track = vec![0, 0xff, 0x58, 4, 4, 2, 24, 8];
    track.extend(events);
    track.extend([0, 0x90, 60, 90, 0xff, 0xff, 0x7f, 60, 90, 0, 0xff, 0x2f, 0]);
    let mut file = b"MThd\0\0\0\x06\0\0\0\x01\0\x01MTrk".to_vec();
    file.extend((track.len() as u32).to_be_bytes());
    file.extend(track);
    file
}

#[test]
fn a_few_bytes_that_state_years_or_millions_of_beats_are_refused() {
    let refusal = |events: &[u8]| {
        let score = read_score(&far_apart(events)).expect("a file");
        analyse(&score).expect_err("a refusal").to_string()
    };
    let years = refusal(&[]);
    assert!(years.contains("hours") && years.contains("analyse a shorter piece"), "{years}");
    // A microsecond a quarter note: seconds.
    let beats = refusal(&[0, 0xff, 0x51, 3, 0, 0, 1]);
    assert!(beats.contains("beats") && beats.contains("analyse a shorter piece"), "{beats}");
}

#[test]
fn a_score_without_notes_is_refused() {
    let error = analyse(&Default::default()).expect_err("a refusal");
    assert_eq!(error, jukebox_analysis::AnalysisError::NoNotes);
}

/// Jitter in seconds, and F-measures of beats and bar lines: what was measured, less a little.
type Least = (f64, (f64, f64));
const LINES: [Least; 3] = [(0.02, (0.955, 0.90)), (0.005, (0.935, 0.88)), (0.04, (0.58, 0.44))];
const BANDS: [Least; 3] = [(0.02, (0.86, 0.77)), (0.005, (0.84, 0.77)), (0.04, (0.79, 0.68))];
