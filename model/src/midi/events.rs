//! A track's events, read as forgivingly as files need it.
//!
//! What breaks a rule of the format is read the way most other programs do: a data byte of 128 or more
//! is 127, a status that has no place in a file is passed over with its data, a status holds across meta
//! and system events, a meta event keeps its own length whatever it holds. [`Faults`] counts each.

/// What a track says at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TrackEvent<'a> {
    /// A key goes down, or up where the velocity is 0.
    Note { channel: u8, pitch: u8, velocity: u8 },
    /// A controller takes a value.
    Control { channel: u8, number: u8, value: u8 },
    /// A channel takes an instrument.
    Program { channel: u8, program: u8 },
    /// A meta event, its data as they are.
    Meta { kind: u8, data: &'a [u8] },
    /// A system exclusive message: its bytes after F0, F7 at the end included.
    Exclusive { data: &'a [u8] },
    /// What says nothing of notes: pressure, bends, pieces of system exclusive messages.
    Other,
}

/// Meta event: the end of a track.
pub(super) const END_OF_TRACK: u8 = 0x2f;

/// What in a track breaks the rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Faults {
    /// Data bytes of 128 and more.
    pub clamped: usize,
    /// Status bytes that have no place in a file, and data that belong to no status.
    pub stray: usize,
}

/// The events of a track with their times from its start, up to the last that can be read.
pub(super) struct Events<'a> {
    rest: &'a [u8],
    at: u64,
    /// The channel message that data without a status belong to.
    status: Option<u8>,
    faults: Faults,
}

impl<'a> Events<'a> {
    pub fn new(track: &'a [u8]) -> Self {
        Self { rest: track, at: 0, status: None, faults: Faults::default() }
    }

    /// What was found so far.
    pub fn faults(&self) -> Faults {
        self.faults
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    fn data(&mut self) -> Option<u8> {
        let byte = self.byte()?;
        self.faults.clamped += usize::from(byte > 127);
        Some(byte.min(127))
    }

    /// A variable-length quantity. The format allows four bytes; leading zeros may make it longer.
    #[inline]
    fn quantity(&mut self) -> Option<u32> {
        // Nearly all have one byte or two.
        match *self.rest {
            [byte @ 0..=127, ref rest @ ..] => {
                self.rest = rest;
                Some(byte.into())
            }
            [high, low @ 0..=127, ref rest @ ..] => {
                self.rest = rest;
                Some(u32::from(high & 127) * 128 + u32::from(low))
            }
            _ => self.long_quantity(),
        }
    }

    fn long_quantity(&mut self) -> Option<u32> {
        let mut value: u32 = 0;
        loop {
            let byte = self.byte()?;
            value = value.saturating_mul(128).saturating_add(u32::from(byte & 127));
            if byte < 128 {
                return Some(value);
            }
        }
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (data, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(data)
    }

    fn channel_message(&mut self, status: u8) -> Option<TrackEvent<'a>> {
        self.status = Some(status);
        let channel = status & 15;
        let first = self.data()?;
        Some(match status >> 4 {
            0x8 => {
                self.data()?;
                TrackEvent::Note { channel, pitch: first, velocity: 0 }
            }
            0x9 => TrackEvent::Note { channel, pitch: first, velocity: self.data()? },
            0xb => TrackEvent::Control { channel, number: first, value: self.data()? },
            0xc => TrackEvent::Program { channel, program: first },
            0xd => TrackEvent::Other,
            _ => {
                self.data()?;
                TrackEvent::Other
            }
        })
    }

    fn meta(&mut self) -> Option<TrackEvent<'a>> {
        let kind = self.byte()?;
        let length = self.quantity()? as usize;
        let data = match self.take(length) {
            Some(data) => data,
            None => {
                self.faults.stray += 1;
                self.take(usual_length(kind)?)?
            }
        };
        if kind == END_OF_TRACK {
            // What follows is no part of the track, unless a status says that it is.
            self.status = None;
        }
        Some(TrackEvent::Meta { kind, data })
    }

