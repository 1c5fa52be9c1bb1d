//! Composing: a record, options and what is given become a tune.

use std::ops::Range;
use std::sync::Arc;

use anyhow::{Result, ensure};
use jukebox_model::composer::{Composer, ComposerSettings};
use jukebox_model::key::KeySignature;
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::midi::{Instrument, Mark};
use jukebox_model::piece::{Note, Piece, TempoChange, Tick, tidy};
use jukebox_model::record::{KeyFrame, Record};
use jukebox_model::take::Take;

use super::bars::Bars;
use super::options::ComposeOptions;
use super::parts::PartSet;
use super::sheet;
use crate::dataset::reading;
use crate::format::count;

/// Tempo where neither the user nor the record names one, in quarter notes a minute.
const TEMPO: f64 = 120.0;

/// Most bars of a file that is given, five times as many as are composed at once. Bars may be as short as a 32nd, so
/// that a note far from the others would make millions of them.
const MOST_PROMPT_BARS: u32 = 50_000;

/// Ticks for which a last note may sound beyond a bar line without making a bar of its own: a 16th.
const OVERHANG: Tick = 6;

/// What is to be composed.
#[derive(Clone, Copy, Debug)]
pub enum Task<'p> {
    /// A tune from nothing.
    New,
    /// What follows a piece. It ends with the bar in which its last note starts; where that note ends inside
    /// the bar, the continuation begins there.
    GoOn(&'p Piece),
    /// Music inside a piece, which stays as long as it is.
    Inside {
        /// The piece, with the record's parts.
        piece: &'p Piece,
        /// The bars that are composed; `None` for all.
        bars: Option<Bars>,
        /// Parts that stay as they are in these bars, too: the others play to them.
        standing: PartSet,
    },
}

impl<'p> Task<'p> {
    /// The music that is given.
    fn given(self) -> Option<&'p Piece> {
        match self {
            Self::New => None,
            Self::GoOn(piece) | Self::Inside { piece, .. } => Some(piece),
        }
    }

    /// The first bar that is composed, with what is given in the record's frame.
    fn first(self, white: Option<&Piece>) -> u32 {
        match (self, white) {
            (Self::GoOn(_), Some(white)) => begun_bars(white),
            (Self::Inside { bars: Some(bars), .. }, _) => bars.first(),
            _ => 0,
        }
    }

    /// Composes; `white` is what is given in the record's frame. Gives the take, and the ticks that are new.
    fn compose(
        self,
        white: Option<&Piece>,
        composer: &mut Composer,
        options: &ComposeOptions,
    ) -> Result<(Take, Range<Tick>)> {
        let settings = options.settings();
        let mut take = match (self, white) {
            (Self::GoOn(_), Some(white)) => recall(white, begun_bars(white), settings)?,
            (Self::Inside { .. }, Some(white)) => recall(white, sounding_bars(white), settings)?,
            _ => {
                let usual = || usual_meter(composer.record());
                Take::new(MeterMap::new(options.meter.unwrap_or_else(usual)))
            }
        };
        if let Self::Inside { bars, standing, .. } = self {
            let all = take.bars().len();
            let range = bars.map_or(Ok(0..all), |bars| bars.of(all))?;
            take.recompose_among(range.clone(), composer, &settings, standing.bits());
            let bars = &take.bars()[range];
            let ticks =
                bars.first().map_or(0, |it| it.slot.start)..bars.last().map_or(0, |it| it.end);
            return Ok((take, ticks));
        }
        let start = white.map_or(0, Piece::end).min(take.end());
        take.go_on_from(start, composer, &settings);
        if let Some(meter) = options.meter {
            take.set_meter(take.end(), meter);
        }
        for _ in 0..options.bars() {
            take.compose_next(composer, &settings);
        }
        let end = take.end();
        Ok((take, start..end))
    }
}

/// A composed tune.
#[derive(Clone, Debug)]
pub struct Tune {
    /// The music, in the key that was asked for.
    pub piece: Piece,
    /// Ticks that are composed; around them stands what was given.
    pub composed: Range<Tick>,
    /// Parts that were given in these ticks, too.
    pub standing: PartSet,
    /// What was not done as asked, a sentence each.
    pub remarks: Vec<String>,
    /// Names of sections and chords, as a file has them.
    pub marks: Vec<Mark>,
    /// What the file says of who plays it.
    pub instrument: Instrument,
}

