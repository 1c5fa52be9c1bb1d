//! The conductor's desk: its whole state, and one step of its work. Runs on the conductor's thread;
//! the tests step it by hand.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use jukebox_model::composer::{Composer, Settings};
use jukebox_model::meter::Meter;
use jukebox_model::piece::{TICKS_PER_QUARTER, Tick};
use jukebox_model::record::{Record, RecordError};
use jukebox_model::take::Bar;

use super::link::{DeskEnd, Message, News, When};
use super::shared::{Order, RecordFacts, Shared};
use crate::player::{Held, Score};
use crate::song::{RecordName, Song};
use crate::store;

/// Bars that are composed beyond the playhead's bar, in real time and offline.
const AHEAD: u32 = 8;
const AHEAD_OFFLINE: u32 = 64;
/// Seconds that are composed ahead at least.
const SECONDS_AHEAD: f64 = 2.0;
/// Seconds after which a host that runs the plugin means it, and the song is saved. Before, it is
/// composed again just so when the project is opened; hosts that only try the plugin out find that
/// the state that they load is the state that they save.
const TRIAL: f64 = 0.5;
/// How long a step composes before it looks up.
const SLICE: Duration = Duration::from_millis(4);
/// Scores on their way beyond which only finished work is published: nobody takes them up.
const CROWD: usize = 8;

/// When to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// At once: there is more to compose.
    Busy,
    /// Soon: the playhead moves.
    Playing,
    /// Some time: the transport stands.
    Standing,
    /// When somebody calls.
    Asleep,
}

/// The conductor's state.
pub struct Desk {
    shared: Arc<Shared>,
    ends: DeskEnd,
    pub(super) song: Song,
    /// The generation of the state that the song comes from; `None` before the first.
    generation: Option<u64>,
    /// Plays the song's record; `None` where it is missing.
    composer: Option<Composer>,
    held: Option<Held>,
    published: Arc<Score>,
    answered: u64,
    /// Whether the song is to be saved with the project.
    keeps: bool,
    /// Whether the song is not kept, or not published, as it is now.
    unkept: bool,
    unpublished: bool,
}

impl Desk {
    /// A desk with nothing on it.
    pub fn new(shared: Arc<Shared>, ends: DeskEnd) -> Self {
        Self {
            shared,
            ends,
            song: Song::default(),
            generation: None,
            composer: None,
            held: None,
            published: Arc::default(),
            answered: 0,
            keeps: false,
            unkept: false,
            unpublished: false,
        }
    }

    /// Hears what has come in, composes for a while, and hands on what is new.
    pub fn step(&mut self) -> Pace {
        self.adopt_state();
        if let Some(order) = self.shared.take_order() {
            self.obey(order);
        }
        while let Ok(message) = self.ends.messages.pop() {
            self.hear(message);
        }
        let more = self.compose();
        self.keeps |= self.shared.live.seconds.load(Ordering::Relaxed) >= TRIAL;
        if self.unkept && self.keeps {
            self.unkept = false;
            self.shared.keep(&self.song, self.generation.unwrap_or_default());
        }
        if self.unpublished && (!more || self.is_useful()) {
            self.publish();
        }
        match () {
            () if more => Pace::Busy,
            () if self.shared.live.playing.load(Ordering::Relaxed) => Pace::Playing,
            () if self.shared.is_active() => Pace::Standing,
            () => Pace::Asleep,
        }
    }

    /// Takes up the newest loaded state.
    fn adopt_state(&mut self) {
        if self.generation == Some(self.shared.generation()) {
            return;
        }
        let (song, generation) = self.shared.newest();
        self.generation = Some(generation);
        self.song = song;
        self.keeps = !self.song.take.bars().is_empty();
        self.held = None;
        self.find_record();
        self.song_changed();
    }

    fn song_changed(&mut self) {
        (self.unkept, self.unpublished) = (true, true);
    }

