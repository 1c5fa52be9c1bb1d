//! What the audio thread does with one block, whatever the host: it follows the transport, tells the
//! conductor what has changed, takes up the newest score and plays, with the notes that come in between.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use jukebox_model::meter::Meter;
use jukebox_model::piece::{TICKS_PER_QUARTER, Tick, song_tick};

use crate::audio::bar_recorder::{BarRecorder, Tuning};
use crate::audio::input::{Input, InputEvent, Keys};
use crate::audio::note_merger::NoteMerger;
use crate::audio::phrase_recorder::PhraseRecorder;
use crate::audio::player::performance::Chords;
use crate::audio::player::{
    Block, Passage, PerformanceSettings, PitchClasses, Player, PlayerEvent, Transport,
};
use crate::audio::render_detector::RenderDetector;
use crate::shared::{AudioEnd, Shared, When};
use crate::song::{Band, CompositionSettings};

/// How long a render waits for a bar while the conductor composes none: where the host says that it
/// renders, so that a large record can be loaded, and where it only seems to.
const PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE_MEASURED: Duration = Duration::from_secs(1);
/// How far beside a tick the host may say that a bar starts, in quarter notes.
const SLACK: f64 = 1e-3;

/// The bar that the host is in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HostBar {
    /// Where it starts, in quarter notes, if the host says.
    pub start: Option<f64>,
    /// Its meter.
    pub meter: Meter,
}

/// What the host says about whether it plays or renders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenderMode {
    /// It plays: the audio thread never waits.
    Realtime,
    /// It renders: the audio thread waits for the bars that it needs.
    Offline,
    /// Not reliably known: whether it renders is measured.
    Unknown,
}

/// The audio thread's whole state.
pub struct AudioProcessor {
    shared: Arc<Shared>,
    conductor: AudioEnd,
    transport: Transport,
    player: Player,
    input: Input,
    keys: Keys,
    merger: NoteMerger,
    mode: RenderMode,
    detector: RenderDetector,
    /// Whether a render waits for the conductor: not after a wait in vain, until the bars are there again.
    waits: bool,
    /// The bar that the last block has come to: pass, number, and the state that was loaded.
    bar: Option<(u64, u32, u64)>,
    recorder: PhraseRecorder,
    bars: BarRecorder,
}

impl AudioProcessor {
    /// The state before the first block.
    pub fn new(shared: Arc<Shared>, conductor: AudioEnd) -> Self {
        Self {
            shared,
            conductor,
            transport: Transport::default(),
            player: Player::default(),
            input: Input::default(),
            keys: Keys::default(),
            merger: NoteMerger::default(),
            mode: RenderMode::Realtime,
            detector: RenderDetector::default(),
            waits: true,
            bar: None,
            recorder: PhraseRecorder::default(),
            bars: BarRecorder::default(),
        }
    }

    /// The host will call [`AudioProcessor::process`]. Not on the audio thread.
    pub fn activate(&mut self, settings: CompositionSettings, mode: RenderMode) {
        self.mode = mode;
        self.detector = RenderDetector::default();
        self.shared.live.offline.store(mode == RenderMode::Offline, Relaxed);
        let generation = self.shared.generation();
        self.conductor.report_settings(settings, When::Everywhere, generation);
        // The conductor composes from here on.
        self.player.turn_to_another_song();
        self.shared.set_active(true);
    }

    /// The host will not call [`AudioProcessor::process`] for now. Not on the audio thread.
    pub fn deactivate(&mut self) {
        self.shared.live.playing.store(false, Relaxed);
        self.shared.set_active(false);
    }

    /// Forgets the position and the keys that are held; what sounds is released in the next block.
    pub fn reset(&mut self) {
        self.transport.stop();
        self.player.reset();
        self.keys.clear();
        self.merger.release_input();
        self.recorder = PhraseRecorder::default();
        self.bars = BarRecorder::default();
    }

    /// Takes a note of the block that will be processed next, in order of time. Where there is no room
    /// for more, [`AudioProcessor::push_late_input`] takes it after the block.
    pub fn push_input(&mut self, event: InputEvent) -> bool {
        self.input.push(event)
    }

