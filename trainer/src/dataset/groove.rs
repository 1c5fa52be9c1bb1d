//! How a collection is played by place: what is taken away when its notes are laid on ticks, and its accents.

use std::collections::BTreeMap;

use jukebox_model::meter::Meter;
use jukebox_model::record::{Groove, GroovePlace, PlaceTiming};
use jukebox_model::vocabulary::Vocabulary;

use super::Collection;

/// Fewest notes of a part that tell how it plays at a place.
const FEWEST: u64 = 32;
/// Of so many notes of a part, one at least tells it.
const SHARE: u64 = 400;

/// Notes, and sums of a number of each and of its square.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    notes: u64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, notes: u64, mean: f64, deviation: f64) {
        self.notes += notes;
        self.sum += mean * notes as f64;
        self.squares += (mean * mean + deviation * deviation) * notes as f64;
    }

    fn mean(&self) -> f64 {
        self.sum / self.notes.max(1) as f64
    }

    fn deviation(&self) -> f64 {
        let square = self.squares / self.notes.max(1) as f64;
        (square - self.mean() * self.mean()).max(0.0).sqrt()
    }
}

/// The groove of a collection's pieces in bars of a meter, by the parts of a vocabulary. `timing` tells how far the
/// notes lay from their places in the beat, by part, and `tempo` is the usual one in quarter notes a minute.
pub fn groove(
    collection: &Collection,
    vocabulary: &Vocabulary,
    meter: Meter,
    timing: &[PlaceTiming],
    tempo: f64,
) -> Groove {
    let parts = vocabulary.parts.len().max(1);
    let mut velocities: BTreeMap<(usize, u16), Sums> = BTreeMap::new();
    let mut of_part = vec![Sums::default(); parts];
    for piece in collection.music() {
        let piece = vocabulary.adopt(piece);
        for note in &piece.notes {
            let bar = piece.meters.bar_at(note.onset);
            let part = usize::from(note.part).min(parts - 1);
            let place = u16::try_from(note.onset - bar.start);
            if let Some(place) = place.ok().filter(|_| bar.meter == meter) {
                let velocity = f64::from(note.velocity);
                velocities.entry((part, place)).or_default().add(1, velocity, 0.0);
                of_part[part].add(1, velocity, 0.0);
            }
        }
    }
    let mut late: BTreeMap<(usize, u32), Sums> = BTreeMap::new();
    for it in timing {
        let sums = late.entry((usize::from(it.part), it.place)).or_default();
        sums.add(it.notes, it.mean_ms, it.spread_ms);
    }
    // Fine ticks of a millisecond.
    let fine = tempo / 60e3 * 24.0 * Groove::FINE as f64;
    let within = |number: f64, most: i64| (number.round() as i64).clamp(-most, most);
    let mut groove = Groove { meter, parts: vec![Vec::new(); parts] };
    for (&(part, place), sums) in &velocities {
        if sums.notes < FEWEST.max(of_part[part].notes / SHARE) {
            continue;
        }
        let timing = late.get(&(part, u32::from(place) % meter.beat().max(1)));
        let timing = timing.copied().unwrap_or_default();
        let louder = sums.mean() - of_part[part].mean();
        let found = GroovePlace {
            place,
            late: within(timing.mean() * fine, Groove::MOST_LATE) as i8,
            spread: within(timing.deviation() * fine, Groove::MOST_LATE) as u8,
            louder: within(louder, Groove::MOST_LOUDER) as i8,
        };
        if found != (GroovePlace { place, ..GroovePlace::default() }) {
            groove.parts[part].push(found);
        }
    }
    groove
}

#[cfg(test)]
mod tests {
    use jukebox_model::midi::ImportOptions;
    use midly::num::{u4, u7, u15, u28};
    use midly::{
        Format, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind,
    };

    use super::super::common_parts::PartsChoice;
    use super::super::reading::{GridChoice, Reading};
    use super::*;

    /// Ticks of a quarter note in the file: 20 to one of the model's.
    const QUARTER: u32 = 480;

    /// A track of quarter notes, each so many ticks late and so loud, by its place in the bar.
    fn track(
        name: &'static [u8],
        channel: u8,
        key: u8,
        places: [(u32, u8); 4],
    ) -> Vec<TrackEvent<'static>> {
        let event = |kind| TrackEvent { delta: u28::new(0), kind };
        let mut track = vec![event(TrackEventKind::Meta(MetaMessage::TrackName(name)))];
        let mut last = 0;
        for beat in 0..160u32 {
            let (late, velocity) = places[beat as usize % 4];
            let (key, on) = (u7::new(key + (beat * beat / 3 % 5) as u8), beat * QUARTER + late);
            for (at, velocity) in [(on, velocity), (on + 200, 0)] {
                let message = MidiMessage::NoteOn { key, vel: u7::new(velocity) };
                let kind = TrackEventKind::Midi { channel: u4::new(channel), message };
                track.push(TrackEvent { delta: u28::new(at - last), kind });
                last = at;
            }
        }
        track.push(event(TrackEventKind::Meta(MetaMessage::EndOfTrack)));
        track
    }

    #[test]
    fn what_rounding_takes_away_is_kept_by_part_and_place() {
        let folder = tempfile::tempdir().unwrap();
        let header =
            Header { format: Format::Parallel, timing: Timing::Metrical(u15::new(QUARTER as u16)) };
        let tracks = vec![
            track(b"Lead", 0, 72, [(0, 90); 4]),
            track(b"Bass", 1, 36, [(0, 100), (5, 80), (0, 80), (5, 80)]),
        ];
        Smf { header, tracks }.save(folder.path().join("song.mid")).unwrap();
        let reading = Reading {
            grid: GridChoice::AsIs,
            parts: PartsChoice::Auto,
            ..ImportOptions::default().into()
        };
        let collection = Collection::read(&[folder.path().to_owned()], reading).unwrap();
        let vocabulary = Vocabulary {
            parts: collection.parts.as_ref().map(|it| it.parts.clone()).unwrap_or_default(),
            ..Vocabulary::learn(collection.music()).unwrap()
        };
        let bass = vocabulary.parts.iter().position(|it| it.name.eq_ignore_ascii_case("bass"));
        assert!(collection.timing().is_empty(), "nothing was laid on a grid");
        let found = groove(&collection, &vocabulary, Meter::COMMON, &collection.lateness(), 120.0);
        assert!(found.is_usable());
        let places = |part: usize| {
            let place = |it: &GroovePlace| (it.place, it.late, it.spread, it.louder);
            found.parts[part].iter().map(place).collect::<Vec<_>>()
        };
        // All beats are one place in the beat: every other one is late by 5 of the 20 ticks that make one here.
        let bass = bass.unwrap();
        assert_eq!(places(bass), [(0, 8, 8, 15), (24, 8, 8, -5), (48, 8, 8, -5), (72, 8, 8, -5)]);
        assert!(places(1 - bass).is_empty(), "the lead is as it is written");
    }
}
