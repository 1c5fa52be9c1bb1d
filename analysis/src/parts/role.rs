//! What a part does: melody, chords, bass, drums, or a part of a register.

use std::collections::HashSet;

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
    /// Sounds without pitch that are no drums: birds, applause, a gunshot.
    Effects,
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
            Self::Effects => "effects",
            Self::High => "high",
            Self::Middle => "middle",
            Self::Low => "low",
        }
    }
}

/// Words in names that tell a role. A lead guitar leads; a lead sheet's "vox" sings.
const MELODIES: [&str; 9] = [
    "melod",
    "vocal",
    "vox",
    "lead",
    "sing",
    "gesang",
    "\u{30e1}\u{30ed}",
    "\u{4e3b}\u{65cb}",
    "\u{43c}\u{435}\u{43b}\u{43e}\u{434}",
];
/// Words that melodies and others have in their names.
const LEADERS: [&str; 4] = ["solo", "voice", "song", "tune"];
const BASSES: [&str; 5] = ["bass", "baixo", "bajo", "\u{30d9}\u{30fc}\u{30b9}", "\u{8d1d}\u{65af}"];
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
    /// Likewise, an octave above the lowest.
    octave: f64,
    /// Share of the sampled times at which it sounds.
    active: f64,
    /// Mean velocity.
    loud: f64,
    /// Distinct onsets.
    onsets: f64,
    /// Mean distance of the highest notes of neighbouring onsets in semitones.
    steps: f64,
    /// Share of the piece that has passed when it begins.
    begins: f64,
}

impl Manner {
    /// How much a part leads, where the loudest part is so loud and all parts have so many onsets. The weights
    /// are those of a logit model of which part is the melody, fitted on songs whose melody is named; those of how
    /// much it plays were chosen, for few of these songs have parts that play little.
    fn lead(&self, loudest: f64, onsets: f64) -> f64 {
        let active = self.active.max(0.01);
        let line = (2.2 - self.polyphony).clamp(0.0, 1.0);
        let enough = (6.0 * self.onsets / onsets.max(1.0)).min(1.0);
        0.16 * self.highest / active - 2.52 * self.lowest / active + 2.72 * line + 1.7 * enough
            - 2.65 * (self.height - 70.0).abs() / 40.0
            + 1.01 * (2.0 * self.active).min(1.0)
            + 1.54 * (self.loud - loudest) / 20.0
            + 0.7 * self.begins
            - 1.22 * self.steps / 5.0
    }
}

/// Whether a part's name has one of the words.
fn has_word(part: &FilePart, words: &[&str]) -> bool {
    let name = part.name.to_lowercase();
    words.iter().any(|word| name.contains(word))
}

/// Whether a part's name is a word, but for numbers after it.
fn is_called(part: &FilePart, word: &str) -> bool {
    let name = part.name.trim().to_lowercase();
    name.strip_prefix(word).is_some_and(|rest| !rest.contains(char::is_alphabetic))
}

/// Gives the parts that are no drums their roles.
pub fn assign(parts: &mut [FilePart], notes: &[Vec<ScoreNote>]) {
    let manners = manners(parts, notes);
    let pitched: Vec<usize> = (0..parts.len()).filter(|&it| !parts[it].drums).collect();
    let total: f64 = pitched.iter().map(|&it| manners[it].onsets).sum();
    for &it in &pitched {
        let manner = &manners[it];
        let part = &mut parts[it];
        let program = part.program;
        // A guitar often doubles the bass an octave above, and is none.
        let double = if is_plucked_above(program) { 0.0 } else { manner.octave };
        let deep = manner.lowest + double > 0.5 * manner.active;
        // Notes that last into the next make no chords.
        let line = manner.polyphony < 1.35 || manner.onsets > 0.97 * part.notes as f64;
        let low = line && (manner.height < LOWEST_LINE || (manner.height < 52.0 && deep));
        let says_bass = has_word(part, &BASSES) || is_called(part, "base");
        let is_bass = if says_bass && !has_word(part, &["bassoon", "basset"]) {
            manner.height < 62.0
        } else {
            program.is_some_and(|it| (32..=39).contains(&it)) || (low && pitched.len() > 1)
        };
        part.role = if is_bass {
            Role::Bass
        } else if has_word(part, &CHORDS) || manner.polyphony >= 1.6 {
            Role::Chords
        } else if manner.height >= 67.0 {
            Role::High
        } else if manner.height >= 52.0 {
            Role::Middle
        } else {
            Role::Low
        };
    }
    // Of voices that all lie high, the lowest is the bass.
    if pitched.len() > 2 && pitched.iter().all(|&it| parts[it].role != Role::Bass) {
        let bass = pitched.iter().copied().find(|&it| {
            let manner = &manners[it];
            let line = manner.polyphony < 1.2 && manner.height < 60.0;
            line && manner.active > 0.5 && manner.lowest > 0.8 * manner.active
        });
        if let Some(it) = bass {
            parts[it].role = Role::Bass;
        }
    }
    // The melody: named so, else the part that leads most; the first of equals.
    let lines = pitched.iter().copied().filter(|&it| parts[it].role != Role::Bass);
    let named = |words: &[&str]| lines.clone().filter(|&it| has_word(&parts[it], words)).collect();
    // Both hands of a piano in one part are more than a melody.
    let single = lines.clone().filter(|&it| manners[it].polyphony < MOST_VOICES);
    let others = single.clone().filter(|&it| !has_word(&parts[it], &CHORDS)).collect();
    let candidates: [Vec<usize>; 4] = [named(&MELODIES), named(&LEADERS), others, single.collect()];
    let candidates = candidates.into_iter().find(|them| !them.is_empty()).unwrap_or_default();
    let loudest = pitched.iter().map(|&it| manners[it].loud).fold(0.0, f64::max);
    let lead = |it: usize| manners[it].lead(loudest, total);
    let melody = candidates.into_iter().rev().max_by(|&a, &b| lead(a).total_cmp(&lead(b)));
    let Some(melody) = melody else { return };
    parts[melody].role = Role::Melody;
    for &it in pitched.iter().filter(|&&it| it != melody && manners[it].polyphony < 1.35) {
        if parts[it].role != Role::Bass && doubles(&notes[it], &notes[melody]) {
            parts[it].role = Role::Melody;
        }
    }
}

