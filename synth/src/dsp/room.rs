//! A small room round the instrument, so that it is pleasant at once.
//!
//! Eight delay lines that feed one another through a reflection matrix (Jot and Chaigne, "Digital delay
//! networks for designing artificial reverberators", AES 90, 1991), each losing its treble a little
//! faster. The reflection is Householder's: everything comes back from every line but mostly its own.

use super::decay;
use super::filter::OnePole;

/// Lengths of the lines in milliseconds: a room of five to twelve metres, no length a multiple of another.
const LENGTHS: [f32; 8] = [14.93, 17.39, 19.81, 22.67, 26.17, 29.59, 33.41, 37.87];
/// Seconds in which the room falls silent by 60 dB.
const SECONDS: f32 = 0.85;
/// Makes a steady noise about as loud as it entered.
const LOUDNESS: f32 = 0.25;
/// Hertz above which a line loses more at each pass.
const TREBLE: f32 = 4_500.0;
/// Hertz below which nothing enters, so that basses stay dry.
const BASS: f32 = 150.0;
/// Peaks below this (-114 dB) are over.
const SILENCE: f32 = 2e-6;

/// The room; see the module.
#[derive(Clone, Debug)]
pub struct Room {
    lines: [Line; 8],
    entry: OnePole,
    peak: f32,
    /// Samples since anything was heard in it.
    quiet: usize,
    longest: usize,
}

#[derive(Clone, Debug)]
struct Line {
    samples: Box<[f32]>,
    at: usize,
    gain: f32,
    treble: OnePole,
}

impl Room {
    /// An empty room.
    pub fn new(rate: f32) -> Self {
        let lines = LENGTHS.map(|milliseconds| {
            let length = (milliseconds * 1e-3 * rate).round() as usize;
            Line {
                samples: vec![0.0; length].into(),
                at: 0,
                gain: decay::factor(SECONDS / length as f32, rate),
                treble: OnePole::new(TREBLE, rate),
            }
        });
        let longest = lines[7].samples.len();
        Self { lines, entry: OnePole::new(BASS, rate), peak: 0.0, quiet: longest, longest }
    }

    /// What is heard on both sides one sample after something has entered.
    pub fn next(&mut self, input: f32) -> [f32; 2] {
        let input = self.entry.high(input);
        let returned = self.lines.each_mut().map(|line| {
            let old = line.samples[line.at];
            line.gain * line.treble.low(old)
        });
        let reflection = returned.iter().sum::<f32>() * 0.25;
        for (line, back) in self.lines.iter_mut().zip(returned) {
            line.samples[line.at] = input + back - reflection;
            line.at += 1;
            if line.at == line.samples.len() {
                line.at = 0;
            }
        }
        // Two signs for each line, at right angles: the sides have nothing in common.
        let [a, b, c, d, e, f, g, h] = returned;
        let left = LOUDNESS * ((a - b) + (c - d) + (e - f) + (g - h));
        let right = LOUDNESS * ((a + b) - (c + d) + (e + f) - (g + h));
        self.peak = self.peak.max(left.abs()).max(right.abs()).max(input.abs());
        [left, right]
    }

    /// To be called after some samples: whether it has fallen silent. It is then empty.
    pub fn is_silent_after(&mut self, samples: usize) -> bool {
        let was_silent = self.quiet >= self.longest;
        self.quiet = if self.peak < SILENCE { self.quiet.saturating_add(samples) } else { 0 };
        self.peak = 0.0;
        let is_silent = self.quiet >= self.longest;
        if is_silent && !was_silent {
            self.clear();
        }
        is_silent
    }

    /// Empties it.
    pub fn clear(&mut self) {
        for line in &mut self.lines {
            line.samples.fill(0.0);
            line.at = 0;
            line.treble.clear();
        }
        self.entry.clear();
        self.peak = 0.0;
        self.quiet = self.longest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn impulse(rate: f32, seconds: f32) -> Vec<[f32; 2]> {
        let mut room = Room::new(rate);
        (0..(rate * seconds) as usize)
            .map(|sample| room.next(if sample == 0 { 1.0 } else { 0.0 }))
            .collect()
    }

    fn power(samples: &[[f32; 2]]) -> f32 {
        samples.iter().map(|[left, right]| left * left + right * right).sum()
    }

    #[test]
    fn it_dies_away_in_its_time_at_every_sample_rate() {
        for rate in [8_000.0, 44_100.0, 48_000.0, 192_000.0] {
            let heard = impulse(rate, 0.8);
            let part =
                |from: f32, to: f32| power(&heard[(from * rate) as usize..(to * rate) as usize]);
            let fallen = 10.0 * (part(0.6, 0.7) / part(0.1, 0.2)).log10();
            assert!((-60.0..-25.0).contains(&fallen), "{rate} Hz: {fallen} dB in half a second");
        }
    }

    #[test]
    fn its_sides_have_nothing_in_common() {
        let heard = impulse(48_000.0, 0.8);
        let product: f32 = heard.iter().map(|[left, right]| left * right).sum();
        assert!(product.abs() < 0.2 * power(&heard));
    }

    #[test]
    fn it_falls_silent() {
        let mut room = Room::new(48_000.0);
        let mut samples = 0;
        room.next(1.0);
        while !room.is_silent_after(32) {
            for _ in 0..32 {
                let [left, right] = room.next(0.0);
                assert!(!left.is_subnormal() && !right.is_subnormal());
            }
            samples += 32;
            assert!(samples < 3 * 48_000, "it never ends");
        }
        assert!(samples > 48_000 / 2);
    }
}
