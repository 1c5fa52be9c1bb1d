//! Memory of earlier batches, to be used again.
//!
//! A batch needs the same large arrays as the one before it. Asked of the system anew, each of their
//! pages would cost a fault and be cleared: a tenth of the time of a step.

use std::sync::{Arc, Mutex, PoisonError};

/// Arrays that nobody uses at the moment. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct BufferPool(Arc<Mutex<Vec<Vec<f32>>>>);

/// Arrays that are kept at most: those of a batch in two directions and three layers.
const MOST: usize = 16;

impl BufferPool {
    /// An array of a length; what is in it is anything.
    pub(super) fn take(&self, length: usize) -> Vec<f32> {
        let mut arrays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = arrays.iter().position(|array| array.len() == length);
        let array = fitting.map(|index| arrays.swap_remove(index));
        drop(arrays);
        array.unwrap_or_else(|| vec![0.0; length])
    }

    /// Keeps an array for the next who needs one; the one that was kept longest goes.
    pub(super) fn put(&self, array: Vec<f32>) {
        let mut arrays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        arrays.push(array);
        if arrays.len() > MOST {
            arrays.remove(0);
        }
    }
}
