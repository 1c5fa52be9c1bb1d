//! The plan of a song: key, tempo, sections with their chords, and the templates that each section uses.

use crate::dice::{Dice, Matter};
use crate::figure::Figure;
use crate::harmony::{Chord, Mode, Progression, Substitution};
use crate::lead::{Motif, Phrase};
use crate::sections::FormSection;
use crate::song::Purpose;
use crate::stroke::Player;
use crate::style::{ChordFigure, Feel, Pattern, Style};
use crate::templates::{Need, Template, among, choose, fitting};
use crate::voicing::Voicing;

/// A chord and when it sounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Pulses from the song's start.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// The chord.
    pub chord: Chord,
}

/// What a song is made by.
pub struct Plan<'s> {
    pub seed: u64,
    pub feel: &'s Feel,
    pub bpm: i32,
    /// Share of a pair that its first note has, in per cent.
    pub swing: i32,
    /// Pitch class of the tonic.
    pub tonic: i32,
    pub mode: Mode,
    pub sections: Vec<Section<'s>>,
}

/// A section, with the templates that it uses.
pub struct Section<'s> {
    pub form: &'s FormSection,
    /// Sections of one letter have one number.
    pub letter: u64,
    /// Pulses from the song's start.
    pub start: u32,
    pub end: u32,
    pub chords: Vec<Span>,
    pub drums: Option<&'s Pattern>,
    pub bass: Option<&'s Figure>,
    pub comping: Option<&'s ChordFigure>,
    pub voicing: Option<&'s Voicing>,
    pub pad: Option<&'s ChordFigure>,
    pub pad_voicing: Option<&'s Voicing>,
    pub motifs: Vec<&'s Motif>,
    pub phrase: Option<&'s Phrase>,
}

impl Section<'_> {
    pub fn plays(&self, player: Player) -> bool {
        self.form.players.contains(&player)
    }

    /// The chord at a place within the section.
    pub fn chord_at(&self, at: u32) -> &Span {
        let next = self.chords.partition_point(|span| span.start <= at);
        &self.chords[next.max(1) - 1]
    }
}

impl<'s> Plan<'s> {
    /// Plans a song.
    pub fn new(style: &'s Style, purpose: Purpose, seed: u64) -> Self {
        let held_out = purpose == Purpose::Validation;
        let mut dice = Dice::new(seed, Matter::Song, 0);
        let feel = weighted(&style.feels, |it| it.weight, &mut dice);
        let mode = weighted(&style.modes, |it| it.1, &mut dice).0;
        let bpm = dice.between(feel.tempo.0, feel.tempo.1);
        let swing = *dice.pick(&feel.swing);
        let tonic = dice.between(0, 11);
        let need = Need { level: 2, feel: &feel.name, kind: "", held_out };
        let form = choose(&style.forms, need, &mut Dice::new(seed, Matter::Form, 0));
        let sections = form.map_or(&[][..], |it| &it.content.sections);
        let mut planner =
            Planner { style, feel, mode, held_out, seed, form: sections, letters: Vec::new() };
        let mut start = 0;
        let mut planned: Vec<Section<'s>> = Vec::new();
        for section in sections {
            let section = planner.section(section, start);
            start = section.end;
            planned.push(section);
        }
        if style.holds_end
            && let Some(last) = planned.last_mut()
        {
            end_on_tonic(last, mode, feel.meter.bar());
        }
        Self { seed, feel, bpm, swing, tonic, mode, sections: planned }
    }

    /// Pulses of a bar.
    pub fn bar(&self) -> u32 {
        self.feel.meter.bar()
    }

    /// The section after one.
    pub fn after(&self, index: usize) -> Option<&Section<'s>> {
        self.sections.get(index + 1)
    }

    /// The chord that follows a place of a section, where it begins within so many pulses.
    pub fn next_chord(&self, index: usize, at: u32, within: u32) -> Option<&Span> {
        let here = self.sections[index].chords.iter().find(|span| span.start > at);
        let next = here.or_else(|| self.after(index)?.chords.first());
        next.filter(|span| span.start <= at + within)
    }
}

