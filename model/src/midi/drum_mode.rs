//! Which channels play drums, by the file's own word.
//!
//! Channel 10 does, as General MIDI has it. Others do from a message of Roland's GS ("use for rhythm part",
//! address 40 1x 15) or Yamaha's XG (part mode, address 08 nn 07) on, which may also give channel 10 pitches; and
//! by the banks that XG (126, 127) and General MIDI 2 (120) keep for drums, from the next program on. Resets of
//! GM, GS and XG bring back what was at first. A file that resets to GS and never to XG has other instruments in
//! these banks.

use super::DRUM_CHANNEL;
use super::file::RawNote;

/// What is said of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// Its mode: drums or not.
    Mode(bool),
    /// Whether its bank is one of drums.
    Bank(bool),
    /// All channels are as at first.
    Reset,
}

#[derive(Clone, Copy, Debug)]
struct Said {
    at: u64,
    channel: u8,
    word: Word,
}

/// What a file says of drums, in the order of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct DrumModes {
    said: Vec<Said>,
    /// The bank that each channel has been given, for its next program.
    banks: [u8; 16],
    /// Whether the bank of each channel's program is one of drums.
    drum_banks: [bool; 16],
    gs: bool,
    xg: bool,
}

impl DrumModes {
    /// Takes a system exclusive message into account: its bytes after F0.
    pub fn exclusive(&mut self, at: u64, message: &[u8]) {
        let (channel, word) = match *message {
            [0x41, _, 0x42, 0x12, 0x40, block @ 0x10..=0x1f, 0x15, mode, ..] => {
                let channel = match block & 15 {
                    0 => DRUM_CHANNEL,
                    part @ 1..=9 => part - 1,
                    part => part,
                };
                (channel, Word::Mode(mode > 0))
            }
            [0x43, 0x10..=0x1f, 0x4c, 0x08, part @ 0..16, 0x07, mode, ..] => {
                (part, Word::Mode(mode > 0))
            }
            [0x41, _, 0x42, 0x12, 0x40, 0x00, 0x7f, 0x00, ..] => {
                self.gs = true;
                (0, Word::Reset)
            }
            [0x43, 0x10..=0x1f, 0x4c, 0x00, 0x00, 0x7e, 0x00, ..] => {
                self.xg = true;
                (0, Word::Reset)
            }
            [0x7e, _, 0x09, 1 | 3, ..] => (0, Word::Reset),
            _ => return,
        };
        self.said.push(Said { at, channel, word });
    }

    /// A channel is given a bank, by controller 0.
    pub fn bank(&mut self, channel: u8, bank: u8) {
        self.banks[usize::from(channel)] = bank;
    }

    /// A channel is given a program, of the bank that it was given before.
    pub fn program(&mut self, at: u64, channel: u8) {
        let index = usize::from(channel);
        let drums = matches!(self.banks[index], 120 | 126 | 127);
        let had_drums = std::mem::replace(&mut self.drum_banks[index], drums);
        if drums || had_drums {
            self.said.push(Said { at, channel, word: Word::Bank(drums) });
        }
    }

    /// Says of each note whether it is a drum hit; at first the channel told. What is said at the tick of an
    /// onset, in whatever track, counts for it.
    pub fn apply(mut self, notes: &mut [RawNote]) {
        let gs = self.gs && !self.xg;
        self.said.retain(|it| !(gs && matches!(it.word, Word::Bank(_))));
        if self.said.iter().all(|it| it.word == Word::Reset) {
            return;
        }
        self.said.sort_by_key(|it| it.at);
        let mut states = [(false, false); 16];
        states[usize::from(DRUM_CHANNEL)].0 = true;
        let first = states;
        // When each channel begins to be one or the other.
        let mut changes: [Vec<(u64, bool)>; 16] = Default::default();
        for Said { at, channel, word } in self.said {
            let channels = if word == Word::Reset { 0..16 } else { channel..channel + 1 };
            for channel in channels.map(usize::from) {
                let was = states[channel].0 || states[channel].1;
                match word {
                    Word::Mode(true) => states[channel].0 = true,
                    Word::Mode(false) => states[channel] = (false, false),
                    Word::Bank(drums) => states[channel].1 = drums,
                    Word::Reset => states[channel] = first[channel],
                }
                let is = states[channel].0 || states[channel].1;
                if is != was {
                    changes[channel].push((at, is));
                }
            }
        }
        for note in notes {
            let of_channel = &changes[usize::from(note.channel)];
            let before = of_channel.partition_point(|&(at, _)| at <= note.onset);
            if let Some(&(_, drums)) = of_channel[..before].last() {
                note.drums = drums;
            }
        }
    }
}
