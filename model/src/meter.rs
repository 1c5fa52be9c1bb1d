//! Meters and the bar grid that they lay over a piece.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::piece::{TICKS_PER_QUARTER, Tick};

/// A time signature, such as 4/4 or 6/8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Meter {
    numerator: u8,
    denominator: u8,
}

/// Why a time signature cannot be used. Made without allocating, so that the audio thread may try
/// whatever a host says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a meter: write it as 4/4 or 6/8, with 1 to 64 beats of 1, 2, 4, 8, 16 or 32")]
pub struct MeterError;

impl Meter {
    /// 4/4, in force where a file names no meter.
    pub const COMMON: Meter = Meter { numerator: 4, denominator: 4 };

    /// A meter of `numerator` (1 to 64) beats of one `denominator`-th (1, 2, 4, 8, 16 or 32) each.
    ///
    /// # Errors
    /// Anything else, 4/64 for one, whose bars may not lie on ticks.
    pub fn new(numerator: u8, denominator: u8) -> Result<Self, MeterError> {
        let usable =
            (1..=64).contains(&numerator) && denominator.is_power_of_two() && denominator <= 32;
        if usable { Ok(Self { numerator, denominator }) } else { Err(MeterError) }
    }

    /// Beats in a bar, as written.
    pub fn numerator(self) -> u8 {
        self.numerator
    }

    /// The note value of a beat, as written: 4 is a quarter note.
    pub fn denominator(self) -> u8 {
        self.denominator
    }

    /// Length of a bar in ticks.
    pub fn bar(self) -> Tick {
        Tick::from(self.numerator) * 4 * TICKS_PER_QUARTER / Tick::from(self.denominator)
    }

    /// Whether beats divide in three, as in 6/8, 9/8 and 12/8 (and 3/8, felt as one beat).
    pub fn is_compound(self) -> bool {
        self.denominator >= 8 && self.numerator.is_multiple_of(3)
    }

    /// Length of the beat that is felt, in ticks: the dotted quarter of 6/8; else a quarter note,
    /// whether the meter is written 2/2 or 4/4.
    pub fn beat(self) -> Tick {
        if self.is_compound() {
            3 * 4 * TICKS_PER_QUARTER / Tick::from(self.denominator)
        } else {
            TICKS_PER_QUARTER
        }
    }
}

impl Default for Meter {
    fn default() -> Self {
        Self::COMMON
    }
}

impl fmt::Display for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl FromStr for Meter {
    type Err = MeterError;

    fn from_str(text: &str) -> Result<Self, MeterError> {
        let (numerator, denominator) = text.split_once('/').ok_or(MeterError)?;
        let number = |text: &str| text.trim().parse().map_err(|_| MeterError);
        Self::new(number(numerator)?, number(denominator)?)
    }
}

impl TryFrom<String> for Meter {
    /// Names the text, as one of many in a file.
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|error: MeterError| format!("\"{text}\": {error}"))
    }
}

impl From<Meter> for String {
    fn from(meter: Meter) -> String {
        meter.to_string()
    }
}

/// A bar of a piece: its number, place, and meter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BarSlot {
    /// Bars before this one: the first bar is 0 here, and 1 to musicians.
    pub number: u32,
    /// Tick of the bar line.
    pub start: Tick,
    /// The meter in force.
    pub meter: Meter,
}

impl BarSlot {
    /// Tick of the next bar line.
    pub fn end(&self) -> Tick {
        self.start.saturating_add(self.meter.bar())
    }

    /// The bar after this one, in the same meter.
    pub fn next(&self) -> BarSlot {
        BarSlot { number: self.number + 1, start: self.end(), meter: self.meter }
    }
}

/// The bar grid of a piece: meters in force from given bars on, from tick 0 to beyond the end.
///
/// A meter change always starts a bar. Where a file changes meter in the middle of a bar, that bar
/// is cut short there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterMap {
    /// The first bar of each meter, in order; the first starts at tick 0.
    changes: Vec<BarSlot>,
}

impl Default for MeterMap {
    fn default() -> Self {
        Self::new(Meter::COMMON)
    }
}

impl MeterMap {
    /// One meter throughout.
    pub fn new(meter: Meter) -> Self {
        Self { changes: vec![BarSlot { number: 0, start: 0, meter }] }
    }

