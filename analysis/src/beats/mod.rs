//! Where the beats are.
//!
//! A file whose grid is that of its music and whose meter makes sense is believed. Else the beats are
//! either constant in the file's own time, with an unknown start, or followed from onset to onset.

pub mod choice;
pub mod click;
pub mod density;
pub mod file_grid;
pub mod onsets;
mod stated;
pub mod tracker;

use jukebox_model::midi::Score;

use crate::MOST_BEATS;
use crate::bars::{features, half_beats, strength};
use crate::notes::Heard;
use density::Division;
pub use stated::{is_quantised, stated_meter};

/// Where the beats come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The file's grid and meter, which are true.
    File,
    /// The file's beats and bars, to whose click its notes were played: near them, not on them.
    Click,
    /// The file's grid or tempo; where beats and bars begin was inferred.
    FileTempo,
    /// Inferred from onsets.
    Onsets,
}

/// Beats of a piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Beats {
    /// Seconds, ascending, from the start to the end of the music.
    pub times: Vec<f64>,
    /// How they divide.
    pub division: Division,
    /// Where they come from.
    pub source: Source,
    /// How sure they are, 0 to 1.
    pub confidence: f64,
}

impl Beats {
    /// Beats a minute: from the median distance.
    pub fn tempo(&self) -> f64 {
        let mut gaps: Vec<f64> = self.times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        gaps.sort_by(f64::total_cmp);
        gaps.get(gaps.len() / 2).map_or(120.0, |gap| 60.0 / gap)
    }
}

/// Least fit at which onsets are taken to lie on the file's own beats, and least share of what
/// following the onsets freely reaches.
const FILE_FIT: f64 = 0.2;
const FILE_SHARE: f64 = 0.4;

/// What a compound division must have ahead of a simple one where the file tells how long a beat is: a
/// pattern of 3+3+2 fits beats in three.
const COMPOUND_ON_GRID: f64 = 0.15;

/// Finds the beats of notes that lie not on a true grid.
pub fn infer(notes: &[Heard], score: &Score) -> Beats {
    let onsets = onsets::onsets(notes);
    let file = from_file(notes, score, &onsets);
    if let Some((beats, fit)) = &file
        && (*fit >= 2.0 * FILE_FIT || beats.source == Source::File)
    {
        return beats.clone();
    }
    let free = followed(notes, &onsets);
    match (file, free) {
        (Some((beats, fit)), Some((_, free_fit)))
            if fit >= FILE_FIT && fit >= FILE_SHARE * free_fit =>
        {
            beats
        }
        (_, Some((beats, _))) => beats,
        (Some((beats, _)), None) => beats,
        (None, None) => Beats {
            times: Vec::new(),
            division: Division::Simple,
            source: Source::Onsets,
            confidence: 0.0,
        },
    }
}

/// Part of a quarter note by which beats may lie off the file's own.
const SAME: f64 = 0.12;

/// Whether beats that were found lie on the file's quarter notes, but for a few, or on its eighths where
/// either are dotted: its notes were played to its click, and its meter can be believed.
pub fn follow_the_file(found: &Beats, stated: &Beats, score: &Score) -> bool {
    let simple = [found.division, stated.division].iter().all(|it| *it == Division::Simple);
    let unit = if simple { 1.0 } else { 0.5 };
    let quarters = |at: f64| score.time.ticks(at) / score.time.quarter;
    let off = |at: f64| (quarters(at) - (quarters(at) / unit).round() * unit).abs();
    let near = found.times.iter().filter(|&&at| off(at) < SAME).count();
    found.source != Source::Onsets && 10 * near >= 9 * found.times.len()
}

/// Least lead of another start of the beats over the file's own for a stated grid to be doubted, in mean
/// log likelihood, and of the strength of the places between its beats over that of the beats.
const SHIFTED: f64 = 0.3;
const OFFBEAT: f64 = -0.5;

/// Whether the stated beats are not those of the music: transcriptions are quantised to a grid that
/// begins anywhere.
pub fn is_shifted(notes: &[Heard], stated: &Beats) -> bool {
    if stated.division == Division::Compound || stated.times.len() < 32 {
        return false;
    }
    let onsets = onsets::onsets(notes);
    let quarter = 60.0 / stated.tempo();
    let fits = file_grid::fits(&onsets, 1.0, Division::Simple, quarter);
    let near = |grid: &&file_grid::FileGrid| grid.phase < 0.1 || grid.phase > 0.9;
    let (Some(best), own) = (fits.first(), fits.iter().find(near)) else { return false };
    let behind = own.map_or(f64::INFINITY, |own| best.fit - own.fit);
    let halfway = (best.phase - 0.5).abs() < 0.1;
    if !halfway {
        return behind > SHIFTED;
    }
    let ratios = strength::log_ratios(&features::features(notes, &half_beats(&stated.times)));
    behind > 0.0 && strength::beat_evidence(&ratios) < OFFBEAT
}

