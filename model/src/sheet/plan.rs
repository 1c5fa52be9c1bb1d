//! The plan of a take: where each of its bars comes from, and its chords.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::counts::draw;
use super::form::{FormModel, Origin, Resemblance};
use crate::meter::Meter;
use crate::vocabulary::{Harmony, PartSet};

/// The bars of one take, planned as far as it was asked for. The composing thread owns it.
#[derive(Clone, Debug, Default)]
pub struct FormPlan {
    take: u32,
    /// For each meter that was asked for.
    songs: Vec<Planned>,
}

/// The bars of a song of one meter.
#[derive(Clone, Debug, Default)]
struct Planned {
    meter: Meter,
    /// Origins of the bars so far, as symbols, and their chords.
    bars: Vec<u16>,
    chords: Vec<[u16; 2]>,
    /// The parts that play, as sets.
    parts: Vec<u16>,
}

impl FormPlan {
    /// Most bars that are planned; those after them repeat nothing and have no chords.
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
        if odds <= 0.0 {
            return Origin::New;
        }
        let Some(song) = self.reach(model, meter, take, bar) else { return Origin::New };
        Origin::of_symbol(draw_origin(model, meter, take, &song.bars[..bar as usize], odds))
    }

    /// The chords of a bar's halves, as they go with its natural origin; unknown where the model has none.
    pub fn chords(&mut self, model: &FormModel, meter: Meter, take: u32, bar: u32) -> [Harmony; 2] {
        let song = if model.has_chords() { self.reach(model, meter, take, bar) } else { None };
        song.map_or([Harmony::UNKNOWN; 2], |song| song.chords[bar as usize].map(Harmony::at))
    }

    /// The parts that play in a bar, as they go with its natural origin; all where the model does not know.
    pub fn parts(&mut self, model: &FormModel, meter: Meter, take: u32, bar: u32) -> PartSet {
        let song = if model.has_parts() { self.reach(model, meter, take, bar) } else { None };
        song.map_or(PartSet::ALL, |song| PartSet(song.parts[bar as usize]))
    }

    /// Plans as far as a bar, that one too; `None` where there is no plan.
    fn reach(&mut self, model: &FormModel, meter: Meter, take: u32, bar: u32) -> Option<&Planned> {
        if model.is_empty() || bar as usize >= Self::MOST {
            return None;
        }
        if take != self.take {
            *self = Self { take, songs: Vec::new() };
        }
        let place = self.songs.iter().position(|song| song.meter == meter).unwrap_or_else(|| {
            self.songs.push(Planned { meter, ..Planned::default() });
            self.songs.len() - 1
        });
        let song = &mut self.songs[place];
        for next in song.bars.len()..=bar as usize {
            let symbol = draw_origin(model, meter, take, &song.bars, 1.0);
            let mut rng = numbers(take, next as u32, b"sheet");
            song.chords.push(model.draw_chords(&song.chords, symbol, || uniform(&mut rng)));
            let number = uniform(&mut numbers(take, next as u32, b"parts"));
            song.parts.push(model.draw_parts(&song.parts, symbol, number));
            song.bars.push(symbol);
        }
        Some(song)
    }

    /// The origins of the bars of a song whose sections have letters, each as long as the others. A letter that
    /// comes again brings back its last section that is not varied itself, and varies it where a stroke follows
    /// (`A'`). Bars of a new letter come from within their own section, as those at the start of a song do.
    pub fn sections(
        model: &FormModel,
        meter: Meter,
        take: u32,
        letters: &[(char, bool)],
        bars: u32,
    ) -> Vec<Origin> {
        let mut origins: Vec<Origin> = Vec::new();
        for (section, &(letter, varied)) in letters.iter().enumerate() {
            let same = |plain: bool| {
                let mut earlier = letters[..section].iter();
                earlier.rposition(|it| it.0 == letter && !(plain && it.1))
            };
            let before = same(true).or_else(|| same(false));
            let mut own: Vec<u16> = Vec::new();
            for bar in 0..bars {
                origins.push(match before {
                    Some(before) => Origin::Like {
                        back: (section - before) as u32 * bars,
                        resemblance: match varied {
                            true => Resemblance::Close,
                            false => Resemblance::Exact,
                        },
                    },
                    None if model.is_empty() => Origin::New,
                    None => {
                        let number = section as u32 * bars + bar;
                        let odds = model.probabilities(meter, &own);
                        let mut rng = numbers(take, number, b"form");
                        own.push(draw(&odds, uniform(&mut rng)));
                        Origin::of_symbol(own[bar as usize])
                    }
                });
            }
        }
        origins
    }
}

