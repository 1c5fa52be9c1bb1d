//! The rounds of a loop: the first one, whose end leads back to its start, and those that evolve from
//! it.
//!
//! A round is a pure function of the record, the settings, the meter, the edits and its number, so
//! that every way through the song finds the same music. Rounds are composed on a grid of their own,
//! after the round before and before the round that follows, and one at a time: the conductor looks up
//! between two.

use std::collections::BTreeMap;
use std::sync::Arc;

use jukebox_model::composer::{Composer, ComposerSettings};
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::piece::{Note, Tick};
use jukebox_model::random::splitmix64;
use jukebox_model::take::{Bar, Take};

use super::composition_settings::CompositionSettings;
use super::edits::{Edits, SettingsKey};
use super::kept::Kept;

/// The bars of a loop in one round.
pub type Round = Vec<Arc<Bar>>;

/// Bars that are read of what is known to come.
const FORESEEN: usize = 8;
/// Loops whose rounds are kept at hand.
const MOST_LOOPS: usize = 4;
/// Marks the variations that rounds make by themselves. Those that a user asks for lie below.
pub const OWN: u32 = 1 << 31;

/// The rounds that have been composed, by loop: the loop that was asked for last comes last.
#[derive(Default)]
pub struct Rounds(Vec<(SettingsKey, u32, BTreeMap<u32, Round>)>);

impl Rounds {
    /// Forgets them all: the edits or the record have changed.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// A round of the loop that composition settings ask for in a meter, whatever has to be composed
    /// before it.
    pub fn round(
        &mut self,
        number: u32,
        settings: &CompositionSettings,
        meter: Meter,
        edits: &Edits,
        composer: &mut Composer,
    ) -> Round {
        loop {
            if let Some(round) = self.advance(number, settings, meter, edits, composer) {
                return round;
            }
        }
    }

    /// As [`Rounds::round`], but composes one round at most, on the way to the one that is asked for;
    /// `None` as long as others come before it. Calls with other loops in between lose nothing, as long as
    /// there are fewer than `MOST_LOOPS` of these.
    pub fn advance(
        &mut self,
        number: u32,
        settings: &CompositionSettings,
        meter: Meter,
        edits: &Edits,
        composer: &mut Composer,
    ) -> Option<Round> {
        let key = SettingsKey::new(settings, composer.record().hash(), Some(meter));
        let revision = edits.revision(&key, number).map(|it| it.round);
        // Nothing changes from round to round: they are all like the first that was edited.
        let number = if settings.evolve == 0 { revision.unwrap_or(0) } else { number };
        let first = revision.unwrap_or(0);
        let known = self.of(&key, settings.evolve);
        let before =
            known.range(first..=number).next_back().map(|(&at, round)| (at, round.clone()));
        let next = match &before {
            Some((at, round)) if *at == number => return Some(round.clone()),
            Some((at, _)) => at + 1,
            None => first,
        };
        // The way need not be gone from its beginning: a round of which nothing stays comes from none.
        let fresh = (next..=number).rev().find(|&at| is_fresh(settings, at, meter, edits));
        let (at, round) = match (fresh, before) {
            (Some(at), _) if at > first => (at, evolve(None, at, settings, meter, edits, composer)),
            (_, Some((_, before))) => {
                (next, evolve(Some(&before), next, settings, meter, edits, composer))
            }
            (_, None) => (first, begin(first, &key, meter, edits, composer)),
        };
        known.insert(at, round.clone());
        (at == number).then_some(round)
    }

    /// The known rounds of a loop. A new loop takes the place of the one that was asked for the longest
    /// ago.
    fn of(&mut self, key: &SettingsKey, evolve: u32) -> &mut BTreeMap<u32, Round> {
        let known = match self.0.iter().position(|it| (&it.0, it.1) == (key, evolve)) {
            Some(place) => self.0.remove(place),
            None => {
                if self.0.len() == MOST_LOOPS {
                    self.0.remove(0);
                }
                (key.clone(), evolve, BTreeMap::new())
            }
        };
        self.0.push(known);
        let last = self.0.len() - 1;
        &mut self.0[last].2
    }
}

/// A round that does not come from the one before: as it was edited, or composed round the locked bars.
fn begin(
    number: u32,
    key: &SettingsKey,
    meter: Meter,
    edits: &Edits,
    composer: &mut Composer,
) -> Round {
    let edited = edits.revision(key, number);
    let heard = heard_part(&key.settings, composer);
    let known = (0..key.settings.length)
        .map(|slot| {
            let edited = edited.and_then(|it| it.bars.get(&slot));
            edits.standing(slot, meter, heard, edited)
        })
        .collect();
    fill(&[], known, &key.settings, meter, edits, composer)
}

