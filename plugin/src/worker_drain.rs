//! Draining the framework's worker thread of an instance's messages before the instance goes.
//!
//! In a VST3 on Linux, nice-plug 0.4 tells the editor of every parameter that the host changes through a
//! worker thread that all instances of the process share. A message of an instance that is gone ends
//! that thread, and at the end of the last instance its absence aborts the host. While it reads a message
//! the worker holds the instance, and an instance that the worker is the last to hold ends there: the last
//! one of all would then wait on the worker for the worker's own end. So an instance that is deactivated,
//! as every instance is before it goes, waits until its messages have been read and the worker rests.
//!
//! The wait is on the host's main thread, and so it is short. Where the worker is busy for longer, a
//! thread of our own keeps the instance until its messages have been read.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use nice_plug::prelude::{AsyncExecutor, Plugin};

/// How long to wait between two looks at the worker. It is not asked to wake the one who waits: that
/// would put the worker to sleep in the midst of its work, just where it must get on.
const LOOK: Duration = Duration::from_millis(1);
/// How long the main thread waits for the worker, and then for the thread that keeps the instance in
/// its place: less than a second together.
const PATIENCE: Duration = Duration::from_millis(700);
const PATIENCE_KEEPER: Duration = Duration::from_millis(200);
/// How many times the message is sent where there is no room for it, or no worker.
const TRIES: usize = 100;
/// How long a worker that has answered is looked at. One that does not rest for so long is at messages
/// of others.
const REST: Duration = Duration::from_millis(500);

/// The last message of an instance: the worker reads messages in order.
pub struct WorkerDrain {
    state: Arc<State>,
    /// The thread that keeps the instance, where it has sent this one.
    keeper: Option<ThreadId>,
}

/// What has become of a message.
#[derive(Default)]
struct State {
    /// The thread that has read it, as a folder in `/proc`.
    worker: OnceLock<PathBuf>,
    /// Whether the instance is kept.
    kept: AtomicBool,
}

impl WorkerDrain {
    /// Notes the thread that has read it. On the worker's thread.
    pub fn acknowledge(self) {
        let thread = fs::read_link("/proc/thread-self").unwrap_or_default();
        // All drains of an instance have one state.
        let _ = self.state.worker.set(Path::new("/proc").join(thread));
    }

    /// Waits until everything that was sent before has been read, and the worker rests, or until the
    /// instance is kept for as long as that takes. Returns within a second. Not on the audio thread.
    pub fn wait<P: Plugin<BackgroundTask = Self>>(worker: &AsyncExecutor<P>) {
        let began = Instant::now();
        let mut state = Arc::<State>::default();
        let mut tries = 0;
        while began.elapsed() < PATIENCE {
            if Arc::get_mut(&mut state).is_some_and(|alone| alone.worker.get().is_none()) {
                // None is on its way.
                if tries == TRIES {
                    return;
                }
                tries += 1;
                worker.execute_background(Self { state: Arc::clone(&state), keeper: None });
            }
            thread::sleep(LOOK);
            if let Some(worker) = state.worker.get() {
                let left = (PATIENCE + PATIENCE_KEEPER).saturating_sub(began.elapsed());
                return wait_for_rest(worker, left.min(REST));
            }
        }
        keep_instance(worker.clone(), state);
    }
}

impl Drop for WorkerDrain {
    /// Where the keeper's own message is dropped by the keeper, the framework had no room for it, and
    /// holds the instance until this returns.
    fn drop(&mut self) {
        if self.keeper.is_some_and(|keeper| keeper == thread::current().id()) {
            self.state.kept.store(true, Ordering::Release);
            // The keeper's two: all others have been read, or have gone with the worker.
            while Arc::strong_count(&self.state) > 2 {
                thread::sleep(LOOK);
            }
            if let Some(worker) = self.state.worker.get() {
                wait_for_rest(worker, REST);
            }
        }
    }
}

/// Lets a thread keep the instance until the worker has read its messages, and waits until it does.
///
/// The framework hands out nothing that keeps an instance alive, but it does so itself while it sends
/// one of the instance's messages: so the keeper fills the worker's queue, and does not return from
/// the first message for which there is no room.
fn keep_instance<P: Plugin<BackgroundTask = WorkerDrain>>(
    worker: AsyncExecutor<P>,
    state: Arc<State>,
) {
    let began = Instant::now();
    let kept = Arc::clone(&state);
    let keeper = thread::Builder::new().name("ai-jukebox-keeper".to_owned()).spawn(move || {
        let keeper = Some(thread::current().id());
        while kept.worker.get().is_none() && !kept.kept.load(Ordering::Acquire) {
            worker.execute_background(WorkerDrain { state: Arc::clone(&kept), keeper });
        }
    });
    let is_over = || {
        let all_read = state.worker.get().is_some() && Arc::strong_count(&state) == 1;
        all_read || state.kept.load(Ordering::Acquire)
    };
    while keeper.is_ok() && !is_over() && began.elapsed() < PATIENCE_KEEPER {
        thread::sleep(LOOK);
    }
}

