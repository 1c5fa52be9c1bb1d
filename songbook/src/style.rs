//! A style: what its file says, checked.

use std::fmt;

use toml::Table;

use crate::entry::Entry;
use crate::figure::{Figure, Meter};
use crate::harmony::{Mode, Progression, Substitution};
use crate::lead::{Motif, Phrase};
use crate::reading::{
    bass, chord_figure, drum, feel, form, in_any, in_meter, motif, part, pattern, phrase,
    progression, scale, substitution, voicing, weights,
};
use crate::sections::Form;
use crate::stroke::Player;
use crate::templates::Template;
use crate::voicing::Voicing;

/// What is wrong in a style file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct StyleError {
    place: String,
    problem: String,
}

impl StyleError {
    /// An error at a place of a file.
    pub(crate) fn new(place: &str, problem: impl Into<String>) -> Self {
        Self { place: place.to_owned(), problem: problem.into() }
    }

    /// Another error at this place.
    pub(crate) fn saying(&self, problem: String) -> Self {
        Self { problem, ..self.clone() }
    }
}

impl fmt::Display for StyleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

/// Letters of drums, comping and pads: how hard.
pub(crate) const DRUM_LETTERS: &str = "Xxog";
/// Letters of the bass: root, fifth above and below, octave, third, sixth, seventh, the next chord's root, a
/// step by the scale (D) and by a semitone (X) to it; small ones softly, "g" a dead note.
pub(crate) const BASS_LETTERS: &str = "RFLOTMSNDXrflotmsndxg";
/// Letters of chords: the whole chord ("n" and "N": the next one's), its lowest note, the others, single notes
/// from the lowest up.
pub(crate) const CHORD_LETTERS: &str = "XxognNbt123456";

/// A style of music.
#[derive(Clone, Debug)]
pub struct Style {
    /// As it is printed.
    pub name: String,
    pub(crate) modes: Vec<(Mode, u32)>,
    pub(crate) coherence: u32,
    pub(crate) humanise: i32,
    pub(crate) jitter: i32,
    pub(crate) dynamics: i32,
    pub(crate) crash_from: u8,
    pub(crate) fill_after_four: u32,
    pub(crate) fill_after_eight: u32,
    pub(crate) holds_end: bool,
    pub(crate) locks_bass: bool,
    pub(crate) feels: Vec<Feel>,
    pub(crate) kit: Vec<Drum>,
    pub(crate) parts: Vec<PartRules>,
    pub(crate) drums: Vec<Template<Pattern>>,
    pub(crate) fills: Vec<Template<Pattern>>,
    pub(crate) bass: Vec<Template<Figure>>,
    pub(crate) comping: Vec<Template<ChordFigure>>,
    pub(crate) pads: Vec<Template<ChordFigure>>,
    pub(crate) voicings: Vec<Template<Voicing>>,
    pub(crate) pad_voicings: Vec<Template<Voicing>>,
    pub(crate) progressions: Vec<Template<Progression>>,
    pub(crate) substitutions: Vec<Template<Substitution>>,
    pub(crate) forms: Vec<Template<Form>>,
    pub(crate) motifs: Vec<Template<Motif>>,
    pub(crate) phrases: Vec<Template<Phrase>>,
    pub(crate) scales: Vec<(Mode, Vec<i32>)>,
}

/// A way of a style: its meter, tempo and swing.
#[derive(Clone, Debug)]
pub(crate) struct Feel {
    pub name: String,
    /// How often it is chosen.
    pub weight: u32,
    pub meter: Meter,
    /// Quarter notes a minute.
    pub tempo: (i32, i32),
    /// Note value that swings, 8 or 16, and the shares of a pair, in per cent, that its first may have.
    pub swing_unit: u32,
    pub swing: Vec<i32>,
    /// How much louder or softer each step of the bar is: digits, of which 5 is usual.
    pub accents: Vec<i32>,
}

/// A drum of the kit.
#[derive(Clone, Debug)]
pub(crate) struct Drum {
    pub name: String,
    pub key: u8,
    pub velocity: i32,
    /// Milliseconds by which it is late.
    pub late: i32,
    /// Whether the hand that plays it is the one that strikes the crash.
    pub leading_hand: bool,
}

/// How a part plays.
#[derive(Clone, Debug)]
pub(crate) struct PartRules {
    pub player: Player,
    pub name: String,
    pub program: u8,
    /// Lowest and highest key.
    pub range: (i32, i32),
    pub velocity: i32,
    /// Milliseconds by which it is late; early where negative.
    pub late: i32,
    /// Milliseconds from the first note of a chord to its last.
    pub roll: i32,
}

/// A drum pattern: the figure of each drum, by its place in the kit.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub lines: Vec<(usize, Figure)>,
    /// Of a fill: drums that go on with the groove.
    pub keeps: Vec<usize>,
}

/// A figure of chords.
#[derive(Clone, Debug)]
pub(crate) struct ChordFigure {
    pub figure: Figure,
    /// Whether single notes ring until the chord changes.
    pub rings: bool,
}

