//! Composing a tune with a record: from options to a MIDI file and its picture.

use std::ops::Range;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use jukebox_model::composer::{Composer, ComposerSettings};
use jukebox_model::key::KeySignature;
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::midi::{self, Import, ImportError, ImportOptions, Instrument, PartChoice};
use jukebox_model::piece::{Note, Piece, TempoChange, Tick};
use jukebox_model::record::Record;
use jukebox_model::take::Take;
use jukebox_model::vocabulary::Vocabulary;
use jukebox_synth::Timbre;

use crate::dataset::common_parts::PartsChoice;
use crate::dataset::reading::{self, GridChoice};
use crate::dataset::{LONGEST_FILE, provenance};
use crate::format::{count, counted};
use crate::render::{roll, sound};
use crate::{files, format};

/// Tempo where neither the user nor the record names one, in quarter notes a minute.
const TEMPO: f64 = 120.0;

/// Most bars of a prompt, five times as many as are composed at once. Bars may be as short as a 32nd, so
/// that a note far from the others would make millions of them.
const MOST_PROMPT_BARS: u32 = 50_000;

/// How a tune is composed. The same options and record give the same file.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "The tune")]
pub struct ComposeOptions {
    /// Bars to compose, after those of a prompt
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub bars: u32,
    /// Quarter notes a minute [default: the prompt's, or the usual one of the record's collection]
    #[arg(long, allow_negative_numbers = true, value_name = "BPM", value_parser = tempo)]
    pub tempo: Option<f64>,
    /// Time signature, such as 6/8 [default: the prompt's last, or 4/4, or the record's first where
    /// it has no 4/4]
    #[arg(long, value_name = "METER")]
    pub meter: Option<Meter>,
    /// Key, such as D or Em: the white keys are moved there [default: the prompt's, or C]
    #[arg(long, value_name = "KEY")]
    pub key: Option<KeySignature>,
    /// 0 plays the likeliest notes, 1 plays as the collection does, more dares more
    #[arg(long, allow_negative_numbers = true, value_name = "T", default_value_t = ComposerSettings::default().temperature, value_parser = temperature)]
    pub temperature: f32,
    /// Share of the likely notes to choose from, above 0 and at most 1
    #[arg(long, allow_negative_numbers = true, value_name = "SHARE", default_value_t = ComposerSettings::default().top_p, value_parser = top_p)]
    pub top_p: f32,
    /// How much the tune returns to what it has played: from 0, never, to 1, wherever it can
    #[arg(long, allow_negative_numbers = true, value_name = "WEIGHT", default_value_t = ComposerSettings::default().motif, value_parser = motif)]
    pub motif: f32,
    /// Number of the take: another number is another tune
    #[arg(long, value_name = "N", default_value_t = ComposerSettings::default().take)]
    pub take: u32,
    /// General MIDI program that the file names for its notes, counted from 1: 1 is a grand piano, 74 a flute
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=128))]
    pub program: u8,
    /// MIDI channel of the file's notes [default: 1, or 10 for drums]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub channel: Option<u8>,
}

impl ComposeOptions {
    /// What the file says of who plays it.
    fn instrument(&self) -> Instrument {
        Instrument { channel: self.channel.map(|it| it - 1), program: self.program - 1 }
    }
}

/// A prompt: music to go on from.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// The music of the part that the record has learnt.
    pub piece: Piece,
    /// What was left out of it, a sentence each.
    pub remarks: Vec<String>,
}

fn tempo(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(bpm) if (10.0..=999.0).contains(&bpm) => Ok(bpm),
        _ => Err("a number from 10 to 999".to_owned()),
    }
}

pub(crate) fn temperature(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(temperature) if (0.0..=5.0).contains(&temperature) => Ok(temperature),
        _ => Err("a number from 0 to 5".to_owned()),
    }
}

pub(crate) fn top_p(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(share) if share > 0.0 && share <= 1.0 => Ok(share),
        _ => Err("a share above 0, at most 1".to_owned()),
    }
}

pub(crate) fn motif(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(weight) if (0.0..=1.0).contains(&weight) => Ok(weight),
        _ => Err("a weight from 0 to 1".to_owned()),
    }
}

/// Bars of a prompt, counted from 1: `5-8`, or `5` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bars {
    first: u32,
    last: u32,
}

impl FromStr for Bars {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (first.trim().parse(), last.trim().parse()) {
            (Ok(first), Ok(last)) if (1..=last).contains(&first) => Ok(Self { first, last }),
            _ => Err("bars, counted from 1, such as 5-8"),
        }
    }
}

