//! The parameters that change in one block. Each changes once, at the block's start.

use std::sync::{Mutex, MutexGuard, PoisonError};

use vst3::Steinberg::Vst::{
    IParamValueQueue, IParamValueQueueTrait, IParameterChanges, IParameterChangesTrait, ParamID,
    ParamValue,
};
use vst3::Steinberg::{kInvalidArgument, kNotImplemented, kResultOk, tresult};
use vst3::{Class, ComWrapper};

/// The changes of a block, one queue for each parameter.
#[derive(Default)]
pub(crate) struct Changes(Mutex<Vec<ComWrapper<Queue>>>);

impl Class for Changes {
    type Interfaces = (IParameterChanges,);
}

impl Changes {
    /// Sets a parameter at the block's start.
    pub fn set(&self, id: ParamID, value: ParamValue) {
        let mut queues = self.lock();
        queues.retain(|queue| queue.id != id);
        queues.push(ComWrapper::new(Queue { id, value }));
    }

    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ComWrapper<Queue>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IParameterChangesTrait for Changes {
    unsafe fn getParameterCount(&self) -> i32 {
        self.lock().len() as i32
    }

    unsafe fn getParameterData(&self, index: i32) -> *mut IParamValueQueue {
        let queues = self.lock();
        let queue = usize::try_from(index).ok().and_then(|index| queues.get(index));
        queue.and_then(|queue| queue.as_com_ref()).map_or(std::ptr::null_mut(), |it| it.as_ptr())
    }

    unsafe fn addParameterData(&self, _: *const ParamID, _: *mut i32) -> *mut IParamValueQueue {
        // Only for lists that the plugin writes.
        std::ptr::null_mut()
    }
}

/// The change of one parameter.
pub(crate) struct Queue {
    id: ParamID,
    value: ParamValue,
}

impl Class for Queue {
    type Interfaces = (IParamValueQueue,);
}

impl IParamValueQueueTrait for Queue {
    unsafe fn getParameterId(&self) -> ParamID {
        self.id
    }

    unsafe fn getPointCount(&self) -> i32 {
        1
    }

    unsafe fn getPoint(&self, index: i32, offset: *mut i32, value: *mut ParamValue) -> tresult {
        if index != 0 {
            return kInvalidArgument;
        }
        // SAFETY: by the interface's contract the pointers are to values of the caller's.
        unsafe {
            offset.write(0);
            value.write(self.value);
        }
        kResultOk
    }

    unsafe fn addPoint(&self, _: i32, _: ParamValue, _: *mut i32) -> tresult {
        kNotImplemented
    }
}
