//! What the system says of this process: its memory, its threads, the processor time they took.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// What this process uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of memory that are its own or mapped, and in use.
    pub memory: u64,
    /// Threads that run or wait.
    pub threads: usize,
    /// What those threads have run for.
    pub busy: Duration,
}

impl Usage {
    /// What it uses now.
    ///
    /// # Errors
    /// Where the system does not tell it as Linux does, in `/proc`.
    pub fn now() -> Result<Self> {
        let status = fs::read_to_string("/proc/self/status").context("only Linux tells")?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes =
            memory.and_then(|text| text.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        let (mut threads, mut busy) = (0, Duration::ZERO);
        for task in fs::read_dir("/proc/self/task")? {
            // A thread may end while we look.
            let Ok(times) = fs::read_to_string(task?.path().join("schedstat")) else { continue };
            let ran = times.split(' ').next().and_then(|nanoseconds| nanoseconds.parse().ok());
            busy += Duration::from_nanos(ran.context("a thread's time is no number")?);
            threads += 1;
        }
        Ok(Self { memory: kibibytes.context("no line of memory")? << 10, threads, busy })
    }
}
