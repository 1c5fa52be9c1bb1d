//! A headless CLAP host, and what the end-to-end tests measure with it.
//!
//! ```text
//! Bundle -> Plugin -> Session (song, setup) -> Recording (path, notes)
//!                                                  |        |
//!   Record -> compose -> Take ------------------> along -> compare
//! ```
//!
//! The host is a real one: it loads the plugin through its CLAP entry and knows nothing else of it.
//! It runs its main and its audio thread's calls in turn on one thread, which CLAP allows.

#![deny(missing_docs)]

pub mod jukebox;
pub mod notes;
pub mod plugin;
pub mod score;
pub mod session;
pub mod song;
pub mod state;
pub mod window;
