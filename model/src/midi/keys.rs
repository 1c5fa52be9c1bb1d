//! Which release ends which note.
//!
//! A key's notes from the first onset to the release after which none is held are a run. Where a run has
//! as many releases as onsets, the first release is the first note's, and so on: a release that comes
//! after the next onset of its pitch belongs to the older note, which that onset has ended. Where
//! releases are missing, the last one before the next onset ends the note.

use serde::{Deserialize, Serialize};

use super::clock::FileClock;
use super::file::RawNote;

/// Which release ends which of several notes on one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Releases {
    /// The last one before the next onset ends the note: how files were read for records without a word of it,
    /// whose pieces are known by their notes.
    #[default]
    LastOff,
    /// First on, first off.
    FirstOff,
}

impl Releases {
    /// Whether it is how older records read their files.
    pub(crate) fn is_older(&self) -> bool {
        *self == Self::LastOff
    }
}

/// What happens on the keys of one track: 16 channels of 128 pitches.
pub(super) struct Keys(Vec<Key>, Releases);

/// A key since it was last at rest.
#[derive(Clone, Default)]
struct Key {
    /// One more than the note that is held, where it is the only one since; else 0.
    alone: u32,
    /// Several notes, held together.
    run: Option<Box<Run>>,
}

/// Notes on one key, from the first onset to the release after which none is held.
#[derive(Clone, Default)]
struct Run {
    notes: Vec<u32>,
    releases: Vec<Release>,
}

#[derive(Clone, Copy)]
struct Release {
    at: u64,
    order: u32,
    /// Onsets before it in its run.
    after: u32,
}

impl Keys {
    pub fn new(rule: Releases) -> Self {
        Self(vec![Key::default(); 16 * 128], rule)
    }

    fn key(&mut self, channel: u8, pitch: u8) -> &mut Key {
        &mut self.0[usize::from(channel) * 128 + usize::from(pitch)]
    }

    /// A note, by its number, begins.
    pub fn press(&mut self, channel: u8, pitch: u8, note: u32) {
        let key = self.key(channel, pitch);
        match (&mut key.run, key.alone) {
            (Some(run), 0) if !run.notes.is_empty() => run.notes.push(note),
            (_, 0) => key.alone = note + 1,
            (run, alone) => {
                run.get_or_insert_default().notes.extend([alone - 1, note]);
                key.alone = 0;
            }
        }
    }

    /// A key is released; `order` counts the events of the file, and `clock` is that of the track.
    pub fn release(
        &mut self,
        channel: u8,
        pitch: u8,
        at: u64,
        order: u32,
        notes: &mut [RawNote],
        clock: &FileClock,
    ) {
        let rule = self.1;
        let key = self.key(channel, pitch);
        if key.alone > 0 {
            notes[std::mem::take(&mut key.alone) as usize - 1].release(at, order);
            return;
        }
        let Some(run) = key.run.as_mut().filter(|run| !run.notes.is_empty()) else { return };
        run.releases.push(Release { at, order, after: run.notes.len() as u32 });
        if run.releases.len() == run.notes.len() && rule.is_older() {
            run.settle(notes, rule, clock);
        } else if run.releases.len() == run.notes.len() {
            for (&note, release) in run.notes.iter().zip(&run.releases) {
                notes[note as usize].release(release.at, release.order);
            }
            run.clear();
        }
    }

    /// All keys of a channel are released at once, but those that are struck at that very tick: files have
    /// resets among their first notes.
    pub fn release_all(
        &mut self,
        channel: u8,
        at: u64,
        order: u32,
        notes: &mut [RawNote],
        clock: &FileClock,
    ) {
        let rule = self.1;
        let tick = clock.place(at).0;
        for pitch in 0..128 {
            let key = self.key(channel, pitch);
            let alone = key.alone.checked_sub(1);
            let newest = alone.or_else(|| key.run.as_ref()?.notes.last().copied());
            let Some(newest) = newest.map(|it| it as usize) else { continue };
            if !rule.is_older() && clock.place(notes[newest].onset).0 >= tick {
                continue;
            }
            key.settle(notes, rule, clock);
            if !notes[newest].released {
                notes[newest].release(at, order);
            }
        }
    }

    /// The track has ended: what is held now is never released.
    pub fn settle(&mut self, notes: &mut [RawNote], clock: &FileClock) {
        let rule = self.1;
        for key in &mut self.0 {
            key.settle(notes, rule, clock);
        }
    }
}

impl Key {
    fn settle(&mut self, notes: &mut [RawNote], rule: Releases, clock: &FileClock) {
        self.alone = 0;
        if let Some(run) = self.run.as_mut().filter(|run| !run.notes.is_empty()) {
            run.settle(notes, rule, clock);
        }
    }
}

impl Run {
    fn clear(&mut self) {
        self.notes.clear();
        self.releases.clear();
    }

    /// Ends the notes of a run that lacks releases, all but the last one for certain.
    fn settle(&mut self, notes: &mut [RawNote], rule: Releases, clock: &FileClock) {
        let mut releases = self.releases.iter().peekable();
        for (index, &note) in self.notes.iter().enumerate() {
            let next = self.notes.get(index + 1).map(|&next| notes[next as usize]);
            let note = &mut notes[note as usize];
            let mut own = None;
            while let Some(release) = releases.next_if(|it| it.after as usize == index + 1) {
                // At the very tick of the onset it is the older note's.
                let later = || clock.place(release.at).0 > clock.place(note.onset).0;
                if index == 0 || rule.is_older() || later() {
                    own = Some(release);
                }
            }
            match (own, next) {
                (Some(own), _) => note.release(own.at, own.order),
                (None, Some(next)) => note.release(next.onset, next.order),
                (None, None) => {}
            }
        }
        self.clear();
    }
}
