//! An imaginary host: a transport that tells what it does, remembers it exactly, and holds what the
//! player sends against that.

use super::*;
use crate::audio::player::feel::Feel;
use crate::audio::player::rendering::{Place, Voice, render, times};

/// A stretch of play without a jump: moments as (sample, quarter), with the tempo constant between
/// two of them.
#[derive(Clone, Debug)]
pub struct Run {
    moments: Vec<(f64, f64)>,
}

impl Run {
    pub fn start(&self) -> (f64, f64) {
        self.moments[0]
    }

    pub fn end(&self) -> (f64, f64) {
        self.moments[self.moments.len() - 1]
    }

    /// The exact sample of a position inside the run.
    fn sample(&self, quarter: f64) -> f64 {
        let next = self.moments.partition_point(|moment| moment.1 <= quarter);
        let next = next.clamp(1, self.moments.len() - 1);
        let ((sample, from), (next_sample, to)) = (self.moments[next - 1], self.moments[next]);
        if to == from {
            sample
        } else {
            sample + (quarter - from) / (to - from) * (next_sample - sample)
        }
    }
}

/// The host and what it has heard.
pub struct Host {
    pub rate: f64,
    pub tempo: f64,
    pub position: f64,
    pub playing: bool,
    pub loop_range: Option<(f64, f64)>,
    pub performance: PerformanceSettings,
    /// What it tells of its position.
    pub tell: fn(f64) -> Option<f64>,
    sample: u64,
    runs: Vec<Run>,
    /// Every event with its sample since the host began.
    pub events: Vec<(u64, PlayerEvent)>,
}

