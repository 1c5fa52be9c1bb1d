//! Candle tensors as plain slices, without a copy.

use candle_core::{CpuStorage, Error, Layout, Result, Storage, Tensor};

/// The elements of a contiguous operand of a custom operation.
pub(super) fn operand<'s>(storage: &'s CpuStorage, layout: &Layout) -> Result<&'s [f32]> {
    let (start, end) = layout
        .contiguous_offsets()
        .ok_or_else(|| Error::Msg("operands must be contiguous".into()))?;
    Ok(&storage.as_slice::<f32>()?[start..end])
}

/// Lends the elements of a contiguous tensor in main memory.
pub(super) fn with_slice<T>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> Result<T>) -> Result<T> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => f(operand(storage, layout)?),
        _ => Err(Error::Msg("this operation runs on the CPU only".into())),
    }
}
