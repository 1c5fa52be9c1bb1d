//! The parts of a style file, from their tables.

use crate::PULSES_PER_QUARTER;
use crate::entry::Entry;
use crate::figure::{Figure, Meter};
use crate::harmony::{Chord, Mode, Progression, Substitution};
use crate::lead::{Motif, Phrase};
use crate::sections::{Form, FormSection};
use crate::stroke::Player;
use crate::style::{
    BASS_LETTERS, CHORD_LETTERS, ChordFigure, DRUM_LETTERS, Drum, Feel, PartRules, Pattern,
    StyleError,
};
use crate::templates::Template;
use crate::voicing::{Spread, Voicing};

type Read<T> = Result<T, StyleError>;

/// Reads a list of templates that are written for a length of bar: pulses, which `content` is told. What names
/// no feel is for all in the meter of the first.
pub fn in_meter<T>(
    top: &mut Entry,
    key: &str,
    feels: &[Feel],
    content: impl Fn(Entry, u32) -> Read<T>,
) -> Read<Vec<Template<T>>> {
    let usual = |feel: &&Feel| feel.meter == feels[0].meter;
    templates(top, key, feels, usual, |entry, feels| {
        let bar = feels[0].meter.bar();
        if feels.iter().any(|it| it.meter.bar() != bar) {
            return Err(entry.error("the bars of its feels are of several lengths"));
        }
        content(entry, bar)
    })
}

/// Reads a list of templates that serve any meter. What names no feel is for all.
pub fn in_any<T>(
    top: &mut Entry,
    key: &str,
    feels: &[Feel],
    content: impl Fn(Entry) -> Read<T>,
) -> Read<Vec<Template<T>>> {
    templates(top, key, feels, |_| true, |entry, _| content(entry))
}

/// Reads a list of templates: what all have, then what `content` makes of the rest.
fn templates<T>(
    top: &mut Entry,
    key: &str,
    feels: &[Feel],
    usual: impl Fn(&&Feel) -> bool,
    content: impl Fn(Entry, &[&Feel]) -> Read<T>,
) -> Read<Vec<Template<T>>> {
    let template = |mut entry: Entry| {
        let name = entry.text("name")?;
        let level = level(&mut entry)?;
        let names = entry.words("feel")?;
        let named = |name: &String| {
            let feel = feels.iter().find(|it| &it.name == name);
            feel.ok_or_else(|| entry.error(format!("there is no feel \"{name}\"")))
        };
        let used: Vec<&Feel> = match names.is_empty() {
            true => feels.iter().filter(&usual).collect(),
            false => names.iter().map(named).collect::<Read<_>>()?,
        };
        let kinds = entry.words("for")?;
        let held_out = entry.flag("held_out")?;
        let feels = used.iter().map(|it| it.name.clone()).collect();
        Ok(Template { name, level, feels, kinds, held_out, content: content(entry, &used)? })
    };
    top.tables(key)?.into_iter().map(template).collect()
}

/// "2-4", or "3": densities, 1 to 4; all where it is missing.
fn level(entry: &mut Entry) -> Read<(u8, u8)> {
    let Some(text) = entry.text_if_any("level")? else { return Ok((1, 4)) };
    let (low, high) = text.split_once('-').unwrap_or((&text, &text));
    match (low.trim().parse(), high.trim().parse()) {
        (Ok(low @ 1..=4), Ok(high @ 1..=4)) if low <= high => Ok((low, high)),
        _ => {
            Err(entry
                .error(format!("level \"{text}\" must be such as \"2\" or \"2-4\", from 1 to 4")))
        }
    }
}

fn mode(entry: &Entry, name: &str) -> Read<Mode> {
    let names = Mode::names();
    Mode::named(name).ok_or_else(|| entry.error(format!("mode \"{name}\" is none of {names}")))
}

/// How often each mode is chosen.
pub fn weights(mut modes: Entry, file: &str) -> Read<Vec<(Mode, u32)>> {
    let mut weights = Vec::new();
    for name in Mode::names().split(", ") {
        if let Some(weight) = modes.number_if_any(name, 1, 100)? {
            weights.push((mode(&modes, name)?, weight as u32));
        }
    }
    modes.finish()?;
    if weights.is_empty() {
        return Err(StyleError::new(file, "[modes] has one mode or more, such as minor = 3"));
    }
    Ok(weights)
}

