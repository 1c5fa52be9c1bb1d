//! What the host's threads, the editor and the conductor share behind a lock, and what the audio
//! thread shows them in atomics. The audio thread never takes the lock.
//!
//! What the audio thread and the conductor tell each other goes through the rings of [`link`].

pub mod link;
pub mod score;

pub use link::{AudioEnd, News, When};
pub use score::Score;

use std::collections::VecDeque;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;

use atomic_float::AtomicF64;
use jukebox_model::meter::Meter;
use jukebox_model::piece::{Note, Tick};
use parking_lot::Mutex;

use crate::records::RecordFacts;
use crate::records::list::Entry;
use crate::song::{BarSheet, HeardInput, Parts, SheetByHand, Song};

/// Written by the audio thread in each block, but for [`Live::composed`].
#[derive(Debug, Default)]
pub struct Live {
    /// The playhead, in quarter notes.
    pub position: AtomicF64,
    /// The last tick that the playhead has come to.
    pub tick: AtomicU32,
    /// The tick before which bars are needed now.
    pub needs: AtomicU32,
    /// Seconds that the host has run the plugin for.
    pub seconds: AtomicF64,
    /// Quarter notes a minute.
    pub tempo: AtomicF64,
    /// The pass that is played; 0 before the first.
    pub pass: AtomicU64,
    /// Whether the transport runs.
    pub playing: AtomicBool,
    /// Whether the host renders offline, faster than anybody listens.
    pub offline: AtomicBool,
    /// Bars that were not composed in time.
    pub underruns: AtomicU32,
    /// Counts the bars that the conductor composes, so that a render that waits for one sees that it
    /// gets on. Written by the conductor.
    pub composed: AtomicU32,
}

/// Why a saved state is refused. What plays goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

/// What a user asks of the conductor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Play the record in a file.
    Load(PathBuf),
    /// Play the built-in record.
    BuiltIn,
    /// List the records that can be played.
    Browse,
    /// Lock bars of the song, or the bars of the loop that they are, or unlock them.
    Lock(Range<u32>, bool),
    /// As `Lock`, as part of the same edit where that was the last one: a pointer is dragged on.
    LockOn(Range<u32>, bool),
    /// Lock a part of bars of the song, or of the bars of the loop that they are, or unlock it.
    LockPart(Range<u32>, u8, bool),
    /// Compose bars of the song again, but those that are locked; all that is still to come where none
    /// are named.
    Recompose(Option<Range<u32>>),
    /// As `Recompose`, but a part alone: the others stay as they are.
    RecomposePart(Option<Range<u32>>, u8),
    /// Write the sheet by hand.
    WriteSheet(SheetByHand),
    /// Forget what was heard on the input.
    ForgetInput,
    /// Lay bars of a meter out from the song's beginning, locked, in the place of what was locked: the notes of each,
    /// counted from its bar line.
    LayOut(Vec<Vec<Note>>, Meter),
    /// Go back to the edits before the last.
    Undo,
    /// Go forward to the edits that were undone last.
    Redo,
    /// Lock the phrase that was played last at the loop's beginning.
    KeepPhrase,
}

/// What the editor shows of the conductor's work.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The score that was published last.
    pub score: Arc<Score>,
    /// What the record is, where there is one.
    pub record: Option<RecordFacts>,
    /// The record's file, where it is not built in.
    pub path: Option<PathBuf>,
    /// What the user should know: the last thing that went wrong.
    pub message: Option<String>,
    /// The locked bars of the score, by their number in the song: those of which all is locked.
    pub locked: Vec<bool>,
    /// The locked parts of each bar, a bit for each.
    pub locked_parts: Vec<Parts>,
    /// The section and the chords of each bar.
    pub sheet: Vec<BarSheet>,
    /// What was written of the sheet.
    pub written: SheetByHand,
    /// What was heard on the input.
    pub input: HeardInput,
    /// The bars' numbers in the loop that they belong to; empty where the song goes on for ever.
    pub slots: Vec<u32>,
    /// How many edits can be undone, and done again.
    pub undone: (usize, usize),
    /// The records that can be played, as they were listed last.
    pub library: Arc<Vec<Entry>>,
    /// Whether more of them are being looked for.
    pub listing: bool,
}

