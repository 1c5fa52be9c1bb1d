//! A headless VST3 host.
//!
//! ```text
//! Module (the bundle) -> Plugin (component, controller) -> Session -> Recording
//! ```
//!
//! VST3 is a set of COM interfaces. What the plugin offers is called through the pointers of the `vst3`
//! crate; what it asks of its host, each of the small files here offers: a `stream` for its state, the
//! `events` and parameter `changes` of a block, and the `host` itself.

// The type of C's enumerations differs between systems, and so does which casts are needed.
#![allow(clippy::unnecessary_cast)]

mod changes;
mod events;
mod host;
pub mod module;
pub mod plugin;
pub mod session;
mod stream;

use anyhow::{Result, bail};
use vst3::Steinberg::{kResultOk, tresult};

/// Makes an error of a call that went wrong.
fn check(result: tresult, what: &str) -> Result<()> {
    if result != kResultOk {
        bail!("the plugin refuses {what} (result {result})");
    }
    Ok(())
}

/// Text in the fixed field of a structure.
fn text(field: &[u16]) -> String {
    let end = field.iter().position(|&unit| unit == 0).unwrap_or(field.len());
    String::from_utf16_lossy(&field[..end])
}
