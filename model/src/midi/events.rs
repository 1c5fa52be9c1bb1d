//! A track's events, read as forgivingly as files need it.

use midly::num::u28;
use midly::{EventIter, MetaMessage, TrackEvent, TrackEventKind};

/// The events of a track up to its end, or to the first that cannot be read.
///
/// Beyond what midly forgives, a status holds across meta events, as many writers have it, and a meta
/// event whose contents midly refuses (a key signature of one byte, an SMPTE offset out of range) is
/// passed over by its length.
pub(super) struct Events<'a> {
    inner: EventIter<'a>,
    status: Option<u8>,
}

impl<'a> Events<'a> {
    pub fn new(track: &'a [u8]) -> Self {
        Self { inner: EventIter::new(track), status: None }
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = TrackEvent<'a>;

    fn next(&mut self) -> Option<TrackEvent<'a>> {
        let unread = self.inner.unread();
        let event = match self.inner.next() {
            Some(Ok(event)) => event,
            Some(Err(_)) | None => {
                let (event, rest) = pass_over_meta(unread)?;
                self.inner = EventIter::new(rest);
                event
            }
        };
        self.status = self.inner.running_status().or(self.status);
        *self.inner.running_status_mut() = self.status;
        Some(event)
    }
}

/// A meta event with its contents unread, and what follows it.
fn pass_over_meta(track: &[u8]) -> Option<(TrackEvent<'_>, &[u8])> {
    let (delta, rest) = variable_length(track)?;
    let [0xff, kind, rest @ ..] = rest else {
        return None;
    };
    let (length, rest) = variable_length(rest)?;
    let (data, rest) = rest.split_at_checked(length as usize)?;
    let kind = TrackEventKind::Meta(MetaMessage::Unknown(*kind, data));
    Some((TrackEvent { delta: u28::new(delta), kind }, rest))
}

/// A variable-length quantity of at most four bytes, and what follows it.
fn variable_length(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let length = 1 + bytes.iter().take(4).position(|byte| byte & 0x80 == 0)?;
    let (digits, rest) = bytes.split_at(length);
    let value = digits.iter().fold(0, |value, digit| value << 7 | u32::from(digit & 0x7f));
    Some((value, rest))
}