impl Style {
    /// Reads a style file's text.
    ///
    /// # Errors
    /// Where it is no TOML, or something is missing, unknown or does not fit: in words, with its place.
    pub fn read(file: &str, text: &str) -> Result<Self, StyleError> {
        let table: Table = text
            .parse()
            .map_err(|error: toml::de::Error| StyleError::new(file, error.to_string()))?;
        let mut top = Entry::new(file.to_owned(), table);
        let mut band = top.table("band")?;
        let feels: Vec<Feel> =
            top.tables("feel")?.into_iter().map(feel).collect::<Result<_, _>>()?;
        if feels.is_empty() {
            return Err(top.error("a style has one [[feel]] or more"));
        }
        let kit: Vec<Drum> =
            top.table("kit")?.rest_tables()?.into_iter().map(drum).collect::<Result<_, _>>()?;
        let parts: Vec<PartRules> =
            top.table("parts")?.rest_tables()?.into_iter().map(part).collect::<Result<_, _>>()?;
        let scales = top.table("scales")?.rest()?.into_iter().map(|it| scale(file, &it));
        let modes = weights(top.table("modes")?, file)?;
        let style = Self {
            name: top.text("name")?,
            modes,
            coherence: band.number("coherence", 0, 100)? as u32,
            humanise: band.number("humanise", 0, 20)?,
            jitter: band.number("jitter", 0, 20)?,
            dynamics: band.number("dynamics", 0, 20)?,
            crash_from: band.number("crash_from", 1, 5)? as u8,
            fill_after_four: band.number("fill_after_four", 0, 100)? as u32,
            fill_after_eight: band.number("fill_after_eight", 0, 100)? as u32,
            holds_end: band.flag("holds_end")?,
            locks_bass: band.flag("locks_bass")?,
            scales: scales.collect::<Result<_, _>>()?,
            drums: in_meter(&mut top, "drums", &feels, |entry, bar| {
                pattern(entry, &kit, Some(bar))
            })?,
            fills: in_meter(&mut top, "fills", &feels, |entry, _| pattern(entry, &kit, None))?,
            bass: in_meter(&mut top, "bass", &feels, bass)?,
            comping: in_meter(&mut top, "comping", &feels, chord_figure)?,
            pads: in_meter(&mut top, "pads", &feels, chord_figure)?,
            motifs: in_meter(&mut top, "motifs", &feels, motif)?,
            voicings: in_any(&mut top, "voicings", &feels, voicing)?,
            pad_voicings: in_any(&mut top, "pad_voicings", &feels, voicing)?,
            progressions: in_any(&mut top, "progressions", &feels, progression)?,
            substitutions: in_any(&mut top, "substitutions", &feels, substitution)?,
            forms: in_any(&mut top, "forms", &feels, form)?,
            phrases: in_any(&mut top, "phrases", &feels, phrase)?,
            feels,
            kit,
            parts,
        };
        band.finish()?;
        top.finish()?;
        style.check(file).map(|()| style)
    }

    /// How many patterns, figures, progressions, forms and so on were written.
    pub fn templates(&self) -> usize {
        self.drums.len()
            + self.fills.len()
            + self.bass.len()
            + self.comping.len()
            + self.pads.len()
            + self.voicings.len()
            + self.pad_voicings.len()
            + self.progressions.len()
            + self.substitutions.len()
            + self.forms.len()
            + self.motifs.len()
            + self.phrases.len()
    }

    /// How a player plays; `None` where the style has none.
    pub(crate) fn part(&self, player: Player) -> Option<&PartRules> {
        self.parts.iter().find(|it| it.player == player)
    }

    /// The scale of the lead in a mode.
    pub(crate) fn scale(&self, mode: Mode) -> Vec<i32> {
        let given = self.scales.iter().find(|it| it.0 == mode);
        given.map_or_else(|| mode.scale.to_vec(), |it| it.1.clone())
    }

    /// Whether each feel has what a song of it needs.
    fn check(&self, file: &str) -> Result<(), StyleError> {
        let all = |problem: String| Err(StyleError::new(file, problem));
        for &(mode, _) in &self.modes {
            if !self.progressions.iter().any(|it| it.content.mode == mode && !it.held_out) {
                return all(format!("there is no progression in {}", mode.name()));
            }
        }
        for feel in &self.feels {
            let missing = [
                (lacks(&self.forms, feel), "forms"),
                (lacks(&self.progressions, feel), "progressions"),
                (lacks(&self.drums, feel), "drums"),
                (lacks(&self.bass, feel), "bass"),
                (lacks(&self.comping, feel), "comping"),
                (lacks(&self.voicings, feel), "voicings"),
            ];
            if let Some((_, list)) = missing.iter().find(|it| it.0) {
                return all(format!("the feel \"{}\" has nothing among [[{list}]]", feel.name));
            }
        }
        for form in &self.forms {
            for section in &form.content.sections {
                for &player in &section.players {
                    let has = match player {
                        Player::Lead => !self.motifs.is_empty() && !self.phrases.is_empty(),
                        Player::Pad => !self.pads.is_empty() && !self.pad_voicings.is_empty(),
                        _ => true,
                    };
                    if !has || self.part(player).is_none() {
                        let player = player.name();
                        return all(format!(
                            "form \"{}\" has the {player}, the style has none",
                            form.name
                        ));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether a list has nothing for a feel that serves every section, and may be learnt.
fn lacks<T>(list: &[Template<T>], feel: &Feel) -> bool {
    let serves = |it: &Template<T>| it.feels.contains(&feel.name) && it.kinds.is_empty();
    !list.iter().any(|it| serves(it) && !it.held_out)
}
