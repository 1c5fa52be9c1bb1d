//! The conductor's engine: its whole state, and one step of its work. Runs on the conductor's thread;
//! the tests step it by hand.

mod listing;
mod news;
mod orders;
mod records;

use std::any::Any;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jukebox_model::composer::Composer;
use jukebox_model::piece::{Note, TICKS_PER_QUARTER, Tick};
use jukebox_model::record::Record;
use nice_plug::prelude::{nice_error, nice_warn};

use crate::records::list;
use crate::shared::link::ConductorEnd;
use crate::shared::score::{Held, Score};
use crate::shared::{Order, Shared, View};
use crate::song::{ALL_PARTS, Parts, PlayedNote, Progress, Rounds, SheetReader, Song};

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
/// Looks without news after which a standing transport lets the conductor rest: three seconds.
const RESTLESS: u32 = 100;

/// When to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// At once: there is more to compose.
    Busy,
    /// Soon: the playhead moves.
    Playing,
    /// Some time: the transport stands.
    Standing,
    /// Later: it has stood for a while, and nobody has asked for anything.
    Resting,
    /// When somebody calls.
    Asleep,
}

/// The conductor's state.
pub struct Engine {
    shared: Arc<Shared>,
    ends: ConductorEnd,
    pub(super) song: Song,
    /// The generation of the state that the song comes from; `None` before the first.
    generation: Option<u64>,
    /// Plays the song's record; `None` where it is missing.
    composer: Option<Composer>,
    rounds: Rounds,
    /// Reads the sheet for the window.
    sheet: SheetReader,
    held: Option<Held>,
    /// What has been played to the song since the last phrase.
    played: Vec<Note>,
    /// What is played in the bar that goes by.
    input: Vec<PlayedNote>,
    published: Arc<Score>,
    answered: u64,
    /// How often it has looked up in vain, and where the playhead was.
    idle: (u32, Tick),
    /// The underruns that the log tells of.
    late: u32,
    /// Whether the song is to be saved with the project.
    keeps: bool,
    /// The song as it was after the last step that changed it, and the record that played it: what is
    /// saved, and gone back to.
    whole: (Arc<Song>, Option<Arc<Record>>),
    /// Whether the song has changed since, and whether the whole one is not kept, or the song not
    /// published.
    changed: bool,
    unkept: bool,
    unpublished: bool,
    /// An order that waits for bars that are being composed.
    waiting: Option<Order>,
    /// Whether a panic has stopped the composing, until there is something new to do.
    halted: bool,
    /// The files that the user has chosen: these may lie on a network.
    chosen: BTreeSet<PathBuf>,
    /// The folder whose records are listed, and the thread that lists them.
    pub(super) folder: Option<PathBuf>,
    lister: Option<JoinHandle<()>>,
}

impl Engine {
    /// An engine without a song.
    pub fn new(shared: Arc<Shared>, ends: ConductorEnd) -> Self {
        Self {
            shared,
            ends,
            song: Song::default(),
            generation: None,
            composer: None,
            rounds: Rounds::default(),
            sheet: SheetReader::default(),
            held: None,
            played: Vec::new(),
            input: Vec::new(),
            published: Arc::default(),
            answered: 0,
            idle: (0, 0),
            late: 0,
            keeps: false,
            whole: Default::default(),
            changed: false,
            unkept: false,
            unpublished: false,
            waiting: None,
            halted: false,
            chosen: BTreeSet::new(),
            folder: list::folder(),
            lister: None,
        }
    }