impl Host {
    pub fn new(rate: f64, tempo: f64) -> Self {
        Self {
            rate,
            tempo,
            position: 0.0,
            playing: true,
            loop_range: None,
            performance: PerformanceSettings::default(),
            tell: Some,
            sample: 0,
            runs: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Moves the playhead: the next block starts a new run.
    pub fn seek(&mut self, position: f64) {
        self.position = position;
        self.runs.push(Run { moments: Vec::new() });
    }

    pub fn block(&mut self, player: &mut Player, score: &Score, frames: u32) {
        let block = Block {
            frames,
            sample_rate: self.rate,
            playing: self.playing,
            position: (self.tell)(self.position),
            tempo: Some(self.tempo),
            loop_range: self.loop_range,
        };
        for event in play_as(player, score, &block, &self.performance) {
            self.events.push((self.sample + u64::from(event.timing()), event));
        }
        if self.playing {
            self.advance(frames);
        } else {
            self.runs.push(Run { moments: Vec::new() });
        }
        self.sample += u64::from(frames);
    }

    fn advance(&mut self, frames: u32) {
        let quarters = self.tempo / 60.0 / self.rate;
        let end = self.sample as f64 + f64::from(frames);
        let mut now = self.sample as f64;
        self.moment(now);
        while let Some((from, to)) = self.loop_range
            && self.position < to
            && self.position + (end - now) * quarters >= to
        {
            now += (to - self.position) / quarters;
            self.position = to;
            self.moment(now);
            self.seek(from);
            if now < end {
                self.moment(now);
            }
        }
        self.position += (end - now) * quarters;
        self.moment(end);
    }

    fn moment(&mut self, sample: f64) {
        if self.runs.is_empty() {
            self.runs.push(Run { moments: Vec::new() });
        }
        let moments = &mut self.runs.last_mut().unwrap().moments;
        if moments.last() != Some(&(sample, self.position)) {
            moments.push((sample, self.position));
        }
    }

    /// Stops, and checks everything that was heard: each note of the take at each song position that
    /// was played, once, within a sample, and each release.
    pub fn check(mut self, player: &mut Player, score: &Score) {
        self.stop(player, score);
        let notes = self.ideal(score);
        let mut heard: Vec<_> =
            self.heard().into_iter().map(|(on, off, key, _)| (on, off, key)).collect();
        for run in self.runs() {
            let (first, last) = (run.start(), run.end());
            for note in notes.iter().filter(|note| note.on >= first.1 && note.on < last.1) {
                let ideal = run.sample(note.on);
                // A jump to the same place starts the note once more at the sample of the jump.
                let of_the_jump = |off: u64| last.0 - ideal <= 1.0 && off as f64 > last.0 + 1.0;
                let found = heard.iter().position(|&(on, off, key)| {
                    key == note.key && (on as f64 - ideal).abs() <= 1.0 && !of_the_jump(off)
                });
                let Some(found) = found else {
                    // A tick less than a sample before a jump belongs to the sample of the jump.
                    assert!(last.0 - ideal <= 1.0, "{note:?} is missing at {ideal}");
                    continue;
                };
                let (on, off, _) = heard.swap_remove(found);
                let again = |other: &&Ideal| other.key == note.key && other.on > note.on;
                let next = notes.iter().find(again).map_or(f64::MAX, |other| other.on);
                let end = note.off.min(next);
                let release = if end < last.1 { run.sample(end) } else { last.0 };
                assert!(
                    (off as f64 - release).abs() <= 1.0,
                    "{note:?} from {on} ends at {off}, not at {release}"
                );
            }
        }
        // A jump may land so near after a tick that the tick belongs to its first sample.
        heard.retain(|&(on, _, key)| {
            !self.runs.iter().any(|run| {
                let (sample, quarter) = run.start();
                let near = |note: &&Ideal| {
                    let before = (quarter - note.on) * self.rate;
                    note.key == key && before > 0.0 && before < 10.0
                };
                (on as f64 - sample).abs() <= 1.0 && notes.iter().any(|note| near(&note))
            })
        });
        assert!(heard.is_empty(), "heard beyond the take: {heard:?}");
    }

    /// Stops, so that all notes end.
    pub fn stop(&mut self, player: &mut Player, score: &Score) {
        self.playing = false;
        self.block(player, score, 64);
        self.runs.retain(|run| run.moments.len() > 1);
    }

    /// The stretches of play without a jump.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The take as it should sound.
    fn ideal(&self, score: &Score) -> Vec<Ideal> {
        let quarter = |fine: i64| fine as f64 / (24 * FINE) as f64;
        let sounding = |bar: &Arc<Bar>| {
            let lines = BarLines::new(bar.slot, bar.end);
            let ideal = |note: &Note| {
                let timing = &self.performance.timing;
                let feel = Feel::of(note, bar.slot, &score.band, timing.take);
                let times = times(note, lines, timing, feel.late);
                let none = PitchClasses::default();
                let playing = self.performance.parts.playing(score.band.parts.len());
                let voice = Voice::of(note, &score.band, playing);
                let key = render(note, Place::default(), voice, &self.performance, none)?.key;
                Some(Ideal { on: quarter(times.on), off: quarter(times.off), key })
            };
            bar.notes.iter().filter_map(ideal).collect::<Vec<_>>()
        };
        score.bars.iter().flat_map(sounding).collect()
    }

    /// Every note heard: samples of its start and end, its key and velocity.
    pub fn heard(&self) -> Vec<(u64, u64, u8, u8)> {
        let mut sounding = std::collections::BTreeMap::new();
        let mut heard = Vec::new();
        for &(sample, event) in &self.events {
            match event {
                PlayerEvent::NoteOn { channel, key, velocity, .. } => {
                    let started = (sample, (velocity * 127.0).round() as u8);
                    let before = sounding.insert((channel, key), started);
                    assert_eq!(before, None, "{key} overlaps itself");
                }
                PlayerEvent::NoteOff { channel, key, .. } => {
                    let (on, velocity) =
                        sounding.remove(&(channel, key)).expect("a note-off without its note-on");
                    heard.push((on, sample, key, velocity));
                }
            }
        }
        assert!(sounding.is_empty(), "stuck: {sounding:?}");
        heard
    }
}

/// A note as it should sound: quarters, and a key.
#[derive(Debug)]
struct Ideal {
    on: f64,
    off: f64,
    key: u8,
}
