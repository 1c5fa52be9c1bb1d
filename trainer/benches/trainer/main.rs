//! What a training waits for: `cargo bench -p jukebox-trainer`.

mod import;
#[path = "../../examples/speed/long.rs"]
mod long;
mod training;

use std::path::PathBuf;

fn main() {
    jukebox_trainer::memory::keep();
    divan::main();
}

/// The Celtic collection: 2,679 tunes.
fn celtic() -> PathBuf {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../corpora/celtic.zip").into()
}
