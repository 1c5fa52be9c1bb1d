//! Where a bar comes from, and how the bars of a collection do.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::arrangement::ArrangementCounts;
use super::bar_notes::BarHistory;
use super::chords::ChordCounts;
use super::counts::{Context, Counts};
use crate::meter::Meter;
use crate::piece::Piece;
use crate::vocabulary::{BarChords, Harmony, PartSet, Vocabulary};

/// Bars that are looked back at.
pub const MOST_BACK: u32 = 32;

/// Most bars whose origins a model keeps: more tell little more, and are counted whenever a record is opened.
pub const MOST_BARS: usize = 20_000;

/// How much a bar is like the one that it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resemblance {
    /// Some of the notes.
    Loose,
    /// Most of the notes.
    Close,
    /// Onsets and pitches of all notes.
    Exact,
}

impl Resemblance {
    const ALL: [Self; 3] = [Self::Loose, Self::Close, Self::Exact];

    /// The least likeness (see [`BarNotes::likeness`](super::BarNotes::likeness)) of each.
    const LEAST: [f32; 3] = [0.3, 0.6, 0.999];

    /// That of a likeness; `None` for one so small that the bar counts as new.
    pub fn of(likeness: f32) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|it| likeness >= Self::LEAST[*it as usize])
    }

    /// How far a likeness lies from what it stands for: 0 inside, else more than half.
    pub fn distance(self, likeness: f32) -> f32 {
        if Self::of(likeness) == Some(self) {
            return 0.0;
        }
        let least = Self::LEAST[self as usize];
        let most = Self::LEAST.get(self as usize + 1).copied().unwrap_or(1.0);
        0.5 + (least - likeness).max(likeness - most).max(0.0)
    }
}

/// Where a bar comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    /// From none of the bars before.
    #[default]
    New,
    /// From the bar that lies so many bars back, 1 to [`MOST_BACK`].
    Like {
        /// Bars.
        back: u32,
        /// How much it is like that one.
        resemblance: Resemblance,
    },
}

impl Origin {
    /// Whether it is all of an earlier bar.
    pub(super) fn is_exact(self) -> bool {
        matches!(self, Self::Like { resemblance: Resemblance::Exact, .. })
    }

    /// Numbers that origins have: 0 for new, then three for each bar back.
    pub(super) const SYMBOLS: usize = 1 + 3 * MOST_BACK as usize;

    pub(super) fn symbol(self) -> u16 {
        match self {
            Self::New => 0,
            Self::Like { back, resemblance } => 1 + 3 * (back as u16 - 1) + resemblance as u16,
        }
    }

    pub(super) fn of_symbol(symbol: u16) -> Self {
        match symbol.checked_sub(1) {
            None => Self::New,
            Some(rest) => Self::Like {
                back: 1 + u32::from(rest / 3),
                resemblance: Resemblance::ALL[usize::from(rest % 3)],
            },
        }
    }
}

/// Where the bars of a piece come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The meter of its first bar.
    pub meter: Meter,
    /// The origin of each bar.
    pub origins: Vec<Origin>,
    /// The chords of each bar; empty where they are not known.
    pub chords: Vec<[Harmony; 2]>,
    /// The parts that play in each bar; empty for a single part, and for more than a set tells apart.
    pub parts: Vec<PartSet>,
}

impl Form {
    /// The form of a piece, with the chords of its bars, which are given from the piece's first bar on; chords
    /// are left out where the vocabulary has none.
    pub fn of(piece: &Piece, vocabulary: &Vocabulary, bars: &[BarChords]) -> Self {
        let mut form = BarHistory::form(piece);
        if vocabulary.has_ensembles() {
            form.parts = Vocabulary::bar_ensembles(piece);
        }
        if vocabulary.chords.is_empty() {
            return form;
        }
        let first = piece.notes.first().map_or(0, |it| piece.meters.bar_at(it.onset).number);
        let chords = (first as usize..).take(form.origins.len()).map(|bar| {
            let chords = bars.get(bar).copied().unwrap_or_default();
            chords.map(|it| vocabulary.harmony(it))
        });
        Self { chords: chords.collect(), ..form }
    }
}

/// The form of a piece as a file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Symbols {
    meter: Meter,
    /// An origin a bar, as a number.
    bars: Vec<u16>,
    /// Two chords a bar, as rows of the vocabulary's harmonies; empty where they are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    chords: Vec<[u16; 2]>,
    /// The parts that play in each bar, a bit for each; empty where they are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<u16>,
}

