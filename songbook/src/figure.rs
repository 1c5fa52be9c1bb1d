//! Figures written as text: a letter for each step of a bar.

use crate::PULSES_PER_QUARTER;

/// A meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meter {
    /// Beats.
    pub numerator: u32,
    /// The note value of a beat: 4 or 8.
    pub denominator: u32,
}

impl Meter {
    /// Reads "4/4".
    pub fn read(text: &str) -> Option<Self> {
        let (numerator, denominator) = text.split_once('/')?;
        let meter =
            Self { numerator: numerator.parse().ok()?, denominator: denominator.parse().ok()? };
        let usual = (1..=12).contains(&meter.numerator) && [2, 4, 8].contains(&meter.denominator);
        usual.then_some(meter)
    }

    /// Pulses of a bar.
    pub fn bar(self) -> u32 {
        self.numerator * 4 * PULSES_PER_QUARTER / self.denominator
    }

    /// Pulses of a beat as it is felt: three eighths in 6/8, 9/8 and 12/8.
    pub fn beat(self) -> u32 {
        let written = 4 * PULSES_PER_QUARTER / self.denominator;
        if self.denominator == 8 && self.numerator.is_multiple_of(3) {
            3 * written
        } else {
            written
        }
    }
}

/// A figure of one bar or several: letters at even steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    bars: Vec<Vec<char>>,
}

/// A letter of a figure, where it stands and how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Pulses from the start of the bar.
    pub at: u32,
    /// Pulses that it lasts: its step and the "-" after it, into the next bars of the figure, too.
    pub length: u32,
    /// The letter.
    pub letter: char,
}

impl Figure {
    /// Reads a figure, in which "|" parts the bars and spaces say nothing, of these letters beside "." (rest)
    /// and "-" (hold).
    ///
    /// # Errors
    /// In words, where there is no step or another letter.
    pub fn read(text: &str, letters: &str) -> Result<Self, String> {
        let bar = |bar: &str| bar.chars().filter(|it| !it.is_whitespace()).collect::<Vec<_>>();
        let bars: Vec<Vec<char>> = text.split('|').map(bar).collect();
        if bars.iter().any(Vec::is_empty) {
            return Err(format!("\"{text}\" has a bar without steps"));
        }
        let known = |it: &&char| !".-".contains(**it) && !letters.contains(**it);
        if let Some(letter) = bars.iter().flatten().find(known) {
            return Err(format!("\"{letter}\" in \"{text}\" is none of {letters} . -"));
        }
        Ok(Self { bars })
    }

    /// Whether the figure's steps divide a bar of so many pulses.
    pub fn fits(&self, pulses: u32) -> bool {
        self.bars
            .iter()
            .all(|bar| pulses.is_multiple_of(bar.len() as u32) && pulses / bar.len() as u32 >= 40)
    }

    /// Bars until it repeats.
    pub fn bars(&self) -> usize {
        self.bars.len()
    }

    /// The signs of a bar, counted from the figure's start on, where a bar has so many pulses.
    pub fn signs(&self, bar: usize, pulses: u32) -> Vec<Sign> {
        let bar = bar % self.bars.len();
        let steps = &self.bars[bar];
        let step = pulses / steps.len() as u32;
        let holds = |steps: &[char]| steps.iter().take_while(|it| **it == '-').count();
        let sign = |(index, &letter): (usize, &char)| {
            let held = holds(&steps[index + 1..]);
            let mut length = (1 + held as u32) * step;
            if index + 1 + held == steps.len() {
                for later in &self.bars[bar + 1..] {
                    let held = holds(later);
                    length += held as u32 * (pulses / later.len() as u32);
                    if held < later.len() {
                        break;
                    }
                }
            }
            Sign { at: index as u32 * step, length, letter }
        };
        steps.iter().enumerate().filter(|it| !".-".contains(*it.1)).map(sign).collect()
    }

    /// The signs from the start on, all bars in a row.
    pub fn all_signs(&self, pulses: u32) -> Vec<Sign> {
        (0..self.bars())
            .flat_map(|bar| {
                let signs = self.signs(bar, pulses);
                signs
                    .into_iter()
                    .map(move |sign| Sign { at: sign.at + bar as u32 * pulses, ..sign })
            })
            .collect()
    }

    /// Steps of the first bar.
    pub fn steps(&self) -> usize {
        self.bars[0].len()
    }
}
