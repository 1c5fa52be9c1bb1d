//! The conductor: the plugin's own thread, which keeps the take ahead of the playhead.
//!
//! ```text
//!  host threads, editor          conductor                audio thread
//!  params, state, orders   ->   Shared (lock)
//!                               Engine: Song, Composer  ->  scores   ->  AudioProcessor, Player
//!                                                     <-  messages <-
//!                               Live (atomics)        <------------
//! ```
//!
//! The audio thread never wakes it: while the transport runs the conductor looks every 2 ms, while
//! it stands every 30 ms and, when nothing has happened for three seconds, every 100 ms; while the plugin
//! is not active it sleeps until somebody else wakes it.

mod engine;
#[cfg(test)]
pub(crate) mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use engine::{Engine, Pace};

use crate::shared::link::{self, ConductorEnd};
use crate::shared::{AudioEnd, Shared};

/// How long a host waits for the thread of an instance that it removes.
const PATIENCE: Duration = Duration::from_millis(900);

/// The running thread. Dropping it ends the thread and waits for it, for less than a second: a thread
/// that a file system holds up, or a bar that is long in coming, ends by itself when it looks up. It
/// shares what it uses, so that nothing is freed under its hands.
pub struct Conductor {
    shared: Arc<Shared>,
    thread: Option<(JoinHandle<()>, Receiver<()>)>,
}

impl Conductor {
    /// Starts the thread, and gives the audio thread's end of the rings. Nothing is loaded or
    /// composed before somebody wakes it.
    pub fn start(shared: Arc<Shared>) -> (Self, AudioEnd) {
        let (audio, ends) = link::link();
        let of_thread = Arc::clone(&shared);
        // Nothing is sent: the channel closes when the thread has done.
        let (working, done) = mpsc::channel::<()>();
        let name = "ai-jukebox-conductor".to_owned();
        let thread = thread::Builder::new().name(name).spawn(move || {
            let _working = working;
            run(of_thread, ends);
        });
        match &thread {
            Ok(thread) => shared.set_thread(thread.thread().clone()),
            Err(error) => shared.show(|view| {
                view.message = Some(format!(
                    "The system gives the plugin no thread to compose on ({error}): close other \
                     programs and load the plugin again."
                ));
            }),
        }
        (Self { shared, thread: thread.ok().map(|thread| (thread, done)) }, audio)
    }
}

/// The thread's work, until the instance ends.
fn run(shared: Arc<Shared>, ends: ConductorEnd) {
    // Hosts create plugins only to look at them: those cost nothing.
    thread::park();
    let mut engine = Engine::new(Arc::clone(&shared), ends);
    while !shared.has_ended() {
        let step = catch_unwind(AssertUnwindSafe(|| engine.step()));
        match step.unwrap_or_else(|panic| engine.recover(&*panic)) {
            Pace::Busy => {}
            Pace::Playing => thread::park_timeout(Duration::from_millis(2)),
            Pace::Standing => thread::park_timeout(Duration::from_millis(30)),
            Pace::Resting => thread::park_timeout(Duration::from_millis(100)),
            Pace::Asleep => thread::park(),
        }
    }
}

impl Drop for Conductor {
    fn drop(&mut self) {
        self.shared.end();
        let Some((thread, done)) = self.thread.take() else { return };
        if done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Disconnected) {
            // A thread that has panicked has said so itself.
            let _ = thread.join();
        }
    }
}