/// The best beats at a constant distance in the file's own time, and how they fit.
fn from_file(notes: &[Heard], score: &Score, onsets: &[onsets::Onset]) -> Option<(Beats, f64)> {
    let last = notes.iter().map(|note| note.sounds_until).fold(0.0, f64::max);
    let end = score.time.ticks(last) / score.time.quarter;
    let quarter = last / end.max(1e-9);
    let mut best: Option<(f64, file_grid::FileGrid)> = None;
    for (division, periods) in
        [(Division::Simple, &[0.5, 1.0, 2.0][..]), (Division::Compound, &[0.75, 1.0, 1.5, 3.0])]
    {
        for &period in periods {
            // A tempo of 120 is that of files that state none, which tells nothing of triplets.
            let triplets = division == Division::Compound && period == 1.0;
            if triplets && (quarter - 0.5).abs() < 1e-4 {
                continue;
            }
            // The quarter is the beat, in triplets too, or the dotted quarter, unless that is very fast or
            // slow.
            let seconds = period * quarter;
            let usual = period == 1.0 || period == 1.5;
            let strange = !(0.36..=1.35).contains(&quarter);
            if !(0.25..=1.6).contains(&seconds) || (!usual && !strange) {
                continue;
            }
            let Some(&grid) = file_grid::fits(onsets, period, division, quarter).first() else {
                continue;
            };
            let octaves = (seconds / 0.6).log2();
            let mut value = grid.fit - 0.25 * octaves * octaves;
            if division == Division::Compound {
                value -= COMPOUND_ON_GRID;
            }
            if !usual || triplets {
                value -= 0.1;
            }
            if best.is_none_or(|(other, _)| value > other) {
                best = Some((value, grid));
            }
        }
    }
    let (_, grid) = best?;
    let times = |phase: f64| -> Vec<f64> {
        let count = ((end - phase) / grid.period).floor().max(0.0) as usize;
        (0..=count.min(MOST_BEATS))
            .map(|beat| {
                score.time.seconds((phase + beat as f64 * grid.period) * score.time.quarter)
            })
            .collect()
    };
    // On the beat or halfway between: the notes' strength tells better than their number.
    let here = times(grid.phase);
    let ratios = strength::log_ratios(&features::features(notes, &half_beats(&here)));
    let evidence = strength::beat_evidence(&ratios);
    let swap = grid.division == Division::Simple && evidence < 0.0;
    let phase = if swap { (grid.phase + 0.5 * grid.period) % grid.period } else { grid.phase };
    let beats = Beats {
        times: if swap { times(phase) } else { here },
        division: grid.division,
        source: Source::FileTempo,
        confidence: (grid.fit / (grid.fit + 0.15)).clamp(0.0, 1.0)
            * (0.5 + 0.5 * evidence.abs().min(1.0)),
    };
    Some((beats, grid.fit))
}

/// Seconds whose beats are followed at a time: that takes 110 MB at most.
const SESSION: f64 = 3.0 * 3600.0;

/// Seconds of silence after which what is longer begins anew.
const BREAK: f64 = 20.0;

/// The best beats that are followed from onset to onset, and how they fit. What is longer than [`SESSION`] is
/// parted at its breaks, or where it is silent longest.
fn followed(notes: &[Heard], onsets: &[onsets::Onset]) -> Option<(Beats, f64)> {
    let from = notes.first()?.from;
    let place = |share: f64| notes.partition_point(|note| note.from < from + share * SESSION);
    if place(1.0) == notes.len() {
        return followed_at_once(notes, onsets);
    }
    let mut whole: Option<(Beats, f64)> = None;
    let mut longest = 0;
    let mut begin = 0;
    while begin < notes.len() {
        let end = session(&notes[begin..]) + begin;
        let found = followed_at_once(&notes[begin..end], &onsets[begin..end]);
        let count = end - begin;
        let known = begin as f64;
        begin = end;
        let Some((beats, fit)) = found else { continue };
        let Some((all, all_fit)) = &mut whole else {
            (whole, longest) = (Some((beats, fit)), count);
            continue;
        };
        if count > longest {
            (longest, all.division) = (count, beats.division);
        }
        let share = count as f64 / (known + count as f64);
        *all_fit += share * (fit - *all_fit);
        all.confidence += share * (beats.confidence - all.confidence);
        append(&mut all.times, &beats.times);
    }
    whole
}

/// How many of some notes are followed at once: up to a break, or to the longest silence in the second half of a
/// session.
fn session(notes: &[Heard]) -> usize {
    let gap = |at: usize| notes[at].from - notes[at - 1].from;
    let place = |share: f64| {
        notes.partition_point(|note| note.from < notes[0].from + share * SESSION).max(1)
    };
    let (half, whole) = (place(0.5), place(1.0));
    let pause = (1..whole.min(notes.len())).find(|&at| gap(at) > BREAK);
    if whole == notes.len() || pause.is_some() {
        return pause.unwrap_or(notes.len());
    }
    (half..=whole).max_by(|&a, &b| gap(a).total_cmp(&gap(b))).unwrap_or(whole)
}

/// Beats after others, which go on through the silence between.
fn append(times: &mut Vec<f64>, later: &[f64]) {
    let gaps = times.len().max(2) - 1;
    let mean = (times.last().unwrap_or(&0.0) - times.first().unwrap_or(&0.0)) / gaps as f64;
    let period = mean.max(SHORTEST_BEAT);
    let begin = later.first().copied().unwrap_or(0.0);
    while let Some(&end) = times.last().filter(|&&end| end + 1.5 * period < begin)
        && times.len() < MOST_BEATS
    {
        times.push(end + period);
    }
    let end = times.last().copied().unwrap_or(0.0);
    times.extend(later.iter().filter(|&&at| at > end + SHORTEST_BEAT));
}

/// Seconds that two beats are apart at least.
const SHORTEST_BEAT: f64 = 0.2;

/// The best beats of notes that are followed at once.
fn followed_at_once(notes: &[Heard], onsets: &[onsets::Onset]) -> Option<(Beats, f64)> {
    let candidates = choice::candidates(notes, onsets, tracker::track(onsets));
    // The first of equals: a pulse itself before what is made of it.
    let best = candidates.into_iter().rev().max_by(|a, b| a.value().total_cmp(&b.value()))?;
    let beats = Beats {
        times: best.times,
        division: best.division,
        source: Source::Onsets,
        confidence: (best.fit / (best.fit + 0.2)).clamp(0.0, 1.0),
    };
    Some((beats, best.fit))
}
