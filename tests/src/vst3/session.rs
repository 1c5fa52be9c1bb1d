//! A VST3 plugin that plays: blocks of audio on a thread of their own, the transport, and the notes
//! that come out.

use std::ops::Range;
use std::panic::resume_unwind;
use std::ptr::null_mut;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags_::{
    kBarPositionValid, kCycleActive, kCycleValid, kPlaying, kProjectTimeMusicValid, kTempoValid,
    kTimeSigValid,
};
use vst3::Steinberg::Vst::ProcessModes_::{kOffline, kPrefetch, kRealtime};
use vst3::Steinberg::Vst::SymbolicSampleSizes_::kSample32;
use vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, IAudioProcessor, IAudioProcessorTrait,
    IComponentTrait, IEventList, IParameterChanges, ProcessContext, ProcessData, ProcessSetup,
};
use vst3::{ComPtr, ComWrapper};

use super::changes::Changes;
use super::check;
use super::events::Events;
use super::plugin::Plugin;
use crate::notes::NoteEvent;
use crate::session::{Pace, Recording, Seams, Setup};
use crate::song::{Moment, Song, Transport};

/// What the host says it is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It plays.
    Realtime,
    /// It works ahead of time on some tracks, unevenly.
    Prefetch,
    /// It renders.
    Offline,
}

impl Mode {
    fn number(self) -> i32 {
        match self {
            Self::Realtime => kRealtime as i32,
            Self::Prefetch => kPrefetch as i32,
            Self::Offline => kOffline as i32,
        }
    }
}

/// An activated plugin under a transport that stands at the song's start.
///
/// The setup's pace says how fast the host runs, the mode what it says about that. VST3 has no events
/// for the transport: seams split blocks, but for loops that the host leaves [`Seams::Untold`].
pub struct Session<'p> {
    /// The plugin, for what the main thread does while it stands or between two runs.
    pub plugin: &'p mut Plugin,
    mode: Mode,
    audio: Audio,
}

/// The audio thread's part.
struct Audio {
    setup: Setup,
    mode: Mode,
    transport: Transport,
    processor: ComPtr<IAudioProcessor>,
    output: [Vec<f32>; 2],
    changes: ComWrapper<Changes>,
    input: ComWrapper<Events>,
    events: ComWrapper<Events>,
    notes: Vec<NoteEvent>,
    peak: f32,
    now: u64,
    blocks: usize,
    began: Instant,
}

impl<'p> Session<'p> {
    /// Activates a plugin in a song.
    ///
    /// # Errors
    /// Where the plugin refuses, or the setup holds no block or what VST3 does not know.
    pub fn start(plugin: &'p mut Plugin, song: Song, setup: Setup, mode: Mode) -> Result<Self> {
        let max = setup.blocks.iter().copied().max().context("a session needs a block length")?;
        ensure!(!setup.blocks.contains(&0), "a block holds at least one sample");
        ensure!(setup.seams != Seams::Event, "VST3 has no events for the transport");
        let audio = Audio {
            transport: Transport::new(song, setup.sample_rate),
            setup,
            mode,
            processor: plugin.processor.clone(),
            output: [vec![0.0; max as usize], vec![0.0; max as usize]],
            changes: ComWrapper::new(Changes::default()),
            input: ComWrapper::new(Events::new()),
            events: ComWrapper::new(Events::new()),
            notes: Vec::new(),
            peak: 0.0,
            now: 0,
            blocks: 0,
            began: Instant::now(),
        };
        let mut session = Self { plugin, mode, audio };
        session.activate()?;
        Ok(session)
    }

    /// The song position in quarter notes.
    pub fn position(&self) -> f64 {
        self.audio.position()
    }

    /// Starts the transport where it stands.
    pub fn play(&mut self) {
        self.go(self.position(), true);
    }

    /// Stops the transport where it is.
    pub fn stop(&mut self) {
        self.go(self.position(), false);
    }

    /// Puts the playhead elsewhere, in quarter notes from the song's start (or before it).
    pub fn seek(&mut self, position: f64) {
        self.go(position, self.audio.transport.playing());
    }

