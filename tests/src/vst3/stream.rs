//! The stream through which a plugin saves and loads its state.

use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

use vst3::Steinberg::IBStream_::IStreamSeekMode_::{kIBSeekCur, kIBSeekEnd, kIBSeekSet};
use vst3::Steinberg::{IBStream, IBStreamTrait, kInvalidArgument, kResultOk, tresult};
use vst3::{Class, ComWrapper};

/// Bytes in memory, and a place in them.
#[derive(Default)]
pub(crate) struct Stream(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    bytes: Vec<u8>,
    place: usize,
}

impl Class for Stream {
    type Interfaces = (IBStream,);
}

impl Stream {
    /// A stream that stands at the start of these bytes.
    pub fn new(bytes: Vec<u8>) -> ComWrapper<Self> {
        ComWrapper::new(Self(Mutex::new(Inner { bytes, place: 0 })))
    }

    /// All bytes.
    pub fn bytes(&self) -> Vec<u8> {
        self.with(|inner| inner.bytes.clone())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl IBStreamTrait for Stream {
    unsafe fn read(&self, buffer: *mut c_void, length: i32, read: *mut i32) -> tresult {
        let Ok(length) = usize::try_from(length) else { return kInvalidArgument };
        self.with(|inner| {
            let rest = &inner.bytes[inner.place.min(inner.bytes.len())..];
            let length = length.min(rest.len());
            // SAFETY: the caller's buffer holds at least as many bytes as it asks for.
            unsafe { buffer.cast::<u8>().copy_from_nonoverlapping(rest.as_ptr(), length) };
            inner.place += length;
            tell_back(read, length as i32);
            kResultOk
        })
    }

    unsafe fn write(&self, buffer: *mut c_void, length: i32, written: *mut i32) -> tresult {
        let Ok(count) = usize::try_from(length) else { return kInvalidArgument };
        // SAFETY: the caller's buffer holds as many bytes as it says.
        let bytes = unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), count) };
        self.with(|inner| {
            let end = inner.place + count;
            if inner.bytes.len() < end {
                inner.bytes.resize(end, 0);
            }
            inner.bytes[inner.place..end].copy_from_slice(bytes);
            inner.place = end;
        });
        tell_back(written, length);
        kResultOk
    }

    unsafe fn seek(&self, offset: i64, mode: i32, place: *mut i64) -> tresult {
        self.with(|inner| {
            let from = match mode {
                mode if mode == kIBSeekSet as i32 => 0,
                mode if mode == kIBSeekCur as i32 => inner.place as i64,
                mode if mode == kIBSeekEnd as i32 => inner.bytes.len() as i64,
                _ => return kInvalidArgument,
            };
            let Ok(to) = usize::try_from(from + offset) else { return kInvalidArgument };
            inner.place = to;
            tell_back(place, to as i64);
            kResultOk
        })
    }

    unsafe fn tell(&self, place: *mut i64) -> tresult {
        tell_back(place, self.with(|inner| inner.place as i64));
        kResultOk
    }
}

/// Writes an answer where the caller wants one.
fn tell_back<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: by the interface's contract it points to a value of the caller's.
        unsafe { place.write(value) };
    }
}
