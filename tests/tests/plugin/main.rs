//! AI Jukebox as a host sees it, from MIDI files to sample-exact notes: a record is trained by the
//! `jukebox` command on real tunes and loaded into the plugin through its state, a headless CLAP
//! host plays it, and what comes out is held against what the composer gives for the same record and
//! take.
//!
//! The plugin is built so that it aborts where its audio thread allocates or frees.

mod bands;
mod fixture;
mod input;
mod instances;
mod late;
mod learning;
mod performance;
mod state;
mod transport;
