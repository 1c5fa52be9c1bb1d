//! What instances of the plugin cost beside their sound: how long one takes until it plays the built-in
//! record, how much memory many take, and how much processor time those that nobody plays.
//!
//! ```text
//! cargo bench -p jukebox-tests --bench loading
//! ```

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use jukebox_model::meter::MeterMap;
use jukebox_tests::plugin::{Bundle, Plugin};
use jukebox_tests::session::{Pace, Session, Setup};
use jukebox_tests::song::Song;
use jukebox_tests::usage::Usage;

/// Instances that are opened one after the other, to time them.
const TIMED: usize = 21;
/// Instances that share the memory, and those that idle.
const MANY: usize = 100;
const IDLE: usize = 20;
/// Bars that are played.
const BARS: u32 = 8;
/// How long the idle ones are watched.
const WATCHED: Duration = Duration::from_secs(5);
/// How long everything takes to come to rest.
const REST: Duration = Duration::from_secs(1);

fn main() -> Result<()> {
    let bundle = Bundle::linked(&ai_jukebox::clap_entry)?;
    // The first instance of all makes what the process keeps.
    ready(&bundle)?;
    time(&bundle)?;
    idle(&bundle)?;
    fill(&bundle)
}

/// The time from instantiation to the first block, which waits for its bars in an offline render.
fn ready(bundle: &Bundle) -> Result<Duration> {
    let opened = Instant::now();
    let mut plugin = bundle.open()?;
    let mut session = start(&mut plugin, Pace::Offline)?;
    session.play();
    session.run_block()?;
    let took = opened.elapsed();
    session.run_to(f64::from(BARS) * 4.0)?;
    ensure!(session.finish()?.notes.len() > BARS as usize, "the plugin does not play");
    Ok(took)
}

fn time(bundle: &Bundle) -> Result<()> {
    println!("| from instantiation to the first bars | median, ms | most |");
    println!("| --- | --- | --- |");
    let first = (0..TIMED).map(|_| ready(bundle)).collect::<Result<_>>()?;
    report("the only instance, which reads the record", first);
    let mut other = bundle.open()?;
    let _other = start(&mut other, Pace::Offline)?;
    thread::sleep(REST);
    let next = (0..TIMED).map(|_| ready(bundle)).collect::<Result<_>>()?;
    report("beside another, which shares it", next);
    println!();
    Ok(())
}

fn report(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let [median, most] = [times[times.len() / 2], times[times.len() - 1]].map(milliseconds);
    println!("| {name} | {median:.1} | {most:.1} |");
}

/// The processor time of instances that nobody plays.
fn idle(bundle: &Bundle) -> Result<()> {
    println!(
        "| {IDLE} instances in {} s | processor time, ms | share of a core |",
        WATCHED.as_secs()
    );
    println!("| --- | --- | --- |");
    watch("none")?;
    let mut plugins = (0..IDLE).map(|_| bundle.open()).collect::<Result<Vec<Plugin>>>()?;
    watch("opened")?;
    let mut sessions = Vec::new();
    for plugin in &mut plugins {
        let mut session = start(plugin, Pace::Realtime(f64::INFINITY))?;
        session.run_block()?;
        sessions.push(session);
    }
    watch("activated, the transport stands")?;
    sessions.into_iter().try_for_each(|session| session.finish().map(drop))?;
    watch("deactivated again")?;
    println!();
    Ok(())
}

fn watch(name: &str) -> Result<()> {
    thread::sleep(REST);
    let before = Usage::now()?.busy;
    thread::sleep(WATCHED);
    let busy = (Usage::now()?.busy - before).as_secs_f64();
    println!("| {name} | {:.2} | {:.4} % |", busy * 1e3, 100.0 * busy / WATCHED.as_secs_f64());
    Ok(())
}

/// The memory of instances that have played.
fn fill(bundle: &Bundle) -> Result<()> {
    println!("| instances that have played {BARS} bars | MiB in all | threads |");
    println!("| --- | --- | --- |");
    let mut plugins = (0..MANY).map(|_| bundle.open()).collect::<Result<Vec<Plugin>>>()?;
    let mut sessions = Vec::new();
    weigh("none, all of them opened")?;
    for plugin in &mut plugins {
        let mut session = start(plugin, Pace::Offline)?;
        session.play();
        session.run_to(f64::from(BARS) * 4.0)?;
        session.stop();
        session.run_block()?;
        sessions.push(session);
        if [1, 2, MANY].contains(&sessions.len()) {
            weigh(&sessions.len().to_string())?;
        }
    }
    Ok(())
}

fn weigh(name: &str) -> Result<()> {
    thread::sleep(REST);
    let Usage { memory, threads, .. } = Usage::now()?;
    println!("| {name} | {:.1} | {threads} |", memory as f64 / f64::from(1 << 20));
    Ok(())
}

/// An activated plugin under a transport that stands.
fn start(plugin: &mut Plugin, pace: Pace) -> Result<Session<'_>> {
    let setup = Setup { blocks: vec![64], pace, ..Setup::default() };
    Session::start(plugin, Song::new(120.0, MeterMap::default()), setup)
}
