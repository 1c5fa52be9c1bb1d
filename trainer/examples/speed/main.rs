//! How fast the parts of the jukebox are on this machine. `benches/peers/run` runs it beside other
//! people's programs that do the same work.
//!
//! ```text
//! cargo run --release -p jukebox-trainer --example speed -- WORK [SECONDS]
//! cargo run --release -p jukebox-trainer --example speed -- rounding RECORD COLLECTION
//! cargo run --release -p jukebox-trainer --example speed -- long NOTES FILE.mid
//! ```
//!
//! | work | prints |
//! | --- | --- |
//! | `layer` | steps of lanes a second: a BiLSTM layer of 256 units, 64 lanes of 128 steps, forward and back |
//! | `matmul` | multiplications and additions a second, 10^9: matrix products of the layer's size |
//! | `step` | notes a second: a whole step of training, 64 lanes of 128 notes, no future known |
//! | `note` | notes a second: composing, two layers of 256 units, on one thread |
//! | `profile` | a table: what a step of training spends its time on |
//! | `rounding` | what half precision costs: a record's loss with its own weights and with rounded ones |
//! | `long` | nothing: writes a file of so many notes, to import |
//!
//! Rates are those of the median run of SECONDS (3, where nothing is said), after a warm-up. The number
//! of threads is the environment's `RAYON_NUM_THREADS`, or that of the cores.

mod celtic;
mod layer;
mod long;
mod matmul;
mod note;
mod profile;
mod rounding;
mod step;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use jukebox_model::midi;

fn main() -> Result<()> {
    // As the trainer does.
    jukebox_trainer::memory::keep();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (work, rest) = match arguments.as_slice() {
        ["rounding", record, collection] => {
            return rounding::compare(Path::new(record), Path::new(collection));
        }
        ["long", notes, file] => {
            return Ok(std::fs::write(file, midi::export(&long::piece(notes.parse()?)))?);
        }
        [work, rest @ ..] if rest.len() <= 1 => (*work, rest),
        _ => bail!("name the work, and for how many seconds"),
    };
    let budget = Duration::try_from_secs_f64(rest.first().map_or(Ok(3.0), |it| it.parse())?)?;
    let rate = match work {
        "layer" => layer::rate(budget)?,
        "matmul" => matmul::rate(budget),
        "step" => step::rate(budget)?,
        "note" => note::rate(budget)?,
        "profile" => return profile::print(budget),
        other => bail!("there is no work called {other}"),
    };
    println!("{rate:.1}");
    Ok(())
}

/// Seconds of the median run, after two runs that do not count.
fn median(budget: Duration, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    work()?;
    work()?;
    let mut times = Vec::new();
    let begin = Instant::now();
    while times.len() < 3 || begin.elapsed() < budget {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed().as_secs_f64());
    }
    Ok(middle(times))
}

/// The median.
fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
