//! The picture of a MIDI file: a piano roll of its parts, over the bars that are understood.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use jukebox_model::midi::{ImportOptions, PartChoice};
use jukebox_model::piece::{Piece, TempoChange};

use super::What;
use crate::dataset::LONGEST_FILE;
use crate::dataset::common_parts::PartsChoice;
use crate::dataset::reading::Reading;
use crate::render::roll;
use crate::{files, format};

/// Draws a file as a PNG file. A file whose grid is not that of its music is laid on the one that is heard.
///
/// # Errors
/// Where the file cannot be read, has no such part, or would be written over; where the picture cannot be written.
pub(super) fn draw(path: &Path, what: &What, png: &Path) -> Result<()> {
    ensure!(
        !files::same(path, png),
        "{} would be written over: choose another name for the picture",
        path.display()
    );
    let bytes = files::read(path, LONGEST_FILE);
    let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
    let read = read(&bytes, what).map_err(anyhow::Error::msg);
    let mut piece = read.with_context(|| path.display().to_string())?;
    if piece.title.trim().is_empty() {
        piece.title = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    }
    // Nothing of it is composed.
    roll::write_png(png, &piece, &line(&piece), &(0..0))
}

/// The music of a file with its parts, on the grid that is the music's.
fn read(bytes: &[u8], what: &What) -> Result<Piece, String> {
    let read = |part| {
        let import = ImportOptions { part, pedal: what.pedal, ..ImportOptions::default() };
        let grid = what.grid.unwrap_or_default();
        Reading { grid, parts: PartsChoice::Auto, ..Reading::from(import) }.read(bytes)
    };
    let read = match what.part {
        Some(part) => read(part),
        // Drums where there is nothing else.
        None => read(PartChoice::All).or_else(|_| read(PartChoice::Drums)),
    };
    read.map(|read| read.piece)
}

/// A piece in a line, with the tempo of most of it: many files begin with another.
fn line(piece: &Piece) -> String {
    let usual = TempoChange { at: 0, bpm: piece.usual_tempo() };
    let first = piece.notes.first().map_or(0, |note| note.onset);
    format::piece_line(&Piece { tempi: vec![usual], ..piece.clone() }, first)
}

#[cfg(test)]
mod tests {
    use jukebox_model::meter::{Meter, MeterMap};
    use jukebox_model::midi;
    use jukebox_model::piece::{Note, Part, tidy};

    use super::*;

    #[test]
    fn a_file_is_drawn_over_the_bars_of_its_music_with_its_parts() {
        // Sixteen bars of 4/4 whose file says 1/4, as programs write that track beats alone.
        let mut notes = Vec::new();
        for beat in 0..64u32 {
            let tune = [72, 74, 76, 79, 77, 76, 74, 71][(beat * 5 / 4 % 8) as usize];
            let mut add = |part, pitch, duration, velocity| {
                notes.push(Note { onset: 24 * beat, part, pitch, duration, velocity });
            };
            add(0, tune, 24, 80);
            if beat % 4 == 0 {
                add(1, [36, 41, 43, 36][(beat / 4 % 4) as usize], 90, 110);
            }
            add(2, [36, 42, 38, 42][(beat % 4) as usize], 6, if beat % 4 == 0 { 120 } else { 70 });
        }
        tidy(&mut notes);
        let part = |name: &str, drums| Part { name: name.into(), program: None, drums };
        let parts = vec![part("Tune", false), part("Bass", false), part("Drums", true)];
        let meters = MeterMap::new(Meter::new(1, 4).unwrap());
        let file = midi::export(&Piece { parts, notes, meters, ..Piece::default() });
        let what = What {
            part: None,
            pedal: true,
            grid: None,
            parts: None,
            parts_file: None,
            analysis: false,
            png: None,
        };
        let piece = read(&file, &what).unwrap();
        assert_eq!(piece.meters.bar(0).meter, Meter::COMMON, "{:?}", piece.meters);
        let names: Vec<&str> = piece.parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["Tune", "Bass", "Drums"]);
        assert!(line(&piece).starts_with("120 bpm  ·  4/4"), "{}", line(&piece));
        let drums = read(&file, &What { part: Some(PartChoice::Drums), ..what }).unwrap();
        assert!(drums.drums && drums.notes.len() == 64);
    }
}
