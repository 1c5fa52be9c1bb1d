//! A song: from a style and a number to notes.

use crate::figure::Meter;
use crate::harmony::Mode;
use crate::performance::{PlayedNote, perform};
use crate::plan::Plan;
pub use crate::plan::Span;
use crate::stroke::{Player, Stroke};
use crate::style::Style;
use crate::{bass, comping, drums, lead};

pub use crate::performance::PlayedNote as Note;
pub use crate::stroke::{Force, Player as Part, Stroke as Written};

/// What a song is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To learn from: templates that are held out are not used.
    Learning,
    /// To validate with: templates that are held out are used wherever one fits.
    Validation,
}

/// A section of a song.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SongSection {
    /// What kind it is, such as "verse".
    pub kind: String,
    /// Sections of one letter share their music.
    pub letter: String,
    /// Density, 1 to 4.
    pub level: u8,
    /// Pulses from the song's start.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// Who plays.
    pub players: Vec<Player>,
}

/// A song.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Song {
    /// Its style and number.
    pub title: String,
    /// The meter.
    pub meter: Meter,
    /// Quarter notes a minute.
    pub bpm: i32,
    /// Pitch class of the tonic.
    pub tonic: i32,
    /// The mode.
    pub mode: Mode,
    /// Its sections in order.
    pub sections: Vec<SongSection>,
    /// Its chords in order.
    pub chords: Vec<Span>,
    /// The notes at their exact places, as they are written.
    pub written: Vec<Stroke>,
    /// The notes as they are played, in order.
    pub notes: Vec<PlayedNote>,
}

/// Songs of this number and more are those that validate.
const VALIDATION: u64 = 1 << 32;

/// Composes a song: the same style, purpose and number give the same song.
pub fn compose(style: &Style, purpose: Purpose, number: u32) -> Song {
    let seed = u64::from(number) + if purpose == Purpose::Validation { VALIDATION } else { 0 };
    let plan = Plan::new(style, purpose, seed);
    let mut written = Vec::new();
    for (index, section) in plan.sections.iter().enumerate() {
        for player in Player::ALL.into_iter().filter(|it| section.plays(*it)) {
            match player {
                Player::Drums => drums::play(style, &plan, index, purpose, &mut written),
                Player::Bass => bass::play(style, &plan, index, &mut written),
                Player::Lead => lead::play(style, &plan, index, &mut written),
                Player::Chords | Player::Pad => {
                    comping::play(style, &plan, index, player, &mut written)
                }
            }
        }
    }
    let notes = perform(style, &plan, written.clone());
    let held_out = if purpose == Purpose::Validation { " held out" } else { "" };
    Song {
        title: format!("{}{held_out} {number}", style.name),
        meter: plan.feel.meter,
        bpm: plan.bpm,
        tonic: plan.tonic,
        mode: plan.mode,
        chords: plan.sections.iter().flat_map(|it| it.chords.iter().cloned()).collect(),
        sections: plan
            .sections
            .iter()
            .map(|it| SongSection {
                kind: it.form.kind.clone(),
                letter: it.form.letter.clone(),
                level: it.form.level,
                start: it.start,
                end: it.end,
                players: it.form.players.clone(),
            })
            .collect(),
        written,
        notes,
    }
}
