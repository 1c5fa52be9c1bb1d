//! The sheet that a tune is composed to, and the names that its bars get in a file.

use std::ops::Range;

use anyhow::{Result, anyhow, ensure};
use jukebox_analysis::sheet::bar_chords;
use jukebox_model::composer::Composer;
use jukebox_model::key::KeySignature;
use jukebox_model::meter::Meter;
use jukebox_model::midi::Mark;
use jukebox_model::piece::{Note, Piece, Tick};
use jukebox_model::record::Record;
use jukebox_model::sheet::{FormLetters, FormPlan, WrittenSheet};
use jukebox_model::take::Take;
use jukebox_model::vocabulary::BarChords;

use super::chart;
use super::options::ComposeOptions;
use super::parts::PartSet;

/// What is asked for of a sheet, checked against a record: `shift` brings the key of the tune to the white keys, and
/// `first` is the first bar that is composed.
///
/// # Errors
/// Where a chart cannot be read, the record knows no chords, or the form does not fit the bars.
pub fn written(
    composer: &Composer,
    options: &ComposeOptions,
    meter: Meter,
    shift: i8,
    first: u32,
) -> Result<WrittenSheet> {
    let record = composer.record();
    let mut sheet = WrittenSheet { first, ..WrittenSheet::default() };
    if let Some(text) = &options.chords {
        let chart = chart::read(text)?;
        ensure!(
            !record.vocabulary().chords.is_empty(),
            "{} knows no chords: it was trained on single lines or on drums, or by a version that had none. \
             Leave --chords out, or train a record on music with chords",
            record.receipt().name
        );
        let moved = |bar: &BarChords| bar.map(|chord| chord.map(|it| it.transposed(shift)));
        sheet.chords = chart.bars.iter().map(moved).collect();
    }
    if let Some(form) = &options.form {
        let each = form
            .section(options.bars())
            .map_err(|why| anyhow!("{why} (--bars says how many bars there are)"))?;
        // Each section has the chart from its beginning on: what comes back has the same chords.
        let chart = sheet.chords.iter().copied().cycle().take(each as usize);
        sheet.chords = form.0.iter().flat_map(|_| chart.clone()).collect::<Vec<_>>().into();
        sheet.origins = FormPlan::sections(record.form(), meter, options.take, &form.0, each);
    }
    Ok(sheet)
}

/// The chords of what is given, in the white-key frame: of the parts that stand, or of all that is there where none
/// does.
pub fn chords_of(record: &Record, white: &Piece, standing: PartSet) -> Vec<BarChords> {
    if record.vocabulary().chords.is_empty() {
        return Vec::new();
    }
    let mut piece = white.clone();
    piece.notes.retain(|note| standing.is_empty() || standing.has(note.part));
    // Drums tell none: they are planned.
    let is_pitched = |note: &Note| !piece.is_drum(note);
    if piece.notes.iter().any(is_pitched) { bar_chords(&piece) } else { Vec::new() }
}

/// The names of the chords that the composed bars of a take are played to, and of the sections that were asked
/// for. `key` is that of the tune, into which `shift` brings the white keys.
pub fn marks(
    composer: &mut Composer,
    options: &ComposeOptions,
    take: &Take,
    piece: &Piece,
    composed: &Range<Tick>,
    shift: i8,
) -> Vec<Mark> {
    let key = piece.key.unwrap_or(KeySignature { sharps: 0, minor: false });
    let mut marks = Vec::new();
    if let Some(FormLetters(letters)) = &options.form {
        let each = options.bars() as usize / letters.len();
        let starts = take.bars().iter().step_by(each.max(1));
        marks.extend(letters.iter().zip(starts).map(|(&(letter, varied), bar)| Mark {
            at: bar.slot.start,
            text: format!("{letter}{}", if varied { "'" } else { "" }),
            is_section: true,
        }));
    }
    if composer.record().vocabulary().chords.is_empty() {
        return marks;
    }
    let mut last = None;
    for bar in take.bars().iter().filter(|bar| composed.contains(&bar.slot.start)) {
        let halves = composer.chords(bar.slot, &options.settings());
        for (half, chord) in (0..).zip(halves) {
            let at = bar.slot.start + half * bar.slot.meter.bar() / 2;
            if last == Some(chord) || at >= bar.end {
                continue;
            }
            let name = chord.map(|it| it.transposed(shift).short_in(key));
            marks.push(Mark { at, text: name.unwrap_or("N.C.".to_owned()), is_section: false });
            last = Some(chord);
        }
    }
    marks
}
