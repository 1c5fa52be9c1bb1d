//! Merges the notes of the song and of the input, as if both played on one keyboard. A key that both play
//! sounds once: the one that starts it last holds it, and what the other does to it later is not sent.
//!
//! Runs on the audio thread.

use crate::audio::input::{CHANNELS, InputEvent, KEYS};
use crate::audio::player::PlayerEvent;

/// Who holds a key of a channel down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Holder {
    #[default]
    Nobody,
    Song,
    Input,
    /// The input has let it go, of which the host could not be told yet.
    Overdue,
}

/// What sounds, and who plays it.
#[derive(Debug)]
pub struct NoteMerger {
    holders: [[Holder; CHANNELS as usize]; KEYS as usize],
    /// Whether any key is overdue.
    overdue: bool,
}

impl Default for NoteMerger {
    fn default() -> Self {
        Self { holders: [[Holder::Nobody; CHANNELS as usize]; KEYS as usize], overdue: false }
    }
}

impl NoteMerger {
    /// Begins a block: ends what the host had no room for in the last one.
    pub fn begin_block(&mut self, out: &mut impl FnMut(PlayerEvent) -> bool) {
        if !std::mem::take(&mut self.overdue) {
            return;
        }
        for key in 0..KEYS {
            for channel in 0..CHANNELS {
                if *self.holder(channel, key) == Holder::Overdue {
                    self.end_key(channel, key, 0, out);
                }
            }
        }
    }

    /// Lets go of all keys of the input: their ends will not come, and are sent in the next block.
    pub fn release_input(&mut self) {
        for holder in self.holders.as_flattened_mut() {
            if *holder == Holder::Input {
                *holder = Holder::Overdue;
                self.overdue = true;
            }
        }
    }

    /// Sends an event of the song. Says whether it is done with; a note-off for which the host had no
    /// room is not.
    pub fn send_song(
        &mut self,
        event: PlayerEvent,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) -> bool {
        match event {
            PlayerEvent::NoteOn { channel, key, .. } => {
                self.start_key(Holder::Song, channel, key, event, out)
            }
            PlayerEvent::NoteOff { channel, key, .. } => {
                let holder = self.holder(channel, key);
                if *holder != Holder::Song {
                    return true;
                }
                let taken = out(event);
                if taken {
                    *holder = Holder::Nobody;
                }
                taken
            }
        }
    }

    /// Passes an event of the input on: a start where `thru` says so, an end where the start was passed
    /// on. A host without room loses the starts.
    pub fn send_input(
        &mut self,
        event: &InputEvent,
        thru: bool,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) {
        let timing = event.timing;
        for (channel, key) in event.keys() {
            if let Some(velocity) = event.velocity {
                if thru {
                    let start = PlayerEvent::NoteOn { timing, channel, key, velocity, part: None };
                    self.start_key(Holder::Input, channel, key, start, out);
                }
            } else if *self.holder(channel, key) == Holder::Input {
                self.end_key(channel, key, timing, out);
            }
        }
    }

    /// Starts a key, which ends first where it sounds.
    fn start_key(
        &mut self,
        holder: Holder,
        channel: u8,
        key: u8,
        start: PlayerEvent,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) -> bool {
        let before = self.holder(channel, key);
        let timing = start.timing();
        if *before != Holder::Nobody {
            if !out(PlayerEvent::NoteOff { timing, channel, key }) {
                return false;
            }
            *before = Holder::Nobody;
        }
        let taken = out(start);
        if taken {
            *before = holder;
        }
        taken
    }

    /// Ends a key of the input.
    fn end_key(
        &mut self,
        channel: u8,
        key: u8,
        timing: u32,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) {
        let taken = out(PlayerEvent::NoteOff { timing, channel, key });
        *self.holder(channel, key) = if taken { Holder::Nobody } else { Holder::Overdue };
        self.overdue |= !taken;
    }

    fn holder(&mut self, channel: u8, key: u8) -> &mut Holder {
        &mut self.holders[usize::from(key) % KEYS as usize]
            [usize::from(channel) % CHANNELS as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(timing: u32, velocity: Option<f32>) -> InputEvent {
        InputEvent { timing, channel: Some(0), key: Some(60), velocity }
    }

    fn on(timing: u32, part: Option<u8>) -> PlayerEvent {
        PlayerEvent::NoteOn { timing, channel: 0, key: 60, velocity: 0.5, part }
    }

    fn off(timing: u32) -> PlayerEvent {
        PlayerEvent::NoteOff { timing, channel: 0, key: 60 }
    }

    #[test]
    fn who_strikes_a_key_last_has_it() {
        let mut merger = NoteMerger::default();
        let mut sent = Vec::new();
        let mut out = |event| {
            sent.push(event);
            true
        };
        merger.send_song(on(1, Some(0)), &mut out);
        merger.send_input(&input(2, Some(0.5)), true, &mut out);
        assert!(merger.send_song(off(3), &mut out), "the song is done with its note");
        merger.send_song(on(4, Some(0)), &mut out);
        merger.send_input(&input(5, None), true, &mut out);
        merger.send_song(off(6), &mut out);
        let (song, guest) = (Some(0), None);
        assert_eq!(sent, [on(1, song), off(2), on(2, guest), off(4), on(4, song), off(6)]);
    }

    #[test]
    fn an_end_that_the_host_has_no_room_for_comes_in_the_next_block() {
        let mut merger = NoteMerger::default();
        merger.send_input(&input(1, Some(0.5)), true, &mut |_| true);
        merger.send_input(&input(2, None), true, &mut |_| false);
        merger.begin_block(&mut |_| false);
        let mut sent = Vec::new();
        for _ in 0..2 {
            merger.begin_block(&mut |event| {
                sent.push(event);
                true
            });
        }
        assert_eq!(sent, [off(0)]);
    }

    #[test]
    fn a_key_that_is_let_go_ends_in_the_next_block_and_once() {
        let mut merger = NoteMerger::default();
        merger.send_input(&input(1, Some(0.5)), true, &mut |_| true);
        merger.release_input();
        let mut sent = Vec::new();
        let mut out = |event| {
            sent.push(event);
            true
        };
        merger.begin_block(&mut out);
        merger.send_input(&input(2, None), true, &mut out);
        assert_eq!(sent, [off(0)]);
    }

    #[test]
    fn a_start_that_the_host_has_no_room_for_has_no_end() {
        let mut merger = NoteMerger::default();
        merger.send_input(&input(1, Some(0.5)), true, &mut |_| false);
        merger.send_input(&input(2, None), true, &mut |event| panic!("{event:?} ends nothing"));
        assert!(!merger.send_song(on(3, Some(0)), &mut |_| false));
        assert!(merger.send_song(off(4), &mut |event| panic!("{event:?} ends nothing")));
    }
}
