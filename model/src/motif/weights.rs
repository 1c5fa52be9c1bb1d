//! The weights of the motif memory: logarithms, learnt from how real music repeats itself.

use serde::{Deserialize, Serialize};

use crate::network::Head;
use crate::network::kernel::activation::exp;

/// The parameters of the heads. Those that a record brings are fitted to its collection.
///
/// A list for each head that chooses stands in a file: four where notes choose no part, else five.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Vec<f32>>", into = "Vec<Vec<f32>>")]
pub struct MotifWeights {
    /// In the order of [`Head::ALL`].
    heads: [[f32; PARAMETERS]; Head::COUNT],
    /// Whether notes choose their part.
    parts: bool,
}

/// Classes of match lengths: none, 1 to 4 notes, then wider ones up to 32.
const LENGTHS: usize = 12;
/// Classes of matches of moves: none, 1 to 4, longer.
const MOVES: usize = 6;
/// Classes of distances in bars: 0 to 16, then odd and even ones, multiples of 4, and of 8.
const BARS: usize = 20;

/// Classes of rounds that a passage has been going in circles: none, 1 to 3, more.
const ROUNDS: usize = 5;

/// Parameters of one head, in this order: match lengths, match lengths at the same place in the bar,
/// lengths of moved matches (added), bars back at the same place (added), another piece (added), and
/// the network's own weight: a constant, what the surprise of the choices before adds, and the rounds
/// that the last passage has been going in circles.
const PARAMETERS: usize = FITTED + ROUNDS;
/// All but the last of them.
const FITTED: usize = SURPRISE + 1;
const IN_PLACE: usize = LENGTHS;
const MOVED: usize = 2 * LENGTHS;
const BAR: usize = MOVED + MOVES;
const ELSEWHERE: usize = BAR + BARS;
const GATE: usize = ELSEWHERE + 1;
const SURPRISE: usize = GATE + 1;

/// What each round in a circle adds to the network's own weight, at first. Music leaves a circle after a
/// few rounds, so hardly any example of a longer one is there to learn from; a composer that hears its
/// own copies would stay in it for ever.
const RESTLESS: [f32; ROUNDS] = [0.0, 0.5, 3.0, 6.0, 9.0];

/// Size and damping of a step of learning (Adagrad: Duchi, Hazan and Singer 2011).
const RATE: f32 = 0.2;
const DAMPING: f32 = 3.0;

/// What a candidate has to say for itself: parameters that are added up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Features {
    list: [u8; 4],
    count: usize,
}

impl Features {
    /// Of a match of a `length`, moved or not. `bars` is how far back it lies, where both notes
    /// before stand at the same place in their bars.
    pub fn new(
        length: usize,
        same_place: bool,
        moved: bool,
        bars: Option<usize>,
        elsewhere: bool,
    ) -> Self {
        let mut features = Self::default();
        features.add(length_class(length) + if same_place { IN_PLACE } else { 0 });
        if moved {
            features.add(MOVED + length.min(MOVES - 1));
        }
        if let Some(bars) = bars {
            features.add(BAR + bar_class(bars));
        }
        if elsewhere {
            features.add(ELSEWHERE);
        }
        features
    }

    fn add(&mut self, parameter: usize) {
        self.list[self.count] = parameter as u8;
        self.count += 1;
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.list[..self.count].iter().map(|&parameter| usize::from(parameter))
    }
}

fn length_class(notes: usize) -> usize {
    match notes {
        0..=4 => notes,
        5..=6 => 5,
        7..=8 => 6,
        9..=12 => 7,
        13..=16 => 8,
        17..=24 => 9,
        25..=31 => 10,
        _ => 11,
    }
}

/// The parameter of a number of rounds.
fn round(rounds: usize) -> usize {
    FITTED + rounds.min(ROUNDS - 1)
}

fn bar_class(bars: usize) -> usize {
    match bars {
        0..=16 => bars,
        _ if bars.is_multiple_of(8) => 19,
        _ if bars.is_multiple_of(4) => 18,
        _ => 17,
    }
}

impl Default for MotifWeights {
    /// Weights for any collection.
    fn default() -> Self {
        let weights = |fitted: [f32; FITTED]| {
            std::array::from_fn(|at| {
                fitted.get(at).copied().unwrap_or_else(|| RESTLESS[at - FITTED])
            })
        };
        let [step, pitch, duration, velocity] = GENERAL.map(weights);
        // Who plays is as much a matter of rhythm as when.
        Self { heads: [step, step, pitch, duration, velocity], parts: false }
    }
}

impl MotifWeights {
    /// Weights for any collection whose notes choose their part, or choose none.
    pub fn general(parts: bool) -> Self {
        Self { parts, ..Self::default() }
    }

    /// The same weights, for notes that choose their part, or choose none.
    pub(crate) fn choosing(self, parts: bool) -> Self {
        Self { parts, ..self }
    }

    /// Greatest magnitude of a parameter: e to twice as much is still a number.
    const MOST: f32 = 20.0;

    /// The weight of a candidate for a head.
    pub(super) fn of(&self, head: Head, features: &Features) -> f32 {
        let parameters = &self.heads[head as usize];
        exp(features.iter().map(|parameter| parameters[parameter]).sum())
    }

    /// The network's own weight for a head. `surprise` is the logarithm of what the network gave to the
    /// choices before; `rounds` is how often the last passage has come again at once.
    pub(super) fn gate(&self, head: Head, surprise: f32, rounds: usize) -> f32 {
        let parameters = &self.heads[head as usize];
        exp(parameters[GATE] + parameters[SURPRISE] * surprise + parameters[round(rounds)])
    }
}