impl From<Form> for Symbols {
    fn from(form: Form) -> Self {
        Self {
            meter: form.meter,
            bars: form.origins.into_iter().map(Origin::symbol).collect(),
            chords: form.chords.into_iter().map(|it| it.map(Harmony::row)).collect(),
            parts: form.parts.into_iter().map(|it| it.0).collect(),
        }
    }
}

/// How the bars of a collection come back: counts of origins after the origins before them, by the meter and
/// the place in the phrase, the longer context before the shorter one (Witten and Bell 1991, method C).
///
/// In a file it is the forms of its pieces, each a meter and a number for each bar.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Symbols>", into = "Vec<Symbols>")]
pub struct FormModel {
    pieces: Vec<Symbols>,
    /// Whether what comes back to another chord moves to it. Records of before format 5 have learnt chords, and play
    /// what comes back as it was.
    moves: bool,
    /// Counted when they are first asked for: who lists records reads them without.
    counts: OnceLock<Counted>,
}

/// What is counted of pieces.
#[derive(Clone, Debug, Default)]
struct Counted {
    origins: Counts,
    chords: ChordCounts,
    arrangement: ArrangementCounts,
}

impl Counted {
    fn of(pieces: &[Symbols]) -> Self {
        let mut counted = Self::default();
        for Symbols { meter, bars, chords, parts } in pieces {
            for (bar, &symbol) in bars.iter().enumerate() {
                counted.origins.add(&contexts(*meter, &bars[..bar]), symbol);
            }
            counted.chords.add(bars, chords);
            counted.arrangement.add(bars, parts);
        }
        counted
    }
}

impl PartialEq for FormModel {
    fn eq(&self, other: &Self) -> bool {
        self.pieces == other.pieces && self.moves == other.moves
    }
}

/// Origins before, the latest first; less than the first bar is none.
const CONTEXT: usize = 8;
/// Stands for what lies before the first bar.
const BEFORE: u16 = Origin::SYMBOLS as u16;

impl FormModel {
    /// Learns from the forms of pieces: of all where they have [`MOST_BARS`] bars at most, else of as many as have,
    /// spread over the list.
    pub fn learn(pieces: impl IntoIterator<Item = Form>) -> Self {
        let mut pieces: Vec<Symbols> = pieces.into_iter().map(Symbols::from).collect();
        pieces.iter_mut().for_each(|piece| piece.bars.truncate(MOST_BARS));
        pieces.iter_mut().for_each(|piece| piece.chords.truncate(MOST_BARS));
        pieces.iter_mut().for_each(|piece| piece.parts.truncate(MOST_BARS));
        pieces.retain(|piece| !piece.bars.is_empty());
        let bars: usize = pieces.iter().map(|it| it.bars.len()).sum();
        let (mut passed, mut kept) = (0, 0);
        pieces.retain(|piece| {
            passed += piece.bars.len();
            let due = passed * MOST_BARS.min(bars) / bars;
            let has_room = kept + piece.bars.len() <= due.max(MOST_BARS / 10);
            kept += if has_room { piece.bars.len() } else { 0 };
            has_room
        });
        Self::of_pieces(pieces)
    }

    fn of_pieces(pieces: Vec<Symbols>) -> Self {
        let moves = pieces.iter().any(|piece| !piece.chords.is_empty());
        Self { pieces, moves, counts: OnceLock::new() }
    }

    /// Whether notes that come back to another chord than theirs move to it.
    pub fn moves(&self) -> bool {
        self.moves
    }

    /// The same, where what comes back stays as it was, as records of format 4 play it.
    #[must_use]
    pub(crate) fn unmoved(self) -> Self {
        Self { moves: false, ..self }
    }

    fn counted(&self) -> &Counted {
        self.counts.get_or_init(|| Counted::of(&self.pieces))
    }

    /// Whether nothing was learnt.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Pieces and bars that it was learnt from.
    pub fn size(&self) -> (usize, usize) {
        (self.pieces.len(), self.pieces.iter().map(|it| it.bars.len()).sum())
    }

    /// The probability of each origin in a meter, by its symbol, after those of all bars before.
    pub(super) fn probabilities(&self, meter: Meter, before: &[u16]) -> Vec<f32> {
        let mut odds =
            self.counted().origins.probabilities(&contexts(meter, before), Origin::SYMBOLS);
        // No bar comes from before the first.
        let reached = before.len().min(MOST_BACK as usize);
        odds[1 + 3 * reached..].fill(0.0);
        let sum: f32 = odds.iter().sum();
        if sum > 0.0 {
            odds.iter_mut().for_each(|it| *it /= sum);
        } else {
            odds[0] = 1.0;
        }
        odds
    }

