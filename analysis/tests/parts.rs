//! Which parts are drums, bass and melody, where names and programs tell it and where they do not.
//!
//! `cargo test --release -p jukebox-analysis --test parts -- --nocapture` prints the measures of docs/import.md.

mod support;

use std::collections::BTreeMap;

use jukebox_analysis::parts::{Role, parts};
use jukebox_model::midi::{Score, ScoreNote, ScoreTrack, read_score};
use support::{corpus, files};

/// Notes that a part has at least to be counted.
const COUNTED: usize = 16;

#[test]
fn drums_are_heard_on_any_channel() {
    let (mut right, mut wrong) = (0, Vec::new());
    for (name, bytes) in files(&corpus("freedoom.zip"), 1) {
        let Ok(mut score) = read_score(&bytes) else { continue };
        let truth: Vec<bool> = score.notes.iter().map(|it| it.channel == 9).collect();
        // To another channel, without a program.
        for note in score.notes.iter_mut().filter(|note| note.channel == 9) {
            (note.channel, note.program, note.drums) = (15, None, false);
        }
        for track in &mut score.tracks {
            track.name.clear();
        }
        let (parts, part_of) = parts(&score);
        let mut seen = BTreeMap::new();
        for (&drums, &part) in truth.iter().zip(&part_of) {
            seen.entry(part).or_insert(drums);
        }
        for (part, drums) in seen {
            let part = &parts[usize::from(part)];
            // Melodic toms, synthetic drums and gunshots on other channels have no pitch, whatever the file says.
            let named = part.program.is_some_and(|it| (115..=127).contains(&it));
            if part.notes < COUNTED || named || part.drums == drums {
                right += 1;
            } else {
                wrong.push(format!("{name} track {} drums {drums} {part:?}", part.track));
            }
        }
    }
    let share = f64::from(right) / (f64::from(right) + wrong.len() as f64);
    println!("drums on another channel: {share:.3} of {} parts", right as usize + wrong.len());
    assert!(share >= 0.99, "{share}: {wrong:#?}");
}

#[test]
fn basses_and_drums_are_heard_without_names_and_programs() {
    let (mut basses, mut found) = (0, 0);
    let (mut all, mut wrong) = (0, Vec::new());
    for (name, bytes) in files(&corpus("freedoom.zip"), 1) {
        let Ok(mut score) = read_score(&bytes) else { continue };
        let told = parts(&score).0;
        for note in &mut score.notes {
            (note.program, note.drums) = (None, false);
        }
        for track in &mut score.tracks {
            track.name.clear();
        }
        for (told, heard) in told.iter().zip(parts(&score).0) {
            let program = told.program.unwrap_or(0);
            let drums = told.channel == 9;
            let bass = !drums && (32..=39).contains(&program);
            if told.notes < COUNTED || (!drums && program >= 112) {
                continue;
            }
            basses += usize::from(bass);
            found += usize::from(bass && heard.role == Role::Bass);
            all += 1;
            if heard.drums != drums {
                wrong.push(format!("{name} {told:?}"));
            }
        }
    }
    let bass = found as f64 / basses as f64;
    let drums = 1.0 - wrong.len() as f64 / all as f64;
    println!(
        "without names and programs: bass {bass:.3} of {basses}, drums {drums:.3} of {all} parts"
    );
    assert!(bass > 0.93, "{bass}");
    assert!(drums > 0.98, "{drums}: {wrong:#?}");
}

/// A line of quarter notes.
struct Line {
    name: &'static str,
    program: Option<u8>,
    velocity: u8,
    pitches: Vec<u8>,
}

fn line(name: &'static str, program: Option<u8>, velocity: u8, around: u8) -> Line {
    let step = |beat: usize| [0, 2, 4, 2, 5, 4, 7, 2][(beat * beat / 3 + beat) % 8];
    Line { name, program, velocity, pitches: (0..64).map(|beat| around + step(beat)).collect() }
}

