//! How a record's collection plays by place: how early and late, and with which accents.

use serde::{Deserialize, Serialize};

use crate::meter::{BarSlot, Meter};
use crate::piece::{Note, Tick};
use crate::vocabulary::Vocabulary;

/// How the parts of a collection play at the places of a bar: what the network does not choose, or evens out. A pure
/// table; who plays decides how much of it is heard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Groove {
    /// The meter of the bars.
    pub meter: Meter,
    /// Of each part the places that it plays at, ascending; one part where notes are one line, or one heap.
    pub parts: Vec<Vec<GroovePlace>>,
}

/// How a part plays at a place. Written as a list of four numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u16, i8, u8, i8)", into = "(u16, i8, u8, i8)")]
pub struct GroovePlace {
    /// Ticks after the bar line.
    pub place: u16,
    /// Mean distance from the place in fine ticks, [`Groove::FINE`] to a tick: positive is late.
    pub late: i8,
    /// Standard deviation in fine ticks.
    pub spread: u8,
    /// Mean velocity above that of the part.
    pub louder: i8,
}

impl From<(u16, i8, u8, i8)> for GroovePlace {
    fn from((place, late, spread, louder): (u16, i8, u8, i8)) -> Self {
        Self { place, late, spread, louder }
    }
}

impl From<GroovePlace> for (u16, i8, u8, i8) {
    fn from(GroovePlace { place, late, spread, louder }: GroovePlace) -> Self {
        (place, late, spread, louder)
    }
}

impl Groove {
    /// Fine ticks in a tick.
    pub const FINE: i64 = 64;
    /// Most fine ticks of a mean distance and of a deviation: a tick.
    pub const MOST_LATE: i64 = Self::FINE;
    /// Most that a velocity is above or below the part's.
    pub const MOST_LOUDER: i64 = 40;

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(Vec::is_empty)
    }

    /// Whether every number lies where it is defined, as those of a file may not.
    pub fn is_usable(&self) -> bool {
        let fits = |it: &GroovePlace| {
            Tick::from(it.place) < self.meter.bar()
                && i64::from(it.late).abs() <= Self::MOST_LATE
                && i64::from(it.spread) <= Self::MOST_LATE
                && i64::from(it.louder).abs() <= Self::MOST_LOUDER
        };
        let part = |part: &Vec<GroovePlace>| {
            part.iter().all(fits) && part.is_sorted_by(|a, b| a.place < b.place)
        };
        self.parts.len() <= Vocabulary::MAX_PARTS && self.parts.iter().all(part)
    }

    /// How a note is played in a bar; `None` where that is not known.
    pub fn place(&self, note: &Note, bar: BarSlot) -> Option<&GroovePlace> {
        let part = self.parts.get(usize::from(note.part)).filter(|_| bar.meter == self.meter)?;
        let place = u16::try_from(note.onset.checked_sub(bar.start)?).ok()?;
        part.binary_search_by_key(&place, |it| it.place).ok().map(|index| &part[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_in_bars_of_the_meter() {
        let text = r#"{"meter":"4/4","parts":[[],[[0,-3,2,10],[24,5,1,-4]]]}"#;
        let groove: Groove = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&groove).unwrap(), text);
        assert!(groove.is_usable() && !groove.is_empty());
        let found = |part, onset, meter: &str| {
            let bar = BarSlot { number: 2, start: 192, meter: meter.parse().unwrap() };
            let note = Note { onset, part, pitch: 60, duration: 6, velocity: 80 };
            groove.place(&note, bar).map(|it| it.late)
        };
        assert_eq!([192, 216, 217].map(|onset| found(1, onset, "4/4")), [Some(-3), Some(5), None]);
        assert_eq!([found(0, 192, "4/4"), found(7, 192, "4/4"), found(1, 192, "3/4")], [None; 3]);
        assert_eq!(found(1, 100, "4/4"), None);
    }

    #[test]
    fn numbers_out_of_range_are_not_usable() {
        let usable = |place: (u16, i8, u8, i8), parts: usize| {
            let parts = vec![vec![place.into()]; parts];
            Groove { parts, ..Groove::default() }.is_usable()
        };
        assert!(usable((95, 64, 64, -40), 1));
        for place in [(96, 0, 0, 0), (0, 65, 0, 0), (0, 0, 65, 0), (0, 0, 0, 41)] {
            assert!(!usable(place, 1), "{place:?}");
        }
        assert!(!usable((0, 0, 0, 0), Vocabulary::MAX_PARTS + 1));
        let twice = vec![vec![GroovePlace::default(); 2]];
        assert!(!Groove { parts: twice, ..Groove::default() }.is_usable());
    }
}
