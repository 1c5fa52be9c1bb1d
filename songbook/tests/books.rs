//! Songbooks as collections: all different, always the same bytes, and as files that the importer understands.

mod common;

use std::collections::BTreeSet;

use common::{Bar, songs};
use jukebox_model::midi::{ImportOptions, PartChoice, import};
use jukebox_songbook::song::{Part, Song};
use jukebox_songbook::{Purpose, STYLES, Style, compose, midi, style};

/// Each style has so many written patterns, figures, progressions, forms ... at least.
const TEMPLATES: usize = 60;

#[test]
fn styles_have_enough_templates() {
    for (name, _) in STYLES {
        let templates = style(name).unwrap().templates();
        assert!(templates >= TEMPLATES, "{name} has {templates}");
    }
}

/// The table of the README tells how many templates there are, and how many are held out.
#[test]
fn the_readme_counts_them() {
    let readme = include_str!("../README.md");
    for (name, text) in STYLES {
        let row = readme.lines().find(|it| it.starts_with(&format!("| `{name}` |"))).unwrap();
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let held_out = text.lines().filter(|it| it.starts_with("held_out = true")).count();
        let counts = [style(name).unwrap().templates().to_string(), held_out.to_string()];
        assert_eq!(cells[3..5], counts, "{name}");
    }
}

/// The bars of a song by all its parts, in no key.
fn bars(song: &Song) -> BTreeSet<Vec<Vec<(u32, u8)>>> {
    let mut plain = song.clone();
    let pitched = plain.written.iter_mut().filter(|it| it.player != Part::Drums);
    pitched.for_each(|it| it.key = (i32::from(it.key) - song.tonic) as u8);
    let count = song.sections.last().unwrap().end / song.meter.bar();
    let parts = [Part::Drums, Part::Bass, Part::Chords, Part::Pad, Part::Lead];
    let by_part = parts.map(|part| Bar::of(&plain, part, 0, count, true));
    (0..count as usize).map(|bar| by_part.iter().map(|it| it[bar].0.clone()).collect()).collect()
}

#[test]
fn no_two_songs_are_alike() {
    for (name, _) in STYLES {
        let style = style(name).unwrap();
        let songs: Vec<_> =
            (1..=300).map(|it| bars(&compose(&style, Purpose::Learning, it))).collect();
        for (index, song) in songs.iter().enumerate() {
            for (other, earlier) in songs[..index].iter().enumerate() {
                let same = song.intersection(earlier).count();
                assert!(
                    2 * same < song.len(),
                    "{name}: {} and {} share {same} bars",
                    index + 1,
                    other + 1
                );
            }
        }
    }
}

#[test]
fn the_same_number_gives_the_same_bytes() {
    for (name, _) in STYLES {
        let write = |number| {
            let style = style(name).unwrap();
            midi::write(&style, &compose(&style, Purpose::Learning, number))
        };
        for number in 1..=5 {
            assert_eq!(write(number), write(number));
            assert_ne!(write(number), write(number + 1));
        }
    }
}

/// Songs to learn from are the same where the templates that are held out were never written.
#[test]
fn what_is_held_out_is_not_learnt() {
    for (name, text) in STYLES {
        let mut table: toml::Table = text.parse().unwrap();
        let mut held_out = 0;
        for list in table.iter_mut().filter_map(|it| it.1.as_array_mut()) {
            let before = list.len();
            list.retain(|it| it.get("held_out").is_none());
            held_out += before - list.len();
        }
        assert!(held_out >= 6, "{name} holds out {held_out}");
        let without = Style::read(name, &table.to_string()).unwrap();
        let with = style(name).unwrap();
        for number in 1..=30 {
            let learnt = |style| compose(style, Purpose::Learning, number).notes;
            assert_eq!(learnt(&with), learnt(&without), "{name} {number}");
        }
        let validated = (1..=10).filter(|&it| {
            let validation = |style| compose(style, Purpose::Validation, it).notes;
            validation(&with) != validation(&without)
        });
        assert!(validated.count() >= 9, "{name} validates with what it learns");
    }
}

#[test]
fn files_are_understood() {
    for (name, song) in songs() {
        let style = style(name).unwrap();
        let options = ImportOptions { keep_parts: true, ..ImportOptions::from(PartChoice::All) };
        let read = import(&midi::write(&style, &song), options).unwrap();
        let piece = read.piece;
        assert_eq!(piece.title, song.title);
        assert_eq!(piece.notes.len(), song.notes.len(), "{}", song.title);
        assert_eq!(
            piece.bars(),
            song.sections.last().unwrap().end / song.meter.bar(),
            "{}",
            song.title
        );
        let meters: Vec<String> =
            piece.meters.changes().iter().map(|it| it.meter.to_string()).collect();
        assert_eq!(meters, [format!("{}/{}", song.meter.numerator, song.meter.denominator)]);
        assert!((piece.usual_tempo() - f64::from(song.bpm)).abs() < 0.01);
        let names: Vec<&str> = piece.parts.iter().map(|it| it.name.as_str()).collect();
        for wanted in ["Drums", "Bass", "Chords", "Lead"] {
            assert!(names.contains(&wanted), "{}: {names:?}", song.title);
        }
        assert!(piece.parts.iter().all(|it| it.drums == (it.name == "Drums")));
    }
}

/// What is played is near what is written: nobody is further from it than swing and drag explain.
#[test]
fn performances_stay_on_their_grid() {
    for (name, song) in songs() {
        assert!(song.written.len() >= song.notes.len());
        // A swung 16th of 67 per cent is 41 pulses late, an eighth of jazz 82; the latest hand 40 ms.
        let most = 82 + 40 * song.bpm as u32 / 125;
        let written: BTreeSet<(Part, u8, u32)> =
            song.written.iter().map(|it| (it.player, it.key, it.at)).collect();
        for note in &song.notes {
            let from = note.at.saturating_sub(most);
            let mut near = written
                .range((note.player, note.key, from)..=(note.player, note.key, note.at + 12));
            assert!(near.next().is_some(), "{name}: {} at {}", song.title, note.at);
        }
    }
}