impl TryFrom<Vec<Vec<f32>>> for MotifWeights {
    type Error = String;

    fn try_from(lists: Vec<Vec<f32>>) -> Result<Self, String> {
        let sound = |list: &Vec<f32>| {
            list.len() == PARAMETERS && list.iter().all(|it| it.abs() <= Self::MOST)
        };
        let parts = lists.len() == Head::COUNT;
        let choosing = Head::choosing(parts);
        if lists.len() != choosing.len() || !lists.iter().all(sound) {
            return Err(format!(
                "motif weights are 4 or {} lists of {PARAMETERS} numbers of at most {}",
                Head::COUNT,
                Self::MOST
            ));
        }
        let mut weights = Self::general(parts);
        for (&head, list) in choosing.iter().zip(&lists) {
            weights.heads[head as usize].copy_from_slice(list);
        }
        Ok(weights)
    }
}

impl From<MotifWeights> for Vec<Vec<f32>> {
    fn from(weights: MotifWeights) -> Self {
        let choosing = Head::choosing(weights.parts).iter();
        choosing.map(|&head| weights.heads[head as usize].to_vec()).collect()
    }
}

/// The slope of the loss of one head, by parameter.
pub(super) struct Slope([f32; PARAMETERS]);

impl Slope {
    pub fn new() -> Self {
        Self([0.0; PARAMETERS])
    }

    /// Adds what a candidate's weight has to do with the loss.
    pub fn add(&mut self, features: &Features, slope: f32) {
        for parameter in features.iter() {
            self.0[parameter] += slope;
        }
    }

    /// Adds what the network's own weight has to do with it.
    pub fn add_gate(&mut self, surprise: f32, rounds: usize, slope: f32) {
        self.0[GATE] += slope;
        self.0[round(rounds)] += slope;
        self.0[SURPRISE] += slope * surprise;
    }
}

/// Fits weights while music is read: keeps how far each parameter was pushed.
#[derive(Clone, Debug)]
pub struct Fit {
    squares: [[f32; PARAMETERS]; Head::COUNT],
}

impl Default for Fit {
    fn default() -> Self {
        Self { squares: [[DAMPING; PARAMETERS]; Head::COUNT] }
    }
}

impl Fit {
    /// One step down the slope of a head's loss.
    pub(super) fn step(&mut self, weights: &mut MotifWeights, head: Head, slope: &Slope) {
        let parameters = weights.heads[head as usize].iter_mut();
        for ((parameter, square), slope) in
            parameters.zip(&mut self.squares[head as usize]).zip(slope.0)
        {
            *square += slope * slope;
            *parameter -= RATE * slope / square.sqrt();
            *parameter = parameter.clamp(-MotifWeights::MOST, MotifWeights::MOST);
        }
    }
}

/// Fitted to folk tunes, chorales and rock music together.
#[rustfmt::skip]
const GENERAL: [[f32; FITTED]; 4] = [
    [
        -5.00, -6.09, -4.49, -4.14, -2.42, -2.88, -2.59, -1.54, -1.00, -0.50, 0.00, 0.50, -7.20,
        -3.86, -2.87, -1.67, -1.74, -1.43, -0.92, -0.33, 0.52, 1.38, 1.47, 1.82, 0.00, -1.08,
        0.09, 0.10, 0.83, 1.05, -1.54, 0.99, 1.22, -0.86, 1.86, -0.43, 1.01, -0.39, 0.88, -0.67,
        0.27, -0.96, 0.54, -0.49, -0.52, -1.21, 0.63, -0.31, 0.17, -0.36, -3.09, -0.42, 0.00,
    ],
    [
        -5.00, -5.71, -3.97, -3.23, -2.83, -1.89, -1.27, -1.35, -1.00, -0.50, 0.00, 0.50, -6.97,
        -4.21, -2.45, -1.70, -1.31, -0.76, -0.69, 0.00, 0.50, 0.88, 1.53, 1.41, 0.00, -1.01,
        -0.85, -1.05, -0.02, -0.35, -0.16, 0.31, 0.56, -0.60, 1.62, -0.25, 0.67, -0.27, 1.92,
        -1.31, -0.34, -0.67, 0.38, -0.25, -0.91, -1.32, 1.20, -0.24, 0.52, 0.60, -2.81, -1.61,
        0.46,
    ],
    [
        -5.00, -5.29, -4.70, -3.55, -2.85, -2.87, -2.28, -1.70, -1.00, -0.50, 0.00, 0.50, -4.95,
        -3.79, -2.86, -2.35, -2.08, -1.82, -1.51, -0.77, 0.29, 0.00, 0.26, 1.29, 0.00, -0.57,
        -0.55, -0.36, 0.52, -0.25, 0.02, -0.11, 0.77, -0.02, 1.35, -0.18, 0.93, 0.15, 2.04, -0.44,
        -0.03, -0.21, 0.96, 0.01, -0.45, -0.56, 1.24, -0.44, -0.02, -0.04, -2.46, -0.85, 0.73,
    ],
    [
        -5.00, -5.07, -3.95, -3.36, -2.72, -2.47, -1.77, -1.50, -1.00, -0.50, 0.00, 0.50, -4.38,
        -4.36, -3.08, -2.90, -2.90, -1.76, -1.58, -1.64, -0.48, 0.00, 0.25, 1.35, 0.00, -0.30,
        0.20, 0.03, 0.20, 0.00, 0.00, 0.47, 0.49, 0.39, 0.84, 0.52, 0.27, 0.11, 0.87, 0.10, 0.20,
        -0.17, 0.08, 0.00, -0.13, 0.00, 0.45, -0.46, 0.40, 0.16, -1.01, -0.19, 0.75,
    ],
];