/// A composed tune.
#[derive(Clone, Debug)]
pub struct Tune {
    /// The music, in the key that was asked for.
    pub piece: Piece,
    /// Ticks that are composed; around them stands the prompt.
    pub composed: Range<Tick>,
    /// What was not done as asked, a sentence each.
    pub remarks: Vec<String>,
    /// What the file says of who plays it.
    pub instrument: Instrument,
}

impl Tune {
    /// Composes with a record; a prompt is read bar by bar, then continued from where it ends, or composed
    /// anew in the bars that are to be filled, and in the parts that are to be rewritten. It ends with the bar in which its last note starts; where that
    /// note ends inside the bar, the continuation begins there.
    ///
    /// # Errors
    /// Where the prompt has no notes in its bars, or not the bars to fill, or the record not the parts.
    pub fn compose(
        record: Arc<Record>,
        options: &ComposeOptions,
        prompt: Option<&Piece>,
        fill: Option<Bars>,
        rewrite: &[String],
    ) -> Result<Self> {
        let standing = standing(record.vocabulary(), rewrite)?;
        // A prompt that is changed inside stays as long as it is.
        let changes = fill.is_some() || !rewrite.is_empty();
        let settings = ComposerSettings {
            take: options.take,
            temperature: options.temperature,
            top_p: options.top_p,
            motif: options.motif,
            ..ComposerSettings::default()
        };
        let drums = record.vocabulary().drums;
        let parts = record.vocabulary().parts.clone();
        let name = record.receipt().name.clone();
        let mut remarks = Vec::new();
        if drums && options.key.is_some() {
            remarks.push("drums have no key: --key changes nothing".to_owned());
        }
        if record.vocabulary().has_parts() && (options.channel.is_some() || options.program != 1) {
            let each = "each part has a channel and a program of its own";
            remarks.push(format!("{each}: --channel and --program change nothing"));
        }
        if let Some(meter) = options.meter
            && !record.vocabulary().meters.contains(&meter)
        {
            remarks.push(format!("{name} has no piece in {meter}: it will make do"));
        }

        let keys = record.receipt().keys;
        let white = prompt.map(|prompt| {
            let shifts = reading::shifts(prompt, keys);
            (prompt.shifted(&shifts), shifts)
        });
        let mut take = match &white {
            Some((prompt, _)) if changes => recall(prompt, prompt.bars(), settings)?,
            Some((prompt, _)) => recall(prompt, begun_bars(prompt), settings)?,
            None => Take::new(MeterMap::new(options.meter.unwrap_or_else(|| usual_meter(&record)))),
        };
        let mut composer = Composer::new(record);
        let composed = match fill {
            Some(bars) => bars.fill(&mut take, &mut composer, &settings, standing)?,
            None if changes => {
                let all = Bars { first: 1, last: take.bars().len() as u32 };
                all.fill(&mut take, &mut composer, &settings, standing)?
            }
            None => {
                let start = white.as_ref().map_or(0, |(prompt, _)| prompt.end()).min(take.end());
                take.go_on_from(start, &mut composer, &settings);
                if let Some(meter) = options.meter {
                    take.set_meter(take.end(), meter);
                }
                for _ in 0..options.bars {
                    take.compose_next(&mut composer, &settings);
                }
                start..take.end()
            }
        };

        let mut notes = take.notes();
        // The last note does not ring on beyond the last bar.
        for note in &mut notes {
            note.duration = note.duration.min(take.end() - note.onset);
        }
        let usual = composer.record().receipt().tempo.filter(|bpm| (10.0..=999.0).contains(bpm));
        let given = TempoChange { at: 0, bpm: options.tempo.or(usual).unwrap_or(TEMPO) };
        let tempi = match &white {
            Some((prompt, _)) if options.tempo.is_none() && !prompt.tempi.is_empty() => {
                // What changes after its last note is not of its music.
                let last = if changes { Tick::MAX } else { prompt.end() };
                prompt.tempi.iter().filter(|change| change.at < last).copied().collect()
            }
            _ => vec![given],
        };
        let c_major = KeySignature { sharps: 0, minor: false };
        let key = white.as_ref().map_or(Some(c_major), |(prompt, _)| prompt.key);
        // Each section goes back to its own key, what follows to that of the last.
        let mut back: Vec<(Tick, i8)> = match &white {
            Some((_, shifts)) => shifts.iter().map(|&(from, shift)| (from, -shift)).collect(),
            None => vec![(0, 0)],
        };
        let piece = Piece {
            title: format!("{name}, take {}", options.take),
            meters: take.meters().clone(),
            tempi,
            key: if drums { None } else { key },
            drums,
            parts,
            notes,
        };
        let piece = match options.key {
            _ if drums => piece,
            Some(key) => {
                let further = key.from_white_keys() - back.last().map_or(0, |&(_, shift)| shift);
                back.iter_mut().for_each(|(_, shift)| *shift += further);
                Piece { key: Some(key), ..piece.shifted(&back) }
            }
            None => piece.shifted(&back),
        };
        Ok(Self { piece, composed, remarks, instrument: options.instrument() })
    }

