//! The feel of a place: how early or late a note is played there, and how loud, as *Groove* brings it out. Pure
//! functions of the note, its bar, who plays it and the take.

use jukebox_model::meter::BarSlot;
use jukebox_model::piece::Note;
use jukebox_model::random::splitmix64;
use jukebox_model::record::Groove;
use jukebox_model::vocabulary::has_halves;

use super::song_clock::FINE;
use crate::song::Band;

/// Fine ticks by which a note is early or late at most: a 64th note.
pub const MOST_LEAN: i64 = FINE * 3 / 2;
/// Velocity above the others' where nothing was learnt: on the first beat, in the middle of the bar, on another beat,
/// between beats, and elsewhere.
const ACCENTS: [i64; 5] = [12, 7, 4, -2, -5];
/// Keeps these numbers apart from those of humanise.
const SALT: u64 = 0x9e37_79b9_7f4a_7c15;

/// The feel of a note at all of *Groove*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Feel {
    /// Fine ticks that it comes late.
    pub late: i64,
    /// What is added to its velocity.
    pub louder: i64,
}

impl Feel {
    /// The feel of a note in a bar: what the record has learnt of its place, or where it has learnt nothing the accents
    /// of the meter.
    pub fn of(note: &Note, slot: BarSlot, band: &Band, take: u32) -> Self {
        if band.groove.is_empty() {
            return Self { late: 0, louder: accent(note, slot) };
        }
        let Some(place) = band.groove.place(note, slot) else { return Self::default() };
        let at = u64::from(note.onset) << 7 | u64::from(note.pitch & 127);
        let dice = splitmix64(SALT ^ at ^ u64::from(take) << 40 ^ u64::from(note.part) << 56);
        // The sum of two even numbers has a deviation of 1 / sqrt(6) of its reach: 2.45 deviations reach it.
        let triangular = (dice & 0xffff) as i64 + (dice >> 16 & 0xffff) as i64 - 0xffff;
        let strays = triangular * i64::from(place.spread) * 245 / (0xffff * 100);
        let late = i64::from(place.late) * FINE / Groove::FINE + strays;
        Self { late: late.clamp(-MOST_LEAN, MOST_LEAN), louder: place.louder.into() }
    }
}

/// The accent of a note's place in its meter.
fn accent(note: &Note, slot: BarSlot) -> i64 {
    let (meter, at) = (slot.meter, note.onset.saturating_sub(slot.start));
    let beat = meter.beat().max(1);
    let between = if meter.is_compound() { beat / 3 } else { beat / 2 };
    let strength = match at {
        0 => 0,
        at if has_halves(meter) && 2 * at == meter.bar() => 1,
        at if at.is_multiple_of(beat) => 2,
        at if at.is_multiple_of(between.max(1)) => 3,
        _ => 4,
    };
    ACCENTS[strength]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(onset: u32, part: u8) -> Note {
        Note { onset, part, pitch: 60, duration: 6, velocity: 80 }
    }

    fn feel(onset: u32, part: u8, meter: &str, groove: &str, take: u32) -> Feel {
        let slot = BarSlot { number: 3, start: 288, meter: meter.parse().unwrap() };
        let groove: Groove = serde_json::from_str(groove).unwrap();
        let band = Band { groove: groove.into(), ..Band::default() };
        Feel::of(&note(288 + onset, part), slot, &band, take)
    }

    #[test]
    fn without_a_groove_the_meter_accents() {
        let louder = |meter: &str, onsets: [u32; 6]| onsets.map(|it| feel(it, 0, meter, "{}", 1));
        let accents = |meter, onsets| louder(meter, onsets).map(|it| it.louder);
        assert_eq!(accents("4/4", [0, 24, 48, 12, 6, 8]), [12, 4, 7, -2, -5, -5]);
        assert_eq!(accents("6/8", [0, 12, 24, 36, 48, 6]), [12, -2, -2, 7, -2, -5]);
        assert_eq!(accents("3/4", [0, 24, 48, 36, 12, 1]), [12, 4, 4, -2, -2, -5]);
        assert!(louder("4/4", [0, 1, 2, 3, 4, 5]).iter().all(|it| it.late == 0));
    }

    #[test]
    fn what_was_learnt_of_a_place_is_given_back() {
        let groove = r#"{"meter":"4/4","parts":[[],[[0,-10,0,9],[24,20,8,-6]]]}"#;
        assert_eq!(feel(0, 1, "4/4", groove, 1), Feel { late: -10, louder: 9 });
        assert_eq!(feel(0, 0, "4/4", groove, 1), Feel::default(), "nothing is known of the part");
        assert_eq!(feel(0, 1, "3/4", groove, 1), Feel::default());
        let strays: Vec<i64> = (0..400).map(|take| feel(24, 1, "4/4", groove, take).late).collect();
        assert_eq!(strays[7], feel(24, 1, "4/4", groove, 7).late);
        let mean = strays.iter().sum::<i64>() as f64 / 400.0;
        let square = strays.iter().map(|it| (*it as f64 - mean).powi(2)).sum::<f64>() / 400.0;
        assert!((mean - 20.0).abs() < 1.5 && (square.sqrt() - 8.0).abs() < 1.5, "{mean} {square}");
    }

    #[test]
    fn no_groove_moves_a_note_farther_than_it_may() {
        let groove = r#"{"meter":"4/4","parts":[[[24,64,64,40]]]}"#;
        let late = (0..400).map(|take| feel(24, 0, "4/4", groove, take).late);
        assert!(late.clone().all(|late| late.abs() <= MOST_LEAN));
        assert_eq!(late.max(), Some(MOST_LEAN));
    }
}
