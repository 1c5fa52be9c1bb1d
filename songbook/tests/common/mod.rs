//! Songs to hold against the rules.

#![allow(dead_code, reason = "each test uses some of it")]

use jukebox_songbook::song::{Part, Song, Written};
use jukebox_songbook::{Purpose, STYLES, compose, style};

/// Songs of each style: some to learn from, some to validate with.
pub fn songs() -> Vec<(&'static str, Song)> {
    let numbers = || {
        (1..=40)
            .map(|it| (Purpose::Learning, it))
            .chain((1..=8).map(|it| (Purpose::Validation, it)))
    };
    let songs = |(name, _): (&'static str, &str)| {
        let style = style(name).unwrap_or_else(|error| panic!("{error}"));
        numbers()
            .map(move |(purpose, number)| (name, compose(&style, purpose, number)))
            .collect::<Vec<_>>()
    };
    STYLES.into_iter().flat_map(songs).collect()
}

/// The drum hits of a song.
pub fn drums(song: &Song) -> impl Iterator<Item = &Written> {
    song.written.iter().filter(|it| it.player == Part::Drums)
}

/// What a part plays in a bar: places, and keys if wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bar(pub Vec<(u32, u8)>);

impl Bar {
    /// Bars of a part from a place on.
    pub fn of(song: &Song, player: Part, start: u32, bars: u32, keys: bool) -> Vec<Self> {
        let bar = song.meter.bar();
        (0..bars)
            .map(|number| {
                let from = start + number * bar;
                let inside =
                    |it: &&Written| it.player == player && (from..from + bar).contains(&it.at);
                let mut notes: Vec<(u32, u8)> = song
                    .written
                    .iter()
                    .filter(inside)
                    .map(|it| (it.at - from, if keys { it.key } else { 0 }))
                    .collect();
                notes.sort_unstable();
                Self(notes)
            })
            .collect()
    }
}
