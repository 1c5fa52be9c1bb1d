//! How an instance takes its leave of the framework's worker thread.
//!
//! In a VST3 on Linux, nice-plug 0.4 tells the editor of every parameter that the host changes through a
//! worker thread that all instances of the process share. A message of an instance that is gone ends
//! that thread, and at the end of the last instance its absence aborts the host. So an instance that
//! is deactivated, as every instance is before it goes, waits until its messages have been read.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use nice_plug::prelude::AsyncExecutor;

use crate::AiJukebox;

/// How long a worker that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the worker may take to forget the instance after it has answered.
const BREATH: Duration = Duration::from_millis(5);

/// The last message of an instance: the worker reads messages in order.
pub struct Farewell(SyncSender<()>);

impl Farewell {
    /// Answers it. On the worker's thread.
    pub fn answer(self) {
        // Nobody listens any more if it comes too late.
        let _ = self.0.send(());
    }

    /// Waits until everything that was sent before has been read. Not on the audio thread.
    pub fn say(worker: &AsyncExecutor<AiJukebox>) {
        let (answer, heard) = sync_channel(1);
        worker.execute_background(Self(answer));
        if heard.recv_timeout(PATIENCE).is_ok() {
            thread::sleep(BREATH);
        }
    }
}