impl Tune {
    /// Composes with a record.
    ///
    /// # Errors
    /// Where what is given has too many bars, or not those to compose.
    pub fn compose(record: Arc<Record>, options: &ComposeOptions, task: Task<'_>) -> Result<Self> {
        let remarks = remarks(&record, options);
        let drums = record.vocabulary().drums;
        let frame = task.given().map(|given| Frame::of(given, record.receipt().keys));
        let white = frame.as_ref().map(|frame| &frame.white);
        let mut composer = Composer::new(Arc::clone(&record));
        let key = options.key.filter(|_| !drums);
        // Into the key that was asked for, or that of the last section of what is given.
        let last = frame.as_ref().and_then(|it| it.back().last().map(|it| it.1)).unwrap_or(0);
        let into = key.map_or(last, KeySignature::from_white_keys);
        let meter = options.meter.unwrap_or_else(|| usual_meter(&record));
        let first = task.first(white);
        let mut sheet = sheet::written(&composer, options, meter, -into, first)?;
        if let (Task::Inside { standing, .. }, Some(white), true) =
            (task, white, sheet.chords.is_empty())
        {
            sheet.chords = sheet::chords_of(&record, white, standing).into();
            sheet.first = 0;
        }
        composer.set_sheet(sheet);
        let (take, composed) = task.compose(white, &mut composer, options)?;

        let mut notes = take.notes();
        // The last note does not ring on beyond the last bar.
        for note in &mut notes {
            note.duration = note.duration.min(take.end() - note.onset);
        }
        let usual = record.receipt().tempo.filter(|bpm| (10.0..=999.0).contains(bpm));
        let tempi = match white {
            Some(white) if options.tempo.is_none() && !white.tempi.is_empty() => {
                // What changes after the last note of a prompt is not of its music.
                let last = if matches!(task, Task::GoOn(_)) { white.end() } else { Tick::MAX };
                white.tempi.iter().filter(|change| change.at < last).copied().collect()
            }
            _ => vec![TempoChange { at: 0, bpm: options.tempo.or(usual).unwrap_or(TEMPO) }],
        };
        let c_major = KeySignature { sharps: 0, minor: false };
        let given = white.map_or(Some(c_major), |white| white.key);
        let piece = Piece {
            title: format!("{}, take {}", record.receipt().name, options.take),
            meters: take.meters().clone(),
            tempi,
            key: if drums { None } else { given },
            drums,
            parts: record.vocabulary().parts.clone(),
            notes,
        };
        // Each section goes back to its own key, what follows to that of the last.
        let back = frame.as_ref().map_or(vec![(0, 0)], Frame::back);
        let further =
            key.map_or(0, |key| key.from_white_keys() - back.last().map_or(0, |&(_, shift)| shift));
        let moved: Vec<(Tick, i8)> = back.iter().map(|&(at, it)| (at, it + further)).collect();
        let mut piece = piece.shifted(&moved);
        piece.key = key.or(piece.key);
        let standing = match task {
            Task::Inside { piece: given, standing, .. } => {
                // The way to the white keys and back may have cut what rings on into another section.
                piece.notes.retain(|note| !standing.has(note.part));
                let given = given.transposed(further);
                piece.notes.extend(given.notes.iter().filter(|note| standing.has(note.part)));
                tidy(&mut piece.notes);
                standing
            }
            _ => PartSet::default(),
        };
        let marks = sheet::marks(&mut composer, options, &take, &piece, &composed, into);
        Ok(Self { piece, composed, standing, remarks, marks, instrument: options.instrument() })
    }
}

/// What of the options changes nothing, or is not at home in the record.
fn remarks(record: &Record, options: &ComposeOptions) -> Vec<String> {
    let vocabulary = record.vocabulary();
    let mut remarks = Vec::new();
    if vocabulary.drums && options.key.is_some() {
        remarks.push("drums have no key: --key changes nothing".to_owned());
    }
    if vocabulary.has_parts() && (options.channel.is_some() || options.program != 1) {
        let each = "each part has a channel and a program of its own";
        remarks.push(format!("{each}: --channel and --program change nothing"));
    }
    if let Some(meter) = options.meter.filter(|meter| !vocabulary.meters.contains(meter)) {
        let name = &record.receipt().name;
        remarks.push(format!("{name} has no piece in {meter}: it will make do"));
    }
    remarks
}

/// A piece that is given, in a record's frame.
struct Frame {
    /// The piece on the white keys.
    white: Piece,
    /// The semitones that brought each section there.
    shifts: Vec<(Tick, i8)>,
}

impl Frame {
    fn of(given: &Piece, keys: KeyFrame) -> Self {
        let shifts = reading::shifts(given, keys);
        Self { white: given.shifted(&shifts), shifts }
    }

    /// The semitones that bring each section back.
    fn back(&self) -> Vec<(Tick, i8)> {
        self.shifts.iter().map(|&(from, shift)| (from, -shift)).collect()
    }
}

/// The bars of a piece to go on from. A note that sounds on beyond a bar line makes no bar of its own.
fn begun_bars(piece: &Piece) -> u32 {
    piece.notes.last().map_or(0, |note| piece.meters.bar_at(note.onset).number + 1)
}

/// The bars in which a piece sounds for longer than an overhang.
fn sounding_bars(piece: &Piece) -> u32 {
    let last = piece.meters.bar_at(piece.end().saturating_sub(1 + OVERHANG)).number;
    begun_bars(piece).max(last + 1)
}

/// A take that begins with some bars of a piece.
///
/// # Errors
/// Where there are too many.
fn recall(given: &Piece, bars: u32, settings: ComposerSettings) -> Result<Take> {
    ensure!(
        bars <= MOST_PROMPT_BARS,
        "the file that is given has {} bars, and at most {} are read: cut it to those that matter",
        count(bars as usize),
        count(MOST_PROMPT_BARS as usize)
    );
    let mut notes = given.notes.as_slice();
    let slots = (0..bars).map(|number| {
        let end = given.meters.bar_end(given.meters.bar(number));
        let (inside, after): (&[Note], &[Note]) =
            notes.split_at(notes.partition_point(|note| note.onset < end));
        notes = after;
        (settings, inside.to_vec())
    });
    let take = Take::restore(given.meters.clone(), slots);
    ensure!(
        take.bars().len() == bars as usize,
        "the bars of the file that is given cannot be read"
    );
    Ok(take)
}

/// The meter of most bars that the record has learnt. Older records do not tell: of theirs 4/4, or the one
/// whose bars are most nearly as long.
fn usual_meter(record: &Record) -> Meter {
    let meters = &record.vocabulary().meters;
    let told = record.receipt().meter.filter(|meter| meters.contains(meter));
    let by_length = |meter: &&Meter| meter.bar().abs_diff(Meter::COMMON.bar());
    let likely = || meters.iter().find(|&&it| it == Meter::COMMON);
    let nearest = || meters.iter().min_by_key(by_length);
    told.or_else(|| likely().or_else(nearest).copied()).unwrap_or_default()
}
