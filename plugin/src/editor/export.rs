//! A take as a MIDI file: the notes of some bars in the key that is heard.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use jukebox_model::key::KeySignature;
use jukebox_model::meter::MeterMap;
use jukebox_model::midi;
use jukebox_model::piece::{Note, Piece, TempoChange, Tick, tidy};

use crate::audio::player::PerformanceSettings;
use crate::shared::Score;

/// Most files of one take's bars in a folder.
const MOST_OF_A_NAME: u32 = 10_000;

/// What to export.
#[derive(Clone, Debug)]
pub struct Selection<'a> {
    /// The song.
    pub score: &'a Score,
    /// Its bars.
    pub bars: Range<u32>,
    /// How they are heard: key, scale and octave are written, and what the scale mutes is left out;
    /// swing and velocities are left to the host.
    pub performance: PerformanceSettings,
    /// Quarter notes a minute.
    pub tempo: f64,
    /// The record's name and the take's number.
    pub title: String,
}

impl Selection<'_> {
    /// The bars as a piece of its own, which begins with their first.
    pub fn piece(&self) -> Piece {
        let composed = self.bars.start.min(self.score.bars.len() as u32) as usize
            ..self.bars.end.min(self.score.bars.len() as u32) as usize;
        let bars = &self.score.bars[composed];
        let start = bars.first().map_or(0, |bar| bar.slot.start);
        let end = bars.last().map_or(0, |bar| bar.end);
        let band = &self.score.band;
        let playing = self.performance.parts.playing(band.parts.len());
        let heard = |note: &Note| {
            if !playing.has(note.part) {
                return None;
            }
            let pitch = self.performance.key_of(note, band.is_drum(note))?;
            let duration = note.duration.min(end - note.onset);
            Some(Note { onset: note.onset - start, pitch, duration, ..*note })
        };
        let mut notes: Vec<Note> =
            bars.iter().flat_map(|bar| bar.notes.iter().filter_map(heard)).collect();
        tidy(&mut notes);
        let meters: Vec<(Tick, _)> =
            bars.iter().map(|bar| (bar.slot.start - start, bar.slot.meter)).collect();
        // Seven semitones are one step of the circle of fifths.
        let sharps = ((self.performance.shift * 7 + 5).rem_euclid(12) - 5) as i8;
        Piece {
            title: self.title.clone(),
            meters: MeterMap::from_changes(meters),
            tempi: vec![TempoChange { at: 0, bpm: self.tempo }],
            key: (!band.drums).then_some(KeySignature { sharps, minor: false }),
            drums: band.drums,
            parts: band.parts.to_vec(),
            notes,
        }
    }

    /// The bars as a MIDI file.
    ///
    /// # Errors
    /// In words: where there are no notes.
    fn midi(&self) -> Result<Vec<u8>, String> {
        let piece = self.piece();
        match piece.notes.is_empty() {
            true => Err("There are no notes in these bars to export.".to_owned()),
            false => Ok(midi::export(&piece)),
        }
    }

    /// Writes the bars to a new file in a folder, which is made where it is missing; gives its path. No
    /// file that exists is touched, also when others export at the same time.
    ///
    /// # Errors
    /// In words: where there is nothing to write, or the file cannot be written.
    pub fn write_into(&self, folder: &Path) -> Result<PathBuf, String> {
        let midi = self.midi()?;
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("{} cannot be made: {error}.", folder.display()))?;
        let plain = |c: char| if c.is_alphanumeric() || " -,".contains(c) { c } else { '_' };
        let name: String = self.title.chars().map(plain).take(80).collect();
        let bars = format!("bars {}-{}", self.bars.start + 1, self.bars.end);
        for number in 1..MOST_OF_A_NAME {
            let path = match number {
                1 => folder.join(format!("{name}, {bars}.mid")),
                _ => folder.join(format!("{name}, {bars} ({number}).mid")),
            };
            let failed = |error| format!("{} cannot be written: {error}.", path.display());
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(mut file) => {
                    return match file.write_all(&midi) {
                        Ok(()) => Ok(path),
                        Err(error) => {
                            // Half a file is none.
                            let _ = std::fs::remove_file(&path);
                            Err(failed(error))
                        }
                    };
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                // Windows denies the access to a folder of this name.
                Err(_) if path.is_dir() => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Err(format!("{} is full of exports of these bars.", folder.display()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::audio::player::scale::{Outside, Scale, ScaleMap};
    use crate::song::Band;
    use jukebox_model::meter::Meter;
    use jukebox_model::take::Bar;

    fn score() -> Score {
        let meters = MeterMap::from_changes([(96, Meter::new(6, 8).unwrap())]);
        let bar = |number: u32, pitch: u8| {
            let slot = meters.bar(number);
            let notes =
                vec![Note { onset: slot.start + 12, part: 0, pitch, duration: 500, velocity: 90 }];
            Arc::new(Bar { slot, end: meters.bar_end(slot), notes, ..Bar::default() })
        };
        Score { bars: vec![bar(0, 60), bar(1, 62), bar(2, 64)], ..Score::default() }
    }

    fn selection(score: &Score, bars: Range<u32>, shift: i32) -> Selection<'_> {
        let performance = PerformanceSettings { shift, ..PerformanceSettings::default() };
        Selection { score, bars, performance, tempo: 90.0, title: "Celtic, take 3".to_owned() }
    }

    #[test]
    fn some_bars_become_a_file_of_their_own() {
        let score = score();
        let piece = selection(&score, 1..9, 2).piece();
        let read = midi::import(&midi::export(&piece), midi::PartChoice::All).unwrap().piece;
        assert_eq!(read.notes.iter().map(|note| note.pitch).collect::<Vec<_>>(), [64, 66]);
        assert_eq!(read.notes[0].onset, 12);
        assert_eq!(read.meters, MeterMap::new(Meter::new(6, 8).unwrap()));
        assert_eq!(read.key, "D".parse().ok());
        assert_eq!(read.tempo_at(0).round(), 90.0);
        assert_eq!(read.notes[1].end(), 2 * 72, "nothing sounds beyond the last bar");
    }

    #[test]
    fn scales_are_written_as_they_are_heard() {
        let score = score();
        let pitches = |scale, outside| {
            let mut selection = selection(&score, 0..3, 2);
            selection.performance.scale = ScaleMap::new(scale, outside);
            selection.piece().notes.iter().map(|note| note.pitch).collect::<Vec<_>>()
        };
        assert_eq!(pitches(Scale::Record, Outside::Snap), [62, 64, 66]);
        assert_eq!(pitches(Scale::Dorian, Outside::Snap), [62, 64, 65]);
        assert_eq!(pitches(Scale::Dorian, Outside::Mute), [62, 64]);
        let drums = Score { band: Band { drums: true, ..Band::default() }, ..score.clone() };
        let mut selection = selection(&drums, 0..3, 2);
        selection.performance.scale = ScaleMap::new(Scale::Dorian, Outside::Mute);
        let keys: Vec<u8> = selection.piece().notes.iter().map(|note| note.pitch).collect();
        assert_eq!(keys, [60, 62, 64], "drums have no scale");
    }

    #[test]
    fn keys_are_written_with_the_fewest_accidentals() {
        let score = score();
        let keys = (-6..6).map(|shift| selection(&score, 0..1, shift).piece().key.unwrap());
        let names: Vec<String> = keys.map(|key| key.to_string()).collect();
        assert_eq!(names, ["F#", "G", "Ab", "A", "Bb", "B", "C", "Db", "D", "Eb", "E", "F"]);
    }

    #[test]
    fn exports_never_overwrite_each_other() {
        let (score, folder) = (score(), tempfile::tempdir().unwrap());
        let folder = folder.path().join("new");
        let paths = [0; 3].map(|_| selection(&score, 0..2, 0).write_into(&folder).unwrap());
        assert_eq!(paths[0].file_name().unwrap(), "Celtic, take 3, bars 1-2.mid");
        assert_eq!(paths[2].file_name().unwrap(), "Celtic, take 3, bars 1-2 (3).mid");
        assert!(selection(&score, 5..6, 0).write_into(&folder).unwrap_err().contains("no notes"));
        let in_a_file = selection(&score, 0..1, 0).write_into(&paths[0]);
        assert!(in_a_file.unwrap_err().contains("cannot be made"));
    }

    #[test]
    fn instances_that_export_at_the_same_time_write_a_file_each() {
        let (score, folder) = (score(), tempfile::tempdir().unwrap());
        let exports = &|thread: i32| {
            let selection = selection(&score, 0..2, thread);
            let written = (0..20).map(|_| selection.write_into(folder.path()).unwrap());
            let expected = selection.midi().unwrap();
            written.map(|path| (path, expected.clone())).collect::<Vec<_>>()
        };
        let written: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|thread| scope.spawn(move || exports(thread))).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), written.len());
        for (path, midi) in written {
            assert!(std::fs::read(&path).unwrap() == midi, "{} is another's", path.display());
        }
    }
}
