//! The host's song and playhead: where the music is at every sample.
//!
//! Time is continuous here. A tempo change or a loop's end usually falls between two samples; the
//! path of the playhead keeps the exact place, blocks and events only sample it. So the path says
//! where a note belongs without knowing how the host cut the time into blocks.

use std::ops::Range;

use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::events::{EventFlags, EventHeader};
use jukebox_model::meter::MeterMap;
use jukebox_model::piece::{TICKS_PER_QUARTER, TempoChange, Tick};

/// Tempo and meter of the host's project.
#[derive(Clone, Debug)]
pub struct Song {
    /// Tempo changes in order, the first at tick 0.
    pub tempi: Vec<TempoChange>,
    /// The bar grid.
    pub meters: MeterMap,
}

impl Song {
    /// A song in one tempo (quarter notes a minute) and any meters.
    pub fn new(bpm: f64, meters: MeterMap) -> Self {
        Self { tempi: vec![TempoChange { at: 0, bpm }], meters }
    }

    /// Adds a tempo change at a tick after the last one.
    pub fn tempo(mut self, at: Tick, bpm: f64) -> Self {
        self.tempi.push(TempoChange { at, bpm });
        self
    }

    fn bpm(&self, position: f64) -> f64 {
        let change = self.tempi.iter().rev().find(|change| quarters(change.at) <= position);
        change.or(self.tempi.first()).map_or(120.0, |change| change.bpm)
    }

    /// The first tempo or meter change after a position.
    fn change_after(&self, position: f64) -> Option<f64> {
        let tempi = self.tempi.iter().map(|change| change.at);
        let meters = self.meters.changes().iter().map(|bar| bar.start);
        tempi.chain(meters).map(quarters).filter(|&at| at > position).min_by(f64::total_cmp)
    }

    /// The bar at a position: its number (0 is the song's first), its start in quarter notes, and
    /// its meter's two numbers. Before the song's start the first meter counts backwards.
    fn bar(&self, position: f64) -> (i32, f64, [u16; 2]) {
        let bar = self.meters.bar_at((position * f64::from(TICKS_PER_QUARTER)) as Tick);
        let meter = [bar.meter.numerator(), bar.meter.denominator()].map(u16::from);
        let length = quarters(bar.meter.bar());
        let back = if position < 0.0 { (position / length).floor() } else { 0.0 };
        (bar.number as i32 + back as i32, quarters(bar.start) + back * length, meter)
    }
}

/// Ticks as quarter notes, the unit of the host's song positions.
pub fn quarters(tick: Tick) -> f64 {
    f64::from(tick) / f64::from(TICKS_PER_QUARTER)
}

/// A stretch of time in which the song moves at one speed, or stands still.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// Samples since the session's start.
    pub start: f64,
    /// Samples since the session's start at which the next stretch begins.
    pub end: f64,
    /// Song position at the start, in quarter notes.
    pub position: f64,
    /// Quarter notes a sample: 0 where the transport stands.
    pub speed: f64,
    /// Whether the plugin was made to forget what sounded before.
    pub fresh: bool,
}

impl Stretch {
    /// A stretch without an end.
    fn from(start: f64, position: f64, speed: f64) -> Self {
        Self { start, end: f64::INFINITY, position, speed, fresh: false }
    }

    /// Song position at a time in samples.
    pub fn position_at(&self, time: f64) -> f64 {
        self.position + (time - self.start) * self.speed
    }
}

/// The host's transport: moved by its user, and drawn on by time.
pub(crate) struct Transport {
    song: Song,
    sample_rate: f64,
    /// The path so far; the last stretch is the one in force, its end open.
    path: Vec<Stretch>,
    looped: Option<Range<f64>>,
}

impl Transport {
    /// A transport that stands at the song's start.
    pub fn new(song: Song, sample_rate: f64) -> Self {
        Self { song, sample_rate, path: vec![Stretch::from(0.0, 0.0, 0.0)], looped: None }
    }

    fn stretch(&self) -> Stretch {
        *self.path.last().expect("a path has at least one stretch")
    }

    pub fn playing(&self) -> bool {
        self.stretch().speed > 0.0
    }

    pub fn position(&self, sample: u64) -> f64 {
        self.stretch().position_at(sample as f64)
    }

    /// Plays or stands from a sample on, at a position in quarter notes.
    pub fn go(&mut self, sample: u64, position: f64, playing: bool) {
        let speed = if playing { self.speed(position) } else { 0.0 };
        self.begin(Stretch::from(sample as f64, position, speed));
    }

    /// Goes on as before, but for what sounds.
    pub fn refresh(&mut self, sample: u64) {
        let now = self.stretch();
        let stretch = Stretch::from(sample as f64, self.position(sample), now.speed);
        self.begin(Stretch { fresh: true, ..stretch });
    }

    pub fn set_loop(&mut self, range: Option<Range<f64>>) {
        self.looped = range;
    }

    fn speed(&self, position: f64) -> f64 {
        self.song.bpm(position) / 60.0 / self.sample_rate
    }

    fn begin(&mut self, stretch: Stretch) {
        if let Some(last) = self.path.last_mut() {
            last.end = stretch.start;
        }
        self.path.push(stretch);
    }

    /// Where the song bends next of itself: at a tempo or meter change, or at the loop's end.
    fn seam(&self) -> Option<Seam> {
        let now = self.stretch();
        if now.speed == 0.0 {
            return None;
        }
        let wrap = self.looped.clone().filter(|range| now.position < range.end);
        let change = self.song.change_after(now.position);
        let (at, position, wraps) = match (wrap, change) {
            (Some(range), change) if change.is_none_or(|at| range.end <= at) => {
                (range.end, range.start, true)
            }
            (_, change) => (change?, change?, false),
        };
        let start = now.start + (at - now.position) / now.speed;
        Some(Seam { wraps, stretch: Stretch::from(start, position, self.speed(position)) })
    }