    /// Finds the record that the song names: one that is in use, else the built-in one or the file.
    fn find_record(&mut self) {
        let wanted = self.song.record.clone();
        let found = match (store::in_use(&wanted.hash), &wanted.path) {
            (Some(record), _) => Ok(record),
            (None, Some(path)) => store::load(path),
            (None, None) => store::built_in(),
        };
        let keeps = if self.song.take.bars().is_empty() {
            ""
        } else {
            " The bars that were saved play on."
        };
        match found {
            Ok(record) => {
                if !wanted.hash.is_empty() && wanted.hash != record.hash() && !keeps.is_empty() {
                    self.say(format!(
                        "The record \"{}\" is not the one that this song was saved with.{keeps} \
                         New bars come from the record as it is now.",
                        wanted.called()
                    ));
                }
                self.put_on(record, wanted.path.as_deref());
            }
            Err(error) => {
                self.composer = None;
                self.shared.show(|view| view.record = None);
                self.say(format!(
                    "The record \"{}\" cannot be loaded ({error}).{keeps} To compose more, load \
                     the record from where it is now.",
                    wanted.called()
                ));
            }
        }
    }

    /// Makes a record the one that composes.
    fn put_on(&mut self, record: Arc<Record>, path: Option<&Path>) {
        let receipt = record.receipt();
        let facts = RecordFacts {
            name: receipt.name.clone(),
            collection: receipt.collection.clone(),
            pieces: receipt.pieces,
            notes: receipt.notes,
        };
        self.song.record = RecordName {
            name: facts.name.clone(),
            hash: record.hash().to_owned(),
            path: path.map(Path::to_owned),
            drums: record.vocabulary().drums,
        };
        self.shared.show(|view| view.record = Some(facts));
        if self.composer.as_ref().is_none_or(|composer| composer.record().hash() != record.hash()) {
            self.composer = Some(Composer::new(record));
        }
    }

    fn say(&self, message: String) {
        self.shared.show(|view| view.message = Some(message));
    }

    /// Plays another record. Where it cannot be loaded, what plays goes on.
    fn obey(&mut self, order: Order) {
        let (found, path): (Result<Arc<Record>, RecordError>, _) = match &order {
            Order::BuiltIn => (store::built_in(), None),
            Order::Load(path) => (store::load(path), Some(path.as_path())),
        };
        let record = match found {
            Ok(record) => record,
            Err(error) => return self.say(error.to_string()),
        };
        self.shared.show(|view| view.message = None);
        self.keeps = true;
        self.song_changed();
        let another = record.hash() != self.song.record.hash;
        if another {
            let live = &self.shared.live;
            let tick = live.tick.load(Ordering::Relaxed);
            if live.playing.load(Ordering::Relaxed) {
                let pass = live.pass.load(Ordering::Relaxed);
                self.hold(When::Ahead { tick, pass, loop_start: None });
            }
        }
        self.put_on(record, path);
        if let Some(settings) = self.song.plan.latest().filter(|_| another) {
            self.song.restart(settings);
        }
    }

    fn hear(&mut self, message: Message) {
        let (news, generation) = match message {
            // Made here, freed here.
            Message::Worn(score) => return drop(score),
            Message::News { news, generation } => (news, generation),
        };
        self.answered += 1;
        self.unpublished = true;
        if self.generation < Some(generation) {
            self.adopt_state();
        }
        match news {
            // Read from the parameters of a state that has been replaced since.
            News::Settings { .. } if self.generation > Some(generation) => {}
            News::Settings { settings, when } => self.change_settings(settings, when),
            News::Meter { at, meter } => self.change_meter(at, meter),
        }
    }

    fn change_settings(&mut self, settings: Settings, when: When) {
        let before = self.song.plan.latest();
        if before == Some(settings) {
            return;
        }
        self.song_changed();
        if self.composer.is_none() {
            self.song.change_beyond(settings);
        } else if before.is_none_or(|before| before.take != settings.take) {
            self.hold(when);
            self.song.restart(settings);
        } else {
            let bar = |tick| self.song.take.meters().bar_at(tick).number;
            let from = match when {
                When::Everywhere => 0,
                When::Here { tick } => bar(tick),
                When::Ahead { tick, loop_start, .. } => {
                    loop_start.map_or(u32::MAX, bar).min(bar(tick) + 2)
                }
            };
            // In a loop the bars in progress may be among those that change.
            self.hold(when);
            self.song.change(settings, from);
        }
    }

