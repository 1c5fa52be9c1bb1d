//! Where a bar of the song lies in a loop.

use jukebox_model::meter::MeterMap;

/// A bar's place in a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoopPosition {
    /// The bar of the loop, from 0.
    pub slot: u32,
    /// How often the loop has been played before. All of the song before the loop's beginning counts
    /// as its first round.
    pub round: u32,
}

impl LoopPosition {
    /// The place of a bar in a loop of some bars that begins at a tick; in the meters to which the
    /// tick does not belong, the loop begins with the meter.
    pub fn of(bar: u32, length: u32, anchor: u32, meters: &MeterMap) -> Self {
        let first_of_meter = |bar: u32| {
            let next = meters.changes().partition_point(|change| change.number <= bar);
            meters.changes()[next.max(1) - 1].number
        };
        let anchor = meters.bar_at(anchor).number;
        let begin = match first_of_meter(bar) {
            first if first == first_of_meter(anchor) => anchor,
            first => first,
        };
        let (bars, length) = (i64::from(bar) - i64::from(begin), i64::from(length.max(1)));
        Self { slot: bars.rem_euclid(length) as u32, round: bars.div_euclid(length).max(0) as u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jukebox_model::meter::Meter;

    fn places(meters: &MeterMap, anchor: u32) -> Vec<(u32, u32)> {
        let place = |bar| LoopPosition::of(bar, 4, anchor, meters);
        (0..10).map(place).map(|place| (place.slot, place.round)).collect()
    }

    #[test]
    fn a_loop_fills_the_song_from_where_it_begins() {
        let meters = MeterMap::default();
        let one = [(0, 0), (1, 0), (2, 0), (3, 0), (0, 1), (1, 1), (2, 1), (3, 1), (0, 2), (1, 2)];
        assert_eq!(places(&meters, 0), one);
        let later =
            [(2, 0), (3, 0), (0, 0), (1, 0), (2, 0), (3, 0), (0, 1), (1, 1), (2, 1), (3, 1)];
        assert_eq!(places(&meters, 2 * 96), later);
    }

    #[test]
    fn another_meter_begins_the_loop_anew() {
        let meters = MeterMap::from_changes([(3 * 96, Meter::new(6, 8).unwrap())]);
        let places = places(&meters, 96);
        assert_eq!(places[..6], [(3, 0), (0, 0), (1, 0), (0, 0), (1, 0), (2, 0)]);
    }
}
