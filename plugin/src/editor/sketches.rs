//! Takes that are composed to be looked at or exported, not to be played, beside the conductor: on a thread that ends
//! with its work, or soon after the window does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use jukebox_model::composer::Composer;
use jukebox_model::meter::Meter;
use jukebox_model::record::Record;

use crate::shared::Score;
use crate::song::{
    Band, CompositionSettings, Edits, HeardInput, Progress, RecordName, Rounds, SheetByHand, Song,
};

/// What takes are composed with.
#[derive(Clone)]
pub struct Brief {
    /// The record.
    pub record: Arc<Record>,
    /// All that is asked for but the take.
    pub settings: CompositionSettings,
    /// What was written of the sheet.
    pub written: SheetByHand,
    /// What was heard on the input.
    pub input: HeardInput,
    /// The meter of all bars.
    pub meter: Meter,
    /// Bars of each take.
    pub bars: usize,
}

/// Takes on their way.
pub struct Sketches {
    finished: Receiver<(u32, Score)>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sketches {
    /// Begins with the first of some takes.
    pub fn begin(brief: Brief, takes: Vec<u32>) -> Self {
        let (send, finished) = channel();
        let stop = Arc::<AtomicBool>::default();
        let stopped = Arc::clone(&stop);
        let thread = Builder::new().name("sketches".to_owned());
        // A system that has no threads left has no sketches either.
        let thread = thread.spawn(move || work(&brief, &takes, &send, &stopped)).ok();
        Self { finished, stop, thread }
    }

    /// The next take that is finished; none any more once they were stopped.
    pub fn next(&self) -> Option<(u32, Score)> {
        self.finished.try_recv().ok().filter(|_| !self.stop.load(Ordering::Relaxed))
    }

    /// Ends them after the bars in progress, without waiting.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether nothing more will come.
    pub fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Sketches {
    /// Waits for the bars in progress: no thread outlives the plugin.
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(brief: &Brief, takes: &[u32], finished: &Sender<(u32, Score)>, stop: &AtomicBool) {
    let mut composer = Composer::new(Arc::clone(&brief.record));
    for &take in takes {
        let Some(score) = compose(brief, take, &mut composer, stop) else { return };
        if finished.send((take, score)).is_err() {
            return;
        }
    }
}

/// A take as an instance plays it that begins with it; `None` where it was stopped.
fn compose(brief: &Brief, take: u32, composer: &mut Composer, stop: &AtomicBool) -> Option<Score> {
    let Brief { record, settings, written, input, meter, bars } = brief;
    let mut settings = *settings;
    settings.notes.take = take;
    let band = Band::of(record);
    let name = RecordName {
        name: record.receipt().name.clone(),
        hash: record.hash().to_owned(),
        path: None,
        band: band.clone(),
    };
    let (sheet, input) = (written.clone(), input.clone());
    let edits = Arc::new(Edits { sheet, input, ..Edits::default() });
    let mut song = Song { record: name, edits, ..Song::default() };
    song.hear_meter(0, *meter);
    song.restart(settings);
    let mut rounds = Rounds::default();
    while song.take.bars().len() < *bars {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        if song.compose_next(Some(composer), &mut rounds) == Progress::Nothing {
            break;
        }
    }
    Some(Score { bars: song.sounding(), band, ..Score::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jukebox_model::meter::BarSlot;
    use jukebox_model::piece::Note;
    use jukebox_model::take::Bar;

    use crate::conductor::tests::rig::{self, Rig};

    fn brief(record: Arc<Record>, settings: CompositionSettings) -> Brief {
        let (written, input) = (SheetByHand::default(), HeardInput::default());
        Brief { record, settings, written, input, meter: Meter::COMMON, bars: 1 }
    }

    fn all(sketches: &Sketches) -> Vec<(u32, Score)> {
        let mut found = Vec::new();
        while !sketches.is_over() {
            found.extend(sketches.next());
        }
        found.extend(std::iter::from_fn(|| sketches.next()));
        found
    }

    #[test]
    fn sketches_are_what_an_instance_plays() {
        for length in [0, 4] {
            let mut rig = Rig::new();
            let settings = CompositionSettings { length, ..CompositionSettings::default() };
            let record = Arc::clone(&rig.record);
            let brief = Brief { bars: 6, ..brief(record, settings) };
            let sketches = all(&Sketches::begin(brief, vec![3, 9]));
            assert_eq!(sketches.iter().map(|it| it.0).collect::<Vec<_>>(), [3, 9]);
            for (take, score) in sketches {
                rig.settings = settings;
                rig.notes.take = take;
                rig.stop(0.0);
                let notes: Vec<_> = score.bars.iter().map(|bar| bar.notes.clone()).collect();
                assert_eq!(notes, rig.notes()[..6], "take {take}, length {length}");
            }
        }
    }

    #[test]
    fn sketches_play_to_what_was_heard() {
        let record = Arc::new(rig::band(3));
        let settings = CompositionSettings { heard_as: 1, ..CompositionSettings::default() };
        let note = Note { onset: 12, part: 0, pitch: 67, duration: 24, velocity: 90 };
        let slot = BarSlot::default();
        let bar = Bar { slot, end: slot.end(), notes: vec![note], ..Bar::default() };
        let parts = Arc::new([((0, 0), Arc::new(bar))].into());
        let input = HeardInput { parts, ..HeardInput::default() };
        let brief = Brief { bars: 2, input, ..brief(record, settings) };
        for (take, score) in all(&Sketches::begin(brief, vec![3, 9])) {
            let heard =
                |bar: &Arc<Bar>| bar.notes.iter().filter(|it| it.part == 0).copied().collect();
            let notes: Vec<Vec<Note>> = score.bars.iter().map(heard).collect();
            assert_eq!(notes, [vec![note], vec![]], "take {take}");
        }
    }

    #[test]
    fn a_window_that_closes_waits_for_no_more_than_a_step() {
        let record = Arc::clone(&Rig::new().record);
        let settings = CompositionSettings::default();
        let brief = Brief { bars: 10_000, ..brief(record, settings) };
        // Hours of work; the test ends all the same.
        drop(Sketches::begin(brief, (1..1000).collect()));
    }
}
