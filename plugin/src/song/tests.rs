//! Loops, locks, edits and phrases: the song without host and threads.

use std::sync::Arc;

use jukebox_model::composer::{Composer, ComposerSettings};
use jukebox_model::meter::Meter;
use jukebox_model::piece::Note;
use jukebox_model::record::Record;

use super::*;
use crate::conductor::tests::{rig, states};
use crate::shared::Shared;

/// A song with its composer.
struct Bench {
    song: Song,
    composer: Composer,
    rounds: Rounds,
}

fn settings(length: u32) -> CompositionSettings {
    CompositionSettings { length, ..CompositionSettings::default() }
}

impl Bench {
    fn new(settings: CompositionSettings) -> Self {
        let record: Arc<Record> = Arc::new(rig::record(1, false));
        let name = RecordName { hash: record.hash().to_owned(), ..RecordName::default() };
        let mut song = Song { record: name, ..Song::default() };
        song.restart(settings);
        Self { song, composer: Composer::new(record), rounds: Rounds::default() }
    }

    /// The notes of each bar, from its own bar line.
    fn bars(&mut self, bars: usize) -> Vec<Vec<Note>> {
        while self.song.take.bars().len() < bars {
            let progress = self.song.compose_next(Some(&mut self.composer), &mut self.rounds);
            assert_ne!(progress, Progress::Nothing);
        }
        let local = |bar: &Arc<Bar>| {
            let note = |note: &Note| Note { onset: note.onset - bar.slot.start, ..*note };
            bar.notes.iter().map(note).collect()
        };
        self.song.take.bars()[..bars].iter().map(local).collect()
    }

    /// Does what an edit needs, step by step.
    fn prepare(&mut self, here: u32) {
        let mut ready = || {
            let composer = Some(&mut self.composer);
            self.song.is_ready_for_edit(here, composer, &mut self.rounds)
        };
        while !ready() {}
    }

    fn lock(&mut self, bars: Range<u32>, here: u32) {
        self.drag(bars, false, here);
    }

    /// Locks bars, as part of the edit before where it goes on.
    fn drag(&mut self, bars: Range<u32>, go_on: bool, here: u32) {
        self.prepare(here);
        let locking = Locking { bars, parts: ALL_PARTS, locked: true, go_on };
        self.song.lock(locking, here, Some(&mut self.composer), &mut self.rounds);
        self.prepare(here);
    }

    fn recompose(&mut self, bars: Range<u32>, here: u32) -> bool {
        self.prepare(here);
        let done = self.song.recompose(bars, ALL_PARTS, here, &mut self.composer, &mut self.rounds);
        self.prepare(here);
        done.is_ok()
    }

    fn undo(&mut self, here: u32) -> bool {
        self.go_back(false, here)
    }

    fn go_back(&mut self, redo: bool, here: u32) -> bool {
        self.prepare(here);
        let found = self.song.undo(redo, here, &mut self.composer, &mut self.rounds);
        self.prepare(here);
        found
    }
}

#[test]
fn a_loop_comes_back_bar_by_bar() {
    for length in [1, 2, 4, 8, 16, 32] {
        let mut bench = Bench::new(settings(length));
        let bars = bench.bars(3 * length as usize);
        let rounds: Vec<_> = bars.chunks(length as usize).collect();
        assert_eq!(rounds[0], rounds[1]);
        assert_eq!(rounds[0], rounds[2]);
        assert!(rounds[0].concat().len() >= length as usize / 2);
    }
}

#[test]
fn the_end_of_a_loop_knows_its_start() {
    // The same bars without a loop are composed alike until the loop's start comes into sight.
    let looped = Bench::new(settings(4)).bars(4);
    let endless = Bench::new(settings(0)).bars(4);
    assert_eq!(looped[0], endless[0]);
    assert_ne!(looped[1..], endless[1..]);
}

#[test]
fn a_loop_begins_where_the_hosts_does_and_stays_the_same_music() {
    let plain = Bench::new(settings(4)).bars(4);
    let mut moved = Bench::new(CompositionSettings { anchor: 2 * 96, ..settings(4) });
    assert_eq!(moved.bars(10), [&plain[2..], &plain, &plain].concat());
}

