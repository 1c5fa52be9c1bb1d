//! A tune as sound: what the built-in instruments make of it, as a WAV file.
//!
//! The same tune and voices give the same bytes, on every machine.

use std::path::Path;

use anyhow::{Result, ensure};
use hound::{SampleFormat, WavSpec, WavWriter};
use indicatif::ProgressBar;
use jukebox_model::piece::{Note, Part, Piece, TICKS_PER_QUARTER, TempoChange, Tick};
use jukebox_synth::{Instrument, PLAYERS, Timbre};

use crate::{files, format, terminal};

/// What every player and editor reads.
const FORMAT: WavSpec = WavSpec {
    channels: 2,
    sample_rate: 48_000,
    bits_per_sample: 24,
    sample_format: SampleFormat::Int,
};

/// Samples that are rendered at once.
const BLOCK: usize = 1024;

/// Samples for the last notes to ring out: the longest cymbal takes less.
const TAIL: u64 = 30 * FORMAT.sample_rate as u64;

/// Samples that a WAV file holds: it counts its bytes in 32 bits.
const LONGEST: u64 =
    (u32::MAX as u64 - 1024) / (FORMAT.channels * FORMAT.bits_per_sample / 8) as u64;

/// What plays each part of a piece, or the piece where it has no parts: what suits their General MIDI programs,
/// 0 to 127, of which `program` is that of a piece without parts. A voice that is chosen plays all, but for the
/// drums of a band.
pub fn voices(piece: &Piece, program: u8, chosen: Option<Timbre>) -> Vec<Timbre> {
    let of_piece = Part { name: String::new(), program: Some(program), drums: piece.drums };
    let parts = if piece.parts.is_empty() { &[of_piece][..] } else { &piece.parts };
    let all_drums = parts.iter().all(|part| part.drums);
    let voice = |part: &Part| match chosen {
        Some(chosen) if all_drums || !part.drums => chosen,
        _ => Timbre::for_part(&part.name, part.program, part.drums),
    };
    parts.iter().map(voice).collect()
}

/// Plays a piece into a WAV file, a voice for each part (see [`voices`]), until its last note has rung out, and
/// gives its length in seconds.
///
/// # Errors
/// Where the file cannot be written, or the piece is longer than such a file can be.
pub fn write(path: &Path, piece: &Piece, voices: &[Timbre]) -> Result<f64> {
    let events = events(piece, FORMAT.sample_rate);
    let end = events.last().map_or(0, |event| event.at);
    ensure!(
        end.saturating_add(TAIL) <= LONGEST,
        "{}: the tune lasts {}, and a WAV file holds {}. Ask for fewer --bars",
        path.display(),
        format::span(seconds(end)),
        format::span(seconds(LONGEST))
    );
    let bar = terminal::progress_bar();
    bar.set_length(end);
    bar.set_message("playing");
    let mut length = 0;
    let written = files::write_with(path, |temporary| {
        length = render(WavWriter::create(temporary, FORMAT)?, &events, voices, &bar)?;
        Ok(())
    });
    bar.finish_and_clear();
    written.map(|()| seconds(length))
}

fn seconds(samples: u64) -> f64 {
    samples as f64 / f64::from(FORMAT.sample_rate)
}

/// A key that goes up (no velocity) or down at a sample. Where both happen at one sample, keys go up
/// first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyEvent {
    /// The sample, counted from the piece's start.
    pub at: u64,
    /// How fast the key goes down, up to 127; 0 where it goes up.
    pub velocity: u8,
    /// The key, 0 to 127.
    pub key: u8,
    /// The part that plays it.
    pub part: u8,
}

/// The notes of a piece as events, in order, at so many samples a second.
pub fn events(piece: &Piece, rate: u32) -> Vec<KeyEvent> {
    let clock = TempoClock::new(piece);
    let at = |tick: Tick| (clock.seconds(tick) * f64::from(rate)).round() as u64;
    let both = |note: &Note| {
        let &Note { onset, part, pitch: key, velocity, .. } = note;
        [
            KeyEvent { at: at(onset), velocity, key, part },
            KeyEvent { at: at(note.end()), velocity: 0, key, part },
        ]
    };
    let mut events: Vec<KeyEvent> = piece.notes.iter().flat_map(both).collect();
    events.sort_unstable();
    events
}

