//! Takes of a band whose sheet plans who plays, and chords that what comes back has not.

use std::path::Path;
use std::sync::Arc;

use jukebox_model::composer::{Composer, ComposerSettings};
use jukebox_model::meter::Meter;
use jukebox_model::piece::Note;
use jukebox_model::record::{Precision, Problem, Record};
use jukebox_model::sheet::{Form, FormModel, Origin, Resemblance};
use jukebox_model::take::Take;
use jukebox_model::vocabulary::PartSet;

fn band() -> Record {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../records/house.safetensors");
    Record::load(&file).unwrap()
}

fn compose(record: &Arc<Record>, take: u32, bars: u32) -> Take {
    let mut composer = Composer::new(Arc::clone(record));
    let settings = ComposerSettings { take, ..ComposerSettings::default() };
    let mut song = Take::default();
    (0..bars).for_each(|_| song.compose_next(&mut composer, &settings));
    song
}

/// Four bars of all, four of the first two parts, four of the last alone, one of nobody, three of all.
fn sets(parts: usize) -> Vec<PartSet> {
    let all = PartSet((1 << parts) - 1);
    let last = PartSet::NONE.with(parts as u16 - 1);
    [vec![all; 4], vec![PartSet(3); 4], vec![last; 4], vec![PartSet::NONE], vec![all; 3]].concat()
}

#[test]
fn parts_play_where_it_is_planned() {
    let record = band();
    let sets = sets(record.vocabulary().parts.len());
    let form = Form { origins: vec![Origin::New; 16], parts: sets.clone(), ..Form::default() };
    let record = Arc::new(record.with_form(FormModel::learn([form])));
    let (mut planned, mut lacking) = (0, 0);
    for take in 1..=4 {
        for (bar, &set) in compose(&record, take, 16).bars().iter().zip(&sets) {
            let playing = PartSet::of(&bar.notes);
            assert_eq!(playing.without(set), PartSet::NONE, "take {take}, {playing:?} for {set:?}");
            planned += set.count();
            lacking += set.without(playing).count();
        }
    }
    assert!(10 * lacking < 2 * planned, "{lacking} of {planned} did not play");
}

#[test]
fn parts_that_did_not_play_in_the_bar_that_comes_back_play_anew() {
    let record = band();
    let parts = &record.vocabulary().parts;
    let pad = parts.iter().position(|it| it.name == "pad").unwrap() as u16;
    let (alone, all) = (PartSet::NONE.with(pad), PartSet((1 << parts.len()) - 1));
    let close = Origin::Like { back: 4, resemblance: Resemblance::Close };
    for sets in [[[alone; 4], [all; 4]], [[alone; 4], [all.without(alone); 4]]] {
        let origins = [[Origin::New; 4], [close; 4]].concat();
        let form = Form { origins, parts: sets.concat(), ..Form::default() };
        let record = Arc::new(band().with_form(FormModel::learn([form])));
        let takes = (1..=4).map(|take| compose(&record, take, 8));
        let notes: usize =
            takes.flat_map(|it| it.bars()[4..].to_vec()).map(|it| it.notes.len()).sum();
        assert!(notes > 16 * 12, "{notes} notes in 16 bars");
    }
}

/// Share of the pitched onsets of bars that the bar four before has, and of those with their pitch.
fn kept(song: &Take, record: &Record) -> [f32; 2] {
    let is_drum = |note: &&Note| record.vocabulary().is_drum(note.part.into());
    let bars: Vec<Vec<_>> = song
        .bars()
        .iter()
        .map(|bar| {
            let pitched = bar.notes.iter().filter(|it| !is_drum(it));
            pitched.map(|it| (it.onset - bar.slot.start, it.part, it.pitch)).collect()
        })
        .collect();
    let (mut all, mut onsets, mut pitches) = (0, 0, 0);
    for (from, bar) in bars.iter().zip(&bars[4..8]) {
        all += bar.len();
        let is_there = |it: &&(u32, u8, u8)| from.iter().any(|old| (old.0, old.1) == (it.0, it.1));
        onsets += bar.iter().filter(is_there).count();
        pitches += bar.iter().filter(|it| from.contains(it)).count();
    }
    [onsets, pitches].map(|it| it as f32 / all.max(1) as f32)
}

