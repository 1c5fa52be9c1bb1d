//! The lead: motifs of a few notes that are repeated, moved, varied and answered, with rests between.
//!
//! What is repeated is remembered, and what follows a rest is heard (D. Huron, Sweet Anticipation, 2006): the
//! plan of phrases says what comes back, the chords bend it.

use crate::dice::{Dice, Matter};
use crate::figure::{Figure, Sign};
use crate::plan::Plan;
use crate::stroke::{Force, Player, Stroke};
use crate::style::Style;

/// A motif: a rhythm, and steps of the lead's scale from the note that it hangs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Motif {
    /// The rhythm.
    pub rhythm: Figure,
    /// A step for each note.
    pub steps: Vec<i32>,
}

/// How often, in per cent, a song turns a motif upside down, changes a step of it, leaves a note out.
const INVERTED: u32 = 25;
const CHANGED: u32 = 25;
const SHORTENED: u32 = 35;

/// What is done with motifs, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    elements: Vec<Element>,
}

/// A motif or a rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Element {
    /// The motif's number; none is a rest.
    motif: Option<usize>,
    /// Steps that it is moved by.
    moved: i32,
    varied: bool,
}

impl Phrase {
    /// Reads a plan such as "a a' b .": letters a to c are motifs, "'" varies one, "+" and "-" move it by a
    /// step of the scale, "." is a rest.
    ///
    /// # Errors
    /// In words.
    pub fn read(text: &str) -> Result<Self, String> {
        let element = |word: &str| {
            let mut letters = word.chars();
            let motif = match letters.next() {
                Some('.') => None,
                Some(letter @ 'a'..='c') => Some(letter as usize - 'a' as usize),
                _ => {
                    return Err(format!("\"{word}\" in a plan is no motif: a, b, c or a rest (.)"));
                }
            };
            let mut element = Element { motif, moved: 0, varied: false };
            for letter in letters {
                match letter {
                    '+' => element.moved += 1,
                    '-' => element.moved -= 1,
                    '\'' => element.varied = true,
                    _ => return Err(format!("after a motif may stand ' + -, not \"{letter}\"")),
                }
            }
            Ok(element)
        };
        let elements = text.split_whitespace().map(element).collect::<Result<Vec<_>, _>>()?;
        if elements.iter().all(|it| it.motif.is_none()) {
            return Err("a plan has a motif".to_owned());
        }
        Ok(Self { elements })
    }
}

/// A motif as a song has it: perhaps upside down, with a step or two of its own, without one of its notes.
fn own(motif: &Motif, bar: u32, dice: &mut Dice) -> (Vec<Sign>, Vec<i32>) {
    let mut signs = motif.rhythm.all_signs(bar);
    let mut steps = motif.steps.clone();
    if dice.chance(INVERTED) {
        // Mirrored, within the same span.
        let sum = steps.iter().min().unwrap_or(&0) + steps.iter().max().unwrap_or(&0);
        steps.iter_mut().for_each(|step| *step = sum - *step);
    }
    for step in steps.iter_mut().skip(1) {
        let changed = *dice.pick(&[-1, 1, 1, -1, 2]);
        *step += if dice.chance(CHANGED) { changed } else { 0 };
    }
    if signs.len() > 3 && dice.chance(SHORTENED) {
        let left_out = 1 + dice.below(signs.len() - 2);
        steps.remove(left_out);
        let sign = signs.remove(left_out);
        // The note before lasts longer, where it was held.
        let before = &mut signs[left_out - 1];
        if before.at + before.length == sign.at && before.length > bar / 16 {
            before.length += sign.length;
        }
    }
    (signs, steps)
}

/// Plays a section.
pub fn play(style: &Style, plan: &Plan<'_>, index: usize, strokes: &mut Vec<Stroke>) {
    let section = &plan.sections[index];
    let (Some(phrase), Some(part)) = (section.phrase, style.part(Player::Lead)) else { return };
    if section.motifs.is_empty() {
        return;
    }
    let bar = plan.bar();
    let scale = style.scale(plan.mode);
    let (low, high) = part.range;
    let lift = if high - low >= 24 { section.form.lift } else { 0 };
    let voice = Voice { plan, index, scale, range: part.range, anchor: (low + high) / 2 + lift };
    let mut number = 0;
    let mut elements = phrase.elements.iter().cycle();
    while number < section.form.bars {
        let Some(element) = elements.next() else { return };
        let motif = section.motifs[element.motif.unwrap_or(0) % section.motifs.len()];
        let bars = motif.rhythm.bars() as u32;
        let ends = style.holds_end && plan.after(index).is_none();
        let room = section.form.bars - u32::from(ends);
        if element.motif.is_some() && number < room {
            let until = section.start + room * bar;
            voice.state(motif, *element, section.start + number * bar, until, strokes);
        }
        number += bars;
    }
}

