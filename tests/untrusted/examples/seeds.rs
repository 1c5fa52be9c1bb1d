//! Writes the seeds of each target where cargo-fuzz looks for them:
//! `cargo run -p jukebox-fuzz-harness --example seeds -- fuzz/corpus`.

use std::path::PathBuf;

use jukebox_fuzz_harness::seeds;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "fuzz/corpus".to_owned()));
    for (target, seeds) in seeds::all() {
        let folder = folder.join(target);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in seeds.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
