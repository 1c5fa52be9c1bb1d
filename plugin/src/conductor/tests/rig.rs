//! An engine and a processor joined by their rings, and records that need no training.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jukebox_model::composer::{Composer, ComposerSettings};
use jukebox_model::meter::{Meter, MeterMap};
use jukebox_model::network::weights::{Tensor, shapes};
use jukebox_model::network::{Config, Weights};
use jukebox_model::piece::{Note, Part};
use jukebox_model::record::{Precision, Receipt, Record};
use jukebox_model::take::Take;
use jukebox_model::vocabulary::Vocabulary;
use tempfile::TempDir;

use super::super::engine::{Engine, Pace};
use crate::audio::player::{Block, PerformanceSettings, PlayerEvent};
use crate::audio::processor::{AudioProcessor, HostBar, RenderMode};
use crate::shared::Shared;
use crate::shared::link::{AudioEnd, link};
use crate::song::{CompositionSettings, RecordName, Song};

/// Samples in a bar of 4/4 in the rig: 120 bpm at 48 kHz.
pub const BAR: u32 = 96_000;

/// A record whose weights are noise from a seed.
pub fn record(seed: u64, drums: bool) -> Record {
    let vocabulary = Vocabulary {
        steps: vec![0, 6, 12, 24],
        pitches: vec![55, 57, 59, 60, 62, 64, 65, 67, 69, 71, 72],
        durations: vec![6, 12, 24],
        velocities: vec![64, 96],
        meters: vec![Meter::COMMON, Meter::new(6, 8).unwrap()],
        drums,
        ..Vocabulary::default()
    };
    noise(seed, vocabulary)
}

/// A record of a melody, a bass and drums, whose weights are noise.
pub fn band(seed: u64) -> Record {
    let part = |name: &str, drums| Part { name: name.into(), program: None, drums };
    let parts = vec![part("Melody", false), part("Bass", false), part("Drums", true)];
    let melody = vec![55, 57, 59, 60, 62, 64, 65, 67, 69, 71, 72];
    let bass = vec![36, 38, 40, 41, 43];
    let vocabulary = Vocabulary {
        pitches: bass.iter().chain(&melody).copied().collect(),
        drum_keys: vec![36, 38, 42],
        parts,
        part_keys: vec![melody, bass, vec![36, 38, 42]],
        ..record(seed, false).vocabulary().clone()
    };
    noise(seed, vocabulary)
}

/// The same, which knows some chords.
pub fn band_with_chords(seed: u64) -> Record {
    let chords = ["C", "Dm", "F", "G", "Am"].map(|name| [Some(name.parse().unwrap()); 2]);
    noise(seed, band(seed).vocabulary().clone().with_chords(&chords))
}

fn noise(seed: u64, vocabulary: Vocabulary) -> Record {
    let config = Config { hidden: 8, layers: 1, embedding: 6, head: 6 };
    let mut state = seed;
    let mut number = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    let tensors: BTreeMap<String, Tensor> = shapes(&config, &vocabulary)
        .into_iter()
        .map(|(name, shape)| {
            let data = (0..shape.iter().product()).map(|_| number()).collect();
            (name, Tensor { shape, data })
        })
        .collect();
    let receipt = Receipt { name: format!("Noise {seed}"), ..Receipt::default() };
    Record::new(config, vocabulary, receipt, Weights::new(tensors)).unwrap()
}

/// Writes a record where the plugin can load it.
pub fn write(record: &Record, folder: &Path) -> PathBuf {
    let path = folder.join(format!("{}.safetensors", record.receipt().name));
    std::fs::write(&path, record.to_bytes(Precision::Single)).unwrap();
    path
}

/// The bars of a take as the composer writes them when nobody interferes.
pub fn tune(
    record: &Arc<Record>,
    meters: MeterMap,
    settings: ComposerSettings,
    bars: usize,
) -> Vec<Vec<Note>> {
    let mut composer = Composer::new(Arc::clone(record));
    let mut take = Take::new(meters);
    for _ in 0..bars {
        take.compose_next(&mut composer, &settings);
    }
    notes_of(&take)
}

/// The notes of a take by bar.
pub fn notes_of(take: &Take) -> Vec<Vec<Note>> {
    take.bars().iter().map(|bar| bar.notes.clone()).collect()
}