    /// The bars that were composed, without those of the prompt round them.
    pub fn only_new(self) -> Self {
        let Self { piece, composed, remarks, instrument } = self;
        let from = piece.meters.bar_at(composed.start).start;
        let inside = |at: Tick| composed.contains(&at);
        let moved = |at: Tick| at.saturating_sub(from);
        let first = (0, piece.meters.bar_at(from).meter);
        let changes = piece.meters.changes().iter().filter(|bar| bar.start > from);
        let mut tempi = vec![TempoChange { at: 0, bpm: piece.tempo_at(from) }];
        let later = piece.tempi.iter().filter(|change| change.at > from && inside(change.at));
        tempi.extend(later.map(|change| TempoChange { at: moved(change.at), ..*change }));
        let notes = piece.notes.iter().filter(|note| inside(note.onset));
        let cut = |note: &Note| Note {
            onset: moved(note.onset),
            duration: note.duration.min(composed.end - note.onset),
            ..*note
        };
        let meters = changes.map(|bar| (moved(bar.start), bar.meter));
        Self {
            piece: Piece {
                meters: MeterMap::from_changes(std::iter::once(first).chain(meters)),
                tempi,
                notes: notes.map(cut).collect(),
                ..piece
            },
            composed: moved(composed.start)..moved(composed.end),
            remarks,
            instrument,
        }
    }

    /// Writes the tune as a MIDI file.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        files::write(path, &midi::export_for(&self.piece, self.instrument))
    }

    /// Draws the tune as a piano roll.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn draw(&self, path: &Path) -> Result<()> {
        roll::write_png(path, &self.piece, &self.line(), &self.composed)
    }

    /// Plays the tune into a WAV file, and gives its length in seconds.
    ///
    /// # Errors
    /// Where the file cannot be written, or the tune is longer than such a file can be.
    pub fn sound(&self, path: &Path, voice: Timbre) -> Result<f64> {
        sound::write(path, &self.piece, voice)
    }

    /// The voice that suits the tune.
    pub fn voice(&self) -> Timbre {
        Timbre::for_record(self.piece.drums)
    }

    /// The tune in a line: tempo, meter, key, length.
    pub fn line(&self) -> String {
        format::piece_line(&self.piece, self.composed.start)
    }
}

impl Bars {
    /// Composes these bars of a take anew, round the notes of the parts that stand, a bit for each, and gives
    /// their ticks.
    fn fill(
        self,
        take: &mut Take,
        composer: &mut Composer,
        settings: &ComposerSettings,
        standing: u32,
    ) -> Result<Range<Tick>> {
        let Self { first, last } = self;
        let bars = take.bars().len();
        ensure!(
            last as usize <= bars,
            "there are no bars {first}-{last} to fill: the prompt has {}",
            counted(bars, "bar")
        );
        let range = first as usize - 1..last as usize;
        take.recompose_among(range.clone(), composer, settings, standing);
        Ok(take.bars()[range.start].slot.start..take.bars()[range.end - 1].end)
    }
}