/// The round after another: some bars that are not locked are composed anew. Of a round that is fresh
/// none stays, and it needs no other before it.
fn evolve(
    before: Option<&Round>,
    number: u32,
    settings: &CompositionSettings,
    meter: Meter,
    edits: &Edits,
    composer: &mut Composer,
) -> Round {
    let stays = |slot: u32| {
        let bar = before?.get(slot as usize);
        bar.filter(|_| !is_chosen(settings, number, slot))
    };
    let heard = heard_part(settings, composer);
    let known = (0..settings.length).map(|slot| edits.standing(slot, meter, heard, stays(slot)));
    refill(known.collect(), &varied(settings, OWN | number), meter, edits, composer)
}

/// The part that is heard on the input.
fn heard_part(settings: &CompositionSettings, composer: &Composer) -> Option<u8> {
    settings.heard_part(composer.record().vocabulary().parts.len())
}

/// Settings that ask for another variation.
pub fn varied(settings: &CompositionSettings, variation: u32) -> CompositionSettings {
    CompositionSettings { notes: ComposerSettings { variation, ..settings.notes }, ..*settings }
}

/// Whether every bar of a round is locked or composed anew.
fn is_fresh(settings: &CompositionSettings, round: u32, meter: Meter, edits: &Edits) -> bool {
    let is_locked = |slot| edits.locked(slot, meter).is_some_and(Kept::is_whole);
    let is_new = |slot| is_chosen(settings, round, slot) || is_locked(slot);
    (0..settings.length).all(is_new)
}

/// Whether a bar of a loop is composed anew in a round: so many of a hundred are, the same ones
/// whenever the round comes.
fn is_chosen(settings: &CompositionSettings, round: u32, slot: u32) -> bool {
    let key = u64::from(round) << 40 | u64::from(slot) << 32 | u64::from(settings.notes.take);
    splitmix64(key) % 100 < u64::from(settings.evolve)
}

/// Composes some bars of a loop anew, among those of a round that stay. The bars that go are not heard
/// again on the way, or they would only be repeated.
pub fn refill(
    known: Vec<Option<Kept>>,
    settings: &CompositionSettings,
    meter: Meter,
    edits: &Edits,
    composer: &mut Composer,
) -> Round {
    let Some(last) = known.iter().rposition(|it| !stands(it)) else {
        return known.into_iter().flatten().map(|it| it.bar).collect();
    };
    // The last ones that stay were heard before the first that is composed.
    let before: Vec<_> = known[last + 1..].iter().flatten().map(|it| Arc::clone(&it.bar)).collect();
    fill(&before, known, settings, meter, edits, composer)
}

/// Whether all of a bar stands.
fn stands(known: &Option<Kept>) -> bool {
    known.as_ref().is_some_and(Kept::is_whole)
}

/// Composes the bars of a round that are not known, or not in all parts, each between what stands before it (the
/// end of the round before, where there is one) and what stands after it: known bars, then the start of the loop.
fn fill(
    before: &[Arc<Bar>],
    known: Vec<Option<Kept>>,
    settings: &CompositionSettings,
    meter: Meter,
    edits: &Edits,
    composer: &mut Composer,
) -> Round {
    let mut take = Take::new(MeterMap::new(meter));
    before.iter().for_each(|bar| take.push(bar));
    let first = take.bars().len();
    composer.set_sheet(edits.sheet_for(settings, first as u32));
    for slot in 0..known.len() {
        match &known[slot] {
            Some(kept) if kept.is_whole() => take.push(&kept.bar),
            some => {
                // A single bar comes back from where it is played for the first time.
                let single = if known.len() == 1 { before } else { &[] };
                let again = if slot == 0 { single } else { &take.bars()[first..] };
                let to_come = to_come(slot, &known, again, before.len(), meter);
                let parts = some.as_ref().map_or(0, |it| it.parts);
                take.compose_among(composer, &settings.notes, &to_come, parts);
            }
        }
    }
    // Rounds are laid out as copies, which need no memory of the composer's: a few KB a bar.
    let plain = |bar: &Arc<Bar>| Arc::new(Bar { after: None, ..Bar::clone(bar) });
    let round: Round = take.bars()[first..].iter().map(plain).collect();
    // A single bar knows its end only once it is there.
    if known.len() == 1 && !stands(&known[0]) && before.is_empty() {
        return fill(&round, known, settings, meter, edits, composer);
    }
    round
}

