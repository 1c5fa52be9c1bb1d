//! The notes that were rendered lately. A setting that moves onsets while the song plays may put a note that
//! has sounded ahead of the playhead again: it must not sound twice.

use jukebox_model::piece::Note;

use super::rendering::{MOST_EARLY, MOST_LATE, RenderedNote};
use super::song_clock::FINE;

/// As many notes as are remembered. Onsets move by less than a quarter note.
const MOST: usize = 256;
/// Ticks by which the onsets of two notes lie apart at most, where the later one sounds first.
const REACH: u32 = ((MOST_LATE + MOST_EARLY) / FINE) as u32 + 1;

#[derive(Clone, Copy, Debug)]
struct Memory {
    onset: u32,
    part: u8,
    pitch: u8,
    /// Channel and key, where it was not left out.
    key: Option<(u8, u8)>,
}

/// The notes of a pass whose turn has been, newest last; the oldest make room.
#[derive(Debug)]
pub struct RecentNotes {
    notes: [Memory; MOST],
    /// Notes since the pass began.
    count: usize,
    pass: u64,
}

impl Default for RecentNotes {
    fn default() -> Self {
        Self { notes: [Memory { onset: 0, part: 0, pitch: 0, key: None }; MOST], count: 0, pass: 0 }
    }
}

impl RecentNotes {
    /// Forgets everything where the song has jumped.
    pub fn turn_to(&mut self, pass: u64) {
        if self.pass != pass {
            (self.pass, self.count) = (pass, 0);
        }
    }

    /// Remembers a note, and how it was heard.
    pub fn add(&mut self, note: &Note, rendered: Option<RenderedNote>) {
        let key = rendered.map(|rendered| (rendered.channel, rendered.key));
        let &Note { onset, part, pitch, .. } = note;
        self.notes[self.count % MOST] = Memory { onset, part, pitch, key };
        self.count += 1;
    }

    /// Whether a note has had its turn.
    pub fn has(&self, note: &Note) -> bool {
        self.chord(note).any(|memory| (memory.part, memory.pitch) == (note.part, note.pitch))
    }

    /// Whether a note of the same onset was heard at the same key.
    pub fn doubles(&self, note: &Note, rendered: RenderedNote) -> bool {
        self.chord(note).any(|memory| memory.key == Some((rendered.channel, rendered.key)))
    }

    /// The notes of the same onset. Those that sounded so long ago that none can be among them are
    /// not looked at.
    fn chord(&self, note: &Note) -> impl Iterator<Item = &Memory> + use<'_> {
        let onset = note.onset;
        let remembered = self.count.saturating_sub(MOST)..self.count;
        remembered
            .rev()
            .map(|index| &self.notes[index % MOST])
            .take_while(move |memory| memory.onset + REACH >= onset)
            .filter(move |memory| memory.onset == onset)
    }
}
