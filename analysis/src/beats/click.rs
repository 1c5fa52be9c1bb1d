//! Whether notes were played to the file's click.
//!
//! What a sequencer has recorded or exported keeps near the file's beats: humanised, swung, one part late,
//! another early, by some 10 to 30 ms. What was recorded without a click, at whatever tempo the file names,
//! lies anywhere between them.

use jukebox_model::midi::Score;

use super::onsets::{Onset, onsets};
use super::{Beats, is_shifted};
use crate::bars::{features, half_beats, parallelism, strength};
use crate::notes::Heard;
use crate::quantise::locate;

/// How near onsets lie to equal parts of the beat.
///
/// A mean cosine is 1 where all lie on such parts, and 0 where they lie anywhere: the V test of directional
/// statistics (Mardia, Jupp, Directional Statistics, 2000, section 6.3.1), for one direction that is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearness {
    /// Parts of the beat.
    pub parts: usize,
    /// Mean cosine of the onsets' distance from the nearest part, a whole part being a whole turn.
    pub cosine: f64,
    /// How many standard deviations of chance that is.
    pub deviations: f64,
    /// Share of the stretches of eight beats in which the mean is above 0.
    pub steady: f64,
}

/// Divisions of the beat that are tried: swung eighths lie near halves or thirds.
const PARTS: [usize; 4] = [2, 3, 4, 6];

/// Least nearness of notes that are played to a click.
const COSINE: f64 = 0.2;
const DEVIATIONS: f64 = 6.0;
const STEADY: f64 = 0.85;

/// How much stronger other beats than the first of four must be for 4/4 to be doubted, in mean log likelihood, where
/// the music begins on a bar line and where it does not: sambas lean on the second half of the bar.
const STRONGER: [f64; 2] = [1.1, 0.3];
/// How much more the music must repeat itself by other lengths than four beats, and least strength of beats over what
/// lies between them.
const REPEATS: f64 = 0.02;
const ON_BEAT: f64 = -0.2;
/// Changes of tempo from which on they tell that beats were tracked, where fewer than half are on bar lines.
const WANDERING: usize = 16;

/// Beats of a stretch.
const STRETCH: i64 = 8;

impl Nearness {
    /// Of onsets to stated beats, by the division of the beat that they are nearest to.
    pub fn of(onsets: &[Onset], beats: &Beats) -> Option<Self> {
        if beats.times.len() < 2 {
            return None;
        }
        let located: Vec<(i64, f64)> = onsets
            .iter()
            .map(|onset| {
                let (beat, phase, _) = locate(&beats.times, onset.at);
                (beat.div_euclid(STRETCH), phase)
            })
            .collect();
        let nearness = |parts: usize| Self::to(parts, onsets, &located);
        PARTS.into_iter().map(nearness).max_by(|a, b| a.cosine.total_cmp(&b.cosine))
    }

    /// Of onsets, each with its stretch and its phase in the beat, to so many parts of it.
    fn to(parts: usize, onsets: &[Onset], located: &[(i64, f64)]) -> Self {
        let (mut sum, mut weights, mut squares) = (0.0, 1e-9, 1e-9);
        // Onsets come in time.
        let (mut stretches, mut near, mut of_stretch) = (0.0, 0.0, (i64::MIN, 0.0));
        for (onset, &(stretch, phase)) in onsets.iter().zip(located) {
            let cosine = (2.0 * std::f64::consts::PI * parts as f64 * phase).cos();
            sum += onset.weight * cosine;
            weights += onset.weight;
            squares += onset.weight * onset.weight;
            if stretch != of_stretch.0 {
                stretches += 1.0;
                near += f64::from(u8::from(of_stretch.1 > 0.0));
                of_stretch = (stretch, 0.0);
            }
            of_stretch.1 += onset.weight * cosine;
        }
        near += f64::from(u8::from(of_stretch.1 > 0.0));
        Self {
            parts,
            cosine: sum / weights,
            deviations: sum * f64::sqrt(2.0 / squares),
            steady: near / f64::max(stretches, 1.0),
        }
    }

    /// Whether notes that lie so were played to a click.
    pub fn is_clicked(&self) -> bool {
        self.cosine > COSINE && self.deviations > DEVIATIONS && self.steady > STEADY
    }
}

/// Whether notes were played to the click of beats and bars that a file states: 4/4 throughout where nobody has
/// chosen a meter.
pub fn is_played_to(score: &Score, notes: &[Heard], stated: &Beats, lines: &[usize]) -> bool {
    let near = Nearness::of(&onsets(notes), stated).is_some_and(|it| it.is_clicked());
    let is_telling = score.meters.iter().any(|&(_, beats, unit)| (beats, unit) != (4, 4));
    near && !is_shifted(notes, stated)
        && (is_telling || (!wanders(score, stated, lines) && is_common(notes, stated)))
}

/// Whether the tempo changes here and there, as where beats were tracked and bars were not.
fn wanders(score: &Score, beats: &Beats, lines: &[usize]) -> bool {
    let line_at = |tick: u64| {
        let at = score.time.seconds(tick as f64);
        let beat = beats.times.partition_point(|&beat| beat < at - 1e-3);
        lines.binary_search(&beat).is_ok()
            && beats.times.get(beat).is_some_and(|&beat| beat < at + 1e-3)
    };
    let changes = score.time.changes();
    changes >= WANDERING && 2 * score.time.changed_at().filter(|&it| line_at(it)).count() < changes
}

/// Whether the music may be in 4/4 from the first beat on: no other meter and no other beginning is far more
/// likely.
fn is_common(notes: &[Heard], beats: &Beats) -> bool {
    let halves = half_beats(&beats.times);
    let ratios = strength::log_ratios(&features::features(notes, &halves));
    let count = beats.times.len() as f64;
    let begun = |first: usize| {
        use strength::BeatPlace::{Down, Middle, Weak};
        let places = [Down, Weak, Middle, Weak].into_iter().cycle().skip(4 - first);
        let on_beats = ratios.iter().step_by(2).zip(places);
        on_beats.map(|(ratios, place)| ratios[place as usize]).sum::<f64>() / count
    };
    let stronger = (1..4).map(begun).fold(f64::MIN, f64::max) - begun(0);
    let first = notes.first().map_or(0, |note| {
        let (beat, phase, _) = locate(&beats.times, note.from);
        beat + phase.round() as i64
    });
    let repetition = parallelism::Repetition::of(notes, &halves);
    let best =
        |lengths: &[usize]| lengths.iter().map(|&it| repetition.every(it)).fold(f64::MIN, f64::max);
    stronger < STRONGER[usize::from(first.rem_euclid(4) != 0)]
        && best(&[3, 6, 9, 10, 12, 14]) - best(&[8, 16]) < REPEATS
        && strength::beat_evidence(&ratios) > ON_BEAT
}
