//! Where in a beat notes start: the likelihood of an onset at a phase.

/// How beats divide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Division {
    /// In two and four, with triplets now and then.
    Simple,
    /// In three and six.
    Compound,
}

impl Division {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Simple, Self::Compound];

    /// Places in the beat, 0 to 1, and the share of the onsets that is there.
    fn places(self) -> &'static [(f64, f64)] {
        match self {
            Self::Simple => &[
                (0.0, 0.46),
                (0.5, 0.24),
                (0.25, 0.06),
                (0.75, 0.08),
                (1.0 / 3.0, 0.02),
                (2.0 / 3.0, 0.03),
            ],
            Self::Compound => &[
                (0.0, 0.42),
                (1.0 / 3.0, 0.15),
                (2.0 / 3.0, 0.24),
                (1.0 / 6.0, 0.03),
                (0.5, 0.04),
                (5.0 / 6.0, 0.03),
            ],
        }
    }
}

/// Spread of onsets round their place in seconds, and the share that has it: most are near, some are
/// not.
const SPREADS: [(f64, f64); 2] = [(0.016, 0.5), (0.042, 0.5)];

/// Logarithm of the likelihood of an onset at a phase (0 to 1) of a beat that lasts `period` seconds,
/// over that of one that is anywhere in it.
///
/// The likelihood integrates to 1 over the beat, so that beats of different length can be compared: a
/// faster pulse than the true one predicts each place less sharply, a slower one leaves onsets in
/// unlikely places.
pub fn log_likelihood(division: Division, phase: f64, period: f64) -> f64 {
    let mut sum = 0.0;
    let mut placed = 0.0;
    for &(place, share) in division.places() {
        placed += share;
        let distance = (phase - place + 0.5).rem_euclid(1.0) - 0.5;
        let seconds = distance * period;
        for (spread, part) in SPREADS {
            let z = seconds / spread;
            if z.abs() < 4.0 {
                sum += share * part * period / (spread * (2.0 * std::f64::consts::PI).sqrt())
                    * (-0.5 * z * z).exp();
            }
        }
    }
    (sum + 1.0 - placed).ln()
}
