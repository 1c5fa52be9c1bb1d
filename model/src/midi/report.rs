//! What an import found, and what it had to change.

use super::{Division, PartChoice};
use crate::key::KeySignature;
use crate::meter::Meter;
use crate::piece::Tick;

/// What a file holds, and what import changed to make a piece of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportReport {
    /// The file's format: 0 (one track), 1 (tracks at once) or 2 (one pattern after another). Anything
    /// else is read as 1.
    pub format: u16,
    /// Whether the file was wrapped in RIFF.
    pub rmid: bool,
    /// What the file counts time in.
    pub division: Division,
    /// The title that a karaoke file names (`@T`); empty in other files.
    pub title: String,
    /// The file's tracks, in order.
    pub tracks: Vec<TrackReport>,
    /// Notes on each channel; index 9 is channel 10, on which drums are usual.
    pub channels: [usize; 16],
    /// Key signatures that make sense, in order; the first is the piece's.
    pub keys: Vec<(Tick, KeySignature)>,
    /// What breaks the rules of the format, and was read all the same.
    pub damage: Damage,
    /// The part that was taken: the next four tell of its notes alone.
    pub part: PartChoice,
    /// How far the onsets lay from the model's ticks.
    pub rounding: Rounding,
    /// Notes that were one with another of the same onset and pitch; the longest duration and the
    /// loudest velocity were kept.
    pub merged: usize,
    /// Notes that the file never releases: they end a whole note after their onset, or with their
    /// track if that comes first.
    pub unreleased: usize,
    /// Notes that a pedal lengthened.
    pub pedalled: usize,
    /// Notes that were dropped because they start beyond [`MAX_LENGTH`](super::MAX_LENGTH).
    pub beyond: usize,
    /// Time signatures that cannot be used (see [`Meter::new`](crate::meter::Meter::new)).
    pub ignored_meters: usize,
    /// Key signatures that cannot be used.
    pub ignored_keys: usize,
    /// Ticks by which the first bar is short: the piece has that much silence before it.
    pub pickup: Tick,
    /// Ticks of silence that the file starts with and the piece does not.
    pub trimmed: Tick,
    /// Whether the file is cut off or damaged: a track breaks off, or tracks are missing.
    pub truncated: bool,
}

/// What in a file breaks the rules of the format, and was read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Damage {
    /// Bytes before the header.
    pub before_header: usize,
    /// Tracks whose length is wrong.
    pub lengths: usize,
    /// Places between tracks with bytes that belong to none.
    pub gaps: usize,
    /// Data bytes of 128 and more, taken for 127.
    pub clamped: usize,
    /// Status bytes that have no place in a file, data without a status, lengths beyond a track.
    pub stray: usize,
    /// Notes after the end of their track.
    pub after_end: usize,
}

/// One track of a file.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TrackReport {
    /// Its name; empty where it has none.
    pub name: String,
    /// Pitched notes.
    pub notes: usize,
    /// Drum hits: notes on channel 10, and on what else the file makes a drum channel.
    pub drums: usize,
}

/// How far onsets lay from the model's ticks before they were rounded.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Rounding {
    /// Onsets measured: one for each note.
    pub onsets: usize,
    /// Onsets that did not lie on a tick.
    pub off_grid: usize,
    /// Mean distance in ticks, 0 to 0.5.
    pub mean: f64,
    /// Largest distance in ticks, 0 to 0.5.
    pub max: f64,
}

impl Rounding {
    /// Mean distance from which on a file is taken for an unquantised performance. Onsets at random
    /// are 0.25 off; the note values that the tick cannot hold, such as quintuplets among others, and
    /// divisions that are no multiple of 24 stay well below.
    pub const PERFORMANCE: f64 = 0.15;

    /// Takes a distance in ticks into account; `mean` is their sum until all are.
    pub(super) fn count(&mut self, distance: f32) {
        let distance = f64::from(distance);
        self.onsets += 1;
        self.off_grid += usize::from(distance > 0.0);
        self.max = self.max.max(distance);
        self.mean += distance;
    }

    /// The statistics of all that was counted.
    pub(super) fn counted(self) -> Self {
        Self { mean: self.mean / self.onsets.max(1) as f64, ..self }
    }

    /// Share of the onsets that did not lie on a tick, 0 to 1.
    pub fn off_grid_share(&self) -> f64 {
        self.off_grid as f64 / self.onsets.max(1) as f64
    }
}

impl ImportReport {
    /// Notes in the file, on all channels.
    pub fn notes(&self) -> usize {
        self.channels.iter().sum()
    }

    /// Drum hits in the file.
    pub fn drums(&self) -> usize {
        self.tracks.iter().map(|track| track.drums).sum()
    }

    /// Bars of silence that the file starts with and the piece does not.
    pub fn silent_bars(&self) -> u32 {
        self.trimmed / Meter::COMMON.bar()
    }

    /// Whether the piece seems to be a performance that was never quantised: its onsets lie
    /// [`Rounding::PERFORMANCE`] ticks or more from the grid in the mean. Its rhythm is rounded to
    /// the nearest tick, which is rarely what a musician would write.
    pub fn is_performance(&self) -> bool {
        self.rounding.mean >= Rounding::PERFORMANCE
    }

    /// What a user should know before trusting the piece, a sentence each; empty for most files.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.truncated {
            warnings.push("it is cut off or damaged: what could be read was taken".to_owned());
        }
        if self.is_performance() {
            warnings.push(format!(
                "it seems to be an unquantised performance: {:.0} % of its onsets lie off the grid",
                100.0 * self.rounding.off_grid_share()
            ));
        }
        if self.format > 2 {
            warnings.push(format!(
                "format {} is none of 0, 1 and 2: read as tracks that play at once",
                self.format
            ));
        }
        let damage = &self.damage;
        let counted = [
            (damage.before_header, "bytes before its header, passed over"),
            (damage.lengths, "tracks whose length is wrong, read to their end"),
            (damage.gaps, "places with foreign bytes between tracks, passed over"),
            (damage.clamped, "data bytes of 128 or more, taken for 127"),
            (damage.stray, "bytes that make no sense where they stand, passed over"),
            (damage.after_end, "notes after the end of their track, read all the same"),
            (self.unreleased, "notes that are never released, ended within a whole note"),
            (self.beyond, "notes dropped because they lie beyond a million bars"),
            (self.ignored_meters, "time signatures ignored because they make no sense"),
            (self.ignored_keys, "key signatures ignored because they make no sense"),
        ];
        let said = counted.iter().filter(|(count, _)| *count > 0);
        warnings.extend(said.map(|(count, what)| format!("{what}: {count}")));
        warnings
    }
}
