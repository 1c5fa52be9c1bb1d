//! The notes that sound, as they were emitted: whatever changes meanwhile, each gets its own
//! note-off.

use super::PlayerEvent;
use super::song_clock::Segment;

/// Most notes that sound at once. One more releases the one that would end first.
const MOST: usize = 128;

#[derive(Clone, Copy, Debug, Default)]
struct Note {
    channel: u8,
    key: u8,
    /// The fine tick of the release.
    release: i64,
}

/// The table of sounding notes, those that end first last.
#[derive(Debug)]
pub struct Sounding {
    notes: [Note; MOST],
    count: usize,
}

impl Default for Sounding {
    fn default() -> Self {
        Self { notes: [Note::default(); MOST], count: 0 }
    }
}

impl Sounding {
    /// Notes a key that went down, to be released at a fine tick.
    pub fn add(
        &mut self,
        channel: u8,
        key: u8,
        release: i64,
        timing: u32,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) {
        if self.count == MOST {
            self.release(MOST - 1, timing, out);
            // A host that takes no event now takes none of its own notes' ends either; the oldest
            // is given up rather than the table overrun.
            self.count = self.count.min(MOST - 1);
        }
        let place = self.notes[..self.count].partition_point(|note| note.release >= release);
        self.notes.copy_within(place..self.count, place + 1);
        self.notes[place] = Note { channel, key, release };
        self.count += 1;
    }

    /// Releases the notes that end at or before a fine tick, in order.
    pub fn release_until(
        &mut self,
        fine: i64,
        segment: &Segment,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) {
        while let Some(note) = self.notes[..self.count].last()
            && note.release <= fine
        {
            if !self.release(self.count - 1, segment.sample_of(note.release), out) {
                return;
            }
        }
    }

    /// Releases a key that is about to start again.
    pub fn release_key(
        &mut self,
        channel: u8,
        key: u8,
        timing: u32,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) {
        let same = |note: &Note| note.channel == channel && note.key == key;
        if let Some(index) = self.notes[..self.count].iter().position(same) {
            self.release(index, timing, out);
        }
    }

    /// Releases everything at a sample.
    pub fn release_all(&mut self, timing: u32, out: &mut impl FnMut(PlayerEvent) -> bool) {
        for note in &mut self.notes[..self.count] {
            // Whatever the host does not take now is overdue wherever the song goes on.
            note.release = i64::MIN;
        }
        while self.count > 0 && self.release(self.count - 1, timing, out) {}
    }

    /// Sends the note-off of the note at an index and forgets the note, unless the host did not
    /// take it.
    fn release(
        &mut self,
        index: usize,
        timing: u32,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) -> bool {
        let Note { channel, key, .. } = self.notes[index];
        let taken = out(PlayerEvent::NoteOff { timing, channel, key });
        if taken {
            self.notes.copy_within(index + 1..self.count, index);
            self.count -= 1;
        }
        taken
    }
}
