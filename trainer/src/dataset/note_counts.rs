//! `notes.json`: the notes vocabulary with names, and how often each entry occurs.

use std::collections::BTreeMap;

use jukebox_model::piece::{Piece, Tick};
use jukebox_model::vocabulary::{Encoded, Vocabulary};
use serde::Serialize;

use crate::names;

/// The vocabulary with names, and how often each entry occurs.
#[derive(Debug)]
pub struct NoteCounts {
    name: String,
    about: &'static str,
    pieces: usize,
    notes: usize,
    meters: Vec<Meter>,
    pitches: Vec<Pitch>,
    steps: Vec<Length>,
    durations: Vec<Length>,
    velocities: Vec<Loudness>,
}

#[derive(Debug, Serialize)]
struct Meter {
    meter: String,
    bars: usize,
}

#[derive(Debug, Serialize)]
struct Pitch {
    note: String,
    midi: u8,
    count: usize,
}

#[derive(Debug, Serialize)]
struct Length {
    value: String,
    ticks: Tick,
    count: usize,
}

#[derive(Debug, Serialize)]
struct Loudness {
    dynamic: &'static str,
    velocity: u8,
    count: usize,
}

const ABOUT_PITCHES: &str = "Pitches are in the white-key frame: each piece was moved to the key \
    that puts most of it on white keys. C4 is middle C. A tick is 1/24 of a quarter note.";
const ABOUT_DRUMS: &str = "Drums have their General MIDI names. A tick is 1/24 of a quarter note.";

impl NoteCounts {
    /// Counts the entries of a vocabulary in pieces. What is not in the vocabulary is counted with
    /// the entry that stands in for it.
    pub fn count<'a>(
        name: &str,
        vocabulary: &Vocabulary,
        pieces: impl IntoIterator<Item = (&'a Piece, &'a Encoded)>,
    ) -> Self {
        let mut counts: [BTreeMap<u16, usize>; 4] = Default::default();
        let mut bars = vec![0; vocabulary.meters.len()];
        let (mut number, mut notes) = (0, 0);
        for (piece, encoded) in pieces {
            number += 1;
            notes += encoded.events.len();
            for event in &encoded.events {
                let fields = [event.step, event.pitch, event.duration, event.velocity];
                for (counts, field) in counts.iter_mut().zip(fields) {
                    *counts.entry(field).or_default() += 1;
                }
            }
            // Meter by meter: of bars there may be millions.
            let changes = piece.meters.changes();
            let ends = changes.iter().skip(1).map(|next| next.number).chain([u32::MAX]);
            for (first, end) in changes.iter().zip(ends) {
                let here = end.min(piece.bars()).saturating_sub(first.number);
                bars[vocabulary.nearest_meter(first.meter)] += here as usize;
            }
        }
        let [steps, pitches, durations, velocities] = counts;
        let meters = vocabulary.meters.iter().zip(bars);
        Self {
            name: name.to_owned(),
            about: if vocabulary.drums { ABOUT_DRUMS } else { ABOUT_PITCHES },
            pieces: number,
            notes,
            meters: meters.map(|(meter, bars)| Meter { meter: meter.to_string(), bars }).collect(),
            pitches: entries(&vocabulary.pitches, &pitches, |midi, count| Pitch {
                note: names::pitch(midi, vocabulary.drums),
                midi,
                count,
            }),
            steps: entries(&vocabulary.steps, &steps, |ticks, count| Length {
                value: names::step_value(ticks),
                ticks,
                count,
            }),
            durations: entries(&vocabulary.durations, &durations, |ticks, count| Length {
                value: names::note_value(ticks),
                ticks,
                count,
            }),
            velocities: entries(&vocabulary.velocities, &velocities, |velocity, count| Loudness {
                dynamic: names::dynamic(velocity),
                velocity,
                count,
            }),
        }
    }

    /// As JSON with an entry a line, which neither of serde's two layouts gives.
    ///
    /// # Errors
    /// None in practice: plain lists become JSON.
    pub fn json(&self) -> serde_json::Result<String> {
        let mut json = format!(
            "{{\n  \"name\": {},\n  \"about\": {},\n  \"pieces\": {},\n  \"notes\": {}",
            serde_json::to_string(&self.name)?,
            serde_json::to_string(self.about)?,
            self.pieces,
            self.notes
        );
        json.push_str(&lines("meters", &self.meters)?);
        json.push_str(&lines("pitches", &self.pitches)?);
        json.push_str(&lines("steps", &self.steps)?);
        json.push_str(&lines("durations", &self.durations)?);
        json.push_str(&lines("velocities", &self.velocities)?);
        json.push_str("\n}\n");
        Ok(json)
    }
}

