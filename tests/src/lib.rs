//! Headless CLAP and VST3 hosts, and what the end-to-end tests measure with it.
//!
//! ```text
//! Bundle -> Plugin -> Session (song, setup) -> Recording (path, notes)
//!                                                  |        |
//!   Record -> compose -> Take ------------------> along -> compare
//! ```
//!
//! The hosts are real ones: they load the plugin through its entry and know nothing else of it. The
//! CLAP host runs its main and its audio thread's calls in turn on one thread, which CLAP allows. The
//! VST3 host, in [`vst3`], has the same song, setup and recording, and an audio thread of its own.

#![deny(missing_docs)]

pub mod jukebox;
pub mod log;
pub mod notes;
pub mod plugin;
pub mod score;
pub mod session;
pub mod song;
pub mod state;
pub mod usage;
pub mod vst3;
pub mod window;
