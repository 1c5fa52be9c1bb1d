//! What all of the analysis reads: notes with their times in seconds.

use jukebox_model::midi::Score;

use crate::parts::FilePart;

/// One note as it is heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heard {
    /// Onset in seconds.
    pub from: f64,
    /// Release of the key in seconds, at or after the onset.
    pub until: f64,
    /// End of the sound in seconds, pedal included.
    pub sounds_until: f64,
    /// Onset in quarter notes of the file's own time.
    pub quarter: f64,
    /// MIDI key number, 0 to 127.
    pub pitch: u8,
    /// 1 to 127.
    pub velocity: u8,
    /// Whether it is a drum hit, whose pitch names a drum.
    pub drum: bool,
    /// Index of the part (see [`crate::parts`]).
    pub part: u16,
}

impl Heard {
    /// Seconds for which the key is held.
    pub fn duration(&self) -> f64 {
        self.until - self.from
    }
}

/// The notes of a score, by onset, with the part of each and whether that part is drums.
pub fn notes_of(score: &Score, parts: &[FilePart], part_of: &[u16]) -> Vec<Heard> {
    let heard = |(note, &part): (&jukebox_model::midi::ScoreNote, &u16)| Heard {
        from: note.from,
        until: note.until,
        sounds_until: note.sounds_until,
        quarter: note.onset as f64 / score.time.quarter,
        pitch: note.pitch,
        velocity: note.velocity,
        drum: parts[usize::from(part)].drums,
        part,
    };
    score.notes.iter().zip(part_of).map(heard).collect()
}
