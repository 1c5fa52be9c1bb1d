//! How an instance takes its leave of the framework's worker thread.
//!
//! In a VST3 on Linux, nice-plug 0.4 tells the editor of every parameter that the host changes through a
//! worker thread that all instances of the process share. A message of an instance that is gone ends
//! that thread, and at the end of the last instance its absence aborts the host. While it reads a message
//! the worker holds the instance, and an instance that the worker is the last to hold ends there: the last
//! one of all would then wait on the worker for the worker's own end. So an instance that is deactivated,
//! as every instance is before it goes, waits until its messages have been read and the worker rests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use nice_plug::prelude::AsyncExecutor;

use crate::AiJukebox;

/// How long to wait between two looks at the worker. It is not asked to wake the one who waits: that
/// would put the worker to sleep in the midst of its work, just where it must get on.
const LOOK: Duration = Duration::from_millis(1);
/// How many times a worker that does not answer is looked at.
const PATIENCE: usize = 10_000;
/// How many times the farewell is sent where there is no room for it, or no worker.
const TRIES: usize = 100;
/// How many times a worker that has answered is looked at. One that does not rest for so long is at
/// messages of others.
const LOOKS: usize = 500;

/// The last message of an instance: the worker reads messages in order.
pub struct Farewell(Arc<OnceLock<PathBuf>>);

impl Farewell {
    /// Answers it with the thread that answers. On the worker's thread.
    pub fn answer(self) {
        let thread = fs::read_link("/proc/thread-self").unwrap_or_default();
        // There is one farewell at a time, and so one answer.
        let _ = self.0.set(Path::new("/proc").join(thread));
    }

    /// Waits until everything that was sent before has been read, and the worker rests. Not on the audio
    /// thread.
    pub fn say(worker: &AsyncExecutor<AiJukebox>) {
        let mut heard = Arc::new(OnceLock::new());
        let mut tries = 0;
        for _ in 0..PATIENCE {
            if Arc::get_mut(&mut heard).is_some_and(|alone| alone.get().is_none()) {
                // None is on its way.
                if tries == TRIES {
                    return;
                }
                tries += 1;
                worker.execute_background(Self(Arc::clone(&heard)));
            }
            thread::sleep(LOOK);
            if let Some(worker) = heard.get() {
                return wait_for_rest(worker);
            }
        }
    }
}

/// Waits until a thread rests: it is at the end of what it has begun.
fn wait_for_rest(thread: &Path) {
    for _ in 0..LOOKS {
        if rests(thread) {
            return;
        }
        thread::sleep(LOOK);
    }
}

/// Whether a thread sleeps, by its folder in `/proc`.
fn rests(thread: &Path) -> bool {
    let text = fs::read_to_string(thread.join("stat")).unwrap_or_default();
    // "12 (its name) S ...": the name may hold what it likes.
    text.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('S'))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::hint::spin_loop;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_slow_worker_has_let_the_instance_go() {
        // As the framework's does, it holds the instance while it answers.
        let instance = Arc::new(());
        let (post, messages) = channel::<(Farewell, Arc<()>)>();
        let worker = thread::spawn(move || {
            for (farewell, held) in messages {
                farewell.answer();
                // It would go on, but others have the processor.
                let since = Instant::now();
                while since.elapsed() < Duration::from_millis(40) {
                    spin_loop();
                }
                drop(held);
            }
        });
        let held = Arc::downgrade(&instance);
        let send = Arc::new(move |farewell| {
            post.send((farewell, held.upgrade().unwrap())).unwrap();
        });
        Farewell::say(&AsyncExecutor::new(send.clone(), send));
        assert_eq!(Arc::strong_count(&instance), 1);
        worker.join().unwrap();
    }

    #[test]
    fn a_farewell_without_room_is_said_again() {
        let answered = Arc::new(AtomicUsize::new(0));
        let (tries, count) = (AtomicUsize::new(0), Arc::clone(&answered));
        let send = Arc::new(move |farewell: Farewell| {
            if tries.fetch_add(1, Ordering::Relaxed) >= 3 {
                farewell.answer();
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        Farewell::say(&AsyncExecutor::new(send.clone(), send));
        assert_eq!(answered.load(Ordering::Relaxed), 1);
    }
}