/// A field with a list, an entry a line.
fn lines<E: Serialize>(name: &str, entries: &[E]) -> serde_json::Result<String> {
    let entries: Vec<String> =
        entries.iter().map(serde_json::to_string).collect::<serde_json::Result<_>>()?;
    Ok(format!(",\n  \"{name}\": [\n    {}\n  ]", entries.join(",\n    ")))
}

/// An entry for each value of a list, with its count.
fn entries<T: Copy, E>(
    values: &[T],
    counts: &BTreeMap<u16, usize>,
    entry: impl Fn(T, usize) -> E,
) -> Vec<E> {
    let count = |index: usize| counts.get(&(index as u16)).copied().unwrap_or(0);
    values.iter().enumerate().map(|(index, &value)| entry(value, count(index))).collect()
}

#[cfg(test)]
mod tests {
    use jukebox_model::meter::MeterMap;
    use jukebox_model::piece::Note;

    use super::*;

    #[test]
    fn bars_by_the_million_are_counted_meter_by_meter() {
        let note = |onset| Note { onset, part: 0, pitch: 60, duration: 3, velocity: 80 };
        let [short, jig] = ["1/32", "6/8"].map(|meter| meter.parse().unwrap());
        let piece = Piece {
            notes: vec![note(0), note(3_000_000 + 72), note(96_000_000 - 3)],
            // A million short bars, two jig bars, then short ones again.
            meters: MeterMap::from_changes([(0, short), (3_000_000, jig), (3_000_144, short)]),
            ..Piece::default()
        };
        let vocabulary = Vocabulary::learn([&piece]).unwrap();
        let (encoded, _) = vocabulary.encode(&piece);
        // Bar by bar these would be 64,000 million.
        let begun = std::time::Instant::now();
        let pieces = std::iter::repeat_n((&piece, &encoded), 2_000);
        let json = NoteCounts::count("Test", &vocabulary, pieces).json().unwrap();
        assert!(begun.elapsed().as_secs() < 60);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let short = 2_000u64 * (1_000_000 + (96_000_000 - 3_000_144) / 3);
        let meters = [("1/32", short), ("6/8", 4_000)];
        let meters =
            meters.map(|(meter, bars)| serde_json::json!({ "meter": meter, "bars": bars }));
        assert_eq!(json["meters"], serde_json::json!(meters));
    }

    #[test]
    fn people_can_read_the_notes() {
        let note = |(onset, pitch)| Note { onset, part: 0, pitch, duration: 12, velocity: 80 };
        let notes = [(0, 60), (12, 64), (48, 60)].map(note).to_vec();
        let piece = Piece { notes, ..Piece::default() };
        let vocabulary = Vocabulary::learn([&piece]).unwrap();
        let (encoded, _) = vocabulary.encode(&piece);
        let notes = NoteCounts::count("Test", &vocabulary, [(&piece, &encoded)]);
        let text = notes.json().unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["pieces"], 1);
        assert_eq!(json["notes"], 3);
        assert_eq!(json["meters"], serde_json::json!([{ "meter": "4/4", "bars": 1 }]));
        assert_eq!(json["pitches"][0]["note"], "C4");
        assert_eq!(json["pitches"][0]["count"], 2);
        assert_eq!(json["steps"][0]["value"], "together with the previous note");
        assert_eq!(json["steps"][2]["value"], "dotted quarter");
        assert_eq!(json["durations"][0]["value"], "eighth");
        assert_eq!(json["velocities"][0]["dynamic"], "f");
        assert!(text.contains("\n    {\"note\":\"C4\",\"midi\":60,\"count\":2},\n"), "{text}");
    }
}
