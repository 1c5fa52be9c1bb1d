//! The host as the plugin sees it: its name, and where the plugin asks to be started again.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};

use vst3::Class;
use vst3::Steinberg::Vst::{
    IComponentHandler, IComponentHandlerTrait, IHostApplication, IHostApplicationTrait, ParamID,
    ParamValue, String128,
};
use vst3::Steinberg::{TUID, kNotImplemented, kResultOk, tresult};

/// What a host is called, and what the plugin asked of it.
#[derive(Default)]
pub(crate) struct Host {
    restart: AtomicBool,
}

impl Class for Host {
    type Interfaces = (IHostApplication, IComponentHandler);
}

impl Host {
    /// Whether the plugin asked to be deactivated and activated again since the last time.
    pub fn wants_restart(&self) -> bool {
        self.restart.swap(false, Ordering::AcqRel)
    }
}

impl IHostApplicationTrait for Host {
    unsafe fn getName(&self, name: *mut String128) -> tresult {
        let mut text = [0; 128];
        for (unit, letter) in text.iter_mut().zip("AI Jukebox headless host".encode_utf16()) {
            *unit = letter;
        }
        // SAFETY: by the interface's contract the pointer is to a name of the caller's.
        unsafe { name.write(text) };
        kResultOk
    }

    unsafe fn createInstance(&self, _: *mut TUID, _: *mut TUID, _: *mut *mut c_void) -> tresult {
        kNotImplemented
    }
}

/// The editor's gestures; without an editor there are none.
impl IComponentHandlerTrait for Host {
    unsafe fn beginEdit(&self, _: ParamID) -> tresult {
        kResultOk
    }

    unsafe fn performEdit(&self, _: ParamID, _: ParamValue) -> tresult {
        kResultOk
    }

    unsafe fn endEdit(&self, _: ParamID) -> tresult {
        kResultOk
    }

    unsafe fn restartComponent(&self, _: i32) -> tresult {
        self.restart.store(true, Ordering::Release);
        kResultOk
    }
}
