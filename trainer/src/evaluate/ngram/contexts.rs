//! The contexts of a choice: numbers for what was chosen before it, each seeing a note or a field more.

use std::hash::Hasher;

use jukebox_model::network::Head;
use jukebox_model::network::rows::Rows;
use jukebox_model::random::splitmix64;
use jukebox_model::vocabulary::NoteEvent;

/// Most notes that a context sees.
pub const MOST_NOTES: usize = 12;
/// Most contexts of a choice: none, the fields before it, and the notes.
pub const MOST_LEVELS: usize = Head::COUNT + MOST_NOTES;

/// The head whose choices a model counts.
#[derive(Clone, Copy, Debug)]
pub struct CountedHead {
    /// The head.
    pub head: Head,
    /// Its entries.
    pub choices: usize,
    /// The heads that choose before it.
    pub before: &'static [Head],
}

impl CountedHead {
    /// A head of a vocabulary.
    pub fn new(head: Head, rows: &Rows) -> Self {
        let before = &rows.choosing()[..rows.order(head)];
        Self { head, choices: rows.choices(head), before }
    }

    /// A head with so many entries, where notes choose no part.
    #[cfg(test)]
    pub fn plain(head: Head, choices: usize) -> Self {
        let all = Head::choosing(false);
        let order = all.iter().position(|it| *it == head).unwrap();
        Self { head, choices, before: &all[..order] }
    }
}

/// The contexts of a choice, from the one that sees nothing on.
pub struct ContextKeys {
    /// Their keys.
    pub keys: [u64; MOST_LEVELS],
    /// How many there are.
    pub levels: usize,
}

impl ContextKeys {
    /// Those of an event of a piece, which see so many notes before it, and how loud these were or not.
    pub fn of(
        head: CountedHead,
        (notes, velocities): (usize, bool),
        piece: &[NoteEvent],
        index: usize,
    ) -> Self {
        let mut contexts = Self { keys: [0; MOST_LEVELS], levels: 1 };
        let mut see = |what: u64| {
            let Self { keys, levels } = &mut contexts;
            // No two contexts of a collection have one key.
            keys[*levels] = splitmix64(keys[*levels - 1] ^ what);
            *levels += 1;
        };
        let event = &piece[index];
        for field in head.before.iter().rev() {
            see(event.chosen(*field).into());
        }
        for before in 1..=notes {
            match index.checked_sub(before) {
                Some(note) => see(packed(&piece[note], velocities)),
                None => {
                    // The start of the piece: nothing lies beyond it.
                    see(u64::MAX);
                    break;
                }
            }
        }
        contexts
    }
}

/// A note as a number: no list of a vocabulary has more than 4096 entries.
fn packed(note: &NoteEvent, velocity: bool) -> u64 {
    let velocity = if velocity { note.velocity } else { 0 };
    let fields = [note.step, note.part, note.pitch, note.duration, velocity];
    fields.into_iter().fold(0, |packed, field| packed << 12 | u64::from(field))
}

/// Keys are scattered already.
#[derive(Default)]
pub struct HashedKeys(u64);

impl Hasher for HashedKeys {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0 << 8 | u64::from(byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}
