//! Listing the records that can be played, on a thread of its own: folders may be slow, and large.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::Engine;
use crate::records::list::{self, Entry};
use crate::shared::Shared;

/// How often the window is told of what has been found so far.
const OFTEN: Duration = Duration::from_millis(50);

impl Engine {
    /// Has the records listed, unless they are being listed now.
    pub(super) fn list_records(&mut self) {
        if self.lister.as_ref().is_some_and(|lister| !lister.is_finished()) {
            return;
        }
        self.shared.show(|view| view.listing = true);
        let (shared, folder) = (Arc::clone(&self.shared), self.folder.clone());
        let lister =
            thread::Builder::new().name("ai-jukebox-records".to_owned()).spawn(move || {
                // A panic has been reported by its hook; what was found before it stays.
                let _ = catch_unwind(AssertUnwindSafe(|| list(&shared, folder)));
                shared.show(|view| view.listing = false);
            });
        match lister {
            Ok(lister) => self.lister = Some(lister),
            Err(error) => {
                self.shared.show(|view| view.listing = false);
                self.say(format!("The system gives the plugin no thread to look on ({error})."));
            }
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(lister) = self.lister.take() {
            // It looks up between two files. Who drops the conductor waits for neither of them for long.
            let _ = lister.join();
        }
    }
}

/// Lists the records and shows them as they come, until the instance ends.
fn list(shared: &Shared, folder: Option<PathBuf>) {
    let (mut found, mut told) = (Vec::new(), Instant::now());
    let show = |found: &[Entry], all: bool| {
        let found = Arc::new(found.to_vec());
        // An old list stays until the new one tells more.
        drop(shared.show(|view| {
            let replaces = all || found.len() > view.library.len();
            replaces.then(|| std::mem::replace(&mut view.library, found))
        }));
    };
    let whole = list::list(folder.as_deref(), &mut |entry| {
        found.push(entry);
        if told.elapsed() > OFTEN {
            show(&found, false);
            told = Instant::now();
        }
        if shared.has_ended() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    show(&found, whole.is_continue());
}
