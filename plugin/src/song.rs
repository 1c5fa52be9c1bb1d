//! The song: what is saved with a project. A take, the record that it comes from, and the plan by
//! which its bars are composed.

use std::borrow::Cow;
use std::path::PathBuf;

use jukebox_model::composer::{Composer, Settings};
use jukebox_model::meter::Meter;
use jukebox_model::piece::Tick;
use jukebox_model::take::Take;

/// Most bars of a song: more than four hours of 4/4 at 140 beats a minute.
pub const MOST_BARS: usize = 10_000;

/// Which record a song is composed with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordName {
    /// What people call it.
    pub name: String,
    /// The record's hash; empty where any version will do.
    pub hash: String,
    /// Its file, or `None` for the built-in record.
    pub path: Option<PathBuf>,
    /// Whether it plays drums, which are never transposed.
    pub drums: bool,
}

impl RecordName {
    /// What to call it in a message.
    pub fn called(&self) -> Cow<'_, str> {
        match &self.path {
            _ if !self.name.is_empty() => Cow::Borrowed(&self.name),
            Some(path) => path.to_string_lossy(),
            None => Cow::Borrowed("built-in"),
        }
    }
}

/// The composition settings by bar: each entry holds from its bar until the next entry. Every bar
/// of a take was composed with the settings that its plan names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan(Vec<(u32, Settings)>);

impl Plan {
    /// A plan from its entries, whose bars must ascend from 0.
    pub fn new(entries: Vec<(u32, Settings)>) -> Option<Self> {
        let from_the_start = entries.first().is_none_or(|&(bar, _)| bar == 0);
        let ascending = entries.is_sorted_by(|a, b| a.0 < b.0);
        (from_the_start && ascending).then_some(Self(entries))
    }

    /// The entries in order.
    pub fn entries(&self) -> &[(u32, Settings)] {
        &self.0
    }

    /// The settings of a bar; `None` before any were given.
    pub fn at(&self, bar: u32) -> Option<Settings> {
        let next = self.0.partition_point(|&(from, _)| from <= bar);
        self.0[..next].last().map(|&(_, settings)| settings)
    }

    /// The settings in force now: those of all bars to come.
    pub fn latest(&self) -> Option<Settings> {
        self.0.last().map(|&(_, settings)| settings)
    }

    /// Sets the settings from a bar on, or of the whole song where none were given before.
    fn set(&mut self, bar: u32, settings: Settings) {
        self.0.retain(|&(from, _)| from < bar);
        if self.latest() != Some(settings) {
            self.0.push((if self.0.is_empty() { 0 } else { bar }, settings));
        }
    }
}

/// A song.
#[derive(Clone, Debug, Default)]
pub struct Song {
    /// The record that composes it.
    pub record: RecordName,
    /// Its bars so far.
    pub take: Take,
    /// How each bar is composed.
    pub plan: Plan,
    /// Whether the host has told a meter; until then the grid is an assumption.
    pub meter_known: bool,
}

impl Song {
    /// Begins another tune: every bar is composed anew.
    pub fn restart(&mut self, settings: Settings) {
        self.plan = Plan(vec![(0, settings)]);
        self.take.truncate(0);
    }

    /// Changes the settings from a bar on. Bars that were composed with the same ones stay.
    pub fn change(&mut self, settings: Settings, bar: u32) {
        self.plan.set(bar, settings);
        let stands = |number: u32, composed: Settings| {
            number < bar || self.plan.at(number) == Some(composed)
        };
        let keep =
            self.take.bars().iter().take_while(|bar| stands(bar.slot.number, bar.settings)).count();
        self.take.truncate(keep);
    }

    /// Changes the settings of the bars to come and keeps every bar that exists, for a song whose
    /// record is missing.
    pub fn change_beyond(&mut self, settings: Settings) {
        let bars = self.take.bars().len() as u32;
        self.plan.set(bars, settings);
    }

    /// Takes the host's word that a bar of this meter starts at a tick. The first word holds from
    /// the song's start. Bars that no longer lie on the grid are forgotten.
    pub fn hear_meter(&mut self, at: Tick, meter: Meter) {
        let first = !std::mem::replace(&mut self.meter_known, true);
        let places = [(first, 0), (true, at)];
        for (_, at) in places.into_iter().filter(|&(heard, _)| heard) {
            let bar = self.take.meters().bar_at(at);
            if (bar.start, bar.meter) != (at, meter) {
                self.take.set_meter(at, meter);
            }
        }
    }

    /// Composes one more bar, where there are settings to compose it with.
    pub fn compose_next(&mut self, composer: &mut Composer) {
        let bar = self.take.next_slot().number;
        if let Some(settings) = self.plan.at(bar) {
            self.take.compose_next(composer, &settings);
        }
    }

    /// Whether no more bars can be added.
    pub fn is_full(&self) -> bool {
        self.take.bars().len() >= MOST_BARS
    }
}
