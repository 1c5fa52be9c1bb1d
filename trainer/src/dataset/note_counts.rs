//! `notes.json`: the notes vocabulary with names, and how often each entry occurs.

use std::collections::BTreeMap;

use jukebox_model::network::Head;
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
    parts: Vec<Part>,
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

/// A part where notes choose one; its pitches stand among those of all.
#[derive(Debug, Serialize)]
struct Part {
    part: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<u8>,
    drums: bool,
    count: usize,
}

#[derive(Debug, Serialize)]
struct Pitch {
    note: String,
    midi: u8,
    count: usize,
    /// How often each part plays it, in the order of the parts; nothing where notes choose none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<usize>,
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
        let mut counts: [BTreeMap<u16, usize>; Head::COUNT] = Default::default();
        let mut by_part: BTreeMap<(u16, u16), usize> = BTreeMap::new();
        let mut bars = vec![0; vocabulary.meters.len()];
        let (mut number, mut notes) = (0, 0);
        for (piece, encoded) in pieces {
            number += 1;
            notes += encoded.events.len();
            for event in &encoded.events {
                for (counts, head) in counts.iter_mut().zip(Head::ALL) {
                    *counts.entry(event.chosen(head)).or_default() += 1;
                }
                *by_part.entry((event.part, event.pitch)).or_default() += 1;
            }
            // Meter by meter: of bars there may be millions.
            let changes = piece.meters.changes();
            let ends = changes.iter().skip(1).map(|next| next.number).chain([u32::MAX]);
            for (first, end) in changes.iter().zip(ends) {
                let here = end.min(piece.bars()).saturating_sub(first.number);
                bars[vocabulary.nearest_meter(first.meter)] += here as usize;
            }
        }
        let [steps, parts, pitches, durations, velocities] = counts;
        let choose = if vocabulary.has_parts() { &vocabulary.parts[..] } else { &[] };
        let keys: Vec<u16> = (0..vocabulary.keys() as u16).collect();
        let meters = vocabulary.meters.iter().zip(bars);
        Self {
            name: name.to_owned(),
            about: if vocabulary.drums { ABOUT_DRUMS } else { ABOUT_PITCHES },
            pieces: number,
            notes,
            meters: meters.map(|(meter, bars)| Meter { meter: meter.to_string(), bars }).collect(),
            parts: entries(choose, &parts, |part, count| Part {
                part: part.name,
                program: part.program.map(|it| it + 1),
                drums: part.drums,
                count,
            }),
            pitches: entries(&keys, &pitches, |entry, count| {
                let midi = vocabulary.key(entry);
                let drum = vocabulary.drums || usize::from(entry) >= vocabulary.pitches.len();
                let of = |part| by_part.get(&(part, entry)).copied().unwrap_or(0);
                let parts = (0..choose.len() as u16).map(of).collect();
                Pitch { note: names::pitch(midi, drum), midi, count, parts }
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
        if !self.parts.is_empty() {
            json.push_str(&lines("parts", &self.parts)?);
        }
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
fn entries<T: Clone, E>(
    values: &[T],
    counts: &BTreeMap<u16, usize>,
    entry: impl Fn(T, usize) -> E,
) -> Vec<E> {
    let count = |index: usize| counts.get(&(index as u16)).copied().unwrap_or(0);
    values.iter().cloned().enumerate().map(|(index, value)| entry(value, count(index))).collect()
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
    fn notes_are_counted_by_part() {
        let note = |(onset, part, pitch)| Note { onset, part, pitch, duration: 12, velocity: 80 };
        let notes = [(0, 0, 60), (0, 1, 36), (12, 0, 36), (24, 1, 36)].map(note).to_vec();
        let part = |name: &str, drums| jukebox_model::piece::Part {
            name: name.into(),
            program: None,
            drums,
        };
        let parts = vec![part("bass", false), part("drums", true)];
        let piece = Piece { notes, parts, ..Piece::default() };
        let vocabulary = Vocabulary::learn([&piece]).unwrap();
        let (encoded, _) = vocabulary.encode(&piece);
        let json = NoteCounts::count("Test", &vocabulary, [(&piece, &encoded)]).json().unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            json["parts"][1],
            serde_json::json!({"part": "drums", "drums": true, "count": 2})
        );
        let pitch = |index: usize| {
            (json["pitches"][index]["midi"].clone(), &json["pitches"][index]["parts"])
        };
        assert_eq!(pitch(0), (36.into(), &serde_json::json!([1, 0])));
        assert_eq!(pitch(2), (36.into(), &serde_json::json!([0, 2])));
        assert_eq!(json["pitches"][2]["note"], "Bass Drum 1");
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
