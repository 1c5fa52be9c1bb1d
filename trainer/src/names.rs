//! Names that musicians use for the model's numbers.

use jukebox_model::key::pitch_name;
use jukebox_model::piece::Tick;

/// The families of General MIDI's programs, eight programs each.
const FAMILIES: [&str; 16] = [
    "Piano",
    "Chromatic percussion",
    "Organ",
    "Guitar",
    "Bass",
    "Strings",
    "Ensemble",
    "Brass",
    "Reed",
    "Pipe",
    "Synth lead",
    "Synth pad",
    "Synth effects",
    "Ethnic",
    "Percussive",
    "Sound effects",
];

/// Note values by length in ticks, the plain ones from the longest down, then the triplets.
const VALUES: [(Tick, &str); 11] = [
    (96, "whole"),
    (48, "half"),
    (24, "quarter"),
    (12, "eighth"),
    (6, "16th"),
    (3, "32nd"),
    (64, "triplet whole"),
    (32, "triplet half"),
    (16, "triplet quarter"),
    (8, "triplet eighth"),
    (4, "triplet 16th"),
];

/// General MIDI's percussion from key 27 (its second edition) to 87.
const DRUMS: [&str; 61] = [
    "High Q",
    "Slap",
    "Scratch Push",
    "Scratch Pull",
    "Sticks",
    "Square Click",
    "Metronome Click",
    "Metronome Bell",
    "Acoustic Bass Drum",
    "Bass Drum 1",
    "Side Stick",
    "Acoustic Snare",
    "Hand Clap",
    "Electric Snare",
    "Low Floor Tom",
    "Closed Hi-Hat",
    "High Floor Tom",
    "Pedal Hi-Hat",
    "Low Tom",
    "Open Hi-Hat",
    "Low-Mid Tom",
    "Hi-Mid Tom",
    "Crash Cymbal 1",
    "High Tom",
    "Ride Cymbal 1",
    "Chinese Cymbal",
    "Ride Bell",
    "Tambourine",
    "Splash Cymbal",
    "Cowbell",
    "Crash Cymbal 2",
    "Vibraslap",
    "Ride Cymbal 2",
    "Hi Bongo",
    "Low Bongo",
    "Mute Hi Conga",
    "Open Hi Conga",
    "Low Conga",
    "High Timbale",
    "Low Timbale",
    "High Agogo",
    "Low Agogo",
    "Cabasa",
    "Maracas",
    "Short Whistle",
    "Long Whistle",
    "Short Guiro",
    "Long Guiro",
    "Claves",
    "Hi Wood Block",
    "Low Wood Block",
    "Mute Cuica",
    "Open Cuica",
    "Mute Triangle",
    "Open Triangle",
    "Shaker",
    "Jingle Bell",
    "Bell Tree",
    "Castanets",
    "Mute Surdo",
    "Open Surdo",
];

/// A length as a note value: "eighth", "dotted quarter", "half + eighth", "2 wholes + quarter";
/// in ticks where it is none.
pub fn note_value(ticks: Tick) -> String {
    let wholes = ticks / 96;
    match (wholes, ticks % 96) {
        (0, 0) => "none".to_owned(),
        (0, rest) => short_value(rest),
        (1, 48) => "dotted whole".to_owned(),
        (1, 0) => "whole".to_owned(),
        (1, rest) => format!("whole + {}", short_value(rest)),
        (_, 0) => format!("{wholes} wholes"),
        (_, rest) => format!("{wholes} wholes + {}", short_value(rest)),
    }
}

/// The time since the previous onset as a note value.
pub fn step_value(ticks: Tick) -> String {
    match ticks {
        0 => "together with the previous note".to_owned(),
        _ => note_value(ticks),
    }
}

/// A length below a whole note.
fn short_value(ticks: Tick) -> String {
    let named = |(length, name): (Tick, &str)| {
        if length == ticks {
            Some(name.to_owned())
        } else if length * 3 == ticks * 2 {
            Some(format!("dotted {name}"))
        } else if length * 7 == ticks * 4 {
            Some(format!("double-dotted {name}"))
        } else {
            None
        }
    };
    let sum = |(first, name): (Tick, &str)| {
        let rest = ticks.checked_sub(first)?;
        let (_, other) = VALUES.into_iter().find(|&(length, _)| length == rest)?;
        Some(format!("{name} + {other}"))
    };
    VALUES
        .into_iter()
        .find_map(named)
        .or_else(|| VALUES.into_iter().find_map(sum))
        .unwrap_or_else(|| format!("{ticks}/24 of a quarter"))
}

/// A pitch's name, C4 for 60, or a drum's, "Closed Hi-Hat" for 42.
pub fn pitch(pitch: u8, drums: bool) -> String {
    let drum = usize::from(pitch).checked_sub(27).and_then(|index| DRUMS.get(index));
    match drum {
        Some(name) if drums => (*name).to_owned(),
        _ => pitch_name(pitch),
    }
}

/// The family of a General MIDI program, 0 to 127: "Bass" for 33.
pub fn program_family(program: u8) -> &'static str {
    FAMILIES[usize::from(program.min(127)) / 8]
}

/// The dynamic that a velocity is usually taken for.
pub fn dynamic(velocity: u8) -> &'static str {
    match velocity {
        0..=15 => "ppp",
        16..=31 => "pp",
        32..=47 => "p",
        48..=63 => "mp",
        64..=79 => "mf",
        80..=95 => "f",
        96..=111 => "ff",
        _ => "fff",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_the_names_that_musicians_use() {
        for (ticks, name) in [
            (0, "none"),
            (3, "32nd"),
            (4, "triplet 16th"),
            (6, "16th"),
            (8, "triplet eighth"),
            (9, "dotted 16th"),
            (12, "eighth"),
            (18, "dotted eighth"),
            (24, "quarter"),
            (30, "quarter + 16th"),
            (36, "dotted quarter"),
            (42, "double-dotted quarter"),
            (60, "half + eighth"),
            (72, "dotted half"),
            (96, "whole"),
            (144, "dotted whole"),
            (216, "2 wholes + quarter"),
            (1, "1/24 of a quarter"),
        ] {
            assert_eq!(note_value(ticks), name, "{ticks} ticks");
        }
    }

    #[test]
    fn programs_have_families() {
        assert_eq!(
            [0, 33, 48, 127, 200].map(program_family),
            ["Piano", "Bass", "Ensemble", "Sound effects", "Sound effects"]
        );
    }

    #[test]
    fn drums_have_general_midi_names() {
        for (key, name) in [
            (35, "Acoustic Bass Drum"),
            (36, "Bass Drum 1"),
            (38, "Acoustic Snare"),
            (42, "Closed Hi-Hat"),
            (49, "Crash Cymbal 1"),
            (56, "Cowbell"),
            (81, "Open Triangle"),
            (87, "Open Surdo"),
            (20, "Ab0"),
        ] {
            assert_eq!(pitch(key, true), name);
        }
        assert_eq!(pitch(42, false), "F#2");
    }
}