struct Voice<'a, 's> {
    plan: &'a Plan<'s>,
    index: usize,
    scale: Vec<i32>,
    range: (i32, i32),
    /// The key near which motifs hang.
    anchor: i32,
}

impl Voice<'_, '_> {
    /// States a motif; what would come after `until` is left out.
    fn state(
        &self,
        motif: &Motif,
        element: Element,
        start: u32,
        until: u32,
        strokes: &mut Vec<Stroke>,
    ) {
        let section = &self.plan.sections[self.index];
        let place = 100 * (1 + section.letter) + element.motif.unwrap_or(0) as u64;
        let mut dice = Dice::new(self.plan.seed, Matter::Lead, place);
        // A motif keeps the degree that it hangs on through the section.
        let hang = self.degree_near(self.anchor) + dice.between(-1, 2);
        let (signs, steps) = own(motif, self.plan.bar(), &mut dice);
        let changed = dice.between(1, 2) * if dice.chance(50) { 1 } else { -1 };
        let beat = self.plan.feel.meter.beat();
        let last = signs.len() - 1;
        let mut before: Option<i32> = None;
        for (number, (sign, &step)) in signs.iter().zip(&steps).enumerate() {
            let at = start + sign.at;
            if at >= until {
                break;
            }
            let varied = if element.varied && number == last { changed } else { 0 };
            let key = self.key(hang + step + element.moved + varied);
            let length = sign.length.min(until - at);
            let strong = sign.at.is_multiple_of(beat) || length >= beat || number == last;
            let key = self.over_chord(key, at, length, strong, before);
            before = Some(key);
            let player = Player::Lead;
            let (key, force) = (key.clamp(0, 127) as u8, Force::of(sign.letter));
            strokes.push(Stroke { player, at, length, key, force, voice: 0, voices: 1 });
        }
    }

    /// The key of a degree of the scale, counted from the tonic of octave 0; folded into the range.
    fn key(&self, degree: i32) -> i32 {
        let size = self.scale.len() as i32;
        let octave = degree.div_euclid(size);
        let key = self.plan.tonic + 12 * octave + self.scale[degree.rem_euclid(size) as usize];
        let (low, high) = self.range;
        if key > high {
            key - 12
        } else if key < low {
            key + 12
        } else {
            key
        }
    }

    /// The degree whose key is nearest to a key.
    fn degree_near(&self, key: i32) -> i32 {
        let size = self.scale.len() as i32;
        let degrees = 0..size * 11;
        let of = |degree: &i32| {
            let octave = degree.div_euclid(size);
            self.plan.tonic + 12 * octave + self.scale[degree.rem_euclid(size) as usize]
        };
        degrees.min_by_key(|degree| (of(degree) - key).abs()).unwrap_or(0)
    }

    /// A key as the chord has it: strong notes are its tones, weak ones do not clash. One that would repeat the
    /// note before only because of that goes the other way.
    fn over_chord(&self, key: i32, at: u32, length: u32, strong: bool, before: Option<i32>) -> i32 {
        let section = &self.plan.sections[self.index];
        let span = section.chord_at(at);
        // A note that anticipates the next chord is heard in it.
        let anticipated = self.plan.next_chord(self.index, at, length / 2).map(|it| &it.chord);
        let chord = anticipated.unwrap_or(&span.chord);
        let above = |key: i32| key - self.plan.tonic;
        let fits = |key: i32| match strong {
            true => chord.has(above(key)),
            false => {
                !chord.clashes(above(key))
                    && (chord.has(above(key)) || self.plan.mode.has(above(key)))
            }
        };
        if fits(key) {
            return key;
        }
        let near = (1..=4).flat_map(|distance| [key - distance, key + distance]);
        let other = near.filter(|&it| fits(it));
        let mut other = other.filter(|it| chord.has(above(*it)) || self.plan.mode.has(above(*it)));
        let first = other.next().unwrap_or(key);
        if before == Some(first) {
            other.next().filter(|it| (it - key).abs() <= 3).unwrap_or(first)
        } else {
            first
        }
    }
}
