//! What comes from outside and must neither hang the conductor nor end it: files that are none, paths that
//! lead elsewhere, songs that cannot be.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use jukebox_model::piece::Note;
use jukebox_model::take::Bar;

use super::rig::{Rig, pitches, record, write};
use crate::audio::player::{Block, PerformanceSettings};
use crate::audio::processor::{AudioProcessor, RenderMode};
use crate::conductor::Conductor;
use crate::shared::{Order, Shared};
use crate::song::{CompositionSettings, RecordName, Song};

/// What takes so long hangs.
const LONG: Duration = Duration::from_secs(60);

/// A song whose record is to be found at a path.
fn song_at(path: &Path) -> Arc<Song> {
    let record = RecordName { path: Some(path.to_owned()), ..RecordName::default() };
    Arc::new(Song { record, loaded: Some(path.to_owned()), ..Song::default() })
}

/// Waits for something that another thread does.
fn wait_until(done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < LONG, "it hangs");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Does something that must not hang.
fn within_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, done) = channel();
    thread::spawn(move || send.send(work()));
    done.recv_timeout(LONG).expect("it hangs, or panics")
}

#[cfg(unix)]
fn pipe(folder: &Path) -> PathBuf {
    let pipe = folder.join("a pipe.safetensors");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    pipe
}

#[test]
#[cfg(unix)]
fn a_state_whose_record_is_no_file_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    for path in [pipe(folder.path()), PathBuf::from("/dev/zero")] {
        within_time(move || {
            let shared = Arc::<Shared>::default();
            let (conductor, _audio) = Conductor::start(Arc::clone(&shared));
            shared.restore(Ok(song_at(&path)));
            wait_until(|| shared.view().message.is_some());
            let message = shared.view().message.unwrap();
            assert!(message.contains("a pipe or a device"), "{message}");
            drop(conductor);
        });
    }
}

#[test]
fn an_instance_goes_though_its_thread_is_held_up() {
    let shared = Arc::<Shared>::default();
    let (conductor, _audio) = Conductor::start(Arc::clone(&shared));
    shared.set_active(true);
    wait_until(|| shared.view().record.is_some());
    // Whatever it waits for: here it is the lock, and the thread would wait for ever.
    let ((let_go, held), (took, taken)) = (channel::<()>(), channel());
    let holder = thread::spawn({
        let shared = Arc::clone(&shared);
        move || {
            shared.show(|_| {
                took.send(()).unwrap();
                held.recv()
            })
        }
    });
    taken.recv().unwrap();
    // It looks every 30 ms: by now it waits.
    shared.wake();
    thread::sleep(Duration::from_millis(300));
    within_time(move || drop(conductor));
    drop(let_go);
    let _ = holder.join();
    // It ends when it looks up, with all that it has shared.
    wait_until(|| Arc::strong_count(&shared) == 1);
}

/// Lists the records of the rig's folder.
fn listed(rig: &mut Rig) -> Vec<(String, Result<String, String>)> {
    rig.shared.order(Order::Browse);
    rig.settle();
    wait_until(|| !rig.shared.view().listing);
    let view = rig.shared.view();
    let files = view.library.iter().filter_map(|entry| {
        let file = entry.path.as_ref()?.file_name().unwrap().to_string_lossy().into_owned();
        Some((file, entry.facts.clone().map(|facts| facts.name)))
    });
    files.collect()
}

#[test]
#[cfg(unix)]
fn a_folder_of_pipes_and_endless_files_is_listed_while_it_plays() {
    let found = within_time(|| {
        let mut rig = Rig::new();
        pipe(rig.folder.path());
        for number in 0..50 {
            let name = format!("huge {number}.safetensors");
            let file = std::fs::File::create(rig.folder.path().join(name)).unwrap();
            file.set_len(1 << 30).unwrap();
        }
        let expected = rig.tune(rig.notes, 4);
        rig.shared.order(Order::Browse);
        assert_eq!(rig.bars(0..4, 4), pitches(&expected));
        assert_eq!(rig.shared.live.underruns.load(std::sync::atomic::Ordering::Relaxed), 0);
        listed(&mut rig)
    });
    assert_eq!(found.len(), 52);
    assert_eq!(found[0].0, "Noise 1.safetensors");
    assert_eq!(found[0].1, Ok("Noise 1".to_owned()));
    assert!(found[1].1.as_ref().unwrap_err().contains("a pipe or a device"));
    assert!(found[2..].iter().all(|(name, facts)| name.starts_with("huge") && facts.is_err()));
}