/// What is known to come in a bar of a round and after it: sorted notes on a grid on which so many bars lie before
/// the round. `again` are the bars with which the next round begins.
fn to_come(
    slot: usize,
    known: &[Option<Kept>],
    again: &[Arc<Bar>],
    before: usize,
    meter: Meter,
) -> Vec<Note> {
    let length = known.len();
    let next = known[slot..].iter().position(Option::is_some).map_or(length, |after| slot + after);
    let standing = known[next..].iter().map_while(Clone::clone).zip(next..);
    let reaches_the_end = known[next..].iter().all(Option::is_some);
    let again = again.iter().map(Kept::whole).zip(length..).filter(|_| reaches_the_end);
    let moved = |(kept, place): (Kept, usize)| {
        let line = (before + place) as Tick * meter.bar();
        kept.notes_at(line).collect::<Vec<_>>()
    };
    standing.chain(again).take(FORESEEN).flat_map(moved).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conductor::tests::rig;

    const METER: Meter = Meter::COMMON;

    fn composer() -> Composer {
        Composer::new(Arc::new(rig::record(1, false)))
    }

    fn notes(round: &Round) -> Vec<Vec<Note>> {
        round.iter().map(|bar| bar.notes.clone()).collect()
    }

    /// The rounds of a loop, each composed from the one before.
    fn one_after_another(settings: &CompositionSettings, edits: &Edits, rounds: u32) -> Vec<Round> {
        let mut composer = composer();
        let key = SettingsKey::new(settings, composer.record().hash(), Some(METER));
        let mut all = vec![begin(0, &key, METER, edits, &mut composer)];
        for number in 1..rounds {
            let before = &all[number as usize - 1];
            all.push(evolve(Some(before), number, settings, METER, edits, &mut composer));
        }
        all
    }

    #[test]
    fn a_round_is_the_same_by_whatever_way_it_is_come_to() {
        for (length, evolve) in [(1, 100), (1, 50), (3, 100), (3, 80), (4, 20)] {
            let settings = CompositionSettings { length, evolve, ..CompositionSettings::default() };
            let mut edits = Edits::default();
            for locks in 0..2 {
                let expected = one_after_another(&settings, &edits, 24);
                let (mut composer, mut rounds) = (composer(), Rounds::default());
                for number in [23, 7, 8, 22, 0, 16] {
                    let round = rounds.round(number, &settings, METER, &edits, &mut composer);
                    let expected = notes(&expected[number as usize]);
                    assert_eq!(notes(&round), expected, "{length}, {evolve}, {number}, {locks}");
                }
                let last = length - 1;
                edits.locks.insert(last, Kept::whole(&expected[5][last as usize]));
            }
        }
    }

    #[test]
    fn the_loop_that_was_asked_for_the_longest_ago_is_forgotten() {
        let (mut composer, edits) = (composer(), Edits::default());
        let mut rounds = Rounds::default();
        for length in [1, 2, 3, 4, 1, 5] {
            let settings = CompositionSettings { length, ..CompositionSettings::default() };
            rounds.round(0, &settings, METER, &edits, &mut composer);
        }
        let kept: Vec<u32> = rounds.0.iter().map(|(key, ..)| key.settings.length).collect();
        assert_eq!(kept, [3, 4, 1, 5]);
    }

    #[test]
    fn a_step_towards_a_far_round_composes_one() {
        let (mut composer, edits) = (composer(), Edits::default());
        let mut rounds = Rounds::default();
        let everything =
            CompositionSettings { length: 1, evolve: 100, ..CompositionSettings::default() };
        let mut advance = |number, settings: &CompositionSettings| {
            let round = rounds.advance(number, settings, METER, &edits, &mut composer);
            let composed = rounds.0.iter().map(|(_, _, known)| known.len()).sum::<usize>();
            (round.is_some(), composed)
        };
        assert_eq!(advance(3_000, &everything), (true, 1), "nothing of other rounds stays in it");
        let some = CompositionSettings { length: 8, evolve: 30, ..CompositionSettings::default() };
        for composed in 2..32 {
            assert_eq!(advance(30, &some), (false, composed));
        }
        assert_eq!(advance(30, &some), (true, 32));
        assert_eq!(advance(30, &some), (true, 32));
    }
}