/// Reads a MIDI file, or a pipe that the shell hands over, as a prompt for a record: the part that is asked for,
/// or the one that the record has learnt.
///
/// # Errors
/// Where the file cannot be read, is longer than a MIDI file of a collection may be, has no such part, or one that
/// the record cannot play.
pub fn read_prompt(
    path: &Path,
    record: &Record,
    asked: Option<PartChoice>,
    pedal: bool,
) -> Result<Prompt> {
    let learnt = record.receipt().part.parse().unwrap_or_default();
    let drums = record.vocabulary().drums;
    let name = &record.receipt().name;
    let has_parts = record.vocabulary().has_parts();
    // What a track is called means nothing in another file.
    let part = asked.unwrap_or(match learnt {
        _ if drums => PartChoice::Drums,
        PartChoice::Only(_) | PartChoice::AsDrums(_) | PartChoice::Drums => PartChoice::All,
        part => part,
    });
    let bytes = files::read_or_receive(path, LONGEST_FILE);
    let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
    let import = match midi::import(
        &bytes,
        ImportOptions { part, pedal, keep_parts: has_parts, ..ImportOptions::default() },
    ) {
        Err(ImportError::EmptyPart { .. }) if asked.is_none() => {
            let (has, plays) =
                if drums { ("no drums", "nothing else") } else { ("only drums", "none") };
            bail!(
                "{} has {has}, and {name} plays {plays}: name another prompt, a part of it with \
                 --prompt-part, or compose with another record",
                path.display(),
            )
        }
        import => import.with_context(|| path.display().to_string())?,
    };
    let Import { mut piece, report, .. } = import;
    let mut reading = provenance::reading(record.receipt(), path)?;
    if reading.grid != GridChoice::AsIs || has_parts {
        reading.import = ImportOptions { part, pedal, ..reading.import };
        reading.parts = if has_parts { PartsChoice::Auto } else { PartsChoice::Off };
        let read = reading.read(&bytes).map_err(anyhow::Error::msg);
        piece = read.with_context(|| path.display().to_string())?.piece;
    }
    if piece.drums != drums && !has_parts {
        let way_out = match (drums, part) {
            (true, PartChoice::Only(lines)) => {
                format!("read it as drums with --prompt-part \"drums:{lines}\"")
            }
            (true, _) => "name a part of drums with --prompt-part".to_owned(),
            (false, _) => "name one of pitches with --prompt-part".to_owned(),
        };
        let (are, plays) = if drums { ("pitches", "drums alone") } else { ("drums", "none") };
        bail!(
            "the part {part} of {} holds {are}, and {name} plays {plays}: {way_out}",
            path.display()
        );
    }
    let mut remarks = report.warnings();
    if report.trimmed > 0 {
        let silent = counted(report.silent_bars() as usize, "bar");
        remarks.push(format!("{silent} of silence at its start left out: bars count from there"));
    }
    let piece = record.vocabulary().adopt(&piece).into_owned();
    if piece.notes.is_empty() {
        let parts = &record.vocabulary().parts;
        let parts: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        bail!(
            "{} has nothing for the parts of {name} ({}): name another prompt, a part of it with \
             --prompt-part, or compose with another record",
            path.display(),
            parts.join(", ")
        );
    }
    let plays_drums = record.vocabulary().parts.iter().any(|part| part.drums);
    let other = if plays_drums && !drums {
        0
    } else if drums {
        report.notes() - report.drums()
    } else {
        report.drums()
    };
    if other > 0 && asked.is_none() {
        let kind = if drums { "pitched note" } else { "drum hit" };
        remarks.push(format!("{} left out: {name} plays none", counted(other, kind)));
    }
    let remarks = remarks.into_iter().map(|it| format!("{}: {it}", path.display())).collect();
    Ok(Prompt { piece, remarks })
}

/// The parts of a record that stand where others are rewritten, a bit for each; none where nothing is.
///
/// # Errors
/// Where the record has no part of a name, or nothing would stand.
fn standing(vocabulary: &Vocabulary, rewrite: &[String]) -> Result<u32> {
    if rewrite.is_empty() {
        return Ok(0);
    }
    ensure!(vocabulary.has_parts(), "the record plays no parts that could be rewritten one by one");
    let names: Vec<&str> = vocabulary.parts.iter().map(|part| part.name.trim()).collect();
    let mut standing = u32::MAX >> (32 - names.len());
    for name in rewrite {
        let asked = name.trim().to_lowercase();
        let found = names.iter().position(|it| it.to_lowercase() == asked);
        let Some(part) = found else {
            bail!("the record plays no part \"{name}\": it has {}", names.join(", "))
        };
        standing &= !(1 << part);
    }
    ensure!(standing != 0, "no part would stay: leave --rewrite out, or name fewer");
    Ok(standing)
}

/// The bars of a prompt to go on from. A note that sounds on beyond a bar line makes no bar of its own.
fn begun_bars(prompt: &Piece) -> u32 {
    prompt.notes.last().map_or(0, |note| prompt.meters.bar_at(note.onset).number + 1)
}

/// A take that begins with some bars of a piece.
///
/// # Errors
/// Where there are too many.
fn recall(prompt: &Piece, bars: u32, settings: ComposerSettings) -> Result<Take> {
    ensure!(
        bars <= MOST_PROMPT_BARS,
        "the prompt has {} bars, and at most {} are read: cut it to the bars to go on from",
        count(bars as usize),
        count(MOST_PROMPT_BARS as usize)
    );
    let mut notes = prompt.notes.as_slice();
    let slots = (0..bars).map(|number| {
        let end = prompt.meters.bar_end(prompt.meters.bar(number));
        let (inside, after) = notes.split_at(notes.partition_point(|note| note.onset < end));
        notes = after;
        (settings, inside.to_vec())
    });
    let take = Take::restore(prompt.meters.clone(), slots);
    ensure!(take.bars().len() == bars as usize, "the prompt's bars cannot be read");
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