    /// The bytes of a system exclusive message: by its length, or else up to the byte that ends one.
    fn exclusive(&mut self) -> Option<&'a [u8]> {
        let start = self.rest;
        let length = self.quantity()? as usize;
        if let Some(data) = self.take(length) {
            return Some(data);
        }
        self.faults.stray += 1;
        let end = start.iter().position(|&byte| byte == 0xf7)?;
        self.rest = &start[end + 1..];
        Some(&start[..=end])
    }

    /// Passes over a message that has no place in a file, with its data, and those right after it.
    fn stray(&mut self, status: u8) {
        self.faults.stray += 1;
        let data = match status {
            0xf1 | 0xf3 => 1,
            0xf2 => 2,
            _ => 0,
        };
        let data = self.rest.iter().take(data).take_while(|&&byte| byte < 128).count();
        let more = self.rest[data..].iter().take_while(|&&byte| (0xf1..0xff).contains(&byte));
        let more = more.filter(|&&byte| byte != 0xf7).count();
        self.faults.stray += more;
        self.rest = &self.rest[data + more..];
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = (u64, TrackEvent<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.at += u64::from(self.quantity()?);
            // What most of a file is: notes that break no rule. They are told from the rest here, and not by
            // `channel_message`, so that they need not be copied once more.
            let (status, data) = match (*self.rest.first()?, self.status) {
                (0..=0x7f, Some(status)) => (status, self.rest),
                (status, _) => (status, &self.rest[1..]),
            };
            if let (0x80..=0x9f, &[pitch @ 0..=127, velocity @ 0..=127, ref rest @ ..]) =
                (status, data)
            {
                (self.status, self.rest) = (Some(status), rest);
                let velocity = if status < 0x90 { 0 } else { velocity };
                let channel = status & 15;
                return Some((self.at, TrackEvent::Note { channel, pitch, velocity }));
            }
            let event = match (*self.rest.first()?, self.status) {
                (0..=0x7f, Some(status)) => self.channel_message(status)?,
                (status, _) => {
                    self.byte()?;
                    match status {
                        0..=0x7f => {
                            self.faults.stray += 1;
                            continue;
                        }
                        0x80..=0xef => self.channel_message(status)?,
                        0xf0 => TrackEvent::Exclusive { data: self.exclusive()? },
                        0xf7 => {
                            self.exclusive()?;
                            TrackEvent::Other
                        }
                        0xff => self.meta()?,
                        _ => {
                            self.stray(status);
                            continue;
                        }
                    }
                }
            };
            return Some((self.at, event));
        }
    }
}

/// Length of a meta event that has only one.
fn usual_length(kind: u8) -> Option<usize> {
    match kind {
        END_OF_TRACK => Some(0),
        0x20 | 0x21 => Some(1),
        0x00 | 0x59 => Some(2),
        0x51 => Some(3),
        0x58 => Some(4),
        0x54 => Some(5),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(track: &[u8]) -> (Vec<(u64, u8, u8)>, Faults) {
        let mut events = Events::new(track);
        let mut found = Vec::new();
        for (at, event) in events.by_ref() {
            if let TrackEvent::Note { pitch, velocity, .. } = event {
                found.push((at, pitch, velocity));
            }
        }
        (found, events.faults())
    }

    #[test]
    fn data_out_of_range_are_the_highest() {
        let (found, faults) = notes(&[0, 0xb0, 7, 128, 0, 0x90, 60, 200, 4, 60, 0]);
        assert_eq!(found, [(0, 60, 127), (4, 60, 0)]);
        assert_eq!(faults, Faults { clamped: 2, stray: 0 });
    }

    #[test]
    fn system_messages_are_passed_over_with_their_data() {
        for system in [&[0xf1, 5][..], &[0xf2, 1, 2], &[0xf3, 0], &[0xf4], &[0xf8], &[0xfe]] {
            let track = [&[0, 0x90, 60, 80, 2][..], system, &[2, 60, 0]].concat();
            let (found, faults) = notes(&track);
            assert_eq!(found, [(0, 60, 80), (4, 60, 0)], "{system:x?}");
            assert_eq!(faults, Faults { clamped: 0, stray: 1 }, "{system:x?}");
        }
        let (found, faults) = notes(&[0, 0xf8, 0xf8, 0xf4, 3, 0x90, 60, 80]);
        assert_eq!((found, faults.stray), (vec![(3, 60, 80)], 3));
    }

    #[test]
    fn lengths_beyond_the_track_do_not_end_it() {
        let meta = [0, 0xff, 0x51, 0x7f, 7, 0xa1, 0x20, 1, 0x90, 60, 80];
        assert_eq!(notes(&meta).0, [(1, 60, 80)]);
        let exclusive = [0, 0xf0, 0x41, 0x10, 0x42, 0xf7, 1, 0x90, 60, 80];
        assert_eq!(notes(&exclusive).0, [(1, 60, 80)]);
    }

    #[test]
    fn after_the_end_of_a_track_only_a_status_begins_an_event() {
        let end = [0, 0x90, 60, 80, 0, 0xff, 0x2f, 0];
        let words = [&end[..], b"Made by somebody"].concat();
        assert_eq!(notes(&words).0, [(0, 60, 80)]);
        let more = [&end[..], &[5, 0x80, 60, 0]].concat();
        assert_eq!(notes(&more).0, [(0, 60, 80), (5, 60, 0)]);
    }

    #[test]
    fn a_time_may_be_written_with_leading_zeros() {
        assert_eq!(notes(&[0x80, 0x80, 0x80, 0x80, 9, 0x90, 60, 80]).0, [(9, 60, 80)]);
    }
}