    /// Takes a note for which there was no room in the block that has been processed, at that block's end.
    pub fn push_late_input(
        &mut self,
        event: InputEvent,
        block: &Block,
        performance: &PerformanceSettings,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) {
        if !event.is_usable() {
            return;
        }
        let event = InputEvent { timing: block.frames.saturating_sub(1), ..event };
        self.keys.update(&event);
        self.bars.follow(&event);
        self.merger.send_input(&event, performance.thru, out);
    }

    /// Plays a block. `settings` reads the composition settings in force, given the tick at which the
    /// host's loop starts; `out` takes the events in
    /// order of their samples and says whether the host took them.
    pub fn process(
        &mut self,
        block: &Block,
        bar: Option<HostBar>,
        settings: impl FnOnce(Option<Tick>) -> CompositionSettings,
        performance: &PerformanceSettings,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) {
        // A loaded state changes the parameters first and the generation last. Read in this order,
        // settings of the old state never pass for settings of the new one.
        let generation = self.shared.generation();
        let settings = settings(block.loop_range.map(|(start, _)| tick_of(start)));
        let passage = self.player.follow(&self.transport.block(block, performance.run));
        let renders = self.renders(&passage, block);
        let tick = self.publish_position(&passage, block);
        if let Some((at, meter)) = bar.and_then(|bar| self.bar_line(bar, block)) {
            self.conductor.report_meter(at, meter, generation);
        }
        if let Some(when) = self.when(&passage, tick, generation) {
            self.conductor.report_settings(settings, when, generation);
        }
        self.conductor.receive();
        self.record(&passage, performance, generation);
        if renders && passage.is_playing() && !performance.silent {
            self.wait_for_bars(&passage);
        }
        self.play(&passage, performance, out);
        self.shared.live.underruns.store(self.player.underruns(), Relaxed);
    }

    /// Whether the host renders. The clock is only read where the host does not say.
    fn renders(&mut self, passage: &Passage, block: &Block) -> bool {
        let renders = match self.mode {
            RenderMode::Realtime => false,
            RenderMode::Offline => true,
            RenderMode::Unknown => {
                let seconds = f64::from(block.frames) / block.sample_rate;
                self.detector.count_block(seconds, passage.is_playing(), passage.is_new)
            }
        };
        self.shared.live.offline.store(renders, Relaxed);
        renders
    }

    /// Who plays.
    pub fn band(&self) -> &Band {
        &self.conductor.score().band
    }

    /// From where on the settings act that are in force now; `None` in the middle of a bar, whose
    /// settings wait for the next: so that they do not depend on the length of the blocks.
    fn when(&mut self, passage: &Passage, tick: Tick, generation: u64) -> Option<When> {
        let bar = (passage.pass, self.conductor.bar_number(tick), generation);
        if self.bar.is_some_and(|(.., before)| before != generation) {
            self.player.turn_to_another_song();
        }
        let entered = self.bar.replace(bar) != Some(bar);
        let (pass, loop_start) = (passage.pass, passage.loop_start.map(song_tick));
        match passage {
            passage if !passage.is_playing() => Some(When::Everywhere),
            passage if passage.is_new => Some(When::Here { tick }),
            _ => entered.then_some(When::Ahead { tick, pass, loop_start }),
        }
    }

    /// Sends the conductor what is played to the song, where it listens.
    fn record(&mut self, passage: &Passage, performance: &PerformanceSettings, generation: u64) {
        let (score, mut tell) = self.conductor.listening(generation);
        let (events, shift) = (self.input.events(), performance.shift);
        self.recorder.record(passage, events, &score.listens, shift, &mut tell);
        let tuning = Tuning { shift, octaves: performance.parts.octaves };
        self.bars.record(passage, events, &score.hears, tuning, &mut tell);
    }

