//! Harmony: what sounds together, which chords that makes, and how they follow one another.
//!
//! Chords are those that [`jukebox_analysis::chords`] hears, one for each beat that is felt.

use jukebox_analysis::chords::Quality;
use jukebox_analysis::chords::templates::TEMPLATES;
use jukebox_analysis::chords::{Chord, chords};
use jukebox_analysis::notes::Heard;
use jukebox_model::piece::{Note, TICKS_PER_QUARTER, Tick};

use super::bars::Bar;
use super::dynamics::middle_range;
use super::{FEWEST_NOTES, Shares, Values};

/// Steps of a major scale above its first.
const SCALE: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];
/// Bars that are held against one scale.
const SCALE_BARS: usize = 4;
/// Least share of the sounding time, in hundredths, that makes a pitch class a tone of a chord.
const CHORD_TONE: u8 = 18;
/// Ticks a second while chords are heard: pieces are heard at 120 quarter notes a minute, whatever their tempo, so
/// that only what is written matters.
const TICKS_A_SECOND: f64 = 2.0 * TICKS_PER_QUARTER as f64;

/// One chord after another, in every key the same: the quality of both, and the semitones from root to root.
pub type Progression = (Quality, u8, Quality);

/// The harmony of one piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Harmony {
    /// Different pitch classes in a bar that has any, in the mean.
    pub pitch_classes: f64,
    /// Share of the notes of four bars that lie in the major scale that fits best, in the mean.
    pub in_scale: f64,
    /// Share of the time of pairs of sounding pitches in which they lie a semitone apart, or that and octaves.
    pub clash: f64,
    /// Mean number of different pitches that sound while any does.
    pub polyphony: f64,
    /// Mean step of the highest line from onset to onset, in semitones.
    pub leap: f64,
    /// Semitones from the 5th to the 95th percentile of the pitches.
    pub range: f64,
    /// Share of the notes starting on beats that belong to the chord of their beat.
    pub chord_tones: f64,
    /// Share of the beats with a chord whose lowest pitch is its root.
    pub bass_on_root: f64,
    /// Changes of chord a bar.
    pub changes: f64,
    /// Shares of the chord progressions, from each chord to the next.
    pub progressions: Shares<Progression>,
}

impl Values for Harmony {
    const NAMES: &'static [&'static str] = &[
        "pitch classes a bar",
        "notes in the best scale",
        "clashes, share of pairs",
        "pitches sounding",
        "leaps on top, semitones",
        "pitch range, semitones",
        "chord tones on beats",
        "bass on the root",
        "chord changes a bar",
    ];

    fn values(&self) -> Vec<f64> {
        vec![
            self.pitch_classes,
            self.in_scale,
            self.clash,
            self.polyphony,
            self.leap,
            self.range,
            self.chord_tones,
            self.bass_on_root,
            self.changes,
        ]
    }
}