    fn go(&mut self, position: f64, playing: bool) {
        self.audio.transport.go(self.audio.now, position, playing);
    }

    /// Sets or clears the loop, in quarter notes.
    pub fn set_loop(&mut self, range: Option<Range<f64>>) {
        self.audio.transport.set_loop(range);
    }

    /// Sets a parameter at the start of the next block, to what the user would type.
    ///
    /// # Errors
    /// Where there is no parameter of that name, or it does not take the text.
    pub fn automate(&mut self, name: &str, text: &str) -> Result<()> {
        let (id, value) = self.plugin.typed(name, text)?;
        self.audio.changes.set(id, value);
        Ok(())
    }

    /// Plays a key into the plugin at the start of the next block, or lets it go.
    pub fn key(&mut self, key: u8, down: bool) {
        self.audio.input.key(key, down);
    }

    /// Runs for a number of samples.
    ///
    /// # Errors
    /// Where the plugin fails, or sends what is no note.
    pub fn run(&mut self, samples: u64) -> Result<()> {
        let end = self.audio.now + samples;
        self.on_the_audio_thread(|audio| {
            while audio.now < end {
                let left = u32::try_from(end - audio.now).unwrap_or(u32::MAX);
                audio.process(left)?;
            }
            Ok(())
        })
    }

    /// Runs for a number of seconds.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn run_seconds(&mut self, seconds: f64) -> Result<()> {
        self.run((seconds * self.audio.setup.sample_rate) as u64)
    }

    /// Runs until the playhead has reached a position in quarter notes.
    ///
    /// # Errors
    /// As [`Session::run`], and where the transport stands or loops before the position.
    pub fn run_to(&mut self, position: f64) -> Result<()> {
        self.on_the_audio_thread(|audio| {
            while audio.position() < position {
                let before = (audio.position(), audio.transport.playing());
                audio.process(u32::MAX)?;
                if !before.1 || audio.position() < before.0 {
                    bail!("the playhead does not get to {position}");
                }
            }
            Ok(())
        })
    }

    /// Deactivates the plugin and activates it again, as some hosts do at every stop and start.
    ///
    /// # Errors
    /// Where the plugin refuses.
    pub fn restart(&mut self) -> Result<()> {
        self.deactivate();
        self.audio.transport.refresh(self.audio.now);
        self.activate()
    }

    /// Stops the transport, lets the plugin end its notes, and deactivates it.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn finish(mut self) -> Result<Recording> {
        let end = self.audio.now;
        self.stop();
        self.run(u64::from(self.audio.setup.blocks[0]))?;
        let audio = &mut self.audio;
        let (notes, peak) = (std::mem::take(&mut audio.notes), audio.peak);
        Ok(Recording { path: audio.transport.path_until(end), notes, peak })
    }

    /// Sets the processing up, as VST3's workflow has it: once, before the component is activated.
    fn activate(&mut self) -> Result<()> {
        let mut setup = ProcessSetup {
            processMode: self.mode.number(),
            symbolicSampleSize: kSample32 as i32,
            maxSamplesPerBlock: self.audio.output[0].len() as i32,
            sampleRate: self.audio.setup.sample_rate,
        };
        // SAFETY: the instance lives; the setup is read in the call.
        unsafe {
            check(self.plugin.processor.setupProcessing(&mut setup), "this setup")?;
            check(self.plugin.component.setActive(1), "to be activated")?;
            check(self.plugin.processor.setProcessing(1), "to start processing")
        }
    }

    fn deactivate(&mut self) {
        // SAFETY: the instance lives, and its audio thread rests between two runs.
        unsafe {
            self.plugin.processor.setProcessing(0);
            self.plugin.component.setActive(0);
        }
    }

    fn on_the_audio_thread(
        &mut self,
        act: impl FnOnce(&mut Audio) -> Result<()> + Send,
    ) -> Result<()> {
        let audio = &mut self.audio;
        thread::scope(|scope| scope.spawn(|| act(audio)).join()).unwrap_or_else(|panic| {
            resume_unwind(panic);
        })?;
        if self.plugin.host.wants_restart() {
            self.restart()?;
        }
        Ok(())
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.deactivate();
    }
}