fn draw_origin(model: &FormModel, meter: Meter, take: u32, before: &[u16], odds: f32) -> u16 {
    let mut shares = model.probabilities(meter, before);
    let (new, back) = (shares[0], 1.0 - shares[0]);
    if back > 0.0 && odds != 1.0 {
        let share = if odds.is_finite() { odds * back / (new + odds * back) } else { 1.0 };
        shares[0] = 1.0 - share;
        shares[1..].iter_mut().for_each(|it| *it *= share / back);
    }
    draw(&shares, uniform(&mut numbers(take, before.len() as u32, b"form")))
}

/// The random numbers of a bar's plan, for a purpose. The composer's notes draw from other keys.
fn numbers(take: u32, bar: u32, purpose: &[u8]) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..4].copy_from_slice(&take.to_le_bytes());
    key[8..12].copy_from_slice(&bar.to_le_bytes());
    key[16..16 + purpose.len()].copy_from_slice(purpose);
    ChaCha8Rng::from_seed(key)
}

/// Uniform in [0, 1), in steps of 2^-24.
fn uniform(rng: &mut ChaCha8Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 / (1 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::Form;

    const METER: Meter = Meter::COMMON;

    fn exact(back: u32) -> Origin {
        Origin::Like { back, resemblance: Resemblance::Exact }
    }

    fn model() -> FormModel {
        let song = [[Origin::New; 4], [exact(4); 4], [Origin::New; 4], [exact(8); 4]].concat();
        let other = [[Origin::New; 8], [exact(8); 8]].concat();
        let form = |origins: Vec<Origin>| {
            let chords = (0..).map(|it| [Harmony::at(1 + it % 5); 2]).take(origins.len());
            Form { meter: METER, chords: chords.collect(), origins, parts: Vec::new() }
        };
        FormModel::learn([song, other].map(form))
    }

    #[test]
    fn a_plan_is_the_same_by_whatever_way_it_is_come_to() {
        let model = model();
        let at = |plan: &mut FormPlan, take, bar| {
            (plan.origin(&model, METER, take, bar, 1.0), plan.chords(&model, METER, take, bar))
        };
        let mut plan = FormPlan::default();
        let forward: Vec<_> = (0..64).map(|bar| at(&mut plan, 7, bar)).collect();
        let mut plan = FormPlan::default();
        for bar in [63, 2, 40, 0] {
            assert_eq!(at(&mut plan, 7, bar), forward[bar as usize]);
            plan.origin(&model, METER, 8, 5, 0.3);
        }
        let others = (1..20).filter(|&take| at(&mut plan, take, 4).0 == Origin::New);
        assert!((1..19).contains(&others.count()), "takes differ");
        // What comes back exactly has the chords of the other bar.
        for (bar, (origin, chords)) in forward.iter().enumerate() {
            match *origin {
                Origin::Like { back, resemblance: Resemblance::Exact } => {
                    assert_eq!(*chords, forward[bar - back as usize].1, "{bar}");
                }
                _ => assert_ne!(chords[0], Harmony::UNKNOWN),
            }
        }
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
        assert_eq!(plan.chords(&model, METER, 1, u32::MAX), [Harmony::UNKNOWN; 2]);
    }

    #[test]
    fn letters_bring_sections_back() {
        let letters = [('A', false), ('A', true), ('B', false), ('A', false)];
        for model in [model(), FormModel::default()] {
            let origins = FormPlan::sections(&model, METER, 1, &letters, 4);
            assert_eq!(origins.len(), 16);
            let close = Origin::Like { back: 4, resemblance: Resemblance::Close };
            assert_eq!(origins[4..8], [close; 4]);
            assert_eq!(origins[12..], [exact(12); 4]);
            for (bar, origin) in origins[8..12].iter().enumerate() {
                assert!(!matches!(origin, Origin::Like { back, .. } if *back as usize > bar));
            }
        }
    }
}