#[test]
fn another_meter_has_its_own_loop_from_the_change_on() {
    let mut bench = Bench::new(settings(2));
    let before = bench.bars(6);
    bench.song.hear_meter(0, Meter::COMMON);
    bench.song.hear_meter(3 * 96, Meter::new(6, 8).unwrap());
    let after = bench.bars(9);
    assert_eq!(after[..3], before[..3]);
    assert_eq!(after[3..5], after[5..7]);
    assert!(after[3..].concat().iter().all(|note| note.onset < 72));
}

#[test]
fn a_locked_bar_stays_whatever_is_turned() {
    for length in [0, 4] {
        let mut bench = Bench::new(settings(length));
        let first = bench.bars(8);
        bench.lock(1..3, 0);
        assert_eq!(bench.bars(8), first, "locking changes nothing");
        for take in 2..6 {
            let notes = ComposerSettings { take, ..ComposerSettings::default() };
            bench.song.restart(CompositionSettings { notes, ..settings(length) });
            let other = bench.bars(8);
            assert_eq!(other[1..3], first[1..3]);
            assert_ne!(other, first);
        }
        bench.song.restart(settings(length));
        assert_eq!(bench.bars(8), first, "its own take number brings the music back");
    }
}

#[test]
fn recomposing_leaves_the_locked_bars_and_the_others() {
    let mut bench = Bench::new(settings(8));
    let first = bench.bars(16);
    bench.lock(2..4, 0);
    assert!(bench.recompose(0..16, 0));
    let again = bench.bars(16);
    assert_eq!(again[2..4], first[2..4]);
    assert_ne!(again[4..8], first[4..8]);
    assert_eq!(again[..8], again[8..], "all rounds change");
    assert!(bench.recompose(5..6, 0));
    let one = bench.bars(16);
    for bar in (0..8).filter(|&bar| bar != 5) {
        assert_eq!(one[bar], again[bar], "bar {bar}");
    }
    assert_ne!(one[5], again[5]);
}

#[test]
fn recomposing_a_song_redoes_the_bars_between_what_stands() {
    let mut bench = Bench::new(settings(0));
    let first = bench.bars(12);
    bench.lock(4..5, 0);
    assert!(bench.recompose(3..7, 0));
    let again = bench.bars(12);
    assert_eq!(again[..3], first[..3]);
    assert_eq!(again[4], first[4]);
    assert_eq!(again[7..], first[7..]);
    assert_ne!(again[5..7], first[5..7]);
    // Another take, and back: what was edited is remembered.
    let notes = ComposerSettings { take: 2, ..ComposerSettings::default() };
    bench.song.restart(CompositionSettings { notes, ..settings(0) });
    bench.bars(12);
    bench.song.restart(settings(0));
    assert_eq!(bench.bars(12), again);
}

#[test]
fn where_all_is_locked_nothing_is_composed_again() {
    let mut bench = Bench::new(settings(2));
    let first = bench.bars(4);
    bench.lock(0..2, 0);
    assert!(!bench.recompose(0..4, 0));
    assert_eq!(bench.bars(4), first);
}

#[test]
fn edits_are_undone_and_done_again() {
    for length in [0, 4] {
        let mut bench = Bench::new(settings(length));
        let mut states = vec![bench.bars(8)];
        for _ in 0..5 {
            assert!(bench.recompose(0..8, 0));
            states.push(bench.bars(8));
        }
        bench.lock(0..1, 0);
        assert!(bench.undo(0));
        assert!(bench.song.edits.locks.is_empty());
        for state in states[..5].iter().rev() {
            assert!(bench.undo(0));
            assert_eq!(bench.bars(8), *state);
        }
        assert!(!bench.undo(0));
        for state in &states[1..] {
            assert!(bench.go_back(true, 0));
            assert_eq!(bench.bars(8), *state);
        }
    }
}

#[test]
fn evolution_changes_as_much_as_it_says() {
    let changed = |evolve: u32| {
        let mut bench = Bench::new(CompositionSettings { evolve, ..settings(8) });
        let bars = bench.bars(8 * 30);
        let pairs = bars.iter().zip(&bars[8..]);
        pairs.filter(|(before, after)| before != after).count() as f64 / (8.0 * 29.0)
    };
    assert_eq!(changed(0), 0.0);
    let (some, all) = (changed(30), changed(100));
    assert!((0.15..0.4).contains(&some), "{some}");
    assert!(all > 0.85, "{all}");
}

