//! AI Jukebox, the plugin: composes in time with the host.
//!
//! The folders are the threads, so that a path tells what a line may do:
//!
//! | folder | runs on | never |
//! | --- | --- | --- |
//! | [`audio`] | the audio thread, in `process()` | allocates, frees, locks, waits (but in an offline render), calls the system |
//! | [`conductor`], [`song`], [`records`] | the conductor's thread, which composes, and one that lists records | touches the audio thread's data but through the rings |
//! | [`editor`] | the host's GUI thread | holds up the audio thread |
//! | [`learning`] | a thread of each window that shows trainings, which are processes of their own | trains |
//! | [`params`], [`state`] | the host's main thread; the audio thread reads parameters | |
//! | [`shared`] | what lies between them: rings, atomics, and a lock that the audio thread never takes | |
//!
//! This file is the thin shell between the host and the [`audio::processor`].

#![deny(missing_docs)]

pub mod audio;
pub mod conductor;
pub mod editor;
pub mod learning;
pub mod params;
pub mod records;
pub mod shared;
pub mod song;
pub mod state;
mod worker_drain;

use std::sync::Arc;

use audio::input::InputEvent;
use audio::instrument::Sound;
use audio::player::{Block, PlayerEvent};
use audio::processor::{AudioProcessor, HostBar, RenderMode};
use conductor::Conductor;
use editor::JukeboxEditor;
use jukebox_model::meter::Meter;
use nice_plug::midi::{Channel, Key, VoiceID};
use nice_plug::prelude::*;
use params::JukeboxParams;
use shared::Shared;
use worker_drain::WorkerDrain;

/// One instance of the plugin.
pub struct AiJukebox {
    params: Arc<JukeboxParams>,
    shared: Arc<Shared>,
    processor: AudioProcessor,
    sound: Sound,
    /// The framework's worker thread, which is drained before the instance goes.
    worker: Option<AsyncExecutor<Self>>,
    is_vst3: bool,
    /// Ends its thread when the instance goes.
    _conductor: Conductor,
}

impl Default for AiJukebox {
    fn default() -> Self {
        let shared = Arc::<Shared>::default();
        let (conductor, audio) = Conductor::start(Arc::clone(&shared));
        Self {
            params: Arc::new(JukeboxParams::new(Arc::clone(&shared))),
            processor: AudioProcessor::new(Arc::clone(&shared), audio),
            sound: Sound::default(),
            shared,
            worker: None,
            is_vst3: false,
            _conductor: conductor,
        }
    }
}

impl Plugin for AiJukebox {
    const NAME: &'static str = "AI Jukebox";
    const VENDOR: &'static str = "AI Jukebox";
    const URL: &'static str = env!("CARGO_PKG_REPOSITORY");
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    // Live and FL Studio load nothing that has no audio output.
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[
        AudioIOLayout {
            main_output_channels: NonZeroU32::new(2),
            ..AudioIOLayout::const_default()
        },
        AudioIOLayout::const_default(),
    ];
    // MidiCCs would add 2,080 hidden parameters to the VST3.
    const MIDI_INPUT: MidiConfig = MidiConfig::Basic;
    const MIDI_OUTPUT: MidiConfig = MidiConfig::Basic;
    const SAMPLE_ACCURATE_AUTOMATION: bool = false;

    type Editor = JukeboxEditor;
    type SysExMessage = ();
    // Nothing else: the conductor is a thread of its own, for the framework's tasks outlive their
    // instance.
    type BackgroundTask = WorkerDrain;

    fn params(&self) -> Arc<dyn Params> {
        Arc::clone(&self.params) as Arc<dyn Params>
    }

    fn task_executor(&mut self) -> TaskExecutor<Self> {
        Box::new(WorkerDrain::acknowledge)
    }

    fn editor(&mut self, worker: AsyncExecutor<Self>) -> Option<Self::Editor> {
        self.worker = Some(worker);
        Some(JukeboxEditor::new(Arc::clone(&self.params), Arc::clone(&self.shared)))
    }

    fn activate(
        &mut self,
        layout: &AudioIOLayout,
        buffer_config: &BufferConfig,
        context: &mut impl ActivateContext<Self>,
    ) -> bool {
        self.is_vst3 = context.plugin_api() == PluginApi::Vst3;
        let mode = match buffer_config.process_mode {
            // In a VST3 this is what the host said the time before.
            _ if self.is_vst3 => RenderMode::Unknown,
            ProcessMode::Offline => RenderMode::Offline,
            ProcessMode::Realtime | ProcessMode::Buffered => RenderMode::Realtime,
        };
        self.processor.activate(self.params.composition_settings(None), mode);
        let audible = layout.main_output_channels.is_some();
        self.sound.activate(buffer_config.sample_rate, audible);
        true
    }

