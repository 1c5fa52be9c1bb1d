//! Instances of the plugin that play side by side for a long time, while everything changes that can.
//!
//! What happens is drawn from a seed, each instance on a thread of its own: automation of all parameters, seeks, loops,
//! stops, resets, restarts, saved and loaded states, locks of parts, keys that are played, other records; the song's
//! tempo and meter change as it goes. Every note must end, no key may sound twice, and the memory may not
//! grow. At the speed of time no bar may come late either: the plugin tells its log of those that do.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use jukebox_model::meter::MeterMap;
use jukebox_tests::log;
use jukebox_tests::notes::pair;
use jukebox_tests::plugin::{Bundle, Param};
use jukebox_tests::session::{Pace, Seams, Session, Setup};
use jukebox_tests::song::Song;
use jukebox_tests::state::SavedState;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};

/// How much the memory may grow after the warm-up, in bytes: allocators keep what was in use at once.
const GROWTH: u64 = 48 << 20;
/// How often the progress is told.
const REPORT: Duration = Duration::from_secs(30);
/// Parameters that are automated seldom, for they silence the plugin.
const SELDOM: [&str; 1] = ["Bypass"];
/// The parameter that says which part an instance plays, which a band leaves as it is.
const PART: &str = "Part";

/// Plays instances of AI Jukebox for a long time, with random automation, seeks, loops, tempi and
/// states. Exit code 1 means that a note hung or doubled, or that the memory grew.
#[derive(Parser)]
struct Args {
    /// The plugin's bundle, such as "target/bundled/AI Jukebox.clap"
    #[arg(long)]
    plugin: PathBuf,
    /// Records that are loaded now and then; without any, only the built-in one plays
    #[arg(long)]
    record: Vec<PathBuf>,
    /// Minutes to play
    #[arg(long, default_value_t = 30.0)]
    minutes: f64,
    /// Instances side by side
    #[arg(long, default_value_t = 8)]
    instances: u64,
    /// Instances that are a band: each plays a part of its own, and all of them the same settings and edits
    #[arg(long, default_value_t = 0)]
    band: u64,
    /// How many times as fast as time passes; 0 renders as fast as it can
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// What happens
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What all instances have done.
#[derive(Default)]
struct Tally {
    sessions: AtomicU64,
    acts: AtomicU64,
    notes: AtomicU64,
    failed: AtomicBool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match log::own() {
        Some(log) => run(&args).and_then(|()| none_late(&log, args.speed)),
        None => with_log(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Starts this program again, with a log.
fn with_log() -> Result<()> {
    let (mut again, log) = log::again()?;
    let status = again.args(env::args_os().skip(1)).status()?;
    ensure!(status.success(), "see above; the plugin's log is {}", log.display());
    Ok(fs::remove_file(log)?)
}

/// Counts the bars that came late, as the log tells them.
fn none_late(log: &Path, speed: f64) -> Result<()> {
    let late = log::late_bars(log)?;
    println!("bars that came late: {late}");
    ensure!(late == 0 || speed > 1.0, "the plugin has not kept up");
    Ok(())
}

fn run(args: &Args) -> Result<()> {
    let bundle = Bundle::load(&args.plugin)?;
    let tally = Tally::default();
    let began = Instant::now();
    let length = Duration::try_from_secs_f64(args.minutes * 60.0).context("how many minutes?")?;
    // A fifth to warm up: records are loaded, states have their size.
    let (warm, end) = (began + length / 5, began + length);
    let grown = thread::scope(|scope| {
        let instances: Vec<_> = (0..args.instances)
            .map(|number| {
                let (bundle, tally) = (bundle.clone(), &tally);
                scope.spawn(move || {
                    let group = number.checked_div(args.band).unwrap_or(number);
                    let part = number.checked_rem(args.band).map(|part| part + 1);
                    let seed = args.seed.wrapping_mul(1_000_003).wrapping_add(group);
                    let played = play(&bundle, args, (seed, part), end, tally);
                    tally.failed.fetch_or(played.is_err(), Relaxed);
                    played.with_context(|| format!("instance {} (seed {})", number + 1, args.seed))
                })
            })
            .collect();
        let mut memory = None;
        let mut told = began;
        while Instant::now() < end && !tally.failed.load(Relaxed) {
            thread::sleep(Duration::from_millis(200));
            if memory.is_none() && Instant::now() > warm {
                memory = resident();
            }
            if told.elapsed() > REPORT {
                told = Instant::now();
                tell(&tally, began);
            }
        }
        // Before the instances go.
        let grown = memory.zip(resident());
        for instance in instances {
            instance.join().map_err(|_| anyhow::anyhow!("an instance panicked"))??;
        }
        anyhow::Ok(grown)
    })?;
    tell(&tally, began);
    if let Some((before, after)) = grown {
        println!("memory: {} MB after the warm-up, {} MB at the end", before >> 20, after >> 20);
        ensure!(after < before + GROWTH, "the memory has grown");
    }
    ensure!(tally.notes.load(Relaxed) > 0, "nothing was played");
    println!("every note has ended");
    Ok(())
}

/// One instance, in one session after the other until the end.
fn play(
    bundle: &Bundle,
    args: &Args,
    (seed, part): (u64, Option<u64>),
    end: Instant,
    tally: &Tally,
) -> Result<()> {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
    let mut plugin = bundle.open()?;
    let mut params = plugin.params();
    let own = part.and_then(|part| Some((params.iter().position(|it| it.name == PART)?, part)));
    let own = own.map(|(place, part)| (params.remove(place), part as f64));
    let mut states = vec![plugin.save()?];
    while Instant::now() < end && !tally.failed.load(Relaxed) {
        if dice.one_in(8) {
            plugin = bundle.open()?;
        }
        let mut host = Session::start(&mut plugin, dice.song(), dice.setup(args.speed))?;
        let mut down = Vec::new();
        host.play();
        for _ in 0..dice.below(60) {
            act(&mut host, &mut dice, &params, &mut states, &args.record)?;
            if let Some((param, part)) = &own {
                host.set(param, *part);
            }
            play_along(&mut host, &mut dice, &mut down);
            host.run_seconds(0.02 + dice.part())?;
            tally.acts.fetch_add(1, Relaxed);
            if Instant::now() > end {
                break;
            }
        }
        down.iter().for_each(|&key| host.key(key, false));
        // A song that runs on by itself would never end.
        if let Some(run) = params.iter().find(|param| param.name == "Run") {
            host.set(run, run.min);
        }
        host.run_seconds(0.05)?;
        let recording = host.finish()?;
        let notes = pair(&recording.notes)?;
        tally.notes.fetch_add(notes.len() as u64, Relaxed);
        tally.sessions.fetch_add(1, Relaxed);
    }
    Ok(())
}

/// Something that a host or its user does.
fn act(
    host: &mut Session<'_>,
    dice: &mut Dice,
    params: &[Param],
    states: &mut Vec<Vec<u8>>,
    records: &[PathBuf],
) -> Result<()> {
    match dice.below(24) {
        0 => host.stop(),
        1 | 2 => host.play(),
        3 | 4 => host.seek(f64::from(dice.below(256)) + dice.part() - 4.0),
        5 => {
            let start = f64::from(dice.below(64)) + dice.part();
            host.set_loop(Some(start..start + 0.1 + 8.0 * dice.part()));
            host.seek(start);
        }
        6 => host.set_loop(None),
        7 => host.reset(),
        8 => host.restart()?,
        9 => {
            let place = dice.below(4) as usize;
            states.truncate(4);
            states.insert(place.min(states.len()), host.plugin.save()?);
        }
        10 => {
            let state = &states[dice.below(states.len() as u32) as usize];
            host.plugin.load(state)?;
        }
        12 => lock(host, dice)?,
        11 if !records.is_empty() => {
            load(host, &records[dice.below(records.len() as u32) as usize])?;
        }
        _ => {
            let param = &params[dice.below(params.len() as u32) as usize];
            if !SELDOM.contains(&param.name.as_str()) || dice.one_in(4) {
                let value = param.min + (param.max - param.min) * dice.part();
                host.set(param, value);
            }
        }
    }
    Ok(())
}

/// Presses some keys and lets others go: chords, a tune, drums.
fn play_along(host: &mut Session<'_>, dice: &mut Dice, down: &mut Vec<u8>) {
    if dice.one_in(2) {
        down.drain(..).for_each(|key| host.key(key, false));
    }
    for _ in 0..dice.below(4) {
        let key = 36 + dice.below(48) as u8;
        if !down.contains(&key) {
            host.key(key, true);
            down.push(key);
        }
    }
}

/// Locks parts of bars of the song as it is saved, or none of them, and plays that on.
fn lock(host: &mut Session<'_>, dice: &mut Dice) -> Result<()> {
    let mut state = SavedState::parse(&host.plugin.save()?)?;
    let Ok(mut song) = state.song() else { return Ok(()) };
    let parts = song["record"]["parts"].as_array().map_or(0, Vec::len) as u32;
    let bars = song["bars"].as_array().map_or(0, Vec::len) as u32;
    if parts < 2 || bars == 0 {
        return Ok(());
    }
    let meter = song["meters"][0][1].as_str().unwrap_or("4/4").to_owned();
    let locks: Vec<Value> = (0..dice.below(bars.min(8) + 1))
        .map(|bar| json!([bar, meter, 1 + dice.below((1 << parts) - 1), bar]))
        .collect();
    song["version"] = 4.into();
    song["part_locks"] = locks.into();
    state.set_song(&song);
    host.plugin.load(&state.to_bytes())
}

fn load(host: &mut Session<'_>, record: &Path) -> Result<()> {
    let mut state = SavedState::parse(&host.plugin.save()?)?;
    if state.song().is_ok() {
        state.set_record(record)?;
        host.plugin.load(&state.to_bytes())?;
    }
    Ok(())
}

fn tell(tally: &Tally, began: Instant) {
    println!(
        "{:>5.1} minutes: {} sessions, {} acts, {} notes, {} MB",
        began.elapsed().as_secs_f64() / 60.0,
        tally.sessions.load(Relaxed),
        tally.acts.load(Relaxed),
        tally.notes.load(Relaxed),
        resident().unwrap_or(0) >> 20,
    );
}

/// The process's memory in bytes, where the system tells it.
fn resident() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? << 10)
}

/// Chance, from a seed.
struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, count: u32) -> u32 {
        self.0.next_u32() % count.max(1)
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.below(count) == 0
    }

