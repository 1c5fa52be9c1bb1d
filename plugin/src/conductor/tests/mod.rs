//! The conductor's engine and the processor, without host and, but for the last few, without a thread.

mod bands;
mod changes;
mod composing;
mod editing;
mod hearing;
mod inputs;
mod performing;
mod records;
pub(crate) mod replying;
pub(crate) mod rig;
mod running;
pub(crate) mod states;
mod threads;
mod untrusted;
mod waiting;