    fn deactivate(&mut self) {
        self.processor.deactivate();
        let has_messages = self.is_vst3 && cfg!(target_os = "linux");
        if let Some(worker) = self.worker.as_ref().filter(|_| has_messages) {
            WorkerDrain::wait(worker);
        }
    }

    fn reset(&mut self) {
        self.processor.reset();
        self.sound.reset();
    }

    fn process(
        &mut self,
        buffer: &mut Buffer<'_>,
        _aux: &mut AuxiliaryBuffers<'_>,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let block = block_of(buffer.samples(), context.transport());
        let bar = bar_of(context.transport());
        for channel in buffer.as_slice() {
            channel.fill(0.0);
        }
        let params = &self.params;
        let performance = params.performance();
        let mut incoming = next_input(context);
        while let Some(note) = incoming
            && self.processor.push_input(note)
        {
            incoming = next_input(context);
        }
        let sound = &mut self.sound;
        self.processor.process(
            &block,
            bar,
            |start| params.composition_settings(start),
            &performance,
            &mut |event| send(context, sound, event),
        );
        while let Some(note) = incoming {
            self.processor.push_late_input(note, &block, &performance, &mut |event| {
                send(context, sound, event)
            });
            incoming = next_input(context);
        }
        if let [left, right, ..] = buffer.as_slice() {
            self.sound.render(
                &params.sound_settings(),
                self.processor.band(),
                performance.parts.only,
                left,
                right,
            );
        }
        // Anything less lets a host put a plugin that makes no sound to sleep.
        ProcessStatus::KeepAlive
    }
}

/// Sends an event to the host, and to the built-in instrument; says whether the host took it.
fn send(
    context: &mut impl ProcessContext<AiJukebox>,
    sound: &mut Sound,
    event: PlayerEvent,
) -> bool {
    let taken = context.try_send_event(note_event(event)).is_ok();
    if taken {
        sound.push(event);
    }
    taken
}

/// The host's transport at the start of a block.
fn block_of(samples: usize, transport: &Transport) -> Block {
    Block {
        frames: samples as u32,
        sample_rate: f64::from(transport.sample_rate),
        playing: transport.playing,
        position: transport.pos_beats(),
        tempo: transport.tempo,
        loop_range: transport.loop_range_beats(),
    }
}

/// The host's bar, where it tells a meter that lies on our ticks.
fn bar_of(transport: &Transport) -> Option<HostBar> {
    let numerator = u8::try_from(transport.time_sig_numerator?).ok()?;
    let denominator = u8::try_from(transport.time_sig_denominator?).ok()?;
    let meter = Meter::new(numerator, denominator).ok()?;
    Some(HostBar { start: transport.bar_start_pos_beats, meter })
}

/// The next note that comes in.
fn next_input(context: &mut impl ProcessContext<AiJukebox>) -> Option<InputEvent> {
    loop {
        if let Some(note) = input_of(context.next_event()?) {
            return Some(note);
        }
    }
}

/// A note that comes in. Note expressions stay behind: from a plugin, they crash some hosts.
fn input_of(event: NoteEvent<()>) -> Option<InputEvent> {
    let (timing, channel, key, velocity) = match event {
        NoteEvent::NoteOn { timing, channel, key, velocity, .. } => {
            (timing, channel, key, Some(velocity))
        }
        NoteEvent::NoteOff { timing, channel, key, .. }
        | NoteEvent::Choke { timing, channel, key, .. } => (timing, channel, key, None),
        _ => return None,
    };
    Some(InputEvent { timing, channel: channel.number(), key: key.number(), velocity })
}

fn note_event(event: PlayerEvent) -> NoteEvent<()> {
    let voice_id = VoiceID::Wildcard;
    match event {
        PlayerEvent::NoteOn { timing, channel, key, velocity, .. } => NoteEvent::NoteOn {
            timing,
            voice_id,
            channel: Channel::Number(channel),
            key: Key::Number(key),
            velocity,
        },
        PlayerEvent::NoteOff { timing, channel, key } => NoteEvent::NoteOff {
            timing,
            voice_id,
            channel: Channel::Number(channel),
            key: Key::Number(key),
            velocity: 0.0,
        },
    }
}

impl ClapPlugin for AiJukebox {
    const CLAP_ID: &'static str = "org.ai-jukebox.ai-jukebox";
    const CLAP_DESCRIPTION: Option<&'static str> =
        Some("Composes notes in time with the host, with a network that learnt from MIDI files");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] =
        &[ClapFeature::NoteEffect, ClapFeature::Instrument, ClapFeature::Stereo];
}

impl Vst3Plugin for AiJukebox {
    const VST3_CLASS_ID: [u8; 16] = *b"AIJukeboxNotesV1";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Instrument, Vst3SubCategory::Generator, Vst3SubCategory::Tools];
}

nice_export_clap!(AiJukebox);
nice_export_vst3!(AiJukebox);