impl Audio {
    fn position(&self) -> f64 {
        self.transport.position(self.now)
    }

    /// One block of at most `most` samples.
    fn process(&mut self, most: u32) -> Result<()> {
        let start = self.now;
        let length = self.setup.blocks[self.blocks % self.setup.blocks.len()];
        self.blocks += 1;
        let mut end = start + u64::from(length.min(most));
        while self.transport.pass_seam(start + 1).is_some() {}
        let mut context = self.context();
        while let Some((seam, wraps)) = self.transport.seam_before(end) {
            if wraps && self.setup.seams == Seams::Untold {
                self.transport.pass_seam(end);
            } else {
                end = seam;
            }
        }

        let frames = (end - start) as usize;
        // A host does not clean its buffers: the plugin must.
        self.output.iter_mut().for_each(|channel| channel[..frames].fill(1.0));
        let mut channels = self.output.each_mut().map(|channel| channel.as_mut_ptr());
        let mut output = AudioBusBuffers {
            numChannels: 2,
            silenceFlags: 0,
            __field0: AudioBusBuffers__type0 { channelBuffers32: channels.as_mut_ptr() },
        };
        let pointer =
            |list: &ComWrapper<Events>| list.as_com_ref::<IEventList>().map(|it| it.as_ptr());
        let changes = self.changes.as_com_ref::<IParameterChanges>().map(|list| list.as_ptr());
        let mut data = ProcessData {
            processMode: self.mode.number(),
            symbolicSampleSize: kSample32 as i32,
            numSamples: frames as i32,
            numInputs: 0,
            numOutputs: 1,
            inputs: null_mut(),
            outputs: &mut output,
            inputParameterChanges: changes.unwrap_or(null_mut()),
            outputParameterChanges: null_mut(),
            inputEvents: pointer(&self.input).unwrap_or(null_mut()),
            outputEvents: pointer(&self.events).unwrap_or(null_mut()),
            processContext: &mut context,
        };
        // SAFETY: all that the data points to lives through the call.
        check(unsafe { self.processor.process(&mut data) }, "to process a block")?;

        let notes = self.events.take(start, frames as u32);
        self.notes.extend(notes.with_context(|| format!("in the block at sample {start}"))?);
        let loudest = self.output.iter().flat_map(|channel| &channel[..frames]);
        self.peak = loudest.fold(self.peak, |peak, sample| peak.max(sample.abs()));
        self.changes.clear();
        self.input.clear();
        self.now = end;
        if let Pace::Realtime(speed) = self.setup.pace {
            let due = self.now as f64 / self.setup.sample_rate / speed;
            thread::sleep(Duration::from_secs_f64(due).saturating_sub(self.began.elapsed()));
        }
        Ok(())
    }

    /// What the host tells the plugin of its transport at the start of a block.
    fn context(&self) -> ProcessContext {
        let Moment { playing, position, tempo, looped, bar_start, meter, .. } =
            self.transport.moment(self.now, self.setup.grid);
        let mut state = kProjectTimeMusicValid | kTempoValid | kBarPositionValid | kTimeSigValid;
        for (holds, flags) in [(playing, kPlaying), (looped.is_some(), kCycleActive | kCycleValid)]
        {
            state |= if holds { flags } else { 0 };
        }
        let looped = looped.unwrap_or(0.0..0.0);
        // SAFETY: the structure is plain data, for which zeros stand for "not known".
        let unknown: ProcessContext = unsafe { std::mem::zeroed() };
        ProcessContext {
            state: state as u32,
            sampleRate: self.setup.sample_rate,
            projectTimeSamples: self.now as i64,
            projectTimeMusic: position,
            barPositionMusic: bar_start,
            cycleStartMusic: looped.start,
            cycleEndMusic: looped.end,
            tempo,
            timeSigNumerator: i32::from(meter[0]),
            timeSigDenominator: i32::from(meter[1]),
            ..unknown
        }
    }
}