#[test]
fn what_comes_back_to_another_chord_moves_to_it() {
    let close = Origin::Like { back: 4, resemblance: Resemblance::Close };
    let origins = [[Origin::New; 4], [close; 4]].concat();
    let record = |first: &str, second: &str| {
        let record = band();
        let chord = |text: &str| [record.vocabulary().harmony(Some(text.parse().unwrap())); 2];
        let chords = [[chord(first); 4], [chord(second); 4]].concat();
        let meter = Meter::COMMON;
        let form = Form { meter, origins: origins.clone(), chords, ..Form::default() };
        record.with_form(FormModel::learn([form]))
    };
    let mean = |record: Record| {
        let record = Arc::new(record);
        let takes = (1..=6).map(|take| kept(&compose(&record, take, 8), &record));
        takes.fold([0.0; 2], |sum, it| [sum[0] + it[0] / 6.0, sum[1] + it[1] / 6.0])
    };
    let [_, same] = mean(record("Am7", "Am7"));
    let [rhythm, moved] = mean(record("Am7", "Dm7"));
    assert!(same > 0.5, "{same}");
    assert!(moved < 0.6 * same && rhythm > moved + 0.15, "{moved} for {same}, onsets {rhythm}");
}

#[test]
fn older_formats_know_of_nobody_who_plays() {
    let record = band();
    let sets = sets(record.vocabulary().parts.len());
    let form = Form { origins: vec![Origin::New; 16], parts: sets, ..Form::default() };
    let bytes = record.with_form(FormModel::learn([form])).to_bytes(Precision::Half);
    assert!(Record::parse(&bytes, "now").unwrap().form().has_parts());
    let problem = Record::parse(&as_version(&bytes, 4, |it| it), "old").err().unwrap().problem;
    assert!(matches!(problem, Problem::Header { .. }), "{problem}");
    // More parts of a bar than the piece has bars.
    let changed = |header: String| header.replacen(r#"\"parts\":[31,"#, r#"\"parts\":[31,31,"#, 1);
    let problem = Record::parse(&as_version(&bytes, 5, changed), "odd").err().unwrap().problem;
    assert!(matches!(problem, Problem::Header { part: "form", .. }), "{problem}");
}

#[test]
fn a_record_of_format_4_plays_the_same_notes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/old/format-4.safetensors");
    let record = Arc::new(Record::load(&file).unwrap());
    assert!(record.form().has_chords() && !record.form().moves() && !record.form().has_parts());
    let notes = compose(&record, 3, 24).notes();
    let mut hash = blake3::Hasher::new();
    for Note { onset, part, pitch, duration, velocity } in &notes {
        hash.update(&onset.to_le_bytes()).update(&duration.to_le_bytes());
        hash.update(&[*part, *pitch, *velocity]);
    }
    // As the program played it that wrote it.
    assert_eq!(&hash.finalize().to_hex()[..16], "e66e64f6f87d8ba0", "{} notes", notes.len());
    let again = Record::parse(&record.to_bytes(Precision::Single), "again").unwrap();
    assert!(!again.form().moves(), "it stays what it was");
}

/// A record's file with another version, and a changed header.
fn as_version(bytes: &[u8], version: u32, change: impl Fn(String) -> String) -> Vec<u8> {
    let length = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    let header = String::from_utf8(bytes[8..length].to_vec()).unwrap();
    assert!(header.contains(r#""version":"5""#));
    let version = format!(r#""version":"{version}""#);
    let header = change(header.replacen(r#""version":"5""#, &version, 1));
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes[length..]].concat()
}
