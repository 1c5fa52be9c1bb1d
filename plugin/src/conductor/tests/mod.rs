//! The conductor's desk and the stage, without host and, but for the last few, without a thread.

mod changes;
mod composing;
mod records;
mod rig;
mod states;
mod threads;
