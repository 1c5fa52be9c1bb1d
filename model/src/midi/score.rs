//! A file as it is performed: every note with its track, channel and program, in the file's own ticks
//! and in seconds.
//!
//! [`import`](super::import) brings a file to the model's grid and merges its tracks. What has to
//! understand a file first (is its grid that of the music, which tracks are which parts) needs what
//! that throws away.

use super::file::{MidiFile, NO_PROGRAM};
use super::keys::Releases;
use super::{ImportError, TimeMap};
use crate::key::KeySignature;

/// A file's notes, times as performed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// Tracks in the order of the file.
    pub tracks: Vec<ScoreTrack>,
    /// Sorted by onset, then pitch, then track.
    pub notes: Vec<ScoreNote>,
    /// Time signatures as written: tick, numerator, denominator. Sorted; senseless ones included.
    pub meters: Vec<(u64, u8, u8)>,
    /// Key signatures with their ticks, sorted.
    pub keys: Vec<(u64, KeySignature)>,
    /// How ticks become seconds.
    pub time: TimeMap,
}

/// One track of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScoreTrack {
    /// Its name; empty where it has none.
    pub name: String,
}

/// One note of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreNote {
    /// Onset in the file's ticks.
    pub onset: u64,
    /// Release of the key in the file's ticks, after the onset; at most the next onset of the key.
    pub end: u64,
    /// Onset in seconds.
    pub from: f64,
    /// Release of the key in seconds.
    pub until: f64,
    /// End of the sound in seconds: the release of the key, or of the pedals that hold it then; at most the
    /// next onset of the pitch on its channel.
    pub sounds_until: f64,
    /// MIDI key number, 0 to 127.
    pub pitch: u8,
    /// 1 to 127.
    pub velocity: u8,
    /// Index of the track.
    pub track: u16,
    /// 0 to 15; 9 is General MIDI's drum channel.
    pub channel: u8,
    /// Whether it is a drum hit by the file's own word: on channel 10, or on one that a message of GS or XG, or a
    /// bank of XG or General MIDI 2, makes a drum channel. Such messages may also give channel 10 pitches.
    pub drums: bool,
    /// Program in force at the onset, 0 to 127; `None` where the channel has named none.
    pub program: Option<u8>,
}

/// Reads a file as it is performed: the notes that [`import`](super::import) finds, first on, first off, where
/// they are in the file.
///
/// # Errors
/// Bytes that are no MIDI file, or give no note, or too many.
pub fn read_score(bytes: &[u8]) -> Result<Score, ImportError> {
    Ok(MidiFile::read(bytes, Releases::FirstOff)?.into_score())
}

impl MidiFile {
    /// The file as it is performed.
    pub fn score(&self) -> Score {
        self.clone().into_score()
    }