/// Whether nearly all notes of a part are those of another.
fn doubles(notes: &[ScoreNote], of: &[ScoreNote]) -> bool {
    let own: HashSet<(u64, u8)> = of.iter().map(|note| (note.onset, note.pitch)).collect();
    let same = notes.iter().filter(|note| own.contains(&(note.onset, note.pitch))).count();
    same as f64 > 0.9 * notes.len() as f64
}

/// Guitars and timpani, counted from 0: low, but seldom the bass.
fn is_plucked_above(program: Option<u8>) -> bool {
    program.is_some_and(|it| (24..=31).contains(&it) || it == 47)
}

/// Mean number of voices from which a part that nobody calls the melody is none.
const MOST_VOICES: f64 = 2.5;

/// Mean key below which a line is the bass, whatever lies under it.
const LOWEST_LINE: f64 = 40.0;

/// Seconds within which notes are struck at once.
const AT_ONCE: f64 = 0.03;

/// Times at which a piece is looked at, at most.
const SAMPLES: usize = 512;

fn manners(parts: &[FilePart], notes: &[Vec<ScoreNote>]) -> Vec<Manner> {
    let end = notes.iter().flatten().map(|note| note.until).fold(0.0, f64::max);
    let mut highest = vec![0usize; parts.len()];
    let mut lowest = vec![0usize; parts.len()];
    let mut octave = vec![0usize; parts.len()];
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
        let (bottom, top) = sample
            .iter()
            .filter(|span| span.0 < 128)
            .fold((128, 0), |all, span| (all.0.min(span.0), all.1.max(span.1)));
        sounding += usize::from(bottom < 128);
        for it in (0..parts.len()).filter(there) {
            active[it] += 1;
            // Doubled lines are both at the edge; an octave above the lowest is the bass, too.
            highest[it] += usize::from(sample[it].1 == top);
            lowest[it] += usize::from(sample[it].0 == bottom);
            octave[it] += usize::from(sample[it].0 == bottom + 12);
        }
    }
    let share = |count: usize| count as f64 / sounding.max(1) as f64;
    notes
        .iter()
        .enumerate()
        .map(|(it, notes)| {
            let count = notes.len().max(1) as f64;
            let mut reached = f64::NEG_INFINITY;
            let (mut total, mut covered, mut onsets) = (0.0, 0.0, 0.0);
            let mut last: Option<&ScoreNote> = None;
            let mut tops: Vec<(f64, u8)> = Vec::new();
            for note in notes {
                total += note.until - note.from;
                covered += (note.until - note.from.max(reached)).max(0.0);
                reached = reached.max(note.until);
                onsets += f64::from(last.is_none_or(|last| note.onset > last.onset));
                last = Some(note);
                match tops.last_mut() {
                    Some((at, top)) if note.from - *at < AT_ONCE => *top = note.pitch.max(*top),
                    _ => tops.push((note.from, note.pitch)),
                }
            }
            let steps = tops.windows(2).map(|pair| f64::from(pair[0].1.abs_diff(pair[1].1)));
            let steps = steps.sum::<f64>() / tops.len().saturating_sub(1).max(1) as f64;
            Manner {
                height: notes.iter().map(|it| f64::from(it.pitch)).sum::<f64>() / count,
                polyphony: total / f64::max(covered, 1e-9),
                highest: share(highest[it]),
                lowest: share(lowest[it]),
                octave: share(octave[it]),
                active: share(active[it]),
                loud: notes.iter().map(|it| f64::from(it.velocity)).sum::<f64>() / count,
                onsets,
                steps,
                begins: notes.first().map_or(0.0, |note| note.from) / end.max(1e-9),
            }
        })
        .collect()
}