/// One instance without a host. The engine is stepped by hand.
pub struct Rig {
    pub shared: Arc<Shared>,
    pub engine: Engine,
    pub processor: AudioProcessor,
    pub record: Arc<Record>,
    pub folder: TempDir,
    pub path: PathBuf,
    /// What the parameters say.
    pub notes: ComposerSettings,
    /// What else they say.
    pub settings: CompositionSettings,
    pub performance: PerformanceSettings,
    pub meter: Option<Meter>,
    pub loop_range: Option<(f64, f64)>,
    pub events: Vec<PlayerEvent>,
}

impl Rig {
    /// An active instance that plays a record of noise and has composed ahead of the song's start.
    pub fn new() -> Self {
        let mut rig = Self::inactive();
        rig.processor.activate(rig.asked(), RenderMode::Realtime);
        rig.settle();
        rig
    }

    pub fn inactive() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let record = Arc::new(record(1, false));
        let path = write(&record, folder.path());
        let shared = Arc::<Shared>::default();
        let name = RecordName { path: Some(path.clone()), ..RecordName::default() };
        let loaded = Some(path.clone());
        shared.restore(Ok(Arc::new(Song { record: name, loaded, ..Song::default() })));
        let (audio, ends): (AudioEnd, _) = link();
        let mut engine = Engine::new(Arc::clone(&shared), ends);
        engine.folder = Some(folder.path().to_owned());
        Self {
            engine,
            processor: AudioProcessor::new(Arc::clone(&shared), audio),
            shared,
            record,
            folder,
            path,
            notes: ComposerSettings::default(),
            settings: CompositionSettings::default(),
            performance: PerformanceSettings::default(),
            meter: None,
            loop_range: None,
            events: Vec::new(),
        }
    }

    /// The composition settings in force.
    pub fn asked(&self) -> CompositionSettings {
        CompositionSettings { notes: self.notes, ..self.settings }
    }

    /// Lets the engine work until it has nothing more to do.
    pub fn settle(&mut self) {
        while self.engine.step() == Pace::Busy {}
    }

    /// A block of the transport, and what the engine does after it.
    pub fn block(&mut self, playing: bool, position: f64, frames: u32) {
        let block = Block {
            frames,
            sample_rate: 48_000.0,
            playing,
            position: Some(position),
            tempo: Some(120.0),
            loop_range: self.loop_range,
        };
        let bar = self.meter.map(|meter| {
            let length = f64::from(meter.bar()) / 24.0;
            HostBar { start: Some((position / length).floor() * length), meter }
        });
        let settings = self.asked();
        self.processor.process(&block, bar, |_| settings, &self.performance, &mut |event| {
            self.events.push(event);
            true
        });
        self.settle();
    }

    /// Plays whole bars of 4/4 in so many blocks each, and gives the keys that went down.
    pub fn bars(&mut self, bars: std::ops::Range<u32>, blocks: u32) -> Vec<u8> {
        self.events.clear();
        for block in bars.start * blocks..bars.end * blocks {
            self.block(true, f64::from(block) * 4.0 / f64::from(blocks), BAR / blocks);
        }
        self.keys()
    }

    pub fn stop(&mut self, position: f64) {
        self.block(false, position, 64);
    }

    /// The keys that went down since the events were cleared.
    pub fn keys(&self) -> Vec<u8> {
        let down = |event: &PlayerEvent| match *event {
            PlayerEvent::NoteOn { key, .. } => Some(key),
            PlayerEvent::NoteOff { .. } => None,
        };
        self.events.iter().filter_map(down).collect()
    }

    /// The song's bars so far.
    pub fn notes(&self) -> Vec<Vec<Note>> {
        notes_of(&self.engine.song.take)
    }

    /// What the composer would write.
    pub fn tune(&self, settings: ComposerSettings, bars: usize) -> Vec<Vec<Note>> {
        tune(&self.record, MeterMap::default(), settings, bars)
    }

    pub fn message(&self) -> Option<String> {
        self.shared.view().message
    }
}

/// The pitches of some bars.
pub fn pitches(bars: &[Vec<Note>]) -> Vec<u8> {
    bars.concat().iter().map(|note| note.pitch).collect()
}