    fn change_meter(&mut self, at: Tick, meter: Meter) {
        // Without a composer, bars that are forgotten are lost.
        if self.composer.is_some() || self.song.take.bars().is_empty() {
            self.song.hear_meter(at, meter);
            self.song_changed();
        }
    }

    /// Lets the two bars in progress end as they began, whatever comes after them.
    fn hold(&mut self, when: When) {
        let When::Ahead { tick, pass, .. } = when else { return self.held = None };
        let meters = self.song.take.meters();
        let first = meters.bar_at(tick);
        let end = meters.bar(first.number + 2).start;
        let score = &self.published;
        let standing = score.held_in(pass).map_or(&[][..], |held| &held.bars);
        let own_start = standing.last().map_or(first.start, |bar| bar.end);
        let in_progress = |bar: &&Arc<Bar>| bar.end > first.start && bar.slot.start < end;
        let own = score.bars.iter().filter(|bar| bar.slot.start >= own_start);
        let standing: Vec<_> = standing.iter().filter(in_progress).cloned().collect();
        // Bars that are transposed and bars that are not do not mix.
        let (bars, drums) = match score.held_in(pass).filter(|_| !standing.is_empty()) {
            Some(held) if held.drums != score.drums => (standing, held.drums),
            _ => {
                let own = own.filter(in_progress).cloned();
                (standing.into_iter().chain(own).collect(), score.drums)
            }
        };
        self.held = (!bars.is_empty()).then_some(Held { bars, drums, pass });
    }

    /// Composes for a while; says whether there is more to compose.
    fn compose(&mut self) -> bool {
        if !self.shared.is_active() || self.song.plan.latest().is_none() {
            return false;
        }
        let (started, target) = (Instant::now(), self.target());
        while self.song.take.end() < target && !self.song.is_full() {
            let Some(composer) = &mut self.composer else { return false };
            if started.elapsed() > SLICE {
                return true;
            }
            self.song.compose_next(composer);
            self.song_changed();
        }
        false
    }

    /// The tick up to which there should be bars.
    fn target(&self) -> Tick {
        let live = &self.shared.live;
        let reach = live.reach();
        let offline = live.offline.load(Ordering::Relaxed);
        let ahead = if offline { AHEAD_OFFLINE } else { AHEAD };
        let meters = self.song.take.meters();
        let bars = meters.bar(meters.bar_at(reach).number + ahead).end();
        let quarters = SECONDS_AHEAD * live.tempo.load(Ordering::Relaxed) / 60.0;
        bars.max(reach.saturating_add((quarters * f64::from(TICKS_PER_QUARTER)) as Tick))
    }

    /// Whether unfinished work is worth publishing: what plays goes on until the new bars reach
    /// beyond the playhead's next bar, and where nothing plays, there is nothing to lose.
    fn is_useful(&self) -> bool {
        let reach = self.shared.live.reach();
        let meters = self.song.take.meters();
        let beyond = meters.bar(meters.bar_at(reach).number + 1).end();
        let waiting = self.ends.scores.buffer().capacity() - self.ends.scores.slots();
        waiting < CROWD && (self.song.take.end() >= beyond || self.published.end() <= reach)
    }

    fn publish(&mut self) {
        let live = &self.shared.live;
        let over = |held: &Held| {
            held.pass != live.pass.load(Ordering::Relaxed)
                || held.bars.last().is_none_or(|bar| bar.end <= live.tick.load(Ordering::Relaxed))
        };
        if self.held.as_ref().is_some_and(over) {
            self.held = None;
        }
        let score = Arc::new(Score {
            bars: self.song.take.bars().to_vec(),
            drums: self.song.record.drums,
            held: self.held.clone(),
            complete: self.composer.is_none() || self.song.is_full(),
            answered: self.answered,
        });
        // A ring that is full belongs to an audio thread that does not run; it is tried again.
        if self.ends.scores.push(Arc::clone(&score)).is_ok() {
            self.unpublished = false;
            self.published = Arc::clone(&score);
            self.shared.show(|view| view.score = score);
        }
    }
}
