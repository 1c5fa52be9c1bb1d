//! From a file's time to the model's.

use std::fmt;

use super::{ImportError, MAX_LENGTH};
use crate::piece::{TICKS_PER_QUARTER, Tick};

/// What a file counts time in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Division {
    /// Musical time, in parts of a quarter note.
    Quarter {
        /// Parts of a quarter note.
        ticks: u16,
    },
    /// Real time, in parts of an SMPTE frame. It becomes musical time by the file's first tempo, or
    /// by 120 quarter notes a minute where the file names none; later tempi are ignored.
    Smpte {
        /// Frames a second, 24, 25, 29 (which stands for 30000/1001) or 30.
        frames: u8,
        /// Parts of a frame.
        ticks: u8,
    },
}

impl Division {
    /// Reads the two bytes of a header.
    ///
    /// # Errors
    /// A unit of time that has no length, or a number of frames that SMPTE does not know.
    pub(super) fn read(bytes: [u8; 2]) -> Result<Self, ImportError> {
        let error = |problem: &str| Err(ImportError::Header(problem.to_owned()));
        match (bytes[0] as i8, bytes[1]) {
            (1.., _) | (0, 1..) => Ok(Self::Quarter { ticks: u16::from_be_bytes(bytes) }),
            (frames @ (-24 | -25 | -29 | -30), ticks @ 1..) => {
                Ok(Self::Smpte { frames: frames.unsigned_abs(), ticks })
            }
            (_, 0) => error("its unit of time has no length"),
            _ => error("its unit of time is neither a part of a quarter note nor of a frame"),
        }
    }
}

impl fmt::Display for Division {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quarter { ticks } => write!(f, "{ticks} ticks a quarter note"),
            Self::Smpte { frames: 29, ticks } => {
                write!(f, "{ticks} ticks a frame, 29.97 frames a second")
            }
            Self::Smpte { frames, ticks } => {
                write!(f, "{ticks} ticks a frame, {frames} frames a second")
            }
        }
    }
}

/// Converts absolute times in the file to ticks of the piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileClock {
    /// A time in the file, times this, ...
    scale: u64,
    /// ... over this, is the time in ticks.
    divisor: u64,
    /// The tick at which the track starts, ...
    start: Tick,
    /// ... and the time in the file: at or after that tick.
    start_time: u64,
}

impl FileClock {
    /// The clock of tracks that start with the piece; `tempo` is in microseconds a quarter note, and
    /// matters for SMPTE time alone. Neither is zero.
    pub fn new(division: Division, tempo: u32) -> Self {
        let ticks = u64::from(TICKS_PER_QUARTER);
        let (scale, divisor) = match division {
            Division::Quarter { ticks: parts } => (ticks, parts.into()),
            Division::Smpte { frames, ticks: parts } => {
                // Whole numbers of microseconds, for all four rates, keep the arithmetic exact.
                let scale = match frames {
                    29 => ticks * 1_001_000_000 / 30_000,
                    _ => ticks * 1_000_000 / u64::from(frames),
                };
                (scale, u64::from(parts) * u64::from(tempo))
            }
        };
        Self { scale, divisor, start: 0, start_time: 0 }
    }

    /// The same clock for tracks that start at a tick, not before a time of the file.
    pub fn starting_at(self, start: Tick, not_before: u64) -> Self {
        Self { start, start_time: self.time(start).max(not_before), ..self }
    }

    /// The time in the file at which the track starts.
    pub fn start(&self) -> u64 {
        self.start_time
    }

    /// The first time in the file that is no less than a number of ticks from the piece's start.
    pub fn time(&self, ticks: Tick) -> u64 {
        (u64::from(ticks) * self.divisor).div_ceil(self.scale)
    }

    /// The first time in the file that [`FileClock::place`] puts at [`MAX_LENGTH`].
    pub fn limit(&self) -> u64 {
        let ticks = u64::from(MAX_LENGTH.saturating_sub(self.start));
        let half = self.divisor / 2;
        self.start_time + (ticks * self.divisor).saturating_sub(half).div_ceil(self.scale)
    }

    /// The tick nearest to a time in the file, and the distance to it in ticks. Everything beyond
    /// [`MAX_LENGTH`] is there.
    ///
    /// A tick that lies between two times which the file can name is met by the nearer of them, or by both
    /// where they are as near: the writer had to round.
    pub fn place(&self, at: u64) -> (Tick, f32) {
        let scaled = at.saturating_sub(self.start_time).saturating_mul(self.scale);
        let nearest = scaled.saturating_add(self.divisor / 2) / self.divisor;
        let distance = scaled.abs_diff(nearest.saturating_mul(self.divisor));
        let error = if distance.saturating_mul(2) <= self.scale { 0 } else { distance };
        let tick = nearest.saturating_add(u64::from(self.start)).min(u64::from(MAX_LENGTH));
        (tick as Tick, (error as f64 / self.divisor as f64) as f32)
    }
}