struct Planner<'s> {
    style: &'s Style,
    feel: &'s Feel,
    mode: Mode,
    held_out: bool,
    seed: u64,
    form: &'s [FormSection],
    letters: Vec<&'s str>,
}

impl<'s> Planner<'s> {
    fn section(&mut self, form: &'s FormSection, start: u32) -> Section<'s> {
        let style = self.style;
        let letter = match self.letters.iter().position(|it| *it == form.letter) {
            Some(letter) => letter,
            None => {
                self.letters.push(&form.letter);
                self.letters.len() - 1
            }
        } as u64;
        let need = |form: &'s FormSection| Need {
            level: form.level,
            feel: &self.feel.name,
            kind: &form.kind,
            held_out: self.held_out,
        };
        // Drums change with the density; what the others play stays when a letter comes back.
        let home = need(self.home(form));
        let groove = |need: Need<'_>| {
            let place = 8 * self.group(Matter::Drums, letter) + u64::from(need.level);
            self.one_of(&style.drums, need, Matter::Drums, place)
        };
        let bass = self.bass(home, groove(home), self.group(Matter::Bass, letter));
        let drums = groove(need(form));
        let need = home;
        let comping = self.group(Matter::Comping, letter);
        let pad = self.group(Matter::Pad, letter);
        let voicing = Need { level: 2, kind: "", ..need };
        let lead = self.group(Matter::Lead, letter);
        let motif = |index: u64| self.one_of(&style.motifs, need, Matter::Lead, 16 * lead + index);
        Section {
            form,
            letter,
            start,
            end: start + form.bars * self.feel.meter.bar(),
            chords: self.chords(need, form, letter, start),
            drums,
            bass,
            comping: self.one_of(&style.comping, need, Matter::Comping, comping),
            voicing: self.one_of(&style.voicings, voicing, Matter::Voicing, 0),
            pad: self.one_of(&style.pads, need, Matter::Pad, pad),
            pad_voicing: self.one_of(&style.pad_voicings, voicing, Matter::Voicing, 1),
            motifs: (0..3).filter_map(motif).collect(),
            phrase: self.one_of(&style.phrases, need, Matter::Lead, 16 * lead + 8),
        }
    }

    /// The section of the same letter that says what the letter's sections have in common: the longest, of these
    /// the first.
    fn home(&self, form: &'s FormSection) -> &'s FormSection {
        let same = self.form.iter().filter(|it| it.letter == form.letter);
        same.rev().max_by_key(|it| (it.bars, it.players.len())).unwrap_or(form)
    }

    /// What a letter shares of a matter: the song's own, or its own.
    fn group(&self, matter: Matter, letter: u64) -> u64 {
        let mut dice = Dice::new(self.seed, matter, 1000 + letter);
        // A letter is known by its chords and its tune more than by its groove.
        let percent = match matter {
            Matter::Progression | Matter::Lead => self.style.coherence / 3,
            _ => self.style.coherence,
        };
        if dice.chance(percent) { 0 } else { letter }
    }

    fn one_of<T>(
        &self,
        list: &'s [Template<T>],
        need: Need<'_>,
        matter: Matter,
        place: u64,
    ) -> Option<&'s T> {
        let mut dice = Dice::new(self.seed, matter, place);
        choose(list, need, &mut dice).map(|it| &it.content)
    }

    /// The bass figure: where the style locks it to the bass drum, one of the half that meets it most.
    fn bass(&self, need: Need<'_>, drums: Option<&Pattern>, group: u64) -> Option<&'s Figure> {
        let mut figures = fitting(&self.style.bass, need);
        let bar = self.feel.meter.bar();
        let kick = drums.and_then(|pattern| {
            let is_kick = |line: &&(usize, Figure)| self.style.kit[line.0].name == "kick";
            pattern.lines.iter().find(is_kick).map(|it| it.1.signs(0, bar))
        });
        if self.style.locks_bass
            && let Some(kick) = kick
        {
            let together = |it: &&Template<Figure>| {
                let signs = it.content.signs(0, bar);
                let met =
                    signs.iter().filter(|sign| kick.iter().any(|it| it.at == sign.at)).count();
                // In thousandths, the best first.
                1000 - (1000 * 2 * met / (signs.len() + kick.len()).max(1)).min(1000)
            };
            figures.sort_by_key(together);
            figures.truncate(figures.len().div_ceil(2).max(2));
        }
        let mut dice = Dice::new(self.seed, Matter::Bass, group);
        among(figures, need, &mut dice).map(|it| &it.content)
    }

    fn chords(&self, need: Need<'_>, form: &FormSection, letter: u64, start: u32) -> Vec<Span> {
        let in_mode = |it: &&Template<Progression>| it.content.mode == self.mode;
        let need = Need { level: 2, ..need };
        let mut list: Vec<_> =
            fitting(&self.style.progressions, need).into_iter().filter(in_mode).collect();
        if list.is_empty() {
            let any = Need { kind: "", ..need };
            list = fitting(&self.style.progressions, any).into_iter().filter(in_mode).collect();
        }
        let group = self.group(Matter::Progression, letter);
        let mut dice = Dice::new(self.seed, Matter::Progression, group);
        let Some(progression) = among(list, need, &mut dice) else { return Vec::new() };
        let bar = self.feel.meter.bar();
        let substitutions = self.substitutions(need);
        let mut spans: Vec<Span> = Vec::new();
        for number in 0..form.bars {
            let chords =
                &progression.content.bars[number as usize % progression.content.bars.len()];
            let share = bar / chords.len() as u32;
            let mut at = start + number * bar;
            for chord in chords {
                // A substitution answers: it stands in the second four bars.
                let instead =
                    substitutions.iter().find(|it| it.from == chord.text && number / 4 % 2 == 1);
                let own = std::slice::from_ref(chord);
                let list = instead
                    .filter(|it| share.is_multiple_of(2 * it.to.len() as u32))
                    .map_or(own, |it| &it.to);
                for chord in list {
                    let end = at + share / list.len() as u32;
                    match spans.last_mut() {
                        Some(last) if last.chord == *chord => last.end = end,
                        _ => spans.push(Span { start: at, end, chord: chord.clone() }),
                    }
                    at = end;
                }
            }
        }
        spans
    }

    /// The substitutions of this song.
    fn substitutions(&self, need: Need<'_>) -> Vec<&'s Substitution> {
        let list = fitting(&self.style.substitutions, Need { kind: "", ..need });
        let mut dice = Dice::new(self.seed, Matter::Substitution, 0);
        list.into_iter().map(|it| &it.content).filter(|it| dice.chance(it.chance)).collect()
    }
}

/// The last bar of a song that ends holds its tonic.
fn end_on_tonic(last: &mut Section<'_>, mode: Mode, bar: u32) {
    let from = last.end - bar;
    let third = if mode.is_minor() { 3 } else { 4 };
    let is_tonic = |chord: &&Chord| chord.root == 0 && chord.bass == 0 && chord.has(third);
    let own = last.chords.iter().map(|it| &it.chord).find(is_tonic).cloned();
    let plain = || Chord::read(if mode.is_minor() { "i" } else { "I" }).ok();
    let Some(tonic) = own.or_else(plain) else { return };
    last.chords.retain(|span| span.start < from);
    if let Some(span) = last.chords.last_mut() {
        span.end = from;
    }
    last.chords.push(Span { start: from, end: last.end, chord: tonic });
}

/// One of a list, each as often as its weight.
fn weighted<'a, T>(list: &'a [T], weight: impl Fn(&T) -> u32, dice: &mut Dice) -> &'a T {
    let total: u32 = list.iter().map(&weight).sum();
    let mut number = dice.below(total.max(1) as usize) as u32;
    for one in list {
        if number < weight(one) {
            return one;
        }
        number -= weight(one);
    }
    &list[0]
}
