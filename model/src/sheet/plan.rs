//! The plan of a take: where each of its bars comes from.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::form::{FormModel, Origin};
use crate::meter::Meter;

/// Where the bars of one take come from, planned as far as it was asked for. The composing thread owns it.
#[derive(Clone, Debug, Default)]
pub struct FormPlan {
    take: u32,
    meter: Meter,
    /// Symbols of the bars so far.
    bars: Vec<u16>,
}

impl FormPlan {
    /// Most bars that are planned; those after them repeat nothing.
    const MOST: usize = 1 << 20;

    /// Where a bar of a take comes from, in a song of one meter.
    ///
    /// `odds` is what coming back counts against new music: 1 as the collection does it, 0 never, infinite
    /// wherever there is a bar to come back to. Other odds at a bar change nothing of what other bars are
    /// planned as.
    pub fn origin(
        &mut self,
        model: &FormModel,
        meter: Meter,
        take: u32,
        bar: u32,
        odds: f32,
    ) -> Origin {
        if model.is_empty() || odds <= 0.0 || bar as usize >= Self::MOST {
            return Origin::New;
        }
        if (take, meter) != (self.take, self.meter) {
            *self = Self { take, meter, bars: Vec::new() };
        }
        let bar = bar as usize;
        for next in self.bars.len()..bar {
            let symbol = draw(model, meter, take, &self.bars[..next], 1.0);
            self.bars.push(symbol);
        }
        Origin::of_symbol(draw(model, meter, take, &self.bars[..bar], odds))
    }
}

fn draw(model: &FormModel, meter: Meter, take: u32, before: &[u16], odds: f32) -> u16 {
    let mut shares = model.probabilities(meter, before);
    let (new, back) = (shares[0], 1.0 - shares[0]);
    if back > 0.0 && odds != 1.0 {
        let share = if odds.is_finite() { odds * back / (new + odds * back) } else { 1.0 };
        shares[0] = 1.0 - share;
        shares[1..].iter_mut().for_each(|it| *it *= share / back);
    }
    let mut left = uniform(take, before.len() as u32);
    let mut last = 0;
    for (symbol, &share) in (0..).zip(&shares).filter(|(_, share)| **share > 0.0) {
        left -= share;
        last = symbol;
        if left < 0.0 {
            break;
        }
    }
    last
}

/// Uniform in [0, 1), by take and bar. The composer's notes draw from other keys.
fn uniform(take: u32, bar: u32) -> f32 {
    let mut key = [0; 32];
    key[..4].copy_from_slice(&take.to_le_bytes());
    key[8..12].copy_from_slice(&bar.to_le_bytes());
    key[16..20].copy_from_slice(b"form");
    (ChaCha8Rng::from_seed(key).next_u32() >> 8) as f32 / (1 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::{Form, Resemblance};

    const METER: Meter = Meter::COMMON;

    fn exact(back: u32) -> Origin {
        Origin::Like { back, resemblance: Resemblance::Exact }
    }

    fn model() -> FormModel {
        let song = [[Origin::New; 4], [exact(4); 4], [Origin::New; 4], [exact(8); 4]].concat();
        let other = [[Origin::New; 8], [exact(8); 8]].concat();
        FormModel::learn([song, other].map(|origins| Form { meter: METER, origins }))
    }

    #[test]
    fn a_plan_is_the_same_by_whatever_way_it_is_come_to() {
        let model = model();
        let forward: Vec<Origin> = {
            let mut plan = FormPlan::default();
            (0..64).map(|bar| plan.origin(&model, METER, 7, bar, 1.0)).collect()
        };
        let mut plan = FormPlan::default();
        for bar in [63, 2, 40, 0] {
            assert_eq!(plan.origin(&model, METER, 7, bar, 1.0), forward[bar as usize]);
            plan.origin(&model, METER, 8, 5, 0.3);
        }
        let others =
            (1..20).filter(|&take| plan.origin(&model, METER, take, 4, 1.0) == Origin::New);
        assert!((1..19).contains(&others.count()), "takes differ");
    }

    #[test]
    fn odds_lead_from_never_to_always() {
        let model = model();
        let mut plan = FormPlan::default();
        let mut back = |odds| {
            let planned = (0..400).map(|bar| plan.origin(&model, METER, 3, bar, odds));
            planned.filter(|it| *it != Origin::New).count()
        };
        let counts = [0.0, 0.5, 1.0, 2.0, f32::INFINITY].map(&mut back);
        assert!(counts.is_sorted(), "{counts:?}");
        assert_eq!(counts[0], 0);
        assert!(counts[4] > counts[2], "{counts:?}");
        let mut plan = FormPlan::default();
        assert_eq!(plan.origin(&FormModel::default(), METER, 1, 9, 1.0), Origin::New);
        assert_eq!(plan.origin(&model, METER, 1, u32::MAX, 1.0), Origin::New);
    }
}
