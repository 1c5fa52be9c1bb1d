//! What a part does: melody, chords, bass, drums, or a part of a register.

use jukebox_model::midi::ScoreNote;

use super::FilePart;

/// What a part does in a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The tune.
    Melody,
    /// Several notes at a time, under the tune.
    Chords,
    /// The lowest line.
    Bass,
    /// Drum hits.
    Drums,
    /// Another part of high register.
    High,
    /// Another part of middle register.
    Middle,
    /// Another part of low register.
    Low,
}

impl Role {
    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Melody => "melody",
            Self::Chords => "chords",
            Self::Bass => "bass",
            Self::Drums => "drums",
            Self::High => "high",
            Self::Middle => "middle",
            Self::Low => "low",
        }
    }
}

/// Words in names that tell a role. A lead guitar leads; a lead sheet's "vox" sings.
const MELODIES: [&str; 10] =
    ["melod", "vocal", "vox", "lead", "solo", "voice", "sing", "song", "tune", "gesang"];
const BASSES: [&str; 3] = ["bass", "baixo", "bajo"];
const CHORDS: [&str; 6] = ["chord", "accomp", "rhythm", "pad", "strum", "harmony"];

/// What the notes of a part are like.
struct Manner {
    /// Mean key.
    height: f64,
    /// Notes that sound at a time where any does.
    polyphony: f64,
    /// Share of the sampled times of the piece at which the part is the highest that sounds, and the
    /// lowest.
    highest: f64,
    lowest: f64,
    /// Share of the sampled times at which it sounds.
    active: f64,
    /// Different pitches in a row, of all pairs of notes: a tune moves.
    moving: f64,
    /// Mean velocity.
    loud: f64,
    /// Distinct onsets.
    onsets: f64,
}

/// Gives the parts that are no drums their roles.
pub fn assign(parts: &mut [FilePart], notes: &[Vec<ScoreNote>]) {
    let manners = manners(parts, notes);
    let named = |part: &FilePart, words: &[&str]| {
        let name = part.name.to_lowercase();
        words.iter().any(|word| name.contains(word))
    };
    let pitched: Vec<usize> = (0..parts.len()).filter(|&it| !parts[it].drums).collect();
    let total: f64 = pitched.iter().map(|&it| manners[it].onsets).sum();
    for &it in &pitched {
        let manner = &manners[it];
        let part = &mut parts[it];
        let program = part.program;
        let low =
            manner.height < 52.0 && manner.polyphony < 1.35 && manner.lowest > 0.5 * manner.active;
        let is_bass = if named(part, &BASSES) && !named(part, &["bassoon", "basset"]) {
            manner.height < 62.0
        } else {
            program.is_some_and(|it| (32..=39).contains(&it)) || (low && pitched.len() > 1)
        };
        part.role = if is_bass {
            Role::Bass
        } else if named(part, &CHORDS) || manner.polyphony >= 1.6 {
            Role::Chords
        } else if manner.height >= 67.0 {
            Role::High
        } else if manner.height >= 52.0 {
            Role::Middle
        } else {
            Role::Low
        };
    }
    // The melody: named so, else the part that leads most.
    let melodies: Vec<usize> = pitched
        .iter()
        .copied()
        .filter(|&it| parts[it].role != Role::Bass && named(&parts[it], &MELODIES))
        .collect();
    let lead = |it: usize| {
        let manner = &manners[it];
        let line = (2.2 - manner.polyphony).clamp(0.0, 1.0);
        let enough = (6.0 * manner.onsets / total.max(1.0)).min(1.0);
        let singing = 1.0 - ((manner.height - 70.0).abs() / 40.0).min(1.0);
        (1.2 * manner.highest
            + 0.5 * manner.active
            + 0.6 * line
            + 0.5 * manner.moving
            + 0.3 * singing
            + 0.004 * manner.loud)
            * (0.3 + 0.7 * enough)
    };
    let candidates = if melodies.is_empty() {
        pitched.iter().copied().filter(|&it| parts[it].role != Role::Bass).collect()
    } else {
        melodies
    };
    if let Some(it) = candidates.into_iter().max_by(|&a, &b| lead(a).total_cmp(&lead(b))) {
        parts[it].role = Role::Melody;
    }
}

/// Times at which a piece is looked at, at most.
const SAMPLES: usize = 512;

fn manners(parts: &[FilePart], notes: &[Vec<ScoreNote>]) -> Vec<Manner> {
    let end = notes.iter().flatten().map(|note| note.until).fold(0.0, f64::max);
    let mut highest = vec![0usize; parts.len()];
    let mut lowest = vec![0usize; parts.len()];
    let mut active = vec![0usize; parts.len()];
    let mut sounding = 0usize;
    // The pitches of each part that sound at each time.
    let mut spans = vec![vec![(128u8, 0u8); parts.len()]; SAMPLES];
    for (it, (part, notes)) in parts.iter().zip(notes).enumerate() {
        if part.drums {
            continue;
        }
        for note in notes {
            let place = |at: f64| (at / end.max(1e-9) * SAMPLES as f64).ceil() as usize;
            let to = place(note.until).min(SAMPLES);
            for sample in &mut spans[place(note.from).min(to)..to] {
                sample[it] = (sample[it].0.min(note.pitch), sample[it].1.max(note.pitch));
            }
        }
    }
    for sample in &spans {
        let there = |it: &usize| sample[*it].0 < 128;
        let top = (0..parts.len()).filter(there).max_by_key(|&it| sample[it].1);
        let bottom = (0..parts.len()).filter(there).min_by_key(|&it| sample[it].0);
        if let (Some(top), Some(bottom)) = (top, bottom) {
            sounding += 1;
            highest[top] += 1;
            lowest[bottom] += 1;
        }
        for it in (0..parts.len()).filter(there) {
            active[it] += 1;
        }
    }
    let share = |count: usize| count as f64 / sounding.max(1) as f64;
    notes
        .iter()
        .enumerate()
        .map(|(it, notes)| {
            let count = notes.len().max(1) as f64;
            let mut reached = f64::NEG_INFINITY;
            let (mut total, mut covered, mut onsets, mut moving) = (0.0, 0.0, 0.0, 0.0);
            let mut last: Option<&ScoreNote> = None;
            for note in notes {
                total += note.until - note.from;
                covered += (note.until - note.from.max(reached)).max(0.0);
                reached = reached.max(note.until);
                onsets += f64::from(last.is_none_or(|last| note.onset > last.onset));
                moving += f64::from(last.is_some_and(|last| last.pitch != note.pitch));
                last = Some(note);
            }
            Manner {
                height: notes.iter().map(|it| f64::from(it.pitch)).sum::<f64>() / count,
                polyphony: total / f64::max(covered, 1e-9),
                highest: share(highest[it]),
                lowest: share(lowest[it]),
                active: share(active[it]),
                moving: moving / count,
                loud: notes.iter().map(|it| f64::from(it.velocity)).sum::<f64>() / count,
                onsets,
            }
        })
        .collect()
}
