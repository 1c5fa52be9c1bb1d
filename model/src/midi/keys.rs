//! Which release ends which note.
//!
//! A key's notes from the first onset to the release after which none is held are a run. Where a run has
//! as many releases as onsets, the first release is the first note's, and so on: a release that comes
//! after the next onset of its pitch belongs to the older note, which that onset has ended. Where
//! releases are missing, the last one before the next onset ends the note.

use serde::{Deserialize, Serialize};

use super::read::RawNote;
use crate::piece::Tick;

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
    /// The run's notes.
    notes: Vec<u32>,
    releases: Vec<Release>,
}

#[derive(Clone, Copy)]
struct Release {
    at: Tick,
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
        self.key(channel, pitch).notes.push(note);
    }

    /// A key is released; `order` counts the events of the file.
    pub fn release(&mut self, channel: u8, pitch: u8, at: Tick, order: u32, notes: &mut [RawNote]) {
        let rule = self.1;
        let key = self.key(channel, pitch);
        if key.notes.is_empty() {
            return;
        }
        key.releases.push(Release { at, order, after: key.notes.len() as u32 });
        if key.releases.len() == key.notes.len() && rule.is_older() {
            key.settle(notes, rule);
        } else if key.releases.len() == key.notes.len() {
            for (&note, release) in key.notes.iter().zip(&key.releases) {
                notes[note as usize].release(release.at, release.order);
            }
            key.clear();
        }
    }

    /// All keys of a channel are released at once, but those that are struck at that very tick: files have
    /// resets among their first notes.
    pub fn release_all(&mut self, channel: u8, at: Tick, order: u32, notes: &mut [RawNote]) {
        let rule = self.1;
        for pitch in 0..128 {
            let key = self.key(channel, pitch);
            if let Some(&newest) = key.notes.last()
                && (rule.is_older() || notes[newest as usize].onset < at)
            {
                key.settle(notes, rule);
                let newest = &mut notes[newest as usize];
                if !newest.released {
                    newest.release(at, order);
                }
            }
        }
    }

    /// The track has ended: what is held now is never released.
    pub fn settle(&mut self, notes: &mut [RawNote]) {
        let rule = self.1;
        for key in self.0.iter_mut().filter(|key| !key.notes.is_empty()) {
            key.settle(notes, rule);
        }
    }
}

impl Key {
    fn clear(&mut self) {
        self.notes.clear();
        self.releases.clear();
    }

    /// Ends the notes of a run that lacks releases, all but the last one for certain.
    fn settle(&mut self, notes: &mut [RawNote], rule: Releases) {
        let mut releases = self.releases.iter().peekable();
        for (index, &note) in self.notes.iter().enumerate() {
            let next = self.notes.get(index + 1).map(|&next| notes[next as usize]);
            let note = &mut notes[note as usize];
            let mut own = None;
            while let Some(release) = releases.next_if(|it| it.after as usize == index + 1) {
                // At the very onset it is the older note's.
                if release.at > note.onset || index == 0 || rule.is_older() {
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