    /// Plays a passage, and passes on the notes that come in, merged in order of time: an event of
    /// the input goes first at its sample.
    fn play(
        &mut self,
        passage: &Passage,
        performance: &PerformanceSettings,
        out: &mut impl FnMut(PlayerEvent) -> bool,
    ) {
        let mut to_hear = self.input.events().iter().peekable();
        let mut chord = |sample| {
            while let Some(event) = to_hear.next_if(|event| event.timing <= sample) {
                self.keys.update(event);
            }
            match performance.chords {
                Chords::Off => PitchClasses::default(),
                Chords::StrongBeats | Chords::Everywhere => self.keys.chord(),
            }
        };
        self.merger.begin_block(out);
        let mut to_pass = self.input.events().iter().peekable();
        let mut merged = |event: PlayerEvent| {
            while let Some(input) = to_pass.next_if(|input| input.timing <= event.timing()) {
                self.merger.send_input(input, performance.thru, out);
            }
            self.merger.send_song(event, out)
        };
        self.player.play(passage, self.conductor.score(), performance, &mut chord, &mut merged);
        to_pass.for_each(|input| self.merger.send_input(input, performance.thru, out));
        to_hear.for_each(|event| self.keys.update(event));
        self.input.clear();
    }

    /// Stores the position for the editor and the conductor; returns the last tick that was reached.
    fn publish_position(&self, passage: &Passage, block: &Block) -> Tick {
        let live = &self.shared.live;
        let reached = song_tick(passage.tick);
        let seconds = f64::from(block.frames) / block.sample_rate;
        live.position.store(self.player.position(), Relaxed);
        live.tick.store(reached, Relaxed);
        live.needs.store(song_tick(passage.needs), Relaxed);
        live.seconds.store(live.seconds.load(Relaxed) + seconds, Relaxed);
        live.pass.store(passage.pass, Relaxed);
        live.playing.store(passage.is_playing(), Relaxed);
        if let Some(tempo) = block.tempo {
            live.tempo.store(tempo, Relaxed);
        }
        reached
    }

    /// The tick at which the host's bar starts. A count-in tells the meter of the first bar; a host
    /// that does not know its bars tells the meter of ours.
    fn bar_line(&mut self, bar: HostBar, block: &Block) -> Option<(Tick, Meter)> {
        let position = block.position?;
        let ticks = f64::from(TICKS_PER_QUARTER);
        let length = f64::from(bar.meter.bar()) / ticks;
        if position < 0.0 {
            return Some((0, bar.meter));
        }
        let holds = |start: &f64| *start <= position + SLACK && position < start + length + SLACK;
        let at = match bar.start.filter(holds) {
            Some(start) => song_tick((start * ticks).round() as i64),
            None => {
                let here = song_tick((position * ticks) as i64);
                self.conductor.bar_at(here)?.start
            }
        };
        Some((at, bar.meter))
    }

    /// In a render, waits until the passage is composed, as long as the conductor gets on. One that does
    /// not is waited for no more until it has come back.
    fn wait_for_bars(&mut self, passage: &Passage) {
        let needs = song_tick(passage.needs);
        let ready = |conductor: &AudioEnd| {
            let score = conductor.score();
            conductor.is_answered() && (score.complete || score.end() >= needs)
        };
        if ready(&self.conductor) {
            self.waits = true;
            return;
        }
        if !self.waits {
            return;
        }
        let patience = match self.mode {
            RenderMode::Offline => PATIENCE,
            RenderMode::Realtime | RenderMode::Unknown => PATIENCE_MEASURED,
        };
        let composed = || self.shared.live.composed.load(Relaxed);
        let mut progress = (composed(), Instant::now());
        while self.waits && !ready(&self.conductor) {
            thread::sleep(Duration::from_micros(200));
            self.conductor.receive();
            if composed() != progress.0 {
                progress = (composed(), Instant::now());
            }
            self.waits = progress.1.elapsed() < patience;
        }
        self.waits |= ready(&self.conductor);
        self.detector.exclude_wait();
    }
}

/// The tick nearest to a song position in quarter notes.
fn tick_of(position: f64) -> Tick {
    song_tick((position * f64::from(TICKS_PER_QUARTER)).round() as i64)
}
