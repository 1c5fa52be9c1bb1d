//! What a user writes of a sheet.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::form::Origin;
use crate::vocabulary::BarChords;

/// Chords and form that a user has written; what is left out is planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenSheet {
    /// The chords of bars, in the white-key frame, again and again; none where they are planned.
    pub chords: Arc<[BarChords]>,
    /// The bar that has the first of them, and with which the song form begins; those before it have none.
    pub first: u32,
    /// Chords that were heard: where there are any, they are in the place of those that go round.
    pub heard: ChordTrack,
    /// The sections of a round, each varied or not (see [`SongForm`](super::SongForm)).
    pub letters: Arc<[(char, bool)]>,
    /// Where the song's first bars come from. Bars after them are planned.
    pub origins: Vec<Origin>,
}

impl WrittenSheet {
    /// The chords written for a bar.
    pub fn chords(&self, bar: u32) -> Option<BarChords> {
        let bar = bar.checked_sub(self.first)?;
        if !self.heard.from.is_empty() {
            return self.heard.at(bar);
        }
        self.chords.get((bar as usize).checked_rem(self.chords.len())?).copied()
    }

    /// The origin written for a bar.
    pub fn origin(&self, bar: u32) -> Option<Origin> {
        self.origins.get(bar as usize).copied()
    }
}

/// Chords of some bars, each of which goes on until the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChordTrack {
    /// The bars that have chords of their own, in the white-key frame.
    pub from: Arc<BTreeMap<u32, BarChords>>,
    /// Bars after which they come again; without, those before the first have none.
    pub cycle: Option<u32>,
}

impl ChordTrack {
    /// The chords of a bar: its own, or twice the last one before it.
    pub fn at(&self, bar: u32) -> Option<BarChords> {
        let last = self.from.range(..=bar).next_back();
        let last = last.or_else(|| self.from.range(..self.cycle?).next_back());
        last.map(|(&at, &[first, second])| if at == bar { [first, second] } else { [second; 2] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_go_round_and_origins_end() {
        let chord = |text: &str| [Some(text.parse().unwrap()); 2];
        let sheet = WrittenSheet {
            chords: [chord("Am"), chord("F")].into(),
            origins: vec![Origin::New],
            first: 2,
            ..WrittenSheet::default()
        };
        assert_eq!(
            [1, 2, 5].map(|it| sheet.chords(it)),
            [None, Some(chord("Am")), Some(chord("F"))]
        );
        assert_eq!((sheet.origin(0), sheet.origin(1)), (Some(Origin::New), None));
        assert_eq!(WrittenSheet::default().chords(0), None);
    }

    #[test]
    fn chords_that_were_heard_go_on() {
        let chord = |text: &str| Some(text.parse().unwrap());
        let from = [(1, [chord("Am"), chord("F")]), (3, [chord("G"); 2])].into();
        let mut sheet = WrittenSheet {
            chords: [[chord("C"); 2]].into(),
            heard: ChordTrack { from: Arc::new(from), cycle: None },
            ..WrittenSheet::default()
        };
        let names = |sheet: &WrittenSheet| {
            let name =
                |it: Option<crate::chord::Chord>| it.map_or("-".to_owned(), |it| it.to_string());
            let bar = |bar| sheet.chords(bar).map_or("".to_owned(), |it| it.map(name).join(" "));
            (0..6).map(bar).collect::<Vec<_>>()
        };
        assert_eq!(names(&sheet), ["", "Am F", "F F", "G G", "G G", "G G"]);
        sheet.heard.cycle = Some(3);
        assert_eq!(names(&sheet)[..3], ["F F", "Am F", "F F"], "the loop ends before G");
        (sheet.heard.cycle, sheet.first) = (Some(4), 2);
        assert_eq!(names(&sheet), ["", "", "G G", "Am F", "F F", "G G"]);
    }
}