    /// Passes the next seam if it lies before a sample. Returns its first sample and whether it is
    /// the loop's end.
    pub fn pass_seam(&mut self, before: u64) -> Option<(u64, bool)> {
        let seam = self.seam().filter(|seam| seam.sample() < before)?;
        self.begin(seam.stretch);
        Some((seam.sample(), seam.wraps))
    }

    /// The first sample of the next seam, if it lies before a sample, and whether it is the loop's end.
    pub fn seam_before(&self, before: u64) -> Option<(u64, bool)> {
        let seam = self.seam().map(|seam| (seam.sample(), seam.wraps));
        seam.filter(|&(sample, _)| sample < before)
    }

    /// Where the song is at a sample, as a host tells it. Positions are rounded to 1/`grid` quarter
    /// note, as some hosts do.
    pub fn moment(&self, sample: u64, grid: Option<u32>) -> Moment {
        let exact = self.position(sample);
        let position = grid.map_or(exact, |grid| {
            let grid = f64::from(grid);
            (exact * grid).round() / grid
        });
        let (bar_number, bar_start, meter) = self.song.bar(position);
        Moment {
            playing: self.playing(),
            position,
            tempo: self.song.bpm(exact),
            looped: self.looped.clone(),
            bar_number,
            bar_start,
            meter,
        }
    }

    /// A [`Moment`] in the words of CLAP, `offset` samples into the block.
    pub fn event(&self, sample: u64, offset: u32, grid: Option<u32>) -> TransportEvent {
        let moment = self.moment(sample, grid);
        let mut flags = TransportFlags::HAS_TEMPO
            | TransportFlags::HAS_BEATS_TIMELINE
            | TransportFlags::HAS_TIME_SIGNATURE;
        flags.set(TransportFlags::IS_PLAYING, moment.playing);
        flags.set(TransportFlags::IS_LOOP_ACTIVE, moment.looped.is_some());
        let looped = moment.looped.unwrap_or(0.0..0.0);
        TransportEvent {
            header: EventHeader::new_core(offset, EventFlags::empty()),
            flags,
            song_pos_beats: moment.position.into(),
            song_pos_seconds: 0.0.into(),
            tempo: moment.tempo,
            tempo_inc: 0.0,
            loop_start_beats: looped.start.into(),
            loop_end_beats: looped.end.into(),
            loop_start_seconds: 0.0.into(),
            loop_end_seconds: 0.0.into(),
            bar_start: moment.bar_start.into(),
            bar_number: moment.bar_number,
            time_signature_numerator: moment.meter[0],
            time_signature_denominator: moment.meter[1],
        }
    }

    /// The path up to a sample.
    pub fn path_until(&self, end: u64) -> Vec<Stretch> {
        let mut path = self.path.clone();
        if let Some(last) = path.last_mut() {
            last.end = end as f64;
        }
        path
    }
}

/// What a host tells of its transport.
pub(crate) struct Moment {
    pub playing: bool,
    /// In quarter notes, as the bar's start and the loop's ends.
    pub position: f64,
    /// Quarter notes a minute.
    pub tempo: f64,
    pub looped: Option<Range<f64>>,
    pub bar_number: i32,
    pub bar_start: f64,
    /// Numerator and denominator.
    pub meter: [u16; 2],
}

struct Seam {
    stretch: Stretch,
    wraps: bool,
}

impl Seam {
    /// The first sample at or after the seam, forgiving what the arithmetic leaves.
    fn sample(&self) -> u64 {
        (self.stretch.start - 1e-6).ceil() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sample rate at which one quarter note at 60 bpm is 10.5 samples long.
    const RATE: f64 = 10.5;

    #[test]
    fn a_loop_that_ends_between_two_samples_loses_no_time() {
        let mut transport = Transport::new(Song::new(60.0, MeterMap::default()), RATE);
        transport.set_loop(Some(1.0..2.0));
        transport.go(0, 0.0, true);
        assert_eq!(transport.pass_seam(21), None);
        assert_eq!(transport.pass_seam(22), Some((21, true)));
        // 10.5 samples later the loop ends again: the first sample after it is half a sample in.
        assert_eq!(transport.pass_seam(100), Some((32, true)));
        assert!((transport.position(32) - (1.0 + 0.5 / RATE)).abs() < 1e-9);
    }

    #[test]
    fn the_tempo_changes_where_the_song_says() {
        let song = Song::new(60.0, MeterMap::default()).tempo(24, 120.0);
        let mut transport = Transport::new(song, RATE);
        transport.go(0, 0.0, true);
        assert_eq!(transport.pass_seam(12), Some((11, false)));
        // Half a sample at twice the speed.
        assert!((transport.position(11) - (1.0 + 0.5 * 2.0 / RATE)).abs() < 1e-9);
        assert_eq!(transport.event(11, 3, None).tempo, 120.0);
    }

    #[test]
    fn bars_are_counted_backwards_before_the_song() {
        let song = Song::new(120.0, MeterMap::new("3/4".parse().unwrap()));
        assert_eq!(song.bar(-0.5), (-1, -3.0, [3, 4]));
        assert_eq!(song.bar(-3.5), (-2, -6.0, [3, 4]));
        assert_eq!(song.bar(3.0), (1, 3.0, [3, 4]));
    }
}
