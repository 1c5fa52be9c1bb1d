//! The bass: figures by role in the chord, with the root where chords change.

use crate::dice::{Dice, Matter};
use crate::figure::Sign;
use crate::harmony::Chord;
use crate::plan::{Plan, Span};
use crate::stroke::{Force, Player, Stroke};
use crate::style::Style;

/// Plays a section.
pub fn play(style: &Style, plan: &Plan<'_>, index: usize, strokes: &mut Vec<Stroke>) {
    let section = &plan.sections[index];
    let (Some(figure), Some(part)) = (section.bass, style.part(Player::Bass)) else { return };
    let bar = plan.bar();
    let mut hand = Hand { plan, range: part.range, root: None, begun: None };
    for number in 0..section.form.bars {
        let start = section.start + number * bar;
        if style.holds_end && plan.after(index).is_none() && number + 1 == section.form.bars {
            let key = hand.root_of(&section.chord_at(start).chord);
            strokes.push(stroke(start, bar, key, Force::Normal));
            break;
        }
        let mut dice =
            Dice::new(plan.seed, Matter::Bass, 1000 * (1 + section.letter) + u64::from(number));
        for sign in figure.signs(number as usize, bar) {
            let above = dice.chance(35);
            hand.strike(index, start, sign, above, strokes);
        }
    }
}

struct Hand<'a, 's> {
    plan: &'a Plan<'s>,
    range: (i32, i32),
    /// Key of the root that was played last.
    root: Option<i32>,
    /// Where the chord begins that was played last: the first note of a chord is its root.
    begun: Option<u32>,
}

impl Hand<'_, '_> {
    /// Plays a sign; a note that lasts into another chord is struck again there, on its root.
    fn strike(
        &mut self,
        index: usize,
        bar: u32,
        sign: Sign,
        above: bool,
        strokes: &mut Vec<Stroke>,
    ) {
        let section = &self.plan.sections[index];
        let at = bar + sign.at;
        let end = (at + sign.length).min(section.end);
        let span = section.chord_at(at);
        let next = self.plan.next_chord(index, at, self.plan.bar());
        let key = self.key(span, next, sign.letter, above);
        let force = match sign.letter {
            'g' => Force::Ghost,
            letter if letter.is_lowercase() => Force::Soft,
            _ => Force::Normal,
        };
        let crosses = end > span.end && !"nN".contains(sign.letter);
        let length = if crosses { span.end } else { end } - at;
        strokes.push(stroke(at, length, key, force));
        if crosses {
            let rest = Sign { at: span.end - bar, length: end - span.end, letter: 'R' };
            self.strike(index, bar, rest, above, strokes);
        }
    }

    fn key(&mut self, span: &Span, next: Option<&Span>, letter: char, above: bool) -> i32 {
        let (low, high) = self.range;
        let chord = &span.chord;
        let root = self.root_of(chord);
        let bottom = root - chord.bass;
        let tone = |degree, instead| bottom + chord.named_tone(degree).unwrap_or(instead);
        let letter = letter.to_ascii_uppercase();
        let begins = self.begun.replace(span.start) != Some(span.start);
        if begins && !"ROGN".contains(letter) {
            return root;
        }
        let diatonic = |size: i32| {
            let fits = self.plan.mode.has(chord.root + size);
            bottom + if fits { size } else { size - 1 }
        };
        let key = match letter {
            'O' if root + 12 <= high => root + 12,
            'F' => tone(5, 7),
            'L' => tone(5, 7) - 12,
            'T' => tone(3, 4),
            'M' => diatonic(9),
            'S' => chord.named_tone(7).map_or(diatonic(11), |it| bottom + it),
            'N' => {
                let Some(next) = next else { return root };
                self.begun = Some(next.start);
                return self.near(&next.chord, root);
            }
            'X' | 'D' => {
                let target = next.map_or(root, |next| self.near(&next.chord, root));
                let step = |size: i32| if above { target + size } else { target - size };
                let mode = self.plan.mode;
                let whole = mode.has(step(2) - self.plan.tonic);
                if letter == 'D' && whole { step(2) } else { step(1) }
            }
            _ => root,
        };
        if key > high {
            key - 12
        } else if key < low {
            key + 12
        } else {
            key
        }
    }

    /// The key of what the bass plays of a chord: near the one before, in the lower part of the range.
    fn root_of(&mut self, chord: &Chord) -> i32 {
        let (low, _) = self.range;
        let key = self.near(chord, self.root.unwrap_or(low + 4));
        self.root = Some(key);
        key
    }

    fn near(&self, chord: &Chord, from: i32) -> i32 {
        let class = self.plan.tonic + chord.root + chord.bass;
        let (low, high) = self.range;
        let first = low + (class - low).rem_euclid(12);
        // High roots leave no room for the fifth above.
        let keys = [first, first + 12].into_iter().filter(|&key| key + 5 <= high || key == first);
        keys.min_by_key(|key| (key - from).abs() + (key - low) / 5).unwrap_or(first)
    }
}

fn stroke(at: u32, length: u32, key: i32, force: Force) -> Stroke {
    let key = key.clamp(0, 127) as u8;
    Stroke { player: Player::Bass, at, length: length.max(1), key, force, voice: 0, voices: 1 }
}
