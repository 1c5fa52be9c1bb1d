//! Chords: comping figures and pads, voice-led.

use crate::figure::Sign;
use crate::plan::{Plan, Span};
use crate::stroke::{Force, Player, Stroke};
use crate::style::{ChordFigure, Style};
use crate::voicing::{Place, Voicing, voice};

/// Plays a section with the chords or the pad.
pub fn play(
    style: &Style,
    plan: &Plan<'_>,
    index: usize,
    player: Player,
    strokes: &mut Vec<Stroke>,
) {
    let section = &plan.sections[index];
    let (figure, voicing) = match player {
        Player::Pad => (section.pad, section.pad_voicing),
        _ => (section.comping, section.voicing),
    };
    let (Some(figure), Some(voicing)) = (figure, voicing) else { return };
    let Some(place) = place(style, plan, index, player) else { return };
    // The pad keeps clear of the chords.
    let clear = player == Player::Pad && section.plays(Player::Chords);
    let other =
        section.voicing.filter(|_| clear).zip(self::place(style, plan, index, Player::Chords));
    let others =
        other.map_or(Vec::new(), |(voicing, place)| voices(plan, index, voicing, place, &[]));
    let voiced = voices(plan, index, voicing, place, &others);
    let hands = Hands { plan, index, player, figure, voicing, place, voiced };
    let bar = plan.bar();
    for number in 0..section.form.bars {
        let start = section.start + number * bar;
        if style.holds_end && plan.after(index).is_none() && number + 1 == section.form.bars {
            hands.strike(start, Sign { at: 0, length: bar, letter: 'o' }, strokes);
            break;
        }
        for sign in figure.figure.signs(number as usize, bar) {
            hands.strike(start, sign, strokes);
        }
    }
}

/// Where the chords of a player lie in a section; `None` where the style has no such player.
fn place(style: &Style, plan: &Plan<'_>, index: usize, player: Player) -> Option<Place> {
    let (low, high) = style.part(player)?.range;
    let centre = ((low + high) / 2 + plan.sections[index].form.lift).min(high - 5);
    let has_bass = plan.sections[index].plays(Player::Bass);
    Some(Place { tonic: plan.tonic, mode: plan.mode, range: (low, high), centre, has_bass })
}

/// Leads voices through a section, from the middle of the range on: when it comes back, so do they. Each chord
/// keeps clear of what `others` hold under it.
fn voices(
    plan: &Plan<'_>,
    index: usize,
    voicing: &Voicing,
    place: Place,
    others: &[Vec<i32>],
) -> Vec<Vec<i32>> {
    let mut voiced: Vec<Vec<i32>> = Vec::new();
    for (number, span) in plan.sections[index].chords.iter().enumerate() {
        let before = voiced.last().map(Vec::as_slice);
        let others = others.get(number).map_or(&[][..], Vec::as_slice);
        voiced.push(voice(voicing, &span.chord, place, before, others));
    }
    voiced
}

struct Hands<'a, 's> {
    plan: &'a Plan<'s>,
    index: usize,
    player: Player,
    figure: &'a ChordFigure,
    voicing: &'a Voicing,
    place: Place,
    /// The keys of each chord of the section.
    voiced: Vec<Vec<i32>>,
}

impl Hands<'_, '_> {
    fn strike(&self, bar: u32, sign: Sign, strokes: &mut Vec<Stroke>) {
        let section = &self.plan.sections[self.index];
        let at = bar + sign.at;
        let end = (at + sign.length).min(section.end);
        let number = section.chords.partition_point(|span| span.start <= at).max(1) - 1;
        let span = &section.chords[number];
        let anticipates = "nN".contains(sign.letter);
        let next = self
            .plan
            .next_chord(self.index, at, self.plan.feel.meter.beat())
            .filter(|_| anticipates);
        let keys = match next {
            None => self.voiced[number].clone(),
            Some(next) => self.keys_of(next, number),
        };
        let crosses = end > span.end && next.is_none();
        let single = matches!(sign.letter, '1'..='6' | 'b' | 't');
        let until = match (crosses, self.figure.rings && single) {
            (true, _) => span.end,
            (false, true) => span.end.min(bar + self.plan.bar()).max(end),
            (false, false) => end,
        };
        let force = match sign.letter {
            'N' => Force::Accent,
            letter => Force::of(letter),
        };
        let chosen: Vec<i32> = match sign.letter {
            'b' => keys[..1].to_vec(),
            't' => keys[1..].to_vec(),
            'g' => keys[keys.len().saturating_sub(2)..].to_vec(),
            letter => match letter.to_digit(10) {
                None => keys,
                Some(digit) => {
                    let index = digit as usize - 1;
                    let key = keys[index % keys.len()] + 12 * (index / keys.len()) as i32;
                    vec![if key > self.place.range.1 + 7 { key - 12 } else { key }]
                }
            },
        };
        let voices = chosen.len();
        for (voice, key) in chosen.into_iter().enumerate() {
            let key = key.clamp(0, 127) as u8;
            let length = (until - at).max(1);
            strokes.push(Stroke { player: self.player, at, length, key, force, voice, voices });
        }
        if crosses {
            let letter = if sign.letter == 'g' { 'g' } else { 'o' };
            self.strike(bar, Sign { at: span.end - bar, length: end - span.end, letter }, strokes);
        }
    }

    /// The keys of the chord after one.
    fn keys_of(&self, next: &Span, number: usize) -> Vec<i32> {
        match self.voiced.get(number + 1) {
            Some(keys) => keys.clone(),
            None => voice(self.voicing, &next.chord, self.place, Some(&self.voiced[number]), &[]),
        }
    }
}
