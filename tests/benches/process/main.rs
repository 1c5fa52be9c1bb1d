//! What the plugin costs the host's audio thread, beside a note plugin that does nothing: `process()`
//! in the headless CLAP host, 64 samples at 48 kHz, in real time, while the built-in record plays.
//!
//! ```text
//! cargo bench -p jukebox-tests --bench process [-- SECONDS]
//! ```
//!
//! All plugins play the same song in turn, each of them first in every third block: the first finds
//! the caches as cold as the pause between two blocks has left them.

mod empty;

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use jukebox_model::meter::MeterMap;
use jukebox_tests::plugin::{Bundle, Plugin};
use jukebox_tests::session::{Pace, Session, Setup};
use jukebox_tests::song::Song;

const RATE: f64 = 48_000.0;
const FRAMES: u32 = 64;
/// Seconds that are measured where none are given: 45,000 blocks.
const SECONDS: f64 = 60.0;
/// Seconds that are played before: the song begins, and the record is composed ahead.
const BEFORE: f64 = 3.0;
/// How long before a block is due a sleeping thread wakes up at the latest.
const SLACK: Duration = Duration::from_micros(200);

fn main() -> Result<()> {
    // Cargo passes `--bench`.
    let seconds = env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(SECONDS);
    let jukebox = Bundle::linked(&ai_jukebox::clap_entry)?;
    let empty = Bundle::linked(&empty::ENTRY)?;
    let rows = ["empty plugin", "AI Jukebox, its sound off", "AI Jukebox, its sound on"];
    let mut plugins = [empty.open()?, jukebox.open()?, jukebox.open()?];
    let [nothing, silent, sounding] = &mut plugins;
    let mut sessions = [start(nothing)?, start(silent)?, start(sounding)?];
    sessions[1].automate("Sound", "Off")?;
    sessions[2].automate("Sound", "On")?;
    let scheduled = if hurry() { "real-time thread" } else { "ordinary thread" };

    let mut clock = BlockClock::start();
    play(&mut sessions, &mut clock, BEFORE)?;
    let times = play(&mut sessions, &mut clock, seconds)?;

    println!("{} blocks of {FRAMES} samples at {RATE} Hz each, {scheduled}\n", times[0].len());
    println!(
        "| plugin | median, µs | 99 % | 99.99 % | of the block | median beside the empty one |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    let [nothing, ..] = times.each_ref().map(|times| percentile(times, 0.5));
    for (name, times) in rows.iter().zip(&times) {
        let [median, most, nearly_all] = [0.5, 0.99, 0.9999].map(|share| percentile(times, share));
        println!(
            "| {name} | {median:.2} | {most:.2} | {nearly_all:.2} | {:.2} % | {:.2} |",
            100.0 * nearly_all / 1e6 / block().as_secs_f64(),
            median / nothing
        );
    }
    let [nothing, silent, sounding] = sessions.map(Session::finish);
    ensure!(nothing?.notes.is_empty(), "the empty plugin plays notes");
    let (silent, sounding) = (silent?, sounding?);
    ensure!(
        silent.notes.len() > 8 && silent.peak == 0.0,
        "the plugin does not play as it was told"
    );
    ensure!(sounding.notes.len() > 8 && sounding.peak > 0.01, "the plugin does not sound");
    Ok(())
}

/// A plugin under a running transport.
fn start(plugin: &mut Plugin) -> Result<Session<'_>> {
    // The host does not wait by itself: several plugins share the time of a block.
    let pace = Pace::Realtime(f64::INFINITY);
    let setup = Setup { sample_rate: RATE, blocks: vec![FRAMES], pace, ..Setup::default() };
    let mut session = Session::start(plugin, Song::new(120.0, MeterMap::default()), setup)?;
    session.play();
    Ok(session)
}

/// Plays the sessions side by side. Returns the microseconds that each took for its blocks, sorted.
fn play<const N: usize>(
    sessions: &mut [Session<'_>; N],
    clock: &mut BlockClock,
    seconds: f64,
) -> Result<[Vec<f64>; N]> {
    let blocks = (seconds / block().as_secs_f64()) as usize;
    let mut times = [(); N].map(|()| Vec::with_capacity(blocks));
    for round in 0..blocks {
        clock.wait();
        for turn in 0..N {
            let place = (round + turn) % N;
            times[place].push(sessions[place].run_block()?.as_secs_f64() * 1e6);
        }
    }
    times.iter_mut().for_each(|times| times.sort_by(f64::total_cmp));
    Ok(times)
}

fn block() -> Duration {
    Duration::from_secs_f64(f64::from(FRAMES) / RATE)
}

fn percentile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

/// When blocks are due.
struct BlockClock {
    due: Instant,
}

impl BlockClock {
    fn start() -> Self {
        Self { due: Instant::now() }
    }

    /// Waits for the next block. A host that was held up goes on from there.
    fn wait(&mut self) {
        self.due = (self.due + block()).max(Instant::now());
        thread::sleep(self.due.saturating_duration_since(Instant::now()).saturating_sub(SLACK));
        while Instant::now() < self.due {
            std::hint::spin_loop();
        }
    }
}

/// Makes this thread what a host's audio thread is, one that others wait for, if the system lets it.
/// The plugins' own threads, which there are by now, stay as they are.
#[cfg(target_os = "linux")]
fn hurry() -> bool {
    let priority = libc::sched_param { sched_priority: 50 };
    // SAFETY: the call reads the structure and changes nothing but this thread's schedule.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &priority) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn hurry() -> bool {
    false
}