    /// Whether it knows chords.
    pub fn has_chords(&self) -> bool {
        self.pieces.iter().any(|piece| !piece.chords.is_empty())
    }

    /// Draws the chords of the bar that comes next, of origin `symbol`, from those before it; `uniform` gives
    /// numbers in [0, 1).
    pub(super) fn draw_chords(
        &self,
        before: &[[u16; 2]],
        symbol: u16,
        uniform: impl FnMut() -> f32,
    ) -> [u16; 2] {
        self.counted().chords.draw(before, symbol, uniform)
    }

    /// Whether it knows which parts play in a bar.
    pub fn has_parts(&self) -> bool {
        self.pieces.iter().any(|piece| !piece.parts.is_empty())
    }

    /// Draws the parts of the bar that comes next, of origin `symbol`, by a number in [0, 1).
    pub(super) fn draw_parts(&self, before: &[u16], symbol: u16, uniform: f32) -> u16 {
        self.counted().arrangement.draw(before, symbol, uniform)
    }

    /// What the chords of a piece's bars cost, their origins known, in nats.
    pub fn chord_nats(&self, form: &Form) -> f64 {
        let Symbols { bars, chords, .. } = Symbols::from(form.clone());
        self.counted().chords.nats(&bars, &chords)
    }

    /// What the parts of a piece's bars cost, their origins known, in nats.
    pub fn parts_nats(&self, form: &Form) -> f64 {
        let Symbols { bars, parts, .. } = Symbols::from(form.clone());
        self.counted().arrangement.nats(&bars, &parts)
    }

    /// Whether all its chords are of a vocabulary.
    pub(crate) fn fits(&self, vocabulary: &Vocabulary) -> bool {
        if self.has_parts() && vocabulary.parts.len() > PartSet::MOST {
            return false;
        }
        let rows = vocabulary.harmonies() as u16;
        let mut chords = self.pieces.iter().flat_map(|it| it.chords.iter().flatten());
        chords.all(|&row| row > 0 && row < rows)
    }

    /// What the origins of a piece's bars cost, in nats.
    pub fn nats(&self, form: &Form) -> f64 {
        let symbols: Vec<u16> = form.origins.iter().map(|it| it.symbol()).collect();
        let cost = |(bar, &symbol): (usize, &u16)| {
            // What never came is worth one bar in all that were learnt.
            let floor = 1.0 / (self.size().1 + 1) as f32;
            let p = self.probabilities(form.meter, &symbols[..bar])[usize::from(symbol)];
            -f64::from((p * (1.0 - floor) + floor / Origin::SYMBOLS as f32).ln())
        };
        symbols.iter().enumerate().map(cost).sum()
    }
}

/// The contexts of a bar, the shortest first.
fn contexts(meter: Meter, before: &[u16]) -> [Context; 7] {
    let bar = before.len() as u16;
    let meter = u16::from(meter.numerator()) << 8 | u16::from(meter.denominator());
    let back: [u16; CONTEXT] =
        std::array::from_fn(|it| before.iter().rev().nth(it).copied().unwrap_or(BEFORE));
    let [a, b, c, d, ..] = back;
    let longest: [u16; 2 + CONTEXT] =
        std::array::from_fn(|it| if it < 2 { [meter, bar % 16][it] } else { back[it - 2] });
    Context::all([
        &[],
        &[meter],
        &[meter, bar % 4],
        &[meter, a],
        &[meter, bar % 4, a, b],
        &[meter, bar % 8, a, b, c, d],
        &longest,
    ])
}

impl TryFrom<Vec<Symbols>> for FormModel {
    type Error = String;

    fn try_from(pieces: Vec<Symbols>) -> Result<Self, String> {
        for (bar, &symbol) in pieces.iter().flat_map(|piece| piece.bars.iter().enumerate()) {
            let reaches = |back: u32| back as usize <= bar;
            let known = usize::from(symbol) < Origin::SYMBOLS;
            match Origin::of_symbol(symbol) {
                _ if !known => return Err(format!("no origin has the number {symbol}")),
                Origin::Like { back, .. } if !reaches(back) => {
                    return Err("a bar comes from before its piece".to_owned());
                }
                _ => {}
            }
        }
        let most = 2 + Vocabulary::MAX_ENTRIES as u16;
        if pieces.iter().flat_map(|it| it.chords.iter().flatten()).any(|&row| row >= most) {
            return Err("no vocabulary has so many chords".to_owned());
        }
        if pieces.iter().any(|it| !it.chords.is_empty() && it.chords.len() != it.bars.len()) {
            return Err("chords are for all bars of a piece, or for none".to_owned());
        }
        if pieces.iter().any(|it| !it.parts.is_empty() && it.parts.len() != it.bars.len()) {
            return Err("parts are told for all bars of a piece, or for none".to_owned());
        }
        if pieces.iter().map(|it| it.bars.len()).sum::<usize>() > MOST_BARS {
            return Err(format!("more than {MOST_BARS} bars"));
        }
        Ok(Self::of_pieces(pieces))
    }
}