/// Lines that are played together, a track each.
fn scored(lines: &[Line]) -> Score {
    let mut score = Score::default();
    for (track, line) in lines.iter().enumerate() {
        score.tracks.push(ScoreTrack { name: line.name.to_owned() });
        score.notes.extend(line.pitches.iter().enumerate().map(|(beat, &pitch)| ScoreNote {
            onset: 24 * beat as u64,
            end: 24 * beat as u64 + 24,
            from: 0.5 * beat as f64,
            until: 0.5 * beat as f64 + 0.5,
            sounds_until: 0.5 * beat as f64 + 0.5,
            pitch,
            velocity: line.velocity,
            track: track as u16,
            channel: track as u8,
            program: line.program,
            drums: false,
        }));
    }
    score.notes.sort_by_key(|note| (note.onset, note.pitch, note.track));
    score
}

/// The roles of lines that are played together.
fn roles(lines: &[Line]) -> Vec<Role> {
    parts(&scored(lines)).0.iter().map(|part| part.role).collect()
}

#[test]
fn the_lowest_of_high_voices_is_the_bass() {
    let voice = |around| line("", None, 80, around);
    let voices = roles(&[voice(70), voice(64), voice(59), voice(53)]);
    assert_eq!((voices[0], voices[3]), (Role::Melody, Role::Bass));
    assert_ne!(voices[2], Role::Bass);
    // Three flutes have none.
    assert!(!roles(&[voice(84), voice(76), voice(69)]).contains(&Role::Bass));
}

#[test]
fn a_bass_that_is_doubled_is_one_but_no_guitar() {
    let guitar = roles(&[
        line("", None, 80, 70),
        line("", Some(30), 80, 40),
        line("", None, 80, 28),
        line("", Some(0), 80, 40),
    ]);
    assert_eq!(guitar[1..], [Role::Low, Role::Bass, Role::Bass]);
}

#[test]
fn names_tell_a_bass_and_the_melody_before_a_solo() {
    let band = [
        line("Solo", Some(26), 110, 72),
        line("Melody", Some(26), 60, 60),
        line("Voice Oohs", Some(53), 100, 67),
        line("Base 2", Some(0), 80, 50),
        line("Basement", Some(0), 80, 55),
    ];
    assert_eq!(
        roles(&band),
        [Role::High, Role::Melody, Role::High, Role::Bass, Role::Middle],
        "names"
    );
}

#[test]
fn who_doubles_the_melody_plays_it_too() {
    let voice = |name, around| line(name, None, 80, around);
    let doubled = roles(&[voice("Melody", 67), voice("", 67), voice("", 60)]);
    assert_eq!(doubled, [Role::Melody, Role::Melody, Role::Middle]);
}

#[test]
fn a_loud_line_leads_a_soft_one_above_it() {
    let two = [line("", None, 70, 79), line("", None, 110, 66), line("", None, 70, 45)];
    assert_eq!(roles(&two)[1], Role::Melody);
}

#[test]
fn birds_have_no_pitch_and_are_no_drums() {
    let sounds = [line("", None, 80, 67), line("", Some(123), 80, 40), line("", Some(127), 80, 30)];
    assert_eq!(roles(&sounds), [Role::Melody, Role::Effects, Role::Effects]);
}

#[test]
fn a_piano_alone_is_no_melody() {
    let heap = |pitches: &[u8]| -> Vec<Role> {
        let hand = pitches.iter().map(|&pitch| line("", None, 80, pitch)).collect::<Vec<_>>();
        let mut all = scored(&hand);
        all.notes.iter_mut().for_each(|note| (note.track, note.channel) = (0, 0));
        all.tracks.truncate(1);
        parts(&all).0.iter().map(|part| part.role).collect()
    };
    assert_eq!(heap(&[72, 64, 60, 40]), [Role::Chords]);
    assert_eq!(heap(&[72]), [Role::Melody]);
}
