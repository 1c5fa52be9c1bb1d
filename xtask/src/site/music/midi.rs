//! A take from the MIDI file that `jukebox compose` writes: one tempo, one meter, a track for each part.

use anyhow::{Context, Result, ensure};
use midly::{MetaMessage, MidiMessage, Smf, Timing, TrackEventKind};

use super::{QUARTER, sections};

/// Colours of parts.
const COLOURS: usize = 8;

/// A take: times in ticks from its start.
#[derive(Debug)]
pub struct Take {
    /// Microseconds of a quarter note.
    pub quarter: u32,
    /// Ticks of a bar.
    pub bar: u32,
    /// Its length, in bars.
    pub bars: u32,
    /// Its parts in the order of their tracks; some may be silent.
    pub parts: Vec<Part>,
    /// Chords from a tick on.
    pub chords: Vec<(u32, String)>,
    /// Sections from a tick on, by letter.
    pub sections: Vec<(u32, String)>,
}

/// One line of a take.
#[derive(Debug)]
pub struct Part {
    /// Its name, such as "bass".
    pub name: String,
    /// Whether its keys are drums.
    pub drums: bool,
    /// In order of their onsets.
    pub notes: Vec<Note>,
}

/// A note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// When it begins.
    pub onset: u32,
    /// MIDI key.
    pub key: u8,
    /// How long it is held.
    pub length: u32,
    /// MIDI velocity, 1 to 127.
    pub velocity: u8,
}

impl Part {
    /// The number of its colour, the same for the same kind of part in all takes; others have that of their place.
    pub fn colour(&self, place: usize) -> usize {
        let known = ["lead", "chords", "pad", "bass", "drums"];
        if self.drums {
            return 4;
        }
        known.iter().position(|it| *it == self.name).unwrap_or(place % COLOURS)
    }
}

impl Take {
    /// Where a part is first heard, in seconds; never is infinite.
    pub fn entry(&self, part: &Part) -> f64 {
        let second = f64::from(self.quarter) / f64::from(QUARTER) / 1e6;
        part.notes.first().map_or(f64::INFINITY, |note| f64::from(note.onset) * second)
    }

    /// Quarter notes a minute.
    pub fn tempo(&self) -> f64 {
        60e6 / f64::from(self.quarter)
    }
}

/// Reads a file's bytes.
///
/// # Errors
/// Where it is no MIDI file, holds no note, or has more than one tempo or meter.
pub fn read(bytes: &[u8]) -> Result<Take> {
    let file = Smf::parse(bytes).context("not a MIDI file that can be read")?;
    let Timing::Metrical(division) = file.header.timing else {
        anyhow::bail!("its time is not counted in quarter notes");
    };
    let division = u64::from(division.as_int());
    let tick = |at: u64| (at * u64::from(QUARTER) / division) as u32;

    let (mut tempi, mut meters) = (Vec::new(), Vec::new());
    let (mut parts, mut chords, mut marks) = (Vec::new(), Vec::new(), Vec::new());
    let mut end = 0;
    for track in &file.tracks {
        let mut part = Part { name: String::new(), drums: false, notes: Vec::new() };
        let (mut at, mut played) = (0_u64, false);
        for event in track {
            at += u64::from(event.delta.as_int());
            match event.kind {
                TrackEventKind::Meta(MetaMessage::Tempo(micros)) => tempi.push(micros.as_int()),
                TrackEventKind::Meta(MetaMessage::TimeSignature(beats, power, ..)) => {
                    meters.push((u32::from(beats) * 4 * QUARTER) >> power);
                }
                TrackEventKind::Meta(MetaMessage::TrackName(name)) => part.name = text(name),
                TrackEventKind::Meta(MetaMessage::Text(name)) => {
                    chords.push((tick(at), text(name)))
                }
                TrackEventKind::Meta(MetaMessage::Marker(name)) => {
                    marks.push((tick(at), text(name)))
                }
                TrackEventKind::Midi { channel, message } => {
                    played = true;
                    part.drums |= channel == 9;
                    hear(&mut part, message, tick(at));
                }
                _ => {}
            }
        }
        end = end.max(tick(at));
        if played {
            part.notes.sort();
            parts.push(part);
        }
    }
    ensure!(parts.iter().any(|part| !part.notes.is_empty()), "it holds no note");
    let one = |all: &mut Vec<u32>, usual: u32, what: &str| {
        all.dedup();
        ensure!(all.len() < 2, "it has more than one {what}: its playhead would stray");
        Ok(all.first().copied().unwrap_or(usual))
    };
    let quarter = one(&mut tempi, 500_000, "tempo")?;
    let bar = one(&mut meters, 4 * QUARTER, "meter")?;
    ensure!(bar > 0 && quarter > 0, "its bars or beats last no time");
    let bars = end.div_ceil(bar).max(1);
    let sections = if marks.is_empty() { sections::find(&parts, bar, bars) } else { marks };
    Ok(Take { quarter, bar, bars, parts, chords, sections })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Begins or ends a note of a part.
fn hear(part: &mut Part, message: MidiMessage, at: u32) {
    match message {
        MidiMessage::NoteOn { key, vel } if vel > 0 => {
            let (key, velocity) = (key.as_int(), vel.as_int());
            part.notes.push(Note { onset: at, key, length: 0, velocity });
        }
        MidiMessage::NoteOff { key, .. } | MidiMessage::NoteOn { key, .. } => {
            let sounds = |note: &&mut Note| note.key == key && note.length == 0;
            if let Some(note) = part.notes.iter_mut().rev().find(sounds) {
                note.length = (at - note.onset).max(1);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn takes_of_the_gallery_are_read_whole() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let bytes = fs::read(root.join("docs/gallery/house-1.mid")).unwrap();
        let take = read(&bytes).unwrap();
        assert_eq!((take.bar, take.bars), (96, 16));
        assert!((take.tempo() - 123.0).abs() < 0.01, "{}", take.tempo());
        assert_eq!(take.parts.len(), 5);
        assert!(take.parts[4].drums && take.parts[4].name == "drums");
        for note in take.parts.iter().flat_map(|part| &part.notes) {
            assert!(
                note.length > 0 && note.onset + note.length <= take.bar * (take.bars + 1),
                "{note:?}"
            );
        }
        assert!(!take.chords.is_empty() && take.sections[0] == (0, "A".to_owned()));
    }

    #[test]
    fn what_is_no_take_is_an_error() {
        assert!(read(b"no MIDI").is_err());
        let silent = b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk\0\0\0\x04\0\xff\x2f\0";
        assert!(read(silent).unwrap_err().to_string().contains("no note"));
    }
}