#[test]
fn a_state_does_not_open_network_paths_and_a_user_may() {
    let mut rig = Rig::new();
    for path in [r"\\host\share\a.safetensors", "//host/share/a.safetensors"] {
        rig.shared.restore(Ok(song_at(Path::new(path))));
        rig.settle();
        let message = rig.message().unwrap();
        assert!(message.contains(path) && message.contains("network path"), "{message}");
        assert_eq!(rig.shared.view().record, None);
    }
    // To Unix, two slashes are one: this record could be loaded, but nobody has asked for it.
    #[cfg(unix)]
    {
        let other = write(&record(6, false), rig.folder.path());
        let path = PathBuf::from(format!("/{}", other.display()));
        rig.shared.restore(Ok(song_at(&path)));
        rig.settle();
        assert!(rig.message().unwrap().contains("network path"));
        // Nor is it opened where a parameter asks for the record that was loaded last.
        for record in [1, 0] {
            rig.settings.record = record;
            rig.stop(0.0);
        }
        assert!(rig.message().unwrap().contains("network path"));
        rig.shared.order(Order::Load(path.clone()));
        rig.settle();
        assert_eq!((rig.message(), rig.shared.view().path), (None, Some(path.clone())));
        assert_eq!(rig.shared.view().record.unwrap().name, "Noise 6");
        // From then on it is the user's choice.
        rig.shared.restore(Ok(song_at(&path)));
        rig.settle();
        assert_eq!(rig.message(), None);
    }
}

/// A song that cannot be composed on: the fourth bar is one in which something was played, at a place
/// that is none. No state that is let in holds such a song.
fn broken(rig: &Rig) -> Song {
    let mut song = Song::clone(&rig.shared.song());
    let mut slot = rig.engine.song.take.meters().bar(3);
    slot.start += 1000;
    let note = Note { onset: 0, part: 0, pitch: 60, duration: 12, velocity: 80 };
    let bar = Bar { slot, end: slot.start + 96, notes: vec![note], ..Bar::default() };
    song.heard.insert(3, Arc::new(bar));
    song
}

/// Reply, from the fourth bar on.
fn reply() -> CompositionSettings {
    CompositionSettings { reply: 1, anchor: 3 * 96, ..CompositionSettings::default() }
}

#[test]
fn a_panic_is_said_and_the_song_plays_on() {
    let mut rig = Rig::new();
    let heard = rig.bars(0..1, 4);
    let shared = Arc::<Shared>::default();
    let (conductor, audio) = Conductor::start(Arc::clone(&shared));
    shared.restore(Ok(Arc::new(broken(&rig))));
    let mut processor = AudioProcessor::new(Arc::clone(&shared), audio);
    processor.activate(CompositionSettings::default(), RenderMode::Realtime);
    let mut play = |bar: u32, settings: CompositionSettings| {
        let block = Block {
            frames: super::rig::BAR,
            sample_rate: 48_000.0,
            playing: true,
            position: Some(f64::from(bar) * 4.0),
            tempo: Some(120.0),
            loop_range: None,
        };
        let mut keys = Vec::new();
        processor.process(
            &block,
            None,
            |_| settings,
            &PerformanceSettings::default(),
            &mut |event| {
                keys.extend(event.is_on().then_some(event.key()));
                true
            },
        );
        keys
    };
    wait_until(|| !shared.view().score.bars.is_empty());
    assert_eq!(play(0, CompositionSettings::default()), heard);
    // The settings ask for the bar that breaks it.
    play(1, reply());
    wait_until(|| shared.view().message.is_some());
    let message = shared.view().message.unwrap();
    assert!(message.contains("has stopped the composing"), "{message}");
    assert!(shared.view().record.is_some());
    assert_eq!(play(0, reply()), heard, "what is composed plays on");
    // Others do not, and it goes on.
    play(1, CompositionSettings { length: 2, ..CompositionSettings::default() });
    wait_until(|| shared.view().score.bars.len() > 8 && !shared.view().slots.is_empty());
    within_time(move || drop(conductor));
}