#[test]
fn evolution_goes_the_same_way_every_time_and_leaves_locked_bars() {
    let evolving = CompositionSettings { evolve: 40, ..settings(4) };
    let mut bench = Bench::new(evolving);
    let first = bench.bars(40);
    assert_eq!(Bench::new(evolving).bars(40), first);
    // A bar is locked as it is heard in the sixth round.
    bench.lock(22..23, 21);
    let after = bench.bars(40);
    assert_eq!(after[..24], first[..24]);
    for round in 6..10 {
        assert_eq!(after[4 * round + 2], first[22]);
    }
    assert!(bench.undo(21));
    assert_eq!(bench.bars(40)[..24], first[..24]);
}

#[test]
fn a_phrase_is_answered_in_its_own_time() {
    let reply = CompositionSettings { reply: 2, ..CompositionSettings::default() };
    let mut bench = Bench::new(reply);
    let silence = bench.bars(8);
    assert!(silence[..2].concat().is_empty() && silence[4..6].concat().is_empty());
    assert!(!silence[2..4].concat().is_empty());
    let start: Tick = 4 * 96;
    let played = |pitches: [u8; 8]| {
        let note = |(at, pitch): (Tick, u8)| Note {
            onset: start + 12 * at,
            part: 0,
            pitch,
            duration: 12,
            velocity: 96,
        };
        (0..).zip(pitches).map(note).collect::<Vec<_>>()
    };
    assert!(!bench.song.hear(start..6 * 96, &[]), "nothing was played");
    assert!(bench.song.hear(start..6 * 96, &played([72, 71, 69, 67, 65, 64, 62, 60])));
    let answered = bench.bars(8);
    assert_eq!(answered[..4], silence[..4]);
    assert_eq!(answered[4].len(), 8);
    assert!(bench.song.sounding()[4].notes.is_empty(), "what was played sounds by itself");
    assert_eq!(bench.song.listening(), [0..192, 384..576]);
    assert!(bench.song.hear(start..6 * 96, &played([55, 55, 57, 72, 55, 55, 57, 72])));
    assert_ne!(bench.bars(8)[6..], answered[6..], "another phrase, another answer");
}

/// The song after it was saved and loaded.
fn reopened(song: &Song) -> Arc<Song> {
    let [saved, loaded] = [(); 2].map(|()| Arc::<Shared>::default());
    saved.restore(Ok(Arc::new(song.clone())));
    assert!(states::load(&loaded, &states::save(&saved)));
    assert_eq!(loaded.view().message, None);
    loaded.song()
}

/// The notes that were played to a song, by bar.
fn heard(song: &Song) -> Vec<Vec<Note>> {
    song.heard.values().map(|bar| bar.notes.clone()).collect()
}

#[test]
fn whatever_is_played_can_be_saved_and_loaded_again() {
    let reply = CompositionSettings { reply: 16, ..CompositionSettings::default() };
    let mut bench = Bench::new(reply);
    bench.song.hear_meter(0, Meter::new(5, 4).unwrap());
    let bar: Tick = 5 * 24;
    let note =
        |onset, pitch, duration, velocity| Note { onset, part: 0, pitch, duration, velocity };
    let mut played = vec![note(0, 60, 16 * bar, 0)];
    let crowd = (0..2_000_u32).map(|it| note(bar + it / 20, 40 + (it % 20) as u8, 12, 255));
    played.extend(crowd);
    assert!(bench.song.hear(0..16 * bar, &played));
    let bars = bench.bars(16);
    assert_eq!(bars[0], [note(0, 60, Vocabulary::MAX_TICKS, 1)]);
    assert_eq!(bars[1].len(), MOST_NOTES);
    let song = reopened(&bench.song);
    assert_eq!(heard(&song), heard(&bench.song));
    assert_eq!(song.take.notes(), bench.song.take.notes());
}