    /// From 0 up to 1.
    fn part(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 2.0f64.powi(32)
    }

    /// Two meters, and tempi that change every few quarters.
    fn song(&mut self) -> Song {
        let meters = ["4/4", "3/4", "6/8", "5/4"];
        let mut meter = || meters[self.below(4) as usize].parse().expect("these are meters");
        let (first, second) = (meter(), meter());
        let change = MeterMap::new(first).bar(16).start;
        let mut song = Song::new(
            60.0 + 140.0 * self.part(),
            MeterMap::from_changes([(0, first), (change, second)]),
        );
        let mut at = 0;
        while at < 256 * 24 {
            at += 12 + self.below(400);
            song = song.tempo(at, 40.0 + 200.0 * self.part());
        }
        song
    }

    fn setup(&mut self, speed: f64) -> Setup {
        let rates = [44_100.0, 48_000.0, 96_000.0];
        let blocks = [vec![64], vec![512], vec![1, 700, 33, 2048], vec![1024], vec![441]];
        let seams = [Seams::Split, Seams::Event, Seams::Untold];
        Setup {
            sample_rate: rates[self.below(3) as usize],
            blocks: blocks[self.below(5) as usize].clone(),
            seams: seams[self.below(3) as usize],
            pace: if speed > 0.0 { Pace::Realtime(speed) } else { Pace::Offline },
            grid: self.one_in(3).then_some(1920),
        }
    }
}
