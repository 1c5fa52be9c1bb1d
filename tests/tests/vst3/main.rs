//! The bundled VST3 as a host sees it: what comes out is held against what the composer gives, and
//! against what comes out of the CLAP plugin.
//!
//! The plugin is built so that it aborts where its audio thread allocates or frees.

mod fixture;
mod instances;
mod modes;
mod notes;
mod state;
