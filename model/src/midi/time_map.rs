//! How a file's ticks become seconds.

use super::Division;
use super::file::DEFAULT_TEMPO;

/// How a file's ticks become seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeMap {
    /// Ticks of a quarter note. A file in SMPTE time has none: its quarter is then half a second.
    pub quarter: f64,
    /// Tick, second there, and seconds a tick from there on; sorted, the first at tick 0.
    spans: Vec<(u64, f64, f64)>,
    /// Whether the file counts musical time and names a tempo.
    pub stated: bool,
}

impl Default for TimeMap {
    fn default() -> Self {
        Self { quarter: 24.0, spans: vec![(0, 0.0, 0.5 / 24.0)], stated: false }
    }
}

impl TimeMap {
    /// One tempo throughout: ticks of a quarter note, and its length in microseconds.
    pub fn constant(ticks: u16, micros: u32) -> Self {
        Self::new(Division::Quarter { ticks }, vec![(0, micros)])
    }

    /// From tempo changes: tick, and microseconds a quarter note.
    pub(super) fn new(division: Division, mut tempi: Vec<(u64, u32)>) -> Self {
        let Division::Quarter { ticks } = division else {
            let Division::Smpte { frames, ticks } = division else { unreachable!() };
            let rate = if frames == 29 { 30_000.0 / 1001.0 } else { f64::from(frames) };
            let tick = 1.0 / (rate * f64::from(ticks));
            return Self { quarter: 0.5 / tick, spans: vec![(0, 0.0, tick)], stated: false };
        };
        let quarter = f64::from(ticks);
        tempi.sort_by_key(|&(at, _)| at);
        let stated = !tempi.is_empty();
        if tempi.first().is_none_or(|&(at, _)| at > 0) {
            tempi.insert(0, (0, DEFAULT_TEMPO));
        }
        let mut spans: Vec<(u64, f64, f64)> = Vec::with_capacity(tempi.len());
        for (at, micros) in tempi {
            let second = spans
                .last()
                .map_or(0.0, |&(tick, second, rate)| second + (at - tick) as f64 * rate);
            if spans.last().is_some_and(|&(tick, ..)| tick == at) {
                spans.pop();
            }
            spans.push((at, second, f64::from(micros) / 1e6 / quarter));
        }
        Self { quarter, spans, stated }
    }

    /// The second of a tick, which may be a fraction; a negative one goes on before the start.
    pub fn seconds(&self, tick: f64) -> f64 {
        let span = self.spans.partition_point(|&(at, ..)| at as f64 <= tick).max(1) - 1;
        let (at, second, rate) = self.spans[span];
        second + (tick - at as f64) * rate
    }

    /// The tick, as a fraction, of a second.
    pub fn ticks(&self, seconds: f64) -> f64 {
        let span = self.spans.partition_point(|&(_, second, _)| second <= seconds).max(1) - 1;
        let (at, second, rate) = self.spans[span];
        at as f64 + (seconds - second) / rate
    }

    /// Ticks at which the tempo changes, but the first.
    pub fn changed_at(&self) -> impl Iterator<Item = u64> {
        self.spans.iter().skip(1).map(|&(at, ..)| at)
    }

    /// Number of tempo changes.
    pub fn changes(&self) -> usize {
        self.spans.len() - 1
    }
}
