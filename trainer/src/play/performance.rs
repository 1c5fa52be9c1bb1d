//! A tune as samples, block by block: what the audio thread asks for.

use jukebox_model::piece::Piece;
use jukebox_synth::{Instrument, Timbre};

use crate::render::sound::{KeyEvent, band, events, player};

/// Seconds in which the last notes ring out; the longest cymbal takes less.
const TAIL: u64 = 30;

/// A tune that is being played. It allocates nothing once it is made.
#[derive(Debug)]
pub struct Performance {
    events: Vec<KeyEvent>,
    next: usize,
    position: u64,
    end: u64,
    voices: Vec<Timbre>,
    band: Instrument,
}

impl Performance {
    /// A piece from its start, a voice for each part, at so many samples a second.
    pub fn new(piece: &Piece, voices: &[Timbre], rate: u32) -> Self {
        let events = events(piece, rate);
        let end = events.last().map_or(0, |event| event.at) + TAIL * u64::from(rate);
        let (voices, band) = (voices.to_vec(), band(voices, rate));
        Self { events, next: 0, position: 0, end, voices, band }
    }

    /// Whether all has been played and has rung out.
    pub fn is_over(&self) -> bool {
        self.next == self.events.len() && (self.band.is_silent() || self.position >= self.end)
    }

    /// Writes the next samples of both sides, which are equally long, each within ±1.
    pub fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        let mut done = 0;
        while done < left.len() {
            while let Some(event) = self.events.get(self.next).filter(|it| it.at <= self.position) {
                let player = player(&self.voices, event.part.into());
                self.band.note_on(player, event.key, f32::from(event.velocity) / 127.0);
                self.next += 1;
            }
            let to_next = self.events.get(self.next).map_or(u64::MAX, |it| it.at - self.position);
            let samples = to_next.min((left.len() - done) as u64) as usize;
            let block = done..done + samples;
            self.band.render(&mut left[block.clone()], &mut right[block]);
            self.position += samples as u64;
            done += samples;
        }
    }
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::Note;

    use super::*;

    fn piece() -> Piece {
        let note = |onset, pitch| Note { onset, part: 0, pitch, duration: 20, velocity: 90 };
        Piece { notes: vec![note(0, 60), note(24, 64), note(48, 67)], ..Piece::default() }
    }

    fn samples(block: usize) -> Vec<f32> {
        let mut performance = Performance::new(&piece(), &[Timbre::default()], 44_100);
        let (mut left, mut right) = (vec![0.0; block], vec![0.0; block]);
        let mut all = Vec::new();
        while !performance.is_over() {
            performance.render(&mut left, &mut right);
            all.extend_from_slice(&left);
        }
        all
    }

    #[test]
    fn blocks_of_any_length_give_the_same_sound() {
        let (long, short) = (samples(1000), samples(77));
        let both = long.len().min(short.len());
        // The last note ends after 68 ticks of 1/48 of a second.
        assert!(both > 44_100 * 68 / 48, "{both}");
        assert_eq!(long[..both], short[..both]);
        assert!(long.iter().any(|sample| sample.abs() > 0.05));
        // Silence before nothing: the second note begins at half a second, not before.
        let energy = |from: usize| long[from..from + 400].iter().map(|it| it * it).sum::<f32>();
        assert!(energy(22_050) > energy(21_600), "a note begins");
    }
}
