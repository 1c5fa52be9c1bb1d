//! How a piece begins: a pickup lies at the end of a full bar, and silence that nothing marks is left out.

use super::MAX_LENGTH;
use crate::meter::{BarSlot, Meter, MeterMap};
use crate::piece::Tick;

/// The meters of a file as it states them, in order of time.
pub(super) type Changes = Vec<(Tick, Meter)>;

/// By how much the notes of a file move, and the bar grid that they move to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opening {
    pub meters: MeterMap,
    /// Ticks put before the file's first.
    pub before: Tick,
    /// Ticks left out at the file's start.
    pub without: Tick,
}

impl Opening {
    /// `changes` are the time signatures of a file, `first` is the tick of its first onset, and `marked` says
    /// whether something tells of the silence before it.
    ///
    /// - A time signature that comes late, but before any note, is in force from the start, unless it
    ///   stands at the first note: there a bar begins.
    /// - A first bar that is shorter than those after it is a pickup: it is laid at the end of a full bar.
    /// - Of a file without a time signature, or with none but 4/4 at its start, which programs write where nobody
    ///   has chosen, whole bars before the first note are left out unless they are marked.
    pub fn new(mut changes: Changes, first: Tick, marked: bool) -> Self {
        let by_default = changes.iter().all(|&change| change == (0, Meter::COMMON));
        let without = match by_default && !marked {
            true => first - first % Meter::COMMON.bar(),
            false => 0,
        };
        match changes.first_mut() {
            None => {}
            Some((at, meter)) if *at > 0 && *at <= first => {
                if *at == first {
                    // Bars of this meter lie before it, the first of them short.
                    let (at, meter) = (*at, *meter);
                    let short = at % meter.bar();
                    changes.insert(0, (0, meter));
                    if short > 0 {
                        changes.insert(1, (short, meter));
                    }
                } else {
                    *at = 0;
                }
            }
            Some(_) => {}
        }
        Self { without, ..Self::of(MeterMap::from_changes(changes)) }
    }

    /// The opening of music whose bars are known.
    pub fn of(meters: MeterMap) -> Self {
        let before = pickup(&meters).unwrap_or(0);
        let meters = match (before, meters.changes().get(1)) {
            (1.., Some(full)) => {
                let later = meters.changes()[1..].iter();
                let moved = later.map(|bar| match bar.start == full.start {
                    true => (0, bar.meter),
                    false => (bar.start + before, bar.meter),
                });
                MeterMap::from_changes(moved)
            }
            _ => meters,
        };
        Self { meters, before, without: 0 }
    }

    /// Where a tick of the file lies in the piece.
    pub fn place(&self, tick: Tick) -> Tick {
        (tick + self.before).saturating_sub(self.without).min(MAX_LENGTH)
    }

    /// Where a change lies in the piece: what holds at the start of the file holds from the piece's.
    pub fn place_change(&self, tick: Tick) -> Tick {
        if tick == 0 { 0 } else { self.place(tick) }
    }
}

/// What a first bar lacks, where it is a pickup: at least two bars of one longer meter follow it. A bar
/// that is full by its own meter is a pickup where it is at most half as long as those, or counts the same
/// beats, one by one: three quarters before 4/4, but not 6/8 before 9/8.
fn pickup(meters: &MeterMap) -> Option<Tick> {
    let &[first, full, ref later @ ..] = meters.changes() else { return None };
    let long = full.meter.bar();
    let stays = later.first().is_none_or(|next: &BarSlot| next.start - full.start >= 2 * long);
    let cut = full.start < first.meter.bar();
    let alike = first.meter.denominator() == full.meter.denominator() && !first.meter.is_compound();
    let short = cut || alike || full.start <= long / 2;
    let is_pickup = full.number == 1 && full.start < long && short && stays;
    is_pickup.then(|| long - full.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening(changes: &[(Tick, &str)], first: Tick) -> (Vec<String>, Tick, Tick) {
        let changes = changes.iter().map(|&(at, meter)| (at, meter.parse().unwrap())).collect();
        let Opening { meters, before, without } = Opening::new(changes, first, false);
        let text = |bar: &BarSlot| format!("{} {}", bar.start, bar.meter);
        (meters.changes().iter().map(text).collect(), before, without)
    }

    fn expected(meters: &[&str], before: Tick, without: Tick) -> (Vec<String>, Tick, Tick) {
        (meters.iter().map(|&it| it.to_owned()).collect(), before, without)
    }

    #[test]
    fn a_short_first_bar_is_a_pickup() {
        assert_eq!(opening(&[(0, "1/8"), (12, "4/4")], 0), expected(&["0 4/4"], 84, 0));
        assert_eq!(opening(&[(0, "3/4"), (72, "4/4")], 0), expected(&["0 4/4"], 24, 0));
        // The file says 4/4, and says it again after one beat.
        assert_eq!(opening(&[(0, "4/4"), (24, "4/4")], 0), expected(&["0 4/4"], 72, 0));
        let later = opening(&[(0, "1/8"), (12, "3/8"), (12 + 36 * 9, "1/8")], 0);
        assert_eq!(later, expected(&["0 3/8", "360 1/8"], 24, 0));
    }

    #[test]
    fn other_changes_of_meter_are_none() {
        for (changes, meters) in [
            (&[(0, "5/8"), (60, "7/8"), (144, "5/8")][..], &["0 5/8", "60 7/8", "144 5/8"][..]),
            (&[(0, "4/4"), (96, "12/8")], &["0 4/4", "96 12/8"]),
            (&[(0, "6/8"), (72, "9/8")], &["0 6/8", "72 9/8"]),
            (&[(0, "1/4"), (48, "4/4")], &["0 1/4", "48 4/4"]),
            (&[(0, "4/4"), (96, "3/4")], &["0 4/4", "96 3/4"]),
        ] {
            assert_eq!(opening(changes, 0), expected(meters, 0, 0));
        }
    }

    #[test]
    fn a_time_signature_before_the_first_note_holds_from_the_start() {
        assert_eq!(opening(&[(5, "3/4")], 24), expected(&["0 3/4"], 0, 0));
        assert_eq!(opening(&[(96, "3/4")], 100), expected(&["0 3/4"], 0, 0));
        // At the first note a bar begins.
        assert_eq!(opening(&[(96, "3/4")], 96), expected(&["0 3/4"], 48, 0));
        assert_eq!(opening(&[(144, "3/4")], 144), expected(&["0 3/4"], 0, 0));
        // After it, it cuts a bar of 4/4.
        assert_eq!(opening(&[(36, "3/4")], 0), expected(&["0 3/4"], 36, 0));
        assert_eq!(opening(&[(120, "3/4")], 0), expected(&["0 4/4", "120 3/4"], 0, 0));
    }

    #[test]
    fn silence_that_nothing_marks_is_left_out_by_whole_bars() {
        assert_eq!(opening(&[], 200), expected(&["0 4/4"], 0, 192));
        assert_eq!(opening(&[], 95), expected(&["0 4/4"], 0, 0));
        assert_eq!(opening(&[(0, "4/4")], 200), expected(&["0 4/4"], 0, 192));
        // Somebody has chosen this.
        assert_eq!(opening(&[(0, "3/4")], 200), expected(&["0 3/4"], 0, 0));
        assert_eq!(
            opening(&[(0, "4/4"), (384, "3/4")], 200),
            expected(&["0 4/4", "384 3/4"], 0, 0)
        );
        assert_eq!(Opening::new(Vec::new(), 200, true).without, 0);
    }
}