/// The degrees of a lead scale, such as "1 b3 4 5 b7".
pub fn scale(file: &str, (name, text): &(String, String)) -> Read<(Mode, Vec<i32>)> {
    let wrong = |problem: String| StyleError::new(file, format!("scales: {name}: {problem}"));
    let mode = Mode::named(name).ok_or_else(|| wrong(format!("modes are {}", Mode::names())))?;
    let degree = |text: &str| {
        let bare = text.trim_start_matches(['b', '#']);
        let sign = if text.starts_with('b') { -1 } else { i32::from(text.starts_with('#')) };
        let degree = bare.parse::<usize>().ok().filter(|it| (1..=7).contains(it));
        let major = [0, 2, 4, 5, 7, 9, 11];
        degree
            .map(|it| major[it - 1] + sign)
            .ok_or_else(|| wrong(format!("\"{text}\" is no degree")))
    };
    let scale: Vec<i32> = text.split_whitespace().map(degree).collect::<Read<_>>()?;
    let rises = scale.windows(2).all(|pair| pair[0] < pair[1]);
    if scale.len() < 4 || !rises {
        return Err(wrong("a scale has 4 degrees or more, rising".to_owned()));
    }
    Ok((mode, scale))
}

/// A feel.
pub fn feel(mut entry: Entry) -> Read<Feel> {
    let name = entry.text("name")?;
    let meter = entry.text("meter")?;
    let meter = Meter::read(&meter).ok_or_else(|| entry.error("meter must be such as \"4/4\""))?;
    let accents = entry.text("accents")?;
    let digit = |it: char| it.to_digit(10).map(|it| it as i32 - 5);
    let accents: Option<Vec<i32>> = accents.chars().map(digit).collect();
    let accents = accents.filter(|it| !it.is_empty());
    let feel = Feel {
        name,
        weight: entry.number("weight", 1, 100)? as u32,
        meter,
        tempo: entry.range("tempo", 40, 220)?,
        swing_unit: entry.number_if_any("swing_unit", 8, 16)?.unwrap_or(16) as u32,
        swing: entry.numbers("swing", 50, 75)?,
        accents: accents.ok_or_else(|| entry.error("accents must be digits, one a step"))?,
    };
    if feel.swing.is_empty() || ![8, 16].contains(&feel.swing_unit) {
        return Err(
            entry.error("swing has one share or more, of pairs of notes 8 or 16 (swing_unit)")
        );
    }
    entry.finish().map(|()| feel)
}

/// A drum.
pub fn drum((name, mut entry): (String, Entry)) -> Read<Drum> {
    let drum = Drum {
        name,
        key: entry.number("key", 0, 127)? as u8,
        velocity: entry.number("velocity", 1, 127)?,
        late: entry.number_if_any("late", -50, 50)?.unwrap_or(0),
        leading_hand: entry.flag("leading_hand")?,
    };
    entry.finish().map(|()| drum)
}

/// A part.
pub fn part((name, mut entry): (String, Entry)) -> Read<PartRules> {
    let player = Player::ALL.into_iter().find(|it| it.name() == name);
    let player =
        player.ok_or_else(|| entry.error("parts are drums, bass, chords, pad and lead"))?;
    let drums = player == Player::Drums;
    let part = PartRules {
        player,
        name: entry.text("name")?,
        program: if drums { 0 } else { entry.number("program", 0, 127)? as u8 },
        range: if drums { (0, 127) } else { entry.range("range", 20, 108)? },
        velocity: if drums { 0 } else { entry.number("velocity", 1, 127)? },
        late: entry.number_if_any("late", -50, 50)?.unwrap_or(0),
        roll: entry.number_if_any("roll", 0, 80)?.unwrap_or(0),
    };
    if !drums && part.range.1 - part.range.0 < 14 {
        return Err(entry.error("its range must be 14 semitones or more"));
    }
    entry.finish().map(|()| part)
}

/// A drum pattern: a figure for each drum. A groove's steps divide the `bar`; a fill's 16th notes end with it.
pub fn pattern(mut entry: Entry, kit: &[Drum], bar: Option<u32>) -> Read<Pattern> {
    let place = |name: &str| kit.iter().position(|it| it.name == name);
    let mut keeps = Vec::new();
    for name in entry.words("keeps")? {
        let known = place(&name);
        keeps.push(
            known.ok_or_else(|| entry.error(format!("keeps \"{name}\", no drum of the kit")))?,
        );
    }
    let here = entry.error(String::new());
    let mut lines = Vec::new();
    for (name, text) in entry.rest()? {
        let wrong = |what: String| here.saying(format!("{name}: {what}"));
        let drum =
            place(&name).ok_or_else(|| wrong("there is no such drum in [kit]".to_owned()))?;
        let figure = Figure::read(&text, DRUM_LETTERS).map_err(wrong)?;
        let wrong = |what: &str| here.saying(format!("{name}: {what}"));
        match bar {
            Some(bar) if !figure.fits(bar) => return Err(wrong("its steps do not divide the bar")),
            None if figure.bars() > 1 => return Err(wrong("a fill has no bars")),
            _ => lines.push((drum, figure)),
        }
    }
    let first = lines.first().map(|it| it.1.steps());
    if first.is_none() || (bar.is_none() && lines.iter().any(|it| Some(it.1.steps()) != first)) {
        return Err(here.saying("it needs drums, and those of a fill as many steps".to_owned()));
    }
    Ok(Pattern { lines, keeps })
}

