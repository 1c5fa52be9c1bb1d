//! The notes of one block, into the plugin and out of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, ensure};
use vst3::Class;
use vst3::Steinberg::Vst::Event_::EventTypes_::{kNoteOffEvent, kNoteOnEvent};
use vst3::Steinberg::Vst::NoteOnEvent;
use vst3::Steinberg::Vst::{Event, Event__type0, IEventList, IEventListTrait, NoteOffEvent};
use vst3::Steinberg::{kInvalidArgument, kResultFalse, kResultOk, tresult};

use crate::notes::NoteEvent;

/// A list of events, with room for those of one block.
pub(crate) struct Events(Mutex<Vec<Event>>);

impl Class for Events {
    type Interfaces = (IEventList,);
}

impl Events {
    const CAPACITY: usize = 4096;

    pub fn new() -> Self {
        Self(Mutex::new(Vec::with_capacity(Self::CAPACITY)))
    }

    /// Adds a key that goes down or up at the block's start.
    pub fn key(&self, key: u8, down: bool) {
        let (channel, pitch, tuning, note_id) = (0, i16::from(key), 0.0, -1);
        let (kind, note) = if down {
            let velocity = 100.0 / 127.0;
            let on = NoteOnEvent { channel, pitch, tuning, velocity, length: 0, noteId: note_id };
            (kNoteOnEvent, Event__type0 { noteOn: on })
        } else {
            let off = NoteOffEvent { channel, pitch, velocity: 0.0, noteId: note_id, tuning };
            (kNoteOffEvent, Event__type0 { noteOff: off })
        };
        self.lock().push(Event {
            busIndex: 0,
            sampleOffset: 0,
            ppqPosition: 0.0,
            flags: 0,
            r#type: kind as u16,
            __field0: note,
        });
    }

    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Takes the notes out of the list, for a block of `frames` samples that begins at a sample.
    ///
    /// # Errors
    /// Where there is what is no note, is out of order or lies outside the block.
    pub fn take(&self, start: u64, frames: u32) -> Result<Vec<NoteEvent>> {
        let mut events = self.lock();
        let mut notes: Vec<NoteEvent> = Vec::with_capacity(events.len());
        for event in events.drain(..) {
            let offset = u32::try_from(event.sampleOffset).ok().filter(|&offset| offset < frames);
            let offset = offset.with_context(|| {
                format!("an event at sample {} of a block of {frames}", event.sampleOffset)
            })?;
            let sample = start + u64::from(offset);
            let in_order = notes.last().is_none_or(|last| last.sample <= sample);
            ensure!(in_order && event.busIndex == 0, "an event out of order, or of another bus");
            notes.push(note(&event, sample).context("an event that is no note")?);
        }
        Ok(notes)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn note(event: &Event, sample: u64) -> Option<NoteEvent> {
    let kind = u32::from(event.r#type);
    let (on, channel, pitch, velocity) = if kind == kNoteOnEvent as u32 {
        // SAFETY: the event's type says which field holds.
        let note = unsafe { event.__field0.noteOn };
        (true, note.channel, note.pitch, note.velocity)
    } else if kind == kNoteOffEvent as u32 {
        // SAFETY: as above.
        let note = unsafe { event.__field0.noteOff };
        (false, note.channel, note.pitch, note.velocity)
    } else {
        return None;
    };
    let (channel, key) = (u16::try_from(channel).ok()?, u16::try_from(pitch).ok()?);
    Some(NoteEvent { sample, on, channel, key, velocity: f64::from(velocity) })
}

impl IEventListTrait for Events {
    unsafe fn getEventCount(&self) -> i32 {
        self.lock().len() as i32
    }

    unsafe fn getEvent(&self, index: i32, event: *mut Event) -> tresult {
        let events = self.lock();
        let Some(found) = usize::try_from(index).ok().and_then(|index| events.get(index)) else {
            return kInvalidArgument;
        };
        // SAFETY: by the interface's contract the pointer is to an event of the caller's.
        unsafe { event.write(*found) };
        kResultOk
    }

    unsafe fn addEvent(&self, event: *mut Event) -> tresult {
        let mut events = self.lock();
        if events.len() == Self::CAPACITY {
            return kResultFalse;
        }
        // SAFETY: by the interface's contract the pointer is to an event of the caller's.
        events.push(unsafe { event.read() });
        kResultOk
    }
}