    /// Hears what has come in, composes for a while, and hands on what is new.
    pub fn step(&mut self) -> Pace {
        self.adopt_state();
        let reach = self.shared.live.reach();
        self.idle =
            if self.idle.1 == reach { (self.idle.0.saturating_add(1), reach) } else { (0, reach) };
        let waits = !self.take_orders();
        while let Ok(message) = self.ends.messages.pop() {
            self.idle.0 = 0;
            self.hear(message);
        }
        let more = self.compose() || waits;
        self.log_underruns();
        self.keeps |= self.shared.live.seconds.load(Ordering::Relaxed) >= TRIAL;
        if self.changed && !self.song.is_laying_out() {
            (self.changed, self.unkept) = (false, true);
            self.remember();
        }
        if self.unkept && self.keeps {
            self.unkept = false;
            self.shared.keep(Arc::clone(&self.whole.0), self.generation.unwrap_or_default());
        }
        if self.unpublished && (!more || self.is_useful()) {
            self.publish();
        }
        match () {
            () if more => Pace::Busy,
            () if self.shared.live.playing.load(Ordering::Relaxed) => Pace::Playing,
            () if self.shared.is_active() && self.idle.0 < RESTLESS => Pace::Standing,
            () if self.shared.is_active() => Pace::Resting,
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
        self.song = Song::clone(&song);
        self.whole = (song, None);
        self.keeps = !self.song.take.bars().is_empty();
        self.held = None;
        self.played.clear();
        self.input.clear();
        self.waiting = None;
        self.halted = false;
        self.rounds.clear();
        self.find_record();
        self.remember();
        self.song_changed();
    }

    /// Remembers the song, which is whole, to go back to it.
    fn remember(&mut self) {
        let record = self.composer.as_ref().map(|composer| Arc::clone(composer.record()));
        self.whole = (Arc::new(self.song.clone()), record);
    }

    /// Goes on after a panic in [`Engine::step`]: says so, and goes back to the song as the last whole step
    /// left it. Nothing is composed before there is something new to do, or the same would happen again.
    pub fn recover(&mut self, panic: &(dyn Any + Send)) -> Pace {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let why = text.or_else(|| panic.downcast_ref().copied()).unwrap_or("for no reason given");
        nice_error!("The composing thread has panicked: {why}");
        self.say(format!(
            "A fault in the plugin has stopped the composing ({why}). The song that there is plays on. \
             Change a setting, or choose another take, to compose more; and please report this."
        ));
        self.halted = true;
        self.rounds.clear();
        let (song, record) = &self.whole;
        let broken = std::mem::replace(&mut self.song, Song::clone(song));
        // A composer whose work was broken off is not to be trusted.
        self.composer = record.clone().map(Composer::new);
        if self.song.plan.latest().is_none()
            && let Some(settings) = broken.plan.latest()
        {
            // It had only begun.
            self.song.restart(settings);
        }
        (self.changed, self.unpublished) = (false, true);
        Pace::Standing
    }

    fn song_changed(&mut self) {
        (self.changed, self.unpublished) = (true, true);
    }

    /// Says something in the window.
    fn say(&self, message: String) {
        self.shared.show(|view| view.message = Some(message));
    }

    /// Tells the log of bars that came late: the window may be closed.
    fn log_underruns(&mut self) {
        let late = self.shared.live.underruns.load(Ordering::Relaxed);
        if late > self.late {
            let bar = self.song.take.meters().bar_at(self.shared.live.reach()).number + 1;
            nice_warn!("Bars that were not composed in time: {}, near bar {bar}", late - self.late);
            self.late = late;
        }
    }

    /// Composes for a while; says whether there is more to compose.
    fn compose(&mut self) -> bool {
        let (started, target) = (Instant::now(), self.target());
        let goes_on = self.shared.is_active() && self.song.plan.latest().is_some();
        while !self.halted
            && (self.song.is_laying_out()
                || goes_on && self.song.take.end() < target && !self.song.is_full())
        {
            if started.elapsed() > SLICE {
                return true;
            }
            match self.song.compose_next(self.composer.as_mut(), &mut self.rounds) {
                Progress::Bar => self.song_changed(),
                Progress::Nearer => {}
                Progress::Nothing => {
                    self.song.end_laying_out();
                    return false;
                }
            }
            self.shared.live.composed.fetch_add(1, Ordering::Relaxed);
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
            bars: self.song.sounding(),
            band: self.song.record.band.clone(),
            held: self.held.clone(),
            listens: self.song.listening(),
            hears: self.song.hearing(),
            complete: self.song.is_full()
                || self.halted
                || self.composer.is_none() && !self.song.repeats(),
            answered: self.answered,
        });
        // A ring that is full belongs to an audio thread that does not run; it is tried again.
        if self.ends.scores.push(Arc::clone(&score)).is_ok() {
            self.unpublished = false;
            self.published = Arc::clone(&score);
            let bars = 0..score.bars.len() as u32;
            let locked_parts: Vec<Parts> = bars.map(|bar| self.song.locked(bar)).collect();
            let shown = View {
                locked: locked_parts.iter().map(|&parts| parts == ALL_PARTS).collect(),
                locked_parts,
                sheet: self.sheet.read(&self.song, self.composer.as_mut()),
                written: self.song.edits.sheet.clone(),
                input: self.song.edits.input.clone(),
                slots: self.song.slots(),
                undone: self.song.undone(),
                score,
                ..View::default()
            };
            drop(self.shared.show(|view| view.exchange_song(shown)));
        }
    }
}