fn figure(entry: &mut Entry, letters: &str, bar: u32) -> Read<Figure> {
    let text = entry.text("figure")?;
    let figure = Figure::read(&text, letters).map_err(|problem| entry.error(problem))?;
    if !figure.fits(bar) {
        let sixteenths = bar / (PULSES_PER_QUARTER / 4);
        let problem = format!(
            "the steps of \"{text}\" do not divide the bar, which has {sixteenths} 16th notes"
        );
        return Err(entry.error(problem));
    }
    Ok(figure)
}

/// A bass figure.
pub fn bass(mut entry: Entry, bar: u32) -> Read<Figure> {
    let figure = figure(&mut entry, BASS_LETTERS, bar)?;
    entry.finish().map(|()| figure)
}

/// A figure of comping or of a pad.
pub fn chord_figure(mut entry: Entry, bar: u32) -> Read<ChordFigure> {
    let figure = figure(&mut entry, CHORD_LETTERS, bar)?;
    let rings = entry.flag("rings")?;
    entry.finish().map(|()| ChordFigure { figure, rings })
}

/// A voicing.
pub fn voicing(mut entry: Entry) -> Read<Voicing> {
    let tones = entry.words("tones")?;
    let degree =
        |text: &String| text.parse().ok().filter(|it| [1, 3, 5, 7, 9, 11, 13].contains(it));
    let tones: Option<Vec<u8>> = tones.iter().map(degree).collect();
    let tones = tones.filter(|it| (2..=6).contains(&it.len()));
    let tones = tones.ok_or_else(|| entry.error("tones must be two to six of 1 3 5 7 9 11 13"))?;
    let spread = match entry.text_if_any("spread")?.as_deref() {
        None | Some("close") => Spread::Close,
        Some("drop2") => Spread::Drop2,
        Some("as written") => Spread::AsWritten,
        Some(_) => return Err(entry.error("spread must be close, drop2 or as written")),
    };
    entry.finish().map(|()| Voicing { tones, spread })
}

/// A progression.
pub fn progression(mut entry: Entry) -> Read<Progression> {
    let name = entry.text("mode")?;
    let mode = mode(&entry, &name)?;
    let bars = entry.text("bars")?;
    let progression = Progression::read(&bars, mode).map_err(|problem| entry.error(problem))?;
    entry.finish().map(|()| progression)
}

/// A substitution.
pub fn substitution(mut entry: Entry) -> Read<Substitution> {
    let from = entry.text("from")?;
    let problem = |problem| entry.error(problem);
    Chord::read(&from).map_err(problem)?;
    let to = entry.words("to")?;
    let to = to.iter().map(|it| Chord::read(it)).collect::<Result<Vec<_>, _>>();
    let to = to.map_err(|problem| entry.error(problem))?;
    if to.is_empty() || to.len() > 2 {
        return Err(entry.error("to must be one chord or two"));
    }
    let chance = entry.number("chance", 1, 100)? as u32;
    entry.finish().map(|()| Substitution { from, to, chance })
}

/// A form.
pub fn form(mut entry: Entry) -> Read<Form> {
    let text = entry.text("sections")?;
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
    let sections = lines.map(FormSection::read).collect::<Result<Vec<_>, _>>();
    let sections = sections.map_err(|problem| entry.error(problem))?;
    let bars: u32 = sections.iter().map(|it| it.bars).sum();
    if !(16..=128).contains(&bars) {
        return Err(entry.error(format!("a form has 16 to 128 bars, not {bars}")));
    }
    entry.finish().map(|()| Form { sections })
}

/// A motif.
pub fn motif(mut entry: Entry, bar: u32) -> Read<Motif> {
    let rhythm = figure(&mut entry, DRUM_LETTERS, bar)?;
    let steps = entry.numbers("steps", -12, 12)?;
    let notes = rhythm.all_signs(bar).len();
    if notes != steps.len() || !(2..=16).contains(&notes) {
        let steps = steps.len();
        return Err(
            entry.error(format!("2 to 16 notes have a step each; here are {notes} and {steps}"))
        );
    }
    entry.finish().map(|()| Motif { rhythm, steps })
}

/// A plan of phrases.
pub fn phrase(mut entry: Entry) -> Read<Phrase> {
    let plan = entry.text("plan")?;
    let phrase = Phrase::read(&plan).map_err(|problem| entry.error(problem))?;
    entry.finish().map(|()| phrase)
}
