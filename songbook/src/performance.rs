//! From strokes at exact places to notes as a band plays them: swing, push and pull, velocities.
//!
//! Who is early and who is late is steady, and small beside it what is chance (A. Danielsen, Presence and
//! Pleasure, 2006; J. Pressing, Black Atlantic Rhythm, 2002).

use crate::dice::{Dice, Matter};
use crate::plan::{Plan, Section};
use crate::stroke::{Player, Stroke};
use crate::style::Style;

/// A note as it is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlayedNote {
    /// Pulses from the song's start.
    pub at: u32,
    /// Who plays it.
    pub player: Player,
    /// MIDI key.
    pub key: u8,
    /// Pulses.
    pub length: u32,
    /// MIDI velocity.
    pub velocity: u8,
}

/// Performs strokes.
pub fn perform(style: &Style, plan: &Plan<'_>, mut strokes: Vec<Stroke>) -> Vec<PlayedNote> {
    strokes.sort_by_key(|it| (it.at, it.player, it.key, it.voice));
    let mut dice = Dice::new(plan.seed, Matter::Performance, 0);
    let mut notes = Vec::with_capacity(strokes.len());
    for stroke in &strokes {
        let last = plan.sections.last();
        let section = plan.sections.iter().find(|it| stroke.at < it.end).or(last);
        let Some(section) = section else { continue };
        // Nobody is before the beat by chance: a file's first note then begins it.
        let jitter = style.jitter + dice.around(style.jitter);
        let chance = dice.around(style.humanise);
        let late = pulses(milliseconds(style, stroke) + jitter, plan.bpm);
        let at = i64::from(swung(plan, stroke.at)) + i64::from(late);
        let end = i64::from(swung(plan, stroke.at + stroke.length)) + i64::from(late);
        // Nobody plays before the song begins, or after its last bar.
        let at = at.max(0);
        let end = end.min(last.map_or(end, |it| i64::from(it.end)));
        notes.push(PlayedNote {
            at: at as u32,
            player: stroke.player,
            key: stroke.key,
            length: (end - at).max(20) as u32,
            velocity: (velocity(style, plan, section, stroke) + chance).clamp(6, 124) as u8,
        });
    }
    part_repeats(&mut notes);
    notes
}

/// Where a place is played when pairs of notes swing. Triplets lie where they lie.
fn swung(plan: &Plan<'_>, at: u32) -> u32 {
    let unit = 4 * crate::PULSES_PER_QUARTER / plan.feel.swing_unit;
    let within = at % (2 * unit);
    if !within.is_multiple_of(unit / 2) {
        return at;
    }
    let first = 2 * unit * plan.swing as u32 / 100;
    let played = match within.checked_sub(unit) {
        None => within * first / unit,
        Some(rest) => first + rest * (2 * unit - first) / unit,
    };
    at - within + played
}

/// How late a stroke is meant.
fn milliseconds(style: &Style, stroke: &Stroke) -> i32 {
    let part = style.part(stroke.player);
    let late = part.map_or(0, |it| it.late);
    if stroke.player == Player::Drums {
        return late + style.kit[stroke.voice].late;
    }
    let roll = part.map_or(0, |it| it.roll);
    let steps = stroke.voices.max(2) as i32 - 1;
    late + if stroke.voices > 1 { roll * stroke.voice as i32 / steps } else { 0 }
}

/// Milliseconds in pulses, rounded: 480 to a quarter note, 60,000 ms to a minute.
fn pulses(milliseconds: i32, bpm: i32) -> i32 {
    let product = milliseconds * bpm;
    (2 * product + 125).div_euclid(250)
}

fn velocity(style: &Style, plan: &Plan<'_>, section: &Section<'_>, stroke: &Stroke) -> i32 {
    let usual = match stroke.player {
        Player::Drums => style.kit[stroke.voice].velocity,
        player => style.part(player).map_or(80, |it| it.velocity),
    };
    let bar = plan.bar();
    let place = (stroke.at % bar) as usize * plan.feel.accents.len() / bar as usize;
    let accent = plan.feel.accents[place] * 2;
    let level = (i32::from(section.form.level) - 2) * style.dynamics;
    // A build grows from its first bar to its last.
    let growth = match section.form.kind.as_str() {
        "build" => {
            24 * (stroke.at - section.start) as i32 / (section.end - section.start) as i32 - 12
        }
        _ => 0,
    };
    // The top voice sings, inner ones are softer.
    let voicing = match stroke.player {
        Player::Drums => 0,
        _ if stroke.voices < 2 => 0,
        _ if stroke.voice + 1 == stroke.voices => 4,
        _ if stroke.voice > 0 => -5,
        _ => -1,
    };
    usual * stroke.force.percent() / 100 + accent + level + growth + voicing
}

/// A key that is struck again is released before.
fn part_repeats(notes: &mut Vec<PlayedNote>) {
    notes.sort_unstable();
    notes.dedup_by_key(|it| (it.at, it.player, it.key));
    let mut sounding: [[Option<usize>; 128]; 5] = [[None; 128]; 5];
    for index in 0..notes.len() {
        let PlayedNote { at, player, key, .. } = notes[index];
        let slot = &mut sounding[player as usize][usize::from(key)];
        if let Some(before) = slot.replace(index) {
            let room = at - notes[before].at;
            notes[before].length = notes[before].length.min(room).max(1);
        }
    }
}