/// The seconds at which the ticks of a piece are played.
pub struct TempoClock {
    /// Where each tempo begins, in order: its tick, its seconds, and quarter notes a minute.
    tempi: Vec<(Tick, f64, f64)>,
}

impl TempoClock {
    /// The clock of a piece.
    pub fn new(piece: &Piece) -> Self {
        let mut tempi = vec![(0, 0.0, Piece::default().tempo_at(0))];
        for &TempoChange { at, bpm } in &piece.tempi {
            tempi.push((at, after(tempi[tempi.len() - 1], at), bpm));
        }
        Self { tempi }
    }

    /// The seconds from the piece's start to a tick.
    pub fn seconds(&self, tick: Tick) -> f64 {
        // The first begins with the piece.
        let begun = self.tempi.partition_point(|&(at, ..)| at <= tick);
        after(self.tempi[begun - 1], tick)
    }
}

/// The seconds at a tick in a tempo.
fn after((at, seconds, bpm): (Tick, f64, f64), tick: Tick) -> f64 {
    seconds + f64::from(tick - at) / f64::from(TICKS_PER_QUARTER) * 60.0 / bpm
}

/// Plays events into a file, and gives the samples that were written.
fn render(
    file: WavWriter<impl std::io::Write + std::io::Seek>,
    events: &[KeyEvent],
    voices: &[Timbre],
    bar: &ProgressBar,
) -> Result<u64> {
    let mut tape = Tape { file, length: 0, sides: [[0.0; BLOCK]; 2] };
    let mut band = band(voices, FORMAT.sample_rate);
    for event in events {
        tape.record(&mut band, event.at)?;
        // No velocity is a key that goes up.
        let velocity = f32::from(event.velocity) / 127.0;
        band.note_on(player(voices, event.part.into()), event.key, velocity);
        bar.set_position(event.at);
    }
    let end = tape.length + TAIL;
    while !band.is_silent() && tape.length < end {
        tape.record(&mut band, tape.length + BLOCK as u64)?;
    }
    tape.file.finalize()?;
    Ok(tape.length)
}

/// An instrument whose players play these voices, at so many samples a second.
pub fn band(voices: &[Timbre], rate: u32) -> Instrument {
    let mut band = Instrument::new(rate as f32);
    for (part, voice) in voices.iter().enumerate() {
        band.set_player(player(voices, part), *voice, voice.level_among(voices.len()));
    }
    band
}

/// Who plays a part: a player of its own, or, where parts are more than players, that of its voice.
pub fn player(voices: &[Timbre], part: usize) -> usize {
    if voices.len() <= PLAYERS {
        return part;
    }
    let of_voice = |timbre: &Timbre| voices.get(part) == Some(timbre);
    Timbre::ALL.iter().position(of_voice).unwrap_or(PLAYERS)
}

/// The file while it is written.
struct Tape<W: std::io::Write + std::io::Seek> {
    file: WavWriter<W>,
    length: u64,
    sides: [[f32; BLOCK]; 2],
}