    /// The map of meter changes at ticks, in any order; of several at one tick the last holds.
    /// 4/4 is in force before the first. A change to the meter that is already in force on a bar
    /// line changes nothing.
    pub fn from_changes(changes: impl IntoIterator<Item = (Tick, Meter)>) -> Self {
        let mut sorted: Vec<(Tick, Meter)> = changes.into_iter().collect();
        sorted.sort_by_key(|&(at, _)| at);
        let mut map = Self::default();
        for (at, meter) in sorted {
            map.change(at, meter);
        }
        map
    }

    /// Sets the meter from a tick on, forgetting later changes. A bar starts at the tick, whether
    /// or not one started there before.
    pub fn change(&mut self, at: Tick, meter: Meter) {
        self.changes.truncate(self.changes.partition_point(|bar| bar.start < at));
        let Some(&last) = self.changes.last() else {
            *self = Self::new(meter);
            return;
        };
        let full_bars = (at - last.start) / last.meter.bar();
        let cut = !(at - last.start).is_multiple_of(last.meter.bar());
        if cut || last.meter != meter {
            let number = last.number + full_bars + u32::from(cut);
            self.changes.push(BarSlot { number, start: at, meter });
        }
    }

    /// The bar that holds a tick.
    pub fn bar_at(&self, tick: Tick) -> BarSlot {
        let index = self.changes.partition_point(|bar| bar.start <= tick) - 1;
        let first = self.changes[index];
        let bars = (tick - first.start) / first.meter.bar();
        BarSlot {
            number: first.number + bars,
            start: first.start + bars * first.meter.bar(),
            meter: first.meter,
        }
    }

    /// The bar of a number, 0 being the first.
    pub fn bar(&self, number: u32) -> BarSlot {
        let index = self.changes.partition_point(|bar| bar.number <= number) - 1;
        let first = self.changes[index];
        let bars = Tick::from(number - first.number);
        BarSlot {
            number,
            start: first.start.saturating_add(bars.saturating_mul(first.meter.bar())),
            meter: first.meter,
        }
    }

    /// Tick at which a bar ends: where the next one starts, which a meter change may bring forward.
    pub fn bar_end(&self, bar: BarSlot) -> Tick {
        let next = self.changes.partition_point(|change| change.start <= bar.start);
        self.changes.get(next).map_or(bar.end(), |change| change.start.min(bar.end()))
    }

    /// The first bar of each meter, in order; the first starts at tick 0.
    pub fn changes(&self) -> &[BarSlot] {
        &self.changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_is_read_as_it_is_written() {
        for text in ["4/4", "6/8", "2/2", "12/8", "7/16"] {
            assert_eq!(text.parse::<Meter>().unwrap().to_string(), text);
        }
        for text in ["", "4", "4/3", "0/4", "4/64", "four/four", "65/4", "-3/4"] {
            assert!(text.parse::<Meter>().is_err(), "{text}");
        }
    }

    #[test]
    fn refusing_a_meter_allocates_nothing() {
        // What is `Copy` owns no memory.
        fn owns_nothing<T: Copy>(_: T) {}
        owns_nothing(Meter::new(0, 3).unwrap_err());
    }

    #[test]
    fn beats_are_felt_not_written() {
        let beat = |text: &str| text.parse::<Meter>().unwrap().beat();
        assert_eq!(
            [beat("4/4"), beat("2/2"), beat("6/8"), beat("7/8"), beat("3/8")],
            [24, 24, 36, 24, 36]
        );
    }

    #[test]
    fn bars_follow_meter_changes_and_cuts() {
        let jig = Meter::new(6, 8).unwrap();
        // Two bars of 4/4, one cut after a quarter note, then 6/8.
        let map = MeterMap::from_changes([(2 * 96 + 24, jig)]);
        assert_eq!(map.bar_at(0), BarSlot { number: 0, start: 0, meter: Meter::COMMON });
        assert_eq!(map.bar_at(200).start, 192);
        assert_eq!(map.bar_end(map.bar_at(200)), 216);
        assert_eq!(map.bar_at(216), BarSlot { number: 3, start: 216, meter: jig });
        assert_eq!(map.bar_at(216 + 72 * 5 + 1).number, 8);
        assert_eq!(map.bar(8), map.bar_at(216 + 72 * 5));
        assert_eq!(map.bar_end(map.bar(8)), 216 + 72 * 6);
    }

    #[test]
    fn a_repeated_meter_is_no_change() {
        let map = MeterMap::from_changes([(0, Meter::COMMON), (96, Meter::COMMON)]);
        assert_eq!(map.changes().len(), 1);
    }
}
