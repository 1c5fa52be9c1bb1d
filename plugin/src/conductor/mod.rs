//! The conductor: the plugin's own thread, which keeps the take ahead of the playhead.
//!
//! ```text
//!  host threads, editor          conductor                audio thread
//!  params, state, orders   ->   Shared (lock)
//!                               Desk: Song, Composer  ->  scores   ->  AudioProcessor, Player
//!                                                     <-  messages <-
//!                               Live (atomics)        <------------
//! ```
//!
//! The audio thread never wakes it: while the transport runs the conductor looks every 2 ms, while
//! it stands every 30 ms and, when nothing has happened for three seconds, every 100 ms; while the plugin
//! is not active it sleeps until somebody else wakes it.

mod desk;
mod link;
mod shared;
#[cfg(test)]
pub(crate) mod tests;

pub use link::{AudioEnd, News, When};
pub use shared::{Live, Order, RecordFacts, Shared, View};

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use desk::{Desk, Pace};

/// The running thread. Dropping it ends the thread and waits for it.
pub struct Conductor {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Conductor {
    /// Starts the thread, and gives the audio thread's end of the rings. Nothing is loaded or
    /// composed before somebody wakes it.
    pub fn start(shared: Arc<Shared>) -> (Self, AudioEnd) {
        let (audio, ends) = link::link();
        let of_thread = Arc::clone(&shared);
        let thread =
            thread::Builder::new().name("ai-jukebox-conductor".to_owned()).spawn(move || {
                // Hosts create plugins only to look at them: those cost nothing.
                thread::park();
                let mut desk = Desk::new(Arc::clone(&of_thread), ends);
                while !of_thread.has_ended() {
                    match desk.step() {
                        Pace::Busy => {}
                        Pace::Playing => thread::park_timeout(Duration::from_millis(2)),
                        Pace::Standing => thread::park_timeout(Duration::from_millis(30)),
                        Pace::Resting => thread::park_timeout(Duration::from_millis(100)),
                        Pace::Asleep => thread::park(),
                    }
                }
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
        (Self { shared, thread: thread.ok() }, audio)
    }
}

impl Drop for Conductor {
    fn drop(&mut self) {
        self.shared.end();
        if let Some(thread) = self.thread.take() {
            // A thread that has panicked has said so itself.
            let _ = thread.join();
        }
    }
}