#[test]
fn phrases_and_edits_in_another_meter_can_be_saved_and_loaded_again() {
    let six_eighths = Meter::new(6, 8).unwrap();
    let reply = CompositionSettings { reply: 1, ..CompositionSettings::default() };
    let mut bench = Bench::new(reply);
    bench.bars(4);
    let [early, late] = [0, 80].map(|at| Note {
        onset: 2 * 96 + at,
        part: 0,
        pitch: 72,
        duration: 12,
        velocity: 96,
    });
    assert!(bench.song.hear(2 * 96..3 * 96, &[early, late]));
    bench.song.hear_meter(0, six_eighths);
    assert_eq!(heard(&bench.song), [[Note { onset: 2 * 72, ..early }]]);
    assert_eq!(heard(&reopened(&bench.song)), heard(&bench.song));

    let mut bench = Bench::new(settings(0));
    bench.bars(12);
    assert!(bench.recompose(0..12, 0));
    bench.song.hear_meter(0, six_eighths);
    assert_eq!(reopened(&bench.song).edits.revisions.len(), 1);
}

#[test]
fn a_phrase_can_begin_the_loop() {
    let mut bench = Bench::new(CompositionSettings { reply: 1, ..CompositionSettings::default() });
    bench.bars(4);
    let played = Note { onset: 2 * 96, part: 0, pitch: 72, duration: 12, velocity: 96 };
    bench.song.hear(2 * 96..3 * 96, &[played]);
    bench.bars(4);
    assert!(bench.song.keep_phrase(3, Some(&mut bench.composer), &mut bench.rounds));
    bench.song.change(settings(4), 0);
    let bars = bench.bars(8);
    assert_eq!(bars[0], [Note { onset: 0, ..played }]);
    assert_eq!(bars[..4], bars[4..]);
    assert!(!bars[1..4].concat().is_empty());
}

#[test]
fn a_loop_plays_on_without_its_record() {
    let mut bench = Bench::new(settings(4));
    let bars = bench.bars(8);
    while bench.song.take.bars().len() < 40 {
        assert_eq!(bench.song.compose_next(None, &mut bench.rounds), Progress::Bar);
    }
    let bars: Vec<_> = bars[..4].iter().cycle().take(40).cloned().collect();
    assert_eq!(bench.bars(40), bars);
}

#[test]
fn a_drag_over_many_bars_is_one_edit() {
    for length in [0, 32] {
        let mut bench = Bench::new(settings(length));
        let first = bench.bars(40);
        assert!(bench.recompose(0..4, 0));
        for bar in 0..33 {
            bench.drag(bar..bar + 1, bar > 0, 0);
        }
        let locked = if length == 0 { 33 } else { 32 };
        assert_eq!(bench.song.edits.locks.len(), locked);
        assert!(bench.undo(0));
        assert!(bench.song.edits.locks.is_empty());
        assert_eq!(bench.song.undone(), (1, 1));
        assert!(bench.undo(0), "what came before the drag");
        assert_eq!(bench.bars(40), first);
        // A drag that goes on after something else is an edit of its own.
        bench.drag(5..6, true, 0);
        assert_eq!(bench.song.undone(), (1, 0));
        assert!(bench.recompose(0..4, 0));
        bench.drag(6..7, true, 0);
        assert_eq!(bench.song.undone(), (3, 0));
    }
}

#[test]
fn bars_are_composed_again_until_no_variation_is_left() {
    let mut bench = Bench::new(settings(4));
    bench.bars(4);
    bench.song.attempts = MOST_ATTEMPTS - 1;
    assert!(bench.recompose(0..4, 0));
    let last = bench.bars(4);
    for _ in 0..2 {
        let refused =
            bench.song.recompose(0..4, ALL_PARTS, 0, &mut bench.composer, &mut bench.rounds);
        assert!(refused.unwrap_err().contains("new take"));
        assert_eq!(bench.bars(4), last);
        assert_eq!(bench.song.undone(), (1, 0));
    }
}

#[test]
fn edits_are_shared_by_all_copies_of_a_song() {
    let mut bench = Bench::new(settings(0));
    bench.bars(12);
    for _ in 0..5 {
        assert!(bench.recompose(0..12, 0));
    }
    let copy = bench.song.clone();
    assert!(Arc::ptr_eq(&copy.edits, &bench.song.edits));
    let [one, other] = [&copy, &bench.song].map(|song| song.history.steps());
    assert!(one.len() == 5 && one.iter().zip(&other).all(|(one, other)| Arc::ptr_eq(one, other)));
}
