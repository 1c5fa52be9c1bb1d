//! Songs that are played with swing, push and pull are understood as they were written.
//!
//! `cargo test -p jukebox-songbook --test understood -- --nocapture` prints the shares of docs/import.md.

use jukebox_analysis::Rhythm;
use jukebox_analysis::beats::Source;
use jukebox_analysis::parts::{Role, parts};
use jukebox_analysis::quantise::{Quantisation, quantise};
use jukebox_model::midi::{PartChoice, import, read_score};
use jukebox_model::piece::{Piece, Tick};
use jukebox_songbook::{Purpose, STYLES, compose, midi, style};

/// Songs of each style.
const SONGS: u32 = 40;

/// How a song's notes come to lie, beside where its file has them.
struct Agreement {
    bars: bool,
    notes: usize,
    /// Notes on the same tick of 24 a quarter, and within one of it.
    same: usize,
    next: usize,
}

/// Reads a file as it is, and as it is understood.
fn agreement(bytes: &[u8]) -> Agreement {
    let as_is = import(bytes, PartChoice::All).expect("a sound file").piece;
    let score = read_score(bytes).expect("a sound file");
    let rhythm = Rhythm::of(&score).expect("a short song");
    assert_eq!(rhythm.beats.source, Source::Click);
    let found = quantise(&rhythm, Quantisation::default()).expect("a song");
    let lines = |piece: &Piece| -> Vec<Tick> {
        (0..piece.bars()).map(|it| piece.meters.bar(it).start).collect()
    };
    let written = |onset: u64| (onset as f64 / score.time.quarter * 24.0).round() as Tick;
    let apart = score.notes.iter().zip(&found.places);
    let apart: Vec<Tick> =
        apart.map(|(note, &(onset, ..))| onset.abs_diff(written(note.onset))).collect();
    Agreement {
        bars: lines(&as_is) == lines(&found.piece),
        notes: apart.len(),
        same: apart.iter().filter(|&&it| it == 0).count(),
        next: apart.iter().filter(|&&it| it <= 1).count(),
    }
}

#[test]
fn songs_lie_in_the_bars_and_on_the_steps_that_their_files_have() {
    for (name, _) in STYLES {
        let style = style(name).unwrap();
        let songs: Vec<Agreement> = (1..=SONGS)
            .map(|it| agreement(&midi::write(&style, &compose(&style, Purpose::Learning, it))))
            .collect();
        let sum = |count: fn(&Agreement) -> usize| songs.iter().map(count).sum::<usize>() as f64;
        let notes = sum(|it| it.notes);
        let (same, next) = (sum(|it| it.same) / notes, sum(|it| it.next) / notes);
        println!("{name}: notes on the same tick {same:.3}, within one {next:.3}");
        let agree = |it: &&Agreement| it.bars && it.next as f64 >= 0.98 * it.notes as f64;
        assert_eq!(songs.iter().filter(agree).count(), SONGS as usize, "{name}");
        assert!(next > 0.998, "{name}: {next}");
    }
}

/// The role that a part is written for.
fn written_role(name: &str) -> Option<Role> {
    match name {
        "Lead" => Some(Role::Melody),
        "Bass" => Some(Role::Bass),
        "Drums" => Some(Role::Drums),
        _ => None,
    }
}

#[test]
fn melody_bass_and_drums_are_heard_without_names_and_programs() {
    for (name, _) in STYLES {
        let style = style(name).unwrap();
        let (mut all, mut right, mut false_drums) = (0, 0, 0);
        for number in 1..=SONGS {
            let bytes = midi::write(&style, &compose(&style, Purpose::Learning, number));
            let mut score = read_score(&bytes).expect("a sound file");
            let named = parts(&score).0;
            score.tracks.iter_mut().for_each(|track| track.name.clear());
            for note in &mut score.notes {
                (note.program, note.drums) = (None, false);
            }
            for (named, heard) in named.iter().zip(parts(&score).0) {
                let role = written_role(&named.name);
                all += usize::from(role.is_some());
                right += usize::from(role == Some(heard.role));
                false_drums += usize::from(heard.drums && role != Some(Role::Drums));
            }
        }
        println!("{name}: {right} of {all} roles heard");
        assert!(right as f64 >= 0.99 * all as f64 && all > 100, "{name}: {right} of {all}");
        assert_eq!(false_drums, 0, "{name}");
    }
}