impl View {
    /// Shows another song, and gives back what is shown of the one before: it is to be freed after the lock.
    pub(crate) fn exchange_song(&mut self, song: Self) -> Self {
        let Self { record, path, message, library, listing, .. } = std::mem::take(self);
        std::mem::replace(self, Self { record, path, message, library, listing, ..song })
    }
}

/// What lies behind the lock. Nothing is copied or freed under it that grows with the song, so that
/// nobody waits.
#[derive(Debug, Default)]
struct Board {
    song: Arc<Song>,
    orders: VecDeque<Order>,
    view: View,
}

/// One plugin instance's shared part.
#[derive(Debug, Default)]
pub struct Shared {
    /// The audio thread's side.
    pub live: Live,
    board: Mutex<Board>,
    /// Counts the states that were loaded. Changed under the lock, after the parameters of the
    /// state.
    generation: AtomicU64,
    /// Counts the changes of what the editor shows.
    shown: AtomicU64,
    active: AtomicBool,
    ended: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Shared {
    /// The song as it is to be saved.
    pub fn song(&self) -> Arc<Song> {
        Arc::clone(&self.board.lock().song)
    }

    /// Puts a loaded song in the place of what plays, or says why it is refused.
    pub fn restore(&self, song: Result<Arc<Song>, Refusal>) {
        match song {
            Ok(song) => {
                let mut board = self.board.lock();
                let before = std::mem::replace(&mut board.song, song);
                board.orders.clear();
                board.view.message = None;
                self.shown.fetch_add(1, Ordering::Release);
                self.generation.fetch_add(1, Ordering::Release);
                drop(board);
                drop(before);
            }
            Err(Refusal(reason)) => self.show(|view| view.message = Some(reason)),
        }
        self.wake();
    }

    /// Counts the states that were loaded.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The song of the newest state, with its generation.
    pub(crate) fn newest(&self) -> (Arc<Song>, u64) {
        let board = self.board.lock();
        (Arc::clone(&board.song), self.generation())
    }

    /// Keeps the conductor's work for the next save, unless a state was loaded meanwhile.
    pub(crate) fn keep(&self, song: Arc<Song>, generation: u64) {
        let mut board = self.board.lock();
        if self.generation() == generation {
            let before = std::mem::replace(&mut board.song, song);
            drop(board);
            drop(before);
        }
    }

    /// Asks something of the conductor.
    pub fn order(&self, order: Order) {
        self.board.lock().orders.push_back(order);
        self.wake();
    }

    pub(crate) fn take_order(&self) -> Option<Order> {
        self.board.lock().orders.pop_front()
    }

    /// What the editor shows.
    pub fn view(&self) -> View {
        self.board.lock().view.clone()
    }

    /// Changes what the editor shows. Gives what `change` gives: what is large and has been replaced is
    /// to be freed after the lock.
    pub(crate) fn show<R>(&self, change: impl FnOnce(&mut View) -> R) -> R {
        let mut board = self.board.lock();
        self.shown.fetch_add(1, Ordering::Release);
        change(&mut board.view)
    }

    /// A number that grows with each change of what the editor shows.
    pub fn shown(&self) -> u64 {
        self.shown.load(Ordering::Acquire)
    }

    /// Whether the host has activated the plugin: only then is there anything to compose.
    pub fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    /// Tells whether the host has activated the plugin.
    pub fn set_active(&self, active: bool) {
        self.active.store(active, Ordering::Release);
        self.wake();
    }

    /// Wakes the conductor. Not for the audio thread: it calls the system.
    pub fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    pub(crate) fn set_thread(&self, thread: Thread) {
        let _ = self.thread.set(thread);
    }

    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.wake();
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

impl Live {
    /// The ticks that the conductor must be ahead of: where the playhead is, and what it needs.
    pub fn reach(&self) -> Tick {
        self.tick.load(Ordering::Relaxed).max(self.needs.load(Ordering::Relaxed))
    }
}
