//! What users ask for: another record, and edits of the song.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::{Engine, SLICE};
use crate::records::store;
use crate::shared::Order;
use crate::shared::link::When;
use crate::song::{ALL_PARTS, Locking, bit};

impl Engine {
    /// Does what is asked, one after the other; says whether all is done. An edit of a loop that has come
    /// a long way waits for the rounds that it needs to know, which are composed meanwhile.
    pub(super) fn take_orders(&mut self) -> bool {
        let started = Instant::now();
        while let Some(order) = self.waiting.take().or_else(|| self.shared.take_order()) {
            self.idle.0 = 0;
            self.halted = false;
            while !self.is_ready_for(&order) {
                if started.elapsed() > SLICE {
                    self.waiting = Some(order);
                    return false;
                }
            }
            self.obey(order);
        }
        true
    }

    fn is_ready_for(&mut self, order: &Order) -> bool {
        let here = self.here();
        match order {
            Order::Load(_) | Order::BuiltIn | Order::Browse => true,
            _ => self.song.is_ready_for_edit(here, self.composer.as_mut(), &mut self.rounds),
        }
    }

    /// The playhead's bar.
    fn here(&self) -> u32 {
        let tick = self.shared.live.tick.load(Ordering::Relaxed);
        self.song.take.meters().bar_at(tick).number
    }

    /// Does what is asked.
    fn obey(&mut self, order: Order) {
        match order {
            Order::BuiltIn => {
                self.song.loaded = None;
                self.change(|engine| engine.change_record(store::built_in(0), None));
            }
            Order::Load(path) => self.change(|engine| {
                let found = store::load(&path);
                if found.is_ok() {
                    engine.song.loaded = Some(path.clone());
                    engine.chosen.insert(path.clone());
                }
                engine.change_record(found, Some(&path))
            }),
            Order::Browse => self.list_records(),
            edit => self.edit(edit),
        }
    }

    /// Changes the record, and begins the song anew where it is another.
    fn change(&mut self, change: impl FnOnce(&mut Self) -> bool) {
        let now = self.now();
        if change(self) {
            self.hold(now);
            if let Some(settings) = self.song.plan.latest() {
                self.song.restart(settings);
            }
        }
        self.keeps = true;
        self.song_changed();
    }

    /// Edits the song. The bars in progress end as they began.
    fn edit(&mut self, order: Order) {
        let here = self.here();
        let Self { song, composer, rounds, shared, .. } = self;
        let playing = shared.live.playing.load(Ordering::Relaxed);
        let everywhere = song.everywhere(here + if playing { 2 } else { 0 });
        let composer = composer.as_mut();
        let missing = "There is no record to compose with: load one first.";
        let mut lock = |bars, parts, locked, go_on, composer| {
            song.lock(Locking { bars, parts, locked, go_on }, here, composer, rounds);
            None
        };
        let refused = match (order, composer) {
            (Order::Lock(bars, locked), composer) => lock(bars, ALL_PARTS, locked, false, composer),
            (Order::LockOn(bars, locked), composer) => {
                lock(bars, ALL_PARTS, locked, true, composer)
            }
            (Order::LockPart(bars, part, locked), composer) => {
                lock(bars, bit(part), locked, false, composer)
            }
            (Order::WriteSheet(sheet), composer) => {
                song.write_sheet(sheet, here, composer, rounds);
                None
            }
            (Order::ForgetInput, composer) => {
                song.forget_input(here, composer, rounds);
                None
            }
            (Order::LayOut(bars, meter), composer) => {
                song.put_bars(bars, meter, here, composer, rounds);
                None
            }
            (Order::KeepPhrase, composer) => (!song.keep_phrase(here, composer, rounds))
                .then_some("Nothing has been played to the song that could be kept."),
            (_, None) => Some(missing),
            (Order::Recompose(bars), Some(composer)) => {
                let bars = bars.unwrap_or(everywhere);
                song.recompose(bars, ALL_PARTS, here, composer, rounds).err()
            }
            (Order::RecomposePart(bars, part), Some(composer)) => {
                let bars = bars.unwrap_or(everywhere);
                song.recompose(bars, bit(part), here, composer, rounds).err()
            }
            (Order::Undo, Some(composer)) => {
                (!song.undo(false, here, composer, rounds)).then_some("Nothing to undo.")
            }
            (Order::Redo, Some(composer)) => {
                (!song.undo(true, here, composer, rounds)).then_some("Nothing to redo.")
            }
            (Order::Load(_) | Order::BuiltIn | Order::Browse, _) => None,
        };
        self.shared.show(|view| view.message = refused.map(str::to_owned));
        if refused.is_none() {
            self.hold(self.now());
            self.keeps = true;
            self.song_changed();
        }
    }

    /// Where changes act that a user makes now.
    fn now(&self) -> When {
        let live = &self.shared.live;
        let (tick, pass) = (live.tick.load(Ordering::Relaxed), live.pass.load(Ordering::Relaxed));
        match live.playing.load(Ordering::Relaxed) {
            true => When::Ahead { tick, pass, loop_start: None },
            false => When::Everywhere,
        }
    }
}