/// Measures the pitched notes of a piece, sorted; `None` where they are few.
pub(super) fn measure(notes: &[Note], bars: &[Bar<'_>]) -> Option<Harmony> {
    if notes.len() < FEWEST_NOTES {
        return None;
    }
    let (clash, polyphony) = together(notes);
    let (pitch_classes, in_scale) = classes(notes, bars);
    let heard = HeardChords::of(notes, bars);
    let following: Vec<Chord> = {
        let mut chords: Vec<Chord> = heard.chords.iter().flatten().copied().collect();
        chords.dedup();
        chords
    };
    let progression = |pair: &[Chord]| {
        (pair[0].quality, (12 + pair[1].root - pair[0].root) % 12, pair[1].quality)
    };
    Some(Harmony {
        pitch_classes,
        in_scale,
        clash,
        polyphony,
        leap: leap(notes),
        range: middle_range(notes.iter().map(|it| it.pitch)),
        chord_tones: heard.chord_tones(notes),
        bass_on_root: heard.bass_on_root(notes),
        changes: following.len().saturating_sub(1) as f64 / bars.len().max(1) as f64,
        progressions: Shares::of(following.windows(2).map(progression)),
    })
}

/// Pitch classes a bar, and the share of notes in the best scale.
fn classes(notes: &[Note], bars: &[Bar<'_>]) -> (f64, f64) {
    let mut rest = notes;
    let counts: Vec<[u32; 12]> = bars
        .iter()
        .map(|bar| {
            let (here, later) = rest.split_at(rest.partition_point(|it| it.onset < bar.end));
            rest = later;
            here.iter().fold([0; 12], |mut counts, it| {
                counts[usize::from(it.pitch % 12)] += 1;
                counts
            })
        })
        .filter(|counts| counts.iter().any(|&it| it > 0))
        .collect();
    let kinds = counts.iter().map(|it| it.iter().filter(|&&it| it > 0).count() as f64);
    let pitch_classes = kinds.sum::<f64>() / counts.len().max(1) as f64;
    let stretches: Vec<f64> = counts
        .chunks(SCALE_BARS)
        .map(|bars| {
            let sum = |class: usize| bars.iter().map(|it| it[class % 12]).sum::<u32>();
            let all: u32 = (0..12).map(sum).sum();
            let inside = |first: usize| SCALE.iter().map(|step| sum(first + step)).sum::<u32>();
            f64::from((0..12).map(inside).max().unwrap_or(0)) / f64::from(all)
        })
        .collect();
    (pitch_classes, stretches.iter().sum::<f64>() / stretches.len().max(1) as f64)
}

/// The share of pair-time in clashes, and the mean number of pitches that sound.
fn together(notes: &[Note]) -> (f64, f64) {
    // At one tick releases come before onsets.
    let mut changes: Vec<(Tick, bool, u8)> = notes
        .iter()
        .flat_map(|it| [(it.onset, true, it.pitch), (it.end(), false, it.pitch)])
        .collect();
    changes.sort_unstable();
    let mut held = [0u32; 128];
    let mut sounding: Vec<u8> = Vec::new();
    let [mut clashing, mut pairs, mut pitches, mut time] = [0.0; 4];
    let mut before = 0;
    for (at, starts, pitch) in changes {
        let span = f64::from(at - before);
        if span > 0.0 && !sounding.is_empty() {
            pitches += span * sounding.len() as f64;
            time += span;
            for (index, a) in sounding.iter().enumerate() {
                for b in &sounding[..index] {
                    pairs += span;
                    if matches!(a.abs_diff(*b) % 12, 1 | 11) {
                        clashing += span;
                    }
                }
            }
        }
        before = at;
        let held = &mut held[usize::from(pitch & 127)];
        match (starts, *held) {
            (true, 0) => sounding.push(pitch),
            (false, 1) => sounding.retain(|&it| it != pitch),
            _ => {}
        }
        *held = if starts { *held + 1 } else { held.saturating_sub(1) };
    }
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    (share(clashing, pairs), share(pitches, time))
}

/// Mean step of the highest line.
fn leap(notes: &[Note]) -> f64 {
    let highest = |chord: &[Note]| chord.iter().map(|it| it.pitch).max().unwrap_or(0);
    let line: Vec<u8> = notes.chunk_by(|a, b| a.onset == b.onset).map(highest).collect();
    let steps: u32 = line.windows(2).map(|pair| u32::from(pair[0].abs_diff(pair[1]))).sum();
    f64::from(steps) / line.len().saturating_sub(1).max(1) as f64
}

/// The chord of each beat.
struct HeardChords {
    /// Ticks of the beats.
    beats: Vec<Tick>,
    chords: Vec<Option<Chord>>,
}

impl HeardChords {
    fn of(notes: &[Note], bars: &[Bar<'_>]) -> Self {
        let (mut beats, mut positions) = (Vec::new(), Vec::new());
        for bar in bars {
            let ticks = (bar.slot.start..bar.end).step_by(bar.slot.meter.beat() as usize);
            for (position, tick) in ticks.enumerate() {
                beats.push(tick);
                positions.push(position);
            }
        }
        let start = beats.first().copied().unwrap_or(0);
        let seconds = |tick: Tick| f64::from(tick.saturating_sub(start)) / TICKS_A_SECOND;
        let end = bars.last().map_or(start, |bar| bar.end);
        let times: Vec<f64> = beats.iter().copied().chain([end]).map(seconds).collect();
        let heard = |it: &Note| Heard {
            from: seconds(it.onset),
            until: seconds(it.end()),
            sounds_until: seconds(it.end()),
            quarter: f64::from(it.onset) / f64::from(TICKS_PER_QUARTER),
            pitch: it.pitch,
            velocity: it.velocity,
            drum: false,
            part: it.part.into(),
        };
        let heard: Vec<Heard> = notes.iter().map(heard).collect();
        let bar = bars
            .first()
            .map_or(4, |bar| bar.slot.meter.bar().div_ceil(bar.slot.meter.beat()) as usize);
        Self { chords: chords(&heard, &times, &positions, bar), beats }
    }

    /// Share of the notes starting on beats that belong to the chord there; 0 where no beat has a chord.
    fn chord_tones(&self, notes: &[Note]) -> f64 {
        let inside = |it: &Note| {
            let chord = self.chords[self.beats.binary_search(&it.onset).ok()?]?;
            let step = (12 + it.pitch % 12 - chord.root) % 12;
            Some(TEMPLATES[chord.quality as usize].sounds[usize::from(step)] >= CHORD_TONE)
        };
        share(notes.iter().filter_map(inside))
    }

    /// Share of the beats with a chord and notes whose lowest is the root.
    fn bass_on_root(&self, notes: &[Note]) -> f64 {
        let mut lowest = vec![u8::MAX; self.beats.len()];
        for note in notes {
            let first = self.beats.partition_point(|&it| it < note.onset);
            let until = self.beats.partition_point(|&it| it < note.end());
            for low in &mut lowest[first..until.max(first)] {
                *low = (*low).min(note.pitch);
            }
        }
        let beats = lowest.iter().zip(&self.chords).filter(|&(&low, _)| low < u8::MAX);
        share(beats.filter_map(|(low, chord)| Some(low % 12 == (*chord)?.root)))
    }
}

/// Share of what is so; 0 of nothing.
fn share(those: impl Iterator<Item = bool>) -> f64 {
    let (so, all) = those.fold((0u32, 0u32), |(so, all), it| (so + u32::from(it), all + 1));
    f64::from(so) / f64::from(all.max(1))
}

#[cfg(test)]
mod tests {
    use super::super::Measured;
    use super::super::tests::piece;
    use super::*;

    /// Bars of triads, a chord a bar in quarters, over a bass.
    fn chorale(bars: &[[u8; 4]]) -> Harmony {
        let notes = bars.iter().enumerate().flat_map(|(bar, chord)| {
            (0..4).flat_map(move |beat| {
                chord.map(move |pitch| (96 * bar as Tick + 24 * beat, pitch, 24, 80))
            })
        });
        Measured::of(&piece(notes)).harmony.expect("enough notes")
    }

    const C: [u8; 4] = [48, 60, 64, 67];
    const F: [u8; 4] = [41, 60, 65, 69];
    const G: [u8; 4] = [43, 59, 62, 67];

    #[test]
    fn chords_in_root_position_agree_with_their_bass_and_their_notes() {
        let harmony = chorale(&[C, F, G, C, C, F, G, C]);
        assert_eq!((harmony.pitch_classes, harmony.in_scale, harmony.clash), (3.0, 1.0, 0.0));
        assert_eq!((harmony.chord_tones, harmony.bass_on_root), (1.0, 1.0));
        assert_eq!((harmony.polyphony, harmony.changes), (4.0, 6.0 / 8.0));
        // C-F twice, F-G twice, G-C twice: up a fourth four times of six.
        let (major, shares) = (Quality::Major, &harmony.progressions.0);
        assert!((shares[&(major, 5, major)] - 4.0 / 6.0).abs() < 1e-12, "{shares:?}");
        let inverted = chorale(&[[52, 60, 64, 67], F, G, C]);
        assert!(inverted.bass_on_root < 1.0);
    }

    #[test]
    fn progressions_are_the_same_in_every_key() {
        let up = |chord: [u8; 4]| chord.map(|it| it + 3);
        let (here, there) = (chorale(&[C, F, G, C]), chorale(&[up(C), up(F), up(G), up(C)]));
        assert_eq!(here.progressions, there.progressions);
    }

    #[test]
    fn semitones_clash_and_so_do_sevenths_while_they_sound_together() {
        // A pair a bar: for a half note a semitone, then a fifth as long.
        let pair = |low: u8, high: u8| {
            (0..8).flat_map(move |bar| {
                [(96 * bar, 60, 96, 80), (96 * bar, low, 48, 80), (96 * bar + 48, high, 48, 80)]
            })
        };
        let clash = |low, high| Measured::of(&piece(pair(low, high))).harmony.unwrap().clash;
        assert_eq!((clash(61, 67), clash(71, 67), clash(64, 67)), (0.5, 0.5, 0.0));
    }

    #[test]
    fn the_highest_line_leaps() {
        let notes = (0..32).flat_map(|it| {
            [(24 * it, 48, 24, 80), (24 * it, if it % 2 == 0 { 60 } else { 67 }, 24, 80)]
        });
        assert_eq!(Measured::of(&piece(notes)).harmony.unwrap().leap, 7.0);
    }
}