impl<W: std::io::Write + std::io::Seek> Tape<W> {
    /// Records until the tape has a length.
    fn record(&mut self, band: &mut Instrument, until: u64) -> Result<()> {
        const FULL_SCALE: f32 = 8_388_607.0;
        while self.length < until {
            let samples = (until - self.length).min(BLOCK as u64) as usize;
            let [left, right] = self.sides.each_mut().map(|side| &mut side[..samples]);
            band.render(left, right);
            for (&mut left, &mut right) in left.iter_mut().zip(right) {
                for side in [left, right] {
                    self.file.write_sample((side * FULL_SCALE).round() as i32)?;
                }
            }
            self.length += samples as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(onset: Tick, pitch: u8, duration: Tick) -> Note {
        Note { onset, part: 0, pitch, duration, velocity: 80 }
    }

    #[test]
    fn time_passes_through_all_tempi() {
        let tempi = [(24, 60.0), (72, 240.0)].map(|(at, bpm)| TempoChange { at, bpm });
        let piece = Piece { tempi: tempi.to_vec(), ..Piece::default() };
        // A quarter at 120 where nothing is said, two at 60, one at 240.
        for (tick, expected) in [(0, 0.0), (12, 0.25), (24, 0.5), (48, 1.5), (72, 2.5), (96, 2.75)]
        {
            let seconds = TempoClock::new(&piece).seconds(tick);
            assert!((seconds - expected).abs() < 1e-9, "tick {tick}");
        }
        assert_eq!(TempoClock::new(&Piece::default()).seconds(48), 1.0);
    }

    #[test]
    fn each_of_many_notes_has_its_time_among_many_tempi() {
        // Tempo by tempo for each note this would be 40,000 million steps.
        let (begun, number) = (std::time::Instant::now(), 200_000);
        let tempo = |at| TempoChange { at, bpm: 60.0 + f64::from(at % 2) * 60.0 };
        let piece = Piece {
            notes: (0..number).map(|onset| note(onset, 60, 1)).collect(),
            tempi: (0..number).map(tempo).collect(),
            ..Piece::default()
        };
        let events = events(&piece, FORMAT.sample_rate);
        // Half of the ticks at 60, half at 120: 1.5 seconds for 48 of them.
        let seconds = f64::from(number) / 48.0 * 1.5;
        let last = events.last().map(|event| event.at);
        assert_eq!(last, Some((seconds * 48_000.0).round() as u64));
        assert_eq!(events.len(), 2 * number as usize);
        assert!(begun.elapsed().as_secs() < 60);
    }

    #[test]
    fn a_key_goes_up_before_it_goes_down_again() {
        let notes = vec![note(0, 60, 24), note(24, 60, 24), note(24, 64, 12)];
        let events: Vec<(u64, u8, u8)> =
            events(&Piece { notes, ..Piece::default() }, FORMAT.sample_rate)
                .iter()
                .map(|event| (event.at, event.key, event.velocity))
                .collect();
        assert_eq!(
            events,
            [
                (0, 60, 80),
                (24_000, 60, 0),
                (24_000, 60, 80),
                (24_000, 64, 80),
                (36_000, 64, 0),
                (48_000, 60, 0)
            ]
        );
    }

    #[test]
    fn any_number_of_parts_is_heard() {
        for parts in [1, PLAYERS, PLAYERS + 1, 32] {
            let voices: Vec<Timbre> = Timbre::ALL.into_iter().cycle().take(parts).collect();
            for part in 0..parts {
                let mut band = band(&voices, FORMAT.sample_rate);
                band.note_on(player(&voices, part), 60, 0.8);
                assert!(!band.is_silent(), "part {part} of {parts}");
            }
        }
    }

    #[test]
    fn each_part_has_the_voice_that_suits_it() {
        let part = |name: &str, program, drums| Part { name: name.into(), program, drums };
        let parts = vec![
            part("melody", Some(73), false),
            part("Fretless bass", None, false),
            part("bassoon", None, false),
            part("bass drum", Some(33), true),
        ];
        let band = Piece { parts, ..Piece::default() };
        let (bass, piano) = (Timbre::Bass, Timbre::ElectricPiano);
        assert_eq!(voices(&band, 0, None), [Timbre::Flute, bass, piano, Timbre::Drums]);
        let pluck = Timbre::Pluck;
        assert_eq!(voices(&band, 0, Some(pluck)), [pluck, pluck, pluck, Timbre::Drums]);
        let drums = Piece { drums: true, ..Piece::default() };
        assert_eq!(voices(&drums, 0, None), [Timbre::Drums]);
        assert_eq!(voices(&drums, 0, Some(pluck)), [pluck]);
        assert_eq!(voices(&Piece::default(), 24, None), [pluck]);
    }

    #[test]
    fn a_tune_that_no_file_can_hold_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.wav");
        let tempi = vec![TempoChange { at: 0, bpm: 10.0 }];
        let piece = Piece { notes: vec![note(0, 60, 24 * 3000)], tempi, ..Piece::default() };
        let error = format!("{:#}", write(&path, &piece, &[Timbre::Flute]).unwrap_err());
        assert!(error.contains("long.wav") && error.contains("5 h 00 min"), "{error}");
        assert!(error.contains("holds 4 h"), "{error}");
        assert!(!path.exists());
    }
}
