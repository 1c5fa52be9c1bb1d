//! Drums that are not on channel 10: by program, name, and what the notes do.

use jukebox_model::midi::ScoreNote;

/// Words in the names of drum tracks.
const NAMES: [&str; 12] = [
    "drum",
    "perc",
    "kit",
    "snare",
    "kick",
    "cymbal",
    "hihat",
    "hi-hat",
    "hi hat",
    "schlagzeug",
    "batterie",
    "bateria",
];

/// Programs that are percussion without pitch, counted from 0: woodblock, taiko, melodic tom, synth
/// drum, reverse cymbal.
const PROGRAMS: [u8; 5] = [115, 116, 117, 118, 119];

/// General MIDI's usual drums: kicks, snares, hats, toms, cymbals.
const USUAL: [u8; 17] = [35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 51, 57];

/// Key below which chords have no narrow intervals but octaves and fifths (C3).
const LOW_INTERVAL: u8 = 48;

/// Most different drums of a kit with percussion that is known by nothing else.
const MOST_DRUMS: usize = 16;

/// Drums that programs write on tracks of their own: kicks, snares, claps, hats, cymbals, tambourine.
const ALONE: [u8; 15] = [35, 36, 37, 38, 39, 40, 42, 44, 46, 49, 51, 53, 54, 57, 59];

/// Drums that are played by hand, and what is shaken: congas, bongos, timbales, agogos, cabasa, maracas, claves, shaker.
const BY_HAND: [u8; 17] = [54, 56, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 73, 75, 76, 82];

/// Whether the notes of a part are drum hits.
pub fn are_drums(name: &str, program: Option<u8>, notes: &[ScoreNote]) -> bool {
    let name = name.to_lowercase();
    let steel = name.contains("steel");
    if !steel && NAMES.iter().any(|word| name.contains(word)) {
        return true;
    }
    if program.is_some_and(|it| PROGRAMS.contains(&it)) {
        return true;
    }
    // A named instrument with pitch is believed, but a piano, which stands where nothing was chosen.
    program.is_none_or(|it| it == 0) && sounds_like_drums(notes)
}

/// Whether notes use few keys, those of General MIDI's drums, as drummers do: again and again, and
/// several at once at distances that no harmony has.
fn sounds_like_drums(notes: &[ScoreNote]) -> bool {
    if notes.len() < 8 {
        return false;
    }
    let share = |test: &dyn Fn(u8) -> bool| {
        notes.iter().filter(|note| test(note.pitch)).count() as f64 / notes.len() as f64
    };
    let usual = share(&|pitch| USUAL.contains(&pitch));
    let kick = share(&|pitch| matches!(pitch, 35 | 36));
    let snare = share(&|pitch| (37..=40).contains(&pitch));
    let hat = share(&|pitch| matches!(pitch, 42 | 44 | 46 | 51 | 53 | 59));
    let mut used = [false; 128];
    for note in notes {
        used[usize::from(note.pitch & 127)] = true;
    }
    // Harmony goes by steps and thirds through many keys; drums come back to the same few, far apart,
    // at every distance.
    let mut counts = [0usize; 128];
    for note in notes {
        counts[usize::from(note.pitch & 127)] += 1;
    }
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let few = counts[..5].iter().sum::<usize>() as f64 / notes.len() as f64;
    let pairs = |test: &dyn Fn(&ScoreNote, &ScoreNote) -> bool| {
        let there = notes.windows(2).filter(|pair| test(&pair[0], &pair[1])).count();
        there as f64 / notes.len() as f64
    };
    let together = pairs(&at_once);
    let again = pairs(&|a, b| a.pitch == b.pitch);
    // Nobody writes thirds and tritones that low: they are muddy.
    let muddy = pairs(&|a, b| {
        let apart = a.pitch.abs_diff(b.pitch) % 12;
        at_once(a, b) && a.pitch.max(b.pitch) < LOW_INTERVAL && !matches!(apart, 0 | 7)
    });
    let octaves = pairs(&|a, b| at_once(a, b) && a.pitch.abs_diff(b.pitch) == 12);
    if octaves > 0.25 {
        return false;
    }
    let kinds = [kick, snare, hat].iter().filter(|&&it| it > 0.04).count();
    let distinct = used.iter().filter(|&&it| it).count();
    let cymbals = share(&|pitch| (49..=62).contains(&pitch));
    let low = share(&|pitch| (27..=59).contains(&pitch)) > 0.4;
    let no_scale = muddy > 0.1 || !is_scale(notes);
    // One drum, as programs split them; a kick and a snare alone; a whole kit; what is left of one.
    let alone = share(&|pitch| ALONE.contains(&pitch)) > 0.95;
    let single = alone && (distinct == 1 || (distinct == 2 && again > 0.8 && hat > 0.9));
    let pair = usual > 0.95 && kick + snare > 0.95 && kick.min(snare) > 0.1 && again < 0.85;
    let plain = together > 0.04 && few > 0.9 && kick > 0.1 && snare > 0.1 && cymbals > 0.03;
    // A kit strikes several at once; a bass that repeats its keys does not.
    let kit = together > 0.04
        && kinds == 3
        && kick + snare + hat > 0.5
        && usual > 0.7
        && (few > 0.9 || muddy > 0.07);
    let busy = kinds == 3 && kick + snare + hat > 0.5 && no_scale && muddy > 0.1;
    let kickless = kinds >= 2 && snare + hat > 0.5 && usual > 0.9 && muddy > 0.1;
    let struck = kinds >= 2 && kick > 0.1 && together > 0.08 && few > 0.75 && kick + snare > 0.18;
    let by_hand = share(&|pitch| BY_HAND.contains(&pitch));
    let shaken = by_hand > 0.1
        && usual + by_hand > 0.95
        && kick.min(snare) > 0.05
        && few > 0.75
        && distinct <= MOST_DRUMS
        && together > 0.1
        && muddy > 0.02;
    let hits = one_length(notes) && together > 0.3 && kick > 0.05 && snare > 0.05;
    single
        || pair
        || plain
        || (no_scale && hits)
        || shaken
        || (low && (kit || busy || kickless || (no_scale && struck)))
}

