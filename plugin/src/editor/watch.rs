//! Watches for changes that a window does not make itself: of the song, the transport and the parameters. A window
//! that stands still is drawn again only where there are some.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::thread::{Builder, JoinHandle, park_timeout};
use std::time::Duration;

use egui::Context;
use jukebox_model::piece::Part;

use super::catalogue;
use super::control::Control;
use crate::audio::player::parts::MOST_PARTS;
use crate::params::JukeboxParams;
use crate::shared::Shared;

/// How often is looked.
const OFTEN: Duration = Duration::from_millis(40);

/// The watching thread of an open window. It ends when this is dropped.
pub struct Watch {
    seen: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Has a window drawn again whenever something that it shows has changed.
    ///
    /// Not before the window has been drawn once: some systems lose a picture that is asked for too early.
    pub fn begin(ctx: Context, params: Arc<JukeboxParams>, shared: Arc<Shared>) -> Self {
        let (seen, over) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let (last, ends) = (Arc::clone(&seen), Arc::clone(&over));
        let watch = move || {
            let (band, mut words) = (band(), Vec::new());
            let controls = controls(&params, &band);
            while !ends.load(Acquire) {
                park_timeout(OFTEN);
                // Asked for again until it is drawn: a request may cross one of the window's own.
                if stamp(&controls, &shared, &mut words) != last.load(Relaxed) {
                    ctx.request_repaint();
                }
            }
        };
        let thread = Builder::new().name("window watch".to_owned()).spawn(watch).ok();
        Self { seen, over, thread }
    }

    /// Whether there is a thread that watches.
    pub fn is_watching(&self) -> bool {
        self.thread.is_some()
    }

    /// Takes note that the window shows things as they are now.
    pub fn drawn(&self, params: &JukeboxParams, shared: &Shared) {
        let band = band();
        let now = stamp(&controls(params, &band), shared, &mut Vec::new());
        self.seen.store(now, Relaxed);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.store(true, Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

fn band() -> Vec<Part> {
    vec![Part::default(); MOST_PARTS]
}

fn controls<'a>(params: &'a JukeboxParams, band: &'a [Part]) -> Vec<&'a dyn Control> {
    let all = catalogue::settings(params, band).into_iter().map(|setting| setting.control);
    all.chain([&params.composition.record as &dyn Control]).collect()
}

/// A number that is another one where something is to be drawn anew.
fn stamp(controls: &[&dyn Control], shared: &Shared, words: &mut Vec<u64>) -> u64 {
    let live = &shared.live;
    words.clear();
    words.extend([
        shared.shown(),
        live.position.load(Relaxed).to_bits(),
        u64::from(live.playing.load(Relaxed)),
        u64::from(live.underruns.load(Relaxed)),
        u64::from(live.seconds.load(Relaxed) >= 1.0),
    ]);
    words.extend(
        controls
            .iter()
            .flat_map(|it| [it.value(), it.moved()].map(|value| u64::from(value.to_bits()))),
    );
    // FNV-1a.
    words.iter().fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(17)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::tests::turn;
    use crate::song::CompositionSettings;

    #[test]
    fn what_a_window_shows_changes_the_stamp_and_nothing_else_does() {
        let mut rig = crate::conductor::tests::rig::Rig::new();
        rig.stop(0.0);
        let params = JukeboxParams::new(Arc::clone(&rig.shared));
        let band = band();
        let now = |shared: &Shared| stamp(&controls(&params, &band), shared, &mut Vec::new());
        let first = now(&rig.shared);
        rig.stop(0.0);
        rig.settle();
        assert_eq!(now(&rig.shared), first, "nothing has happened");
        turn(&params, "density", "20 %");
        let denser = now(&rig.shared);
        assert_ne!(denser, first);
        turn(&params, "density", "0 %");
        assert_eq!(now(&rig.shared), first);
        rig.settings = CompositionSettings { length: 4, ..CompositionSettings::default() };
        rig.stop(0.0);
        let looped = now(&rig.shared);
        assert_ne!(looped, first, "another song");
        rig.shared.live.position.store(7.5, Relaxed);
        assert_ne!(now(&rig.shared), looped);
    }
}
