//! A plugin that plays: blocks of audio, the transport, and the notes that come out.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clack_host::events::event_types::{NoteOffEvent, NoteOnEvent, ParamValueEvent};
use clack_host::prelude::*;

use crate::notes::{BlockEvents, NoteEvent};
use crate::plugin::{Handlers, Param, Plugin};
use crate::song::{Song, Stretch, Transport};

/// How the host tells the plugin that the song bends (a loop wraps, the tempo or meter changes) at
/// a sample inside a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seams {
    /// It ends the block there.
    Split,
    /// It sends a transport event at that sample.
    Event,
    /// It says nothing of a loop's end: the plugin knows the loop from the block's start. Tempo and
    /// meter changes come as events.
    Untold,
}

/// How fast the host runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// It renders, as fast as it can, and says so.
    Offline,
    /// It plays, this many times as fast as time passes.
    Realtime(f64),
}

/// The host's audio settings and habits.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Samples a second.
    pub sample_rate: f64,
    /// Lengths of blocks in samples, taken in turn.
    pub blocks: Vec<u32>,
    /// How bends of the song reach the plugin.
    pub seams: Seams,
    /// How fast it runs.
    pub pace: Pace,
    /// Rounds the positions that it reports to one part in so many of a quarter note.
    pub grid: Option<u32>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            sample_rate: 48_000.0,
            blocks: vec![512],
            seams: Seams::Split,
            pace: Pace::Offline,
            grid: None,
        }
    }
}

/// What happened in a session.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The way of the playhead.
    pub path: Vec<Stretch>,
    /// The notes that came out, in order.
    pub notes: Vec<NoteEvent>,
    /// The loudest sample that came out.
    pub peak: f32,
}

/// An activated plugin under a transport that stands at the song's start.
pub struct Session<'p> {
    /// The plugin, for what the main thread does while it plays.
    pub plugin: &'p mut Plugin,
    setup: Setup,
    transport: Transport,
    processor: Option<StartedPluginAudioProcessor<Handlers>>,
    output: [Vec<f32>; 2],
    ports: AudioPorts,
    input: EventBuffer,
    events: BlockEvents,
    notes: Vec<NoteEvent>,
    peak: f32,
    now: u64,
    blocks: usize,
    began: Instant,
    /// What the plugin took for the last block.
    took: Duration,
}

impl<'p> Session<'p> {
    /// Activates a plugin in a song.
    ///
    /// # Errors
    /// Where the plugin refuses, or the setup holds no block.
    pub fn start(plugin: &'p mut Plugin, song: Song, setup: Setup) -> Result<Self> {
        let max = setup.blocks.iter().copied().max().context("a session needs a block length")?;
        if setup.blocks.contains(&0) {
            bail!("a block holds at least one sample");
        }
        plugin.set_offline(setup.pace == Pace::Offline)?;
        let processor = plugin.activate(setup.sample_rate, max)?;
        Ok(Self {
            plugin,
            transport: Transport::new(song, setup.sample_rate),
            setup,
            processor: Some(processor),
            output: [vec![0.0; max as usize], vec![0.0; max as usize]],
            ports: AudioPorts::with_capacity(2, 1),
            input: EventBuffer::new(),
            events: BlockEvents::new(),
            notes: Vec::new(),
            peak: 0.0,
            now: 0,
            blocks: 0,
            began: Instant::now(),
            took: Duration::ZERO,
        })
    }

    /// Samples since the start.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The song position in quarter notes.
    pub fn position(&self) -> f64 {
        self.transport.position(self.now)
    }

    /// Starts the transport where it stands.
    pub fn play(&mut self) {
        self.transport.go(self.now, self.position(), true);
    }

    /// Stops the transport where it is.
    pub fn stop(&mut self) {
        self.transport.go(self.now, self.position(), false);
    }

    /// Puts the playhead elsewhere, in quarter notes from the song's start (or before it).
    pub fn seek(&mut self, position: f64) {
        self.transport.go(self.now, position, self.transport.playing());
    }

    /// Sets or clears the loop, in quarter notes.
    pub fn set_loop(&mut self, range: Option<Range<f64>>) {
        self.transport.set_loop(range);
    }

    /// Sets a parameter at the start of the next block, to what the user would type.
    ///
    /// # Errors
    /// Where there is no parameter of that name, or it does not take the text.
    pub fn automate(&mut self, name: &str, text: &str) -> Result<()> {
        let (id, value) = self.plugin.typed(name, text)?;
        self.input.push(&ParamValueEvent::new(0, id, Pckn::match_all(), value));
        Ok(())
    }

    /// Sets a parameter to a value of its range at the start of the next block.
    pub fn set(&mut self, param: &Param, value: f64) {
        self.input.push(&ParamValueEvent::new(0, param.id, Pckn::match_all(), value));
    }

    /// Plays a key into the plugin at the start of the next block, or lets it go.
    pub fn key(&mut self, key: u8, down: bool) {
        let pckn = Pckn::new(0u16, 0u16, u16::from(key), clack_host::events::Match::All);
        if down {
            self.input.push(&NoteOnEvent::new(0, pckn, 100.0 / 127.0));
        } else {
            self.input.push(&NoteOffEvent::new(0, pckn, 0.0));
        }
    }

