//! The drums: a groove, fills at the ends of four and eight bars, crashes where a section begins.

use crate::dice::{Dice, Matter};
use crate::figure::Figure;
use crate::plan::Plan;
use crate::stroke::{Force, Player, Stroke};
use crate::style::{Pattern, Style};
use crate::templates::{Need, choose};
use crate::{PULSES_PER_QUARTER, song::Purpose};

/// Softer hits that a drummer leaves out now and then, in per cent.
const LEFT_OUT: u32 = 18;

/// Plays a section.
pub fn play(
    style: &Style,
    plan: &Plan<'_>,
    index: usize,
    purpose: Purpose,
    strokes: &mut Vec<Stroke>,
) {
    let section = &plan.sections[index];
    let Some(groove) = section.drums else { return };
    let bar = plan.bar();
    let crashes = crashes(style, plan, index);
    for number in 0..section.form.bars {
        let start = section.start + number * bar;
        let is_last = number + 1 == section.form.bars;
        if is_last && style.holds_end && plan.after(index).is_none() {
            end(style, start, bar, strokes);
            break;
        }
        let fill = fill(style, plan, index, number, purpose);
        let fill_length = fill.map_or(0, |it| fill_length(it).min(bar));
        // The same hits are left out when the section comes back.
        let mut dice =
            Dice::new(plan.seed, Matter::Drums, 10_000 + 1000 * section.letter + u64::from(number));
        let crash_now = crashes && number == 0;
        let fresh = |drum: usize, at: u32, force: Force| Stroke {
            player: Player::Drums,
            at: start + at,
            length: PULSES_PER_QUARTER / 8,
            key: style.kit[drum].key,
            force,
            voice: drum,
            voices: 1,
        };
        for (drum, figure) in &groove.lines {
            for sign in figure.signs(number as usize, bar) {
                let force = Force::of(sign.letter);
                let left_out = dice.chance(LEFT_OUT) && force == Force::Ghost;
                let filled =
                    fill.is_some_and(|it| sign.at >= bar - fill_length && !it.keeps.contains(drum));
                let struck = crash_now && sign.at == 0 && style.kit[*drum].leading_hand;
                if !(left_out || filled || struck) {
                    strokes.push(fresh(*drum, sign.at, force));
                }
            }
        }
        if let Some(fill) = fill {
            for (drum, figure) in &fill.lines {
                let own = figure_length(figure);
                for sign in figure.signs(0, own) {
                    if let Some(at) = (sign.at + bar).checked_sub(own) {
                        strokes.push(fresh(*drum, at, Force::of(sign.letter)));
                    }
                }
            }
        }
        if crash_now && let Some(crash) = style.kit.iter().position(|it| it.name == "crash") {
            strokes.push(fresh(crash, 0, Force::Normal));
        }
    }
}

/// Whether a section begins with a crash: one that is full, and no thinner than what went before.
fn crashes(style: &Style, plan: &Plan<'_>, index: usize) -> bool {
    let level = plan.sections[index].form.level;
    let before = index.checked_sub(1).map_or(0, |it| plan.sections[it].form.level);
    level >= style.crash_from && level >= before
}

/// The fill of a bar, if it has one.
fn fill<'s>(
    style: &'s Style,
    plan: &Plan<'s>,
    index: usize,
    number: u32,
    purpose: Purpose,
) -> Option<&'s Pattern> {
    let section = &plan.sections[index];
    let ends = number + 1;
    let mut dice = Dice::new(plan.seed, Matter::Fills, 1000 * index as u64 + u64::from(number));
    let next = plan.after(index);
    let (percent, level, kind) = if ends == section.form.bars {
        // Into a section without drums there is nothing to lead.
        let next = next.filter(|it| it.plays(Player::Drums))?;
        let level = section.form.level.max(next.form.level);
        (if next.form.level > 1 { 100 } else { 0 }, level, "end")
    } else if ends.is_multiple_of(8) {
        (style.fill_after_eight, section.form.level, "eight")
    } else if ends.is_multiple_of(4) {
        (style.fill_after_four, section.form.level.min(2), "four")
    } else {
        return None;
    };
    if !dice.chance(percent) || (section.form.level == 1 && kind != "end") {
        return None;
    }
    let held_out = purpose == Purpose::Validation;
    let need = Need { level, feel: &plan.feel.name, kind, held_out };
    choose(&style.fills, need, &mut dice).map(|it| &it.content)
}

/// Pulses of a fill, which is written in 16th notes.
fn fill_length(fill: &Pattern) -> u32 {
    fill.lines.first().map_or(0, |it| figure_length(&it.1))
}

fn figure_length(figure: &Figure) -> u32 {
    figure.steps() as u32 * PULSES_PER_QUARTER / 4
}

/// The last bar of a song that holds its end: one stroke.
fn end(style: &Style, start: u32, bar: u32, strokes: &mut Vec<Stroke>) {
    for (voice, drum) in style.kit.iter().enumerate() {
        if drum.name == "kick" || drum.name == "ride" {
            let (player, key) = (Player::Drums, drum.key);
            strokes.push(Stroke {
                player,
                at: start,
                length: bar / 2,
                key,
                force: Force::Soft,
                voice,
                voices: 1,
            });
        }
    }
}
