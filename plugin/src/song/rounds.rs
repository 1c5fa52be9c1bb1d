//! The rounds of a loop: the first one, whose end leads back to its start, and those that evolve from
//! it.
//!
//! A round is a pure function of the record, the settings, the meter, the edits and its number, so
//! that every way through the song finds the same music. Rounds are composed on a grid of their own,
//! after the round before and before the round that follows.

use std::collections::BTreeMap;
use std::sync::Arc;

use jukebox_model::composer::{Composer, Settings};
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::piece::{Note, Tick};
use jukebox_model::random::splitmix64;
use jukebox_model::take::{Bar, Take};

use super::brief::Brief;
use super::edits::{Edits, Key};

/// The bars of a loop in one round.
pub type Round = Vec<Arc<Bar>>;

/// Bars that are read of what is known to come.
const FORESEEN: usize = 8;
/// Loops whose rounds are kept at hand.
const MOST_LOOPS: usize = 4;
/// Marks the variations that rounds make by themselves.
const OWN: u32 = 1 << 31;

/// The rounds that have been composed, by loop.
#[derive(Default)]
pub struct Rounds(Vec<(Key, u32, BTreeMap<u32, Round>)>);

impl Rounds {
    /// Forgets them all: the edits or the record have changed.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// A round of the loop that a brief asks for in a meter.
    pub fn round(
        &mut self,
        number: u32,
        brief: &Brief,
        meter: Meter,
        edits: &Edits,
        composer: &mut Composer,
    ) -> Round {
        let key = Key::new(brief, composer.record().hash(), Some(meter));
        let number = match edits.edition(&key, number) {
            // Nothing changes from round to round: they are all like the first that was edited.
            edition if brief.evolve == 0 => edition.map_or(0, |it| it.round),
            _ => number,
        };
        let known = self.of(&key, brief.evolve);
        let (mut at, mut round) = match known.range(..=number).next_back() {
            Some((&at, round)) => (at, round.clone()),
            None => {
                let at = edits.edition(&key, number).map_or(0, |it| it.round);
                (at, begin(at, &key, meter, edits, composer))
            }
        };
        known.insert(at, round.clone());
        while at < number {
            at += 1;
            round = match edits.edition(&key, at).filter(|it| it.round == at) {
                Some(_) => begin(at, &key, meter, edits, composer),
                None => evolve(&round, at, brief, meter, edits, composer),
            };
            known.insert(at, round.clone());
        }
        round
    }

    fn of(&mut self, key: &Key, evolve: u32) -> &mut BTreeMap<u32, Round> {
        let place = match self.0.iter().position(|it| (&it.0, it.1) == (key, evolve)) {
            Some(place) => place,
            None => {
                if self.0.len() == MOST_LOOPS {
                    self.0.remove(0);
                }
                self.0.push((key.clone(), evolve, BTreeMap::new()));
                self.0.len() - 1
            }
        };
        &mut self.0[place].2
    }
}

/// A round that does not come from the one before: as it was edited, or composed round the locked bars.
fn begin(number: u32, key: &Key, meter: Meter, edits: &Edits, composer: &mut Composer) -> Round {
    let edited = edits.edition(key, number);
    let known = (0..key.brief.length)
        .map(|slot| {
            let edited = || edited.and_then(|it| it.bars.get(&slot));
            edits.locked(slot, meter).or_else(edited).cloned()
        })
        .collect();
    fill(&[], known, &key.brief.settings, meter, composer)
}

/// The next round: some bars that are not locked are composed anew.
fn evolve(
    before: &Round,
    number: u32,
    brief: &Brief,
    meter: Meter,
    edits: &Edits,
    composer: &mut Composer,
) -> Round {
    let stays = |slot: u32| !is_chosen(brief, number, slot);
    let known: Vec<_> = (0..brief.length)
        .zip(before)
        .map(|(slot, bar)| {
            let locked = edits.locked(slot, meter);
            locked.or_else(|| stays(slot).then_some(bar)).cloned()
        })
        .collect();
    let settings = Settings { variation: OWN | number, ..brief.settings };
    refill(before, known, &settings, meter, composer)
}

/// Whether a bar of a loop is composed anew in a round: so many of a hundred are, the same ones
/// whenever the round comes.
fn is_chosen(brief: &Brief, round: u32, slot: u32) -> bool {
    let key = u64::from(round) << 40 | u64::from(slot) << 32 | u64::from(brief.settings.take);
    splitmix64(key) % 100 < u64::from(brief.evolve)
}

/// Composes some bars of a loop anew, among those of a round that stay. The bars that go are not heard
/// again on the way, or they would only be repeated.
pub fn refill(
    round: &Round,
    known: Vec<Option<Arc<Bar>>>,
    settings: &Settings,
    meter: Meter,
    composer: &mut Composer,
) -> Round {
    let Some(last) = known.iter().rposition(Option::is_none) else {
        return known.into_iter().flatten().collect();
    };
    fill(&round[last + 1..], known, settings, meter, composer)
}

/// Composes the bars of a round that are not known, each between what stands before it (the end of the
/// round before, where there is one) and what stands after it: known bars, then the start of the loop.
fn fill(
    before: &[Arc<Bar>],
    known: Vec<Option<Arc<Bar>>>,
    settings: &Settings,
    meter: Meter,
    composer: &mut Composer,
) -> Round {
    let mut take = Take::new(MeterMap::new(meter));
    before.iter().for_each(|bar| take.push(bar));
    let first = take.bars().len();
    for slot in 0..known.len() {
        if let Some(bar) = &known[slot] {
            take.push(bar);
        } else {
            // A single bar comes back from where it is played for the first time.
            let single = if known.len() == 1 { before } else { &[] };
            let again = if slot == 0 { single } else { &take.bars()[first..] };
            let to_come = to_come(slot, &known, again, before.len(), meter);
            take.compose_towards(composer, settings, &to_come);
        }
    }
    // Rounds are laid out as copies, which need no memory of the composer's: a few KB a bar.
    let plain = |bar: &Arc<Bar>| Arc::new(Bar { after: None, ..Bar::clone(bar) });
    let round: Round = take.bars()[first..].iter().map(plain).collect();
    // A single bar knows its end only once it is there.
    if known.len() == 1 && known[0].is_none() && before.is_empty() {
        return fill(&round, known, settings, meter, composer);
    }
    round
}

/// What is known to follow a bar of a round: sorted notes on a grid on which so many bars lie before
/// the round. `again` are the bars with which the next round begins.
fn to_come(
    slot: usize,
    known: &[Option<Arc<Bar>>],
    again: &[Arc<Bar>],
    before: usize,
    meter: Meter,
) -> Vec<Note> {
    let length = known.len();
    let next = known[slot..].iter().position(Option::is_some).map_or(length, |after| slot + after);
    let standing = known[next..].iter().map_while(Option::as_ref).zip(next..);
    let reaches_the_end = known[next..].iter().all(Option::is_some);
    let again = again.iter().zip(length..).filter(|_| reaches_the_end);
    let moved = |(bar, place): (&Arc<Bar>, usize)| {
        let line = (before + place) as Tick * meter.bar();
        let from = bar.slot.start;
        let note = move |note: &Note| Note { onset: note.onset - from + line, ..*note };
        bar.notes.iter().map(note).collect::<Vec<_>>()
    };
    standing.chain(again).take(FORESEEN).flat_map(moved).collect()
}