/// Waits until a thread rests: it is at the end of what it has begun.
fn wait_for_rest(thread: &Path, patience: Duration) {
    let began = Instant::now();
    while !rests(thread) && began.elapsed() < patience {
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
    use std::sync::Weak;
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc::{SyncSender, channel, sync_channel};

    use super::*;
    use crate::AiJukebox;

    #[test]
    fn a_slow_worker_has_let_the_instance_go() {
        // As the framework's does, it holds the instance while it answers.
        let instance = Arc::new(());
        let (post, messages) = channel::<(WorkerDrain, Arc<()>)>();
        let worker = thread::spawn(move || {
            for (drain, held) in messages {
                drain.acknowledge();
                // It would go on, but others have the processor.
                let since = Instant::now();
                while since.elapsed() < Duration::from_millis(40) {
                    spin_loop();
                }
                drop(held);
            }
        });
        let held = Arc::downgrade(&instance);
        let send = Arc::new(move |drain| {
            post.send((drain, held.upgrade().unwrap())).unwrap();
        });
        WorkerDrain::wait(&AsyncExecutor::<AiJukebox>::new(send.clone(), send));
        assert_eq!(Arc::strong_count(&instance), 1);
        worker.join().unwrap();
    }

    #[test]
    fn a_message_without_room_is_sent_again() {
        let answered = Arc::new(AtomicUsize::new(0));
        let (tries, count) = (AtomicUsize::new(0), Arc::clone(&answered));
        let send = Arc::new(move |drain: WorkerDrain| {
            if tries.fetch_add(1, Ordering::Relaxed) >= 3 {
                drain.acknowledge();
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        WorkerDrain::wait(&AsyncExecutor::<AiJukebox>::new(send.clone(), send));
        assert_eq!(answered.load(Ordering::Relaxed), 1);
    }

    /// How the framework sends a message: it holds the instance meanwhile, and drops the message where
    /// there is no room.
    fn executor<I: Send + Sync + 'static>(
        instance: &Arc<I>,
        queue: SyncSender<(WorkerDrain, Weak<I>)>,
    ) -> AsyncExecutor<AiJukebox> {
        let instance = Arc::downgrade(instance);
        let send = Arc::new(move |drain| {
            let Some(held) = instance.upgrade() else { return };
            let _ = queue.try_send((drain, Arc::downgrade(&held)));
        });
        AsyncExecutor::new(send.clone(), send)
    }

    #[test]
    fn a_busy_worker_holds_up_nobody_and_still_finds_the_instance() {
        let instance = Arc::new(());
        let (post, messages) = sync_channel(8);
        let (finish, busy) = channel::<()>();
        let worker = thread::spawn(move || {
            // It is at a message of another instance.
            let _ = busy.recv();
            for (drain, instance) in messages {
                // One whose instance is gone would end it.
                let _held = Weak::upgrade(&instance).expect("the instance is gone");
                WorkerDrain::acknowledge(drain);
            }
        });
        let sends = executor(&instance, post);
        let began = Instant::now();
        WorkerDrain::wait(&sends);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        // The host lets go.
        let left = Arc::downgrade(&instance);
        drop(instance);
        assert!(left.strong_count() > 0);
        drop(finish);
        let began = Instant::now();
        while left.strong_count() > 0 {
            assert!(began.elapsed() < Duration::from_secs(60), "it is kept for ever");
            thread::sleep(LOOK);
        }
        drop(sends);
        worker.join().unwrap();
    }

    #[test]
    fn a_keeper_goes_with_the_worker() {
        let instance = Arc::new(());
        let (post, messages) = sync_channel(8);
        let sends = executor(&instance, post);
        WorkerDrain::wait(&sends);
        assert!(Arc::strong_count(&instance) > 1);
        drop(messages);
        let began = Instant::now();
        while Arc::strong_count(&instance) > 1 {
            assert!(began.elapsed() < Duration::from_secs(60), "it is kept for ever");
            thread::sleep(LOOK);
        }
        // And where there never was one, nobody waits for it.
        WorkerDrain::wait(&sends);
        assert_eq!(Arc::strong_count(&instance), 1);
    }
}