    fn into_score(self) -> Score {
        let sounds = self.pedals.hold(&self.notes, &self.programs);
        let tempi = self.tempi.iter().map(|&(place, micros)| (place.at, micros)).collect();
        let time = TimeMap::new(self.report.division, tempi);
        let mut notes: Vec<ScoreNote> = Vec::with_capacity(self.notes.len());
        // One more than the last note of each key.
        let mut last = vec![0; 16 * 128];
        for (index, note) in self.notes.iter().enumerate() {
            let key = &mut last[usize::from(note.channel) * 128 + usize::from(note.pitch)];
            let before = std::mem::replace(key, index + 1);
            if let Some(before) = before.checked_sub(1).map(|it| &mut notes[it])
                && before.track == note.track
            {
                before.end = before.end.min(note.onset).max(before.onset + 1);
            }
            notes.push(ScoreNote {
                onset: note.onset,
                end: note.end.max(note.onset + 1),
                from: 0.0,
                until: 0.0,
                // In ticks, up to the next step.
                sounds_until: sounds.as_ref().map_or(note.end, |it| it[index]) as f64,
                pitch: note.pitch,
                velocity: note.velocity,
                track: note.track,
                channel: note.channel,
                drums: note.drums,
                program: Some(note.program).filter(|&it| it != NO_PROGRAM),
            });
        }
        notes.sort_by_key(|note| (note.onset, note.pitch, note.track));
        let mut next = vec![f64::INFINITY; 16 * 128];
        for note in notes.iter_mut().rev() {
            let key = &mut next[usize::from(note.channel) * 128 + usize::from(note.pitch)];
            let end = note.end as f64;
            let sounds = note.sounds_until.min(*key).max(end);
            *key = note.onset as f64;
            note.from = time.seconds(note.onset as f64);
            note.until = time.seconds(end);
            note.sounds_until = time.seconds(sounds);
        }
        let mut meters: Vec<(u64, u8, u8)> = self
            .meters
            .iter()
            .map(|&(place, numerator, denominator)| (place.at, numerator, denominator))
            .collect();
        let mut keys: Vec<(u64, KeySignature)> =
            self.keys.iter().map(|&(place, key)| (place.at, key)).collect();
        meters.sort_by_key(|&(at, ..)| at);
        keys.sort_by_key(|&(at, _)| at);
        let tracks =
            self.report.tracks.into_iter().map(|it| ScoreTrack { name: it.name }).collect();
        Score { tracks, notes, meters, keys, time }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of one track with a division of 24.
    fn file(track: &[u8]) -> Vec<u8> {
        let mut bytes = b"MThd\0\0\0\x06\0\0\0\x01\0\x18MTrk".to_vec();
        bytes.extend((track.len() as u32).to_be_bytes());
        bytes.extend(track);
        bytes
    }

    #[test]
    fn notes_keep_program_channel_and_seconds() {
        let score = read_score(&file(&[
            0, 0xff, 0x03, 4, b'B', b'a', b's', b's', // its name
            0, 0xff, 0x51, 3, 0x0f, 0x42, 0x40, // a second a quarter
            0, 0xc2, 33, // program
            24, 0x92, 40, 90, 24, 0x82, 40, 0, // a quarter after a quarter
            0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20, // twice as fast
            0, 0x92, 41, 90, 24, 0x82, 41, 0, 0, 0xff, 0x2f, 0,
        ]))
        .unwrap();
        assert_eq!(score.tracks[0].name, "Bass");
        let [first, second] = score.notes[..] else { panic!("two notes") };
        assert_eq!((first.program, first.channel, first.pitch), (Some(33), 2, 40));
        assert_eq!((first.from, first.until), (1.0, 2.0));
        assert_eq!((second.from, second.until), (2.0, 2.5));
        assert_eq!(score.time.seconds(72.0), 2.5);
        assert_eq!(score.time.ticks(2.5), 72.0);
        assert_eq!(score.time.ticks(-1.0), -24.0);
    }

    #[test]
    fn the_pedal_carries_the_sound_but_not_the_key() {
        let score = read_score(&file(&[
            0, 0xb0, 64, 127, 0, 0x90, 60, 90, 24, 0x80, 60, 0, // under the pedal
            24, 0x90, 60, 90, 24, 0xb0, 64, 0, 0, 0x80, 60, 0, // struck again, then lifted
            0, 0x90, 62, 90, 24, 0x80, 62, 0, 0, 0xff, 0x2f, 0,
        ]))
        .unwrap();
        let ends: Vec<_> = score.notes.iter().map(|it| (it.until, it.sounds_until)).collect();
        assert_eq!(ends, [(0.5, 1.0), (1.5, 1.5), (2.0, 2.0)]);
    }

    #[test]
    fn a_reset_leaves_the_notes_alone_that_are_struck_with_it() {
        for number in [120, 123, 127] {
            let score = read_score(&file(&[
                0, 0x90, 60, 90, 0, 0xb0, number, 0, // struck with a reset
                24, 0x90, 62, 90, 0, 0xb0, number, 0, // releases the first alone
                24, 0x80, 62, 0, 0, 0x80, 60, 0, 0, 0xff, 0x2f, 0,
            ]))
            .unwrap();
            let ends: Vec<_> = score.notes.iter().map(|it| (it.end, it.until)).collect();
            assert_eq!(ends, [(24, 0.5), (48, 1.0)], "{number}");
        }
    }

    #[test]
    fn a_reset_of_controllers_and_all_sound_off_end_what_the_pedal_holds() {
        for (number, end) in [(120, 36.0), (121, 36.0), (123, 48.0)] {
            let score = read_score(&file(&[
                0, 0xb0, 64, 127, 0, 0x90, 60, 90, 24, 0x80, 60, 0, // under the pedal
                12, 0xb0, number, 0, 12, 0xb0, 64, 0, 0, 0xff, 0x2f, 0,
            ]))
            .unwrap();
            assert_eq!(score.notes[0].end, 24);
            assert_eq!(score.notes[0].sounds_until, score.time.seconds(end), "{number}");
        }
    }

    #[test]
    fn many_notes_before_many_values_of_a_held_pedal_are_no_burden() {
        let mut track: Vec<u8> = vec![0, 0xb0, 64, 127, 0, 0x90, 60, 90, 1, 60, 0];
        track.extend([0u8, 60, 90, 1, 60, 0].repeat(199_999));
        track.extend([0, 0xb0, 64, 127]);
        track.extend([0u8, 64, 127].repeat(1_000_000));
        track.extend([24, 64, 0, 0, 0xff, 0x2f, 0]);
        let score = read_score(&file(&track)).unwrap();
        assert_eq!(score.notes.len(), 200_000);
        assert_eq!(score.notes[199_999].sounds_until, score.time.seconds(200_024.0));
    }
}