/// Whether two notes are struck at once, as people do.
fn at_once(a: &ScoreNote, b: &ScoreNote) -> bool {
    (a.from - b.from).abs() < 0.03
}

/// Whether nearly all notes are of one length, as many programs write hits: no music with pitches is so long.
fn one_length(notes: &[ScoreNote]) -> bool {
    let mut lengths: Vec<u64> = notes.iter().map(|note| note.end - note.onset).collect();
    lengths.sort_unstable();
    let middle = lengths[lengths.len() / 2];
    let alike = lengths.iter().filter(|&&it| it == middle).count();
    notes.len() > 200 && alike as f64 > 0.95 * notes.len() as f64
}

/// Whether the low notes keep to a scale of seven, as a bass does, and seldom sound together.
fn is_scale(notes: &[ScoreNote]) -> bool {
    let mut classes = [0usize; 12];
    for note in notes {
        classes[usize::from(note.pitch % 12)] += 1;
    }
    let white = [0, 2, 4, 5, 7, 9, 11];
    let best = (0..12)
        .map(|shift| white.iter().map(|class| classes[(class + shift) % 12]).sum::<usize>())
        .max()
        .unwrap_or(0);
    best as f64 > 0.97 * notes.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(onset: u64, pitch: u8) -> ScoreNote {
        ScoreNote {
            onset,
            end: onset + 6,
            from: onset as f64 / 48.0,
            until: (onset + 6) as f64 / 48.0,
            sounds_until: (onset + 6) as f64 / 48.0,
            pitch,
            velocity: 90,
            track: 0,
            channel: 0,
            program: None,
            drums: false,
        }
    }

    #[test]
    fn a_beat_without_name_or_program_is_drums() {
        let beat: Vec<ScoreNote> = (0..32)
            .flat_map(|eighth| {
                let drum = if eighth % 4 == 2 { 38 } else { 36 };
                let hit = (eighth % 2 == 0).then(|| note(12 * eighth, drum));
                hit.into_iter().chain([note(12 * eighth, 42)])
            })
            .collect();
        assert!(are_drums("", None, &beat));
        assert!(!are_drums("", Some(33), &beat), "a named bass stays one");
    }

    /// Hits of some pitches at each eighth, in turn.
    fn hits(eighths: &[&[u8]]) -> Vec<ScoreNote> {
        let at = |eighth: u64| eighths[eighth as usize % eighths.len()].iter();
        (0..64).flat_map(|eighth| at(eighth).map(move |&it| note(12 * eighth, it))).collect()
    }

    #[test]
    fn parts_of_a_kit_are_drums() {
        let kick_and_snare = hits(&[&[36], &[], &[38], &[36], &[36], &[], &[38], &[]]);
        assert!(are_drums("", None, &kick_and_snare));
        let kickless = hits(&[&[42], &[42], &[38, 42], &[46], &[42], &[42], &[38, 42], &[38]]);
        assert!(are_drums("", None, &kickless));
        assert!(are_drums("", None, &hits(&[&[54]])), "a tambourine");
        assert!(!are_drums("", None, &hits(&[&[43]])), "a low G");
    }

    #[test]
    fn low_lines_are_no_drums() {
        let walking = hits(&[&[36], &[40], &[42], &[43], &[46], &[37], &[38], &[48], &[35], &[41]]);
        assert!(!are_drums("", None, &walking), "through all keys");
        let octaves = hits(&[&[36, 48], &[38, 50], &[36, 48], &[37, 49]]);
        assert!(!are_drums("", None, &octaves), "in octaves");
    }

    #[test]
    fn a_shaker_and_congas_belong_to_a_kit() {
        let kit = hits(&[
            &[36, 42, 70],
            &[70],
            &[37, 70],
            &[64, 70],
            &[36, 70],
            &[36, 70],
            &[37, 70],
            &[63],
        ]);
        assert!(are_drums("", None, &kit));
        let bass = hits(&[&[35], &[35], &[40], &[42], &[35], &[47], &[40], &[38]]);
        assert!(!are_drums("", None, &bass), "a bass that strikes one key at a time");
    }

    #[test]
    fn a_low_bass_is_none() {
        let bass: Vec<ScoreNote> = (0..32)
            .map(|quarter| note(24 * quarter, [36, 43, 41, 38][quarter as usize / 8]))
            .collect();
        assert!(!are_drums("", None, &bass));
    }

    #[test]
    fn names_and_programs_tell() {
        assert!(are_drums("Drumkit", None, &[]));
        assert!(are_drums("", Some(118), &[]));
        assert!(!are_drums("Steel drums", Some(114), &[]));
    }
}
