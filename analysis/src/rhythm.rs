//! Parts, beats and bars of a piece: what all else is told by.

use jukebox_model::meter::Meter;
use jukebox_model::midi::Score;

use crate::bars::{self, Bars};
use crate::beats::density::Division;
use crate::beats::{self, Beats, Source, click};
use crate::notes::{Heard, notes_of};
use crate::parts::{FilePart, parts};
use crate::{Analysis, AnalysisError, LONGEST, MOST_BEATS, chords, form, key, meter_map};

/// Parts, beats and bars of a piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Rhythm {
    /// Its notes, by onset.
    pub notes: Vec<Heard>,
    /// Its parts.
    pub parts: Vec<FilePart>,
    /// Its beats.
    pub beats: Beats,
    /// Its bars.
    pub bars: Bars,
    /// Whether the notes lie on note values of the file's own time, whatever its meter says.
    pub is_quantised: bool,
}

/// Beats and the bars that are found over them. Where these hold five or seven half beats, half beats are
/// the beats.
fn bars_of(notes: &[Heard], beats: Beats) -> (Beats, Bars) {
    let uneven = match beats.division {
        Division::Simple => bars::odd::over_half_beats(notes, &beats.times),
        Division::Compound => None,
    };
    if let Some((times, bars)) = uneven {
        return (Beats { times, ..beats }, bars);
    }
    let bars = bars::bars(notes, &beats.times, beats.division);
    (beats, bars)
}

/// The beats and bars that the file states, and what they are: [`Source::File`] where its notes lie on them,
/// [`Source::Click`] where they were played to them; [`Source::FileTempo`] where that is to be seen, for the
/// meter is one that somebody has chosen. `None` where they tell nothing.
fn stated(
    score: &Score,
    notes: &[Heard],
    is_quantised: bool,
) -> Result<Option<(Beats, Bars)>, AnalysisError> {
    let Some(meters) = beats::stated_meter(score) else { return Ok(None) };
    // 4/4 throughout is what programs write for want of a meter: of notes that are played it says nothing by
    // itself.
    let is_telling = meters.iter().any(|&(_, meter)| meter != Meter::COMMON);
    let count = meter_map::count(score, &meters);
    if count > MOST_BEATS as f64 {
        let is_needed = is_quantised || is_telling;
        return if is_needed {
            Err(AnalysisError::TooManyBeats { beats: count })
        } else {
            Ok(None)
        };
    }
    let (mut beats, bars) = meter_map::beats_and_bars(score, &meters);
    if is_quantised {
        return Ok((!beats::is_shifted(notes, &beats)).then_some((beats, bars)));
    }
    if click::is_played_to(score, notes, &beats, &bars.lines) {
        // Beats of two lengths are the file's, to the tick.
        let even = meters.windows(2).all(|it| meter_map::felt(it[0].1) == meter_map::felt(it[1].1));
        beats.source = if even { Source::Click } else { Source::File };
        return Ok(Some((beats, bars)));
    }
    beats.source = Source::FileTempo;
    Ok(is_telling.then_some((beats, bars)))
}

impl Rhythm {
    /// Finds parts, beats and bars of a score.
    ///
    /// # Errors
    /// Where it has no notes, lasts longer than [`LONGEST`], or has more than [`MOST_BEATS`]: a few bytes
    /// can state any number of hours and beats, so that these are looked at before anything is built.
    pub fn of(score: &Score) -> Result<Self, AnalysisError> {
        if score.notes.is_empty() {
            return Err(AnalysisError::NoNotes);
        }
        let ends = score.notes.iter().map(|note| note.until.max(note.sounds_until));
        let seconds = ends.fold(0.0, f64::max);
        if seconds > LONGEST {
            return Err(AnalysisError::TooLong { seconds });
        }
        let is_quantised = beats::is_quantised(score);
        let (parts, part_of) = parts(score);
        let notes = notes_of(score, &parts, &part_of);
        let (beats, bars) = match stated(score, &notes, is_quantised)? {
            Some(stated) if stated.0.source != Source::FileTempo => stated,
            other => {
                let beats = beats::infer(&notes, score);
                match other {
                    // Its meter is no default, and its tempo that of the notes.
                    Some((mut stated, bars)) if beats::follow_the_file(&beats, &stated, score) => {
                        stated.source = Source::Click;
                        (stated, bars)
                    }
                    _ => bars_of(&notes, beats),
                }
            }
        };
        if beats.times.len() > MOST_BEATS {
            return Err(AnalysisError::TooManyBeats { beats: beats.times.len() as f64 });
        }
        Ok(Self { notes, parts, beats, bars, is_quantised })
    }

    /// Whether the file's grid and meter are those of its music, so that nothing is to be moved.
    pub fn is_stated(&self) -> bool {
        self.beats.source == Source::File
    }

    /// Understands the rest: chords, keys and form.
    pub fn analyse(self) -> Analysis {
        let Self { notes, parts, beats, bars, .. } = self;
        let end = notes.iter().map(|note| note.until).fold(0.0, f64::max);
        let mut times = beats.times.clone();
        times.extend((times.last().is_some_and(|&last| last < end)).then_some(end));
        let positions = bars.positions(beats.times.len());
        let chords = if parts.iter().all(|part| part.drums) {
            Vec::new()
        } else {
            let count = bars.beats_a_bar();
            chords::spans(&chords::chords(&notes, &times, &positions, count), &times)
        };
        let mut lines: Vec<f64> = bars.lines.iter().map(|&beat| beats.times[beat]).collect();
        lines.extend((lines.last().is_some_and(|&last| last < end)).then_some(end));
        let keys = key::keys(&notes, &lines);
        let likenesses = form::likenesses(&notes, &beats.times, &bars.lines);
        let sections = form::sections(&notes, &beats.times, &bars.lines);
        Analysis { notes, parts, beats, bars, chords, keys, likenesses, sections, end }
    }
}