impl From<FormModel> for Vec<Symbols> {
    fn from(model: FormModel) -> Self {
        model.pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(back: u32) -> Origin {
        Origin::Like { back, resemblance: Resemblance::Exact }
    }

    /// AABA of four bars each.
    fn song() -> Form {
        let origins = [[Origin::New; 4], [exact(4); 4], [Origin::New; 4], [exact(8); 4]].concat();
        Form { meter: Meter::COMMON, origins, ..Form::default() }
    }

    #[test]
    fn origins_and_numbers_are_the_same() {
        for symbol in 0..Origin::SYMBOLS as u16 {
            assert_eq!(Origin::of_symbol(symbol).symbol(), symbol);
        }
        assert_eq!(exact(MOST_BACK).symbol() as usize, Origin::SYMBOLS - 1);
    }

    #[test]
    fn a_form_that_was_learnt_is_likelier_than_another() {
        let model = FormModel::learn(vec![song(); 5]);
        let origins = [vec![Origin::New], vec![exact(1); 15]].concat();
        let circle = Form { meter: Meter::COMMON, origins, ..Form::default() };
        assert!(model.nats(&song()) < 3.0, "{}", model.nats(&song()));
        assert!(model.nats(&circle) > 30.0);
    }

    #[test]
    fn no_bar_comes_from_before_the_first() {
        let model = FormModel::learn(vec![song(); 5]);
        for bars in 0..5 {
            let odds = model.probabilities(Meter::COMMON, &vec![0; bars]);
            assert!((odds.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(odds[1 + 3 * bars..].iter().all(|&it| it == 0.0), "{bars}");
        }
        assert_eq!(FormModel::default().probabilities(Meter::COMMON, &[])[0], 1.0);
    }

    #[test]
    fn meters_have_forms_of_their_own() {
        let waltz: Meter = "3/4".parse().unwrap();
        let origins = [vec![Origin::New], vec![exact(1); 15]].concat();
        let circle = Form { meter: waltz, origins, ..Form::default() };
        let model = FormModel::learn([song(), song(), circle.clone(), circle.clone()]);
        assert!(model.nats(&circle) < 10.0 && model.nats(&song()) < 10.0);
        assert!(model.nats(&Form { meter: waltz, ..song() }) > 20.0);
        // A meter that was never learnt has the forms of all.
        let other = model.probabilities("5/4".parse().unwrap(), &[0, 0, 0, 0, 0]);
        assert!(other[usize::from(exact(1).symbol())] > 0.1, "{other:?}");
    }

    #[test]
    fn of_many_pieces_some_are_kept_from_all_over() {
        let few = FormModel::learn(vec![song(); 600]);
        assert_eq!(few.size(), (600, 9_600));
        let song = |number: usize| Form {
            meter: if number < 1000 { Meter::COMMON } else { "3/4".parse().unwrap() },
            ..song()
        };
        let many = FormModel::learn((0..2000).map(song));
        let (pieces, bars) = many.size();
        assert!(bars <= MOST_BARS && bars > MOST_BARS * 9 / 10, "{bars}");
        let common = many.pieces.iter().filter(|it| it.meter == Meter::COMMON).count();
        assert!(10 * common > 4 * pieces && 10 * common < 6 * pieces, "{common} of {pieces}");
        let long = Form { origins: vec![Origin::New; 2 * MOST_BARS], ..Form::default() };
        assert_eq!(FormModel::learn([long]).size(), (1, MOST_BARS));
    }

    #[test]
    fn what_a_file_may_not_say_is_refused() {
        let parse = |text: &str| serde_json::from_str::<FormModel>(text);
        assert_eq!(parse(r#"[{"meter":"4/4","bars":[0,3]}]"#).unwrap().size(), (1, 2));
        assert!(parse(r#"[{"meter":"4/4","bars":[3]}]"#).is_err(), "from before the piece");
        assert!(parse(r#"[{"meter":"4/4","bars":[0,97]}]"#).is_err(), "no such origin");
        let model = FormModel::learn([song()]);
        let text = serde_json::to_string(&model).unwrap();
        assert_eq!(parse(&text).unwrap(), model);
    }
}