    /// Runs for a number of samples.
    ///
    /// # Errors
    /// Where the plugin fails, or sends what is no note.
    pub fn run(&mut self, samples: u64) -> Result<()> {
        let end = self.now + samples;
        while self.now < end {
            let length = self.setup.blocks[self.blocks % self.setup.blocks.len()];
            let left = u32::try_from(end - self.now).unwrap_or(u32::MAX);
            self.process(length.min(left))?;
            self.blocks += 1;
        }
        Ok(())
    }

    /// Runs for one block (less, where the song bends in it). Returns how long the plugin took.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn run_block(&mut self) -> Result<Duration> {
        self.process(self.setup.blocks[self.blocks % self.setup.blocks.len()])?;
        self.blocks += 1;
        Ok(self.took)
    }

    /// Runs for a number of seconds.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn run_seconds(&mut self, seconds: f64) -> Result<()> {
        self.run((seconds * self.setup.sample_rate) as u64)
    }

    /// Runs until the playhead has reached a position in quarter notes.
    ///
    /// # Errors
    /// As [`Session::run`], and where the transport stands or loops before the position.
    pub fn run_to(&mut self, position: f64) -> Result<()> {
        while self.position() < position {
            let before = (self.position(), self.transport.playing());
            self.run_block()?;
            if !before.1 || self.position() < before.0 {
                bail!("the playhead does not get to {position}");
            }
        }
        Ok(())
    }

    /// Deactivates the plugin and activates it again, as some hosts do at every stop and start.
    ///
    /// # Errors
    /// Where the plugin refuses.
    pub fn restart(&mut self) -> Result<()> {
        self.deactivate();
        self.transport.refresh(self.now);
        let max = self.output[0].len() as u32;
        self.processor = Some(self.plugin.activate(self.setup.sample_rate, max)?);
        Ok(())
    }

    /// Tells the plugin to forget what it was playing, as hosts do when the user presses "panic".
    pub fn reset(&mut self) {
        self.transport.refresh(self.now);
        if let Some(processor) = &mut self.processor {
            processor.reset();
        }
    }

    /// Stops the transport, lets the plugin end its notes, and deactivates it.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn finish(mut self) -> Result<Recording> {
        let end = self.now;
        self.stop();
        self.process(self.setup.blocks[0])?;
        self.deactivate();
        Ok(Recording { path: self.transport.path_until(end), notes: self.notes, peak: self.peak })
    }

    fn deactivate(&mut self) {
        if let Some(processor) = self.processor.take() {
            self.plugin.instance.deactivate(processor.stop_processing());
        }
    }

    /// One block of at most `frames` samples.
    fn process(&mut self, mut frames: u32) -> Result<()> {
        let start = self.now;
        while self.transport.pass_seam(start + 1).is_some() {}
        if self.setup.seams == Seams::Split
            && let Some((seam, _)) = self.transport.seam_before(start + u64::from(frames))
        {
            frames = (seam - start) as u32;
        }
        let transport = self.transport.event(start, 0, self.setup.grid);
        while let Some((seam, wraps)) = self.transport.pass_seam(start + u64::from(frames)) {
            if !(wraps && self.setup.seams == Seams::Untold) {
                let offset = (seam - start) as u32;
                self.input.push(&self.transport.event(seam, offset, self.setup.grid));
            }
        }

        let length = frames as usize;
        // A host does not clean its buffers: the plugin must.
        self.output.iter_mut().for_each(|channel| channel[..length].fill(1.0));
        self.events.begin(start, frames);
        let channels = self.output.iter_mut().map(|channel| &mut channel[..length]);
        let mut output = self.ports.with_output_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(channels),
        }]);
        let processor = self.processor.as_mut().context("the plugin is not active")?;
        let called = Instant::now();
        processor.process(
            &InputAudioBuffers::empty(),
            &mut output,
            &InputEvents::from_buffer(&self.input),
            &mut OutputEvents::from_buffer(&mut self.events),
            Some(start),
            Some(&transport),
        )?;
        self.took = called.elapsed();
        if self.events.refused > 0 {
            bail!("the plugin sent what is no note, or notes out of order, near sample {start}");
        }
        self.notes.extend_from_slice(self.events.notes());
        let loudest = self.output.iter().flat_map(|channel| &channel[..length]);
        self.peak = loudest.fold(self.peak, |peak, sample| peak.max(sample.abs()));
        self.input.clear();
        self.now += u64::from(frames);

        self.plugin.idle();
        if self.plugin.wants_restart() {
            self.restart()?;
        }
        self.wait();
        Ok(())
    }

    /// Keeps to the pace.
    fn wait(&self) {
        if let Pace::Realtime(speed) = self.setup.pace {
            let due = self.now as f64 / self.setup.sample_rate / speed;
            std::thread::sleep(Duration::from_secs_f64(due).saturating_sub(self.began.elapsed()));
        }
    }
}
