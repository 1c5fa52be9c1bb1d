//! A training that is begun in an instance: it outlives the window, the instance and the host, is found again by
//! others, and what it has learnt is in the list of records and plays.

use std::env;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ai_jukebox::learning::training_folder::Length;
use ai_jukebox::learning::{Learning, Order, Places, Status, Training, View};
use ai_jukebox::records::list;
use jukebox_model::composer::ComposerSettings;
use jukebox_model::meter::MeterMap;
use jukebox_model::record::Record;
use jukebox_tests::jukebox::jukebox;
use jukebox_tests::log;
use jukebox_tests::score::compose;
use jukebox_tests::session::{Pace, Session, Setup};
use jukebox_tests::song::Song;

use crate::fixture::{assert_plays, bundle, plugin_with, setup, unpack};

/// Names the folder to the host that is killed.
const ROOT: &str = "JUKEBOX_TEST_LEARNS";
const THIS: &str = "learning::a_training_outlives_its_host_and_its_record_is_listed_and_plays";

fn places(root: &Path) -> Places {
    Places {
        trainings: root.join("trainings"),
        records: root.join("records"),
        command: Some(jukebox().unwrap()),
    }
}

/// What a window shows, once it shows what is looked for.
fn until(learning: &Learning, what: &str, is_so: impl Fn(&View) -> bool) -> View {
    let began = Instant::now();
    loop {
        let view = learning.view();
        if is_so(&view) {
            return view;
        }
        assert!(began.elapsed() < Duration::from_secs(300), "{what} did not come to be: {view:?}");
        sleep(Duration::from_millis(20));
    }
}

/// The one training that there is.
fn only(view: &View) -> Option<&Training> {
    let trainings = &view.trainings;
    assert!(trainings.len() < 2, "one was begun");
    trainings.first()
}

fn epochs(view: &View) -> usize {
    only(view).map_or(0, |it| it.progress.epochs.len())
}

fn is_at(view: &View, status: &Status) -> bool {
    only(view).is_some_and(|it| it.status == *status)
}

/// Asserts that an instance plays what the record of a file composes.
fn assert_is_played(record: &Path) {
    let composed = Arc::new(Record::load(record).unwrap());
    let notes = compose(composed, &ComposerSettings::default(), MeterMap::default(), 24).notes();
    let mut plugin = plugin_with(record);
    let song = Song::new(180.0, MeterMap::default());
    let mut host = Session::start(&mut plugin, song, setup(48_000.0, &[512])).unwrap();
    host.play();
    host.run_to(60.0).unwrap();
    assert_plays(&host.finish().unwrap(), &notes, 1.0);
}

#[test]
fn a_training_outlives_its_host_and_its_record_is_listed_and_plays() {
    if let Some(root) = env::var_os(ROOT) {
        return learn_and_play(Path::new(&root));
    }
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let root = root.path();
    unpack("celtic", 60, &root.join("music"));
    fs::write(root.join("music/letter.mid"), "Dear listener, this is no music.").unwrap();
    let places = places(root);

    // A host begins it, and dies in its midst.
    let (mut again, log) = log::again().unwrap();
    again.args(["--exact", THIS]).env(ROOT, root).stdout(Stdio::null());
    let mut host = again.spawn().unwrap();
    let learning = Learning::start(places.clone());
    let before = epochs(&until(&learning, "an epoch", |view| epochs(view) > 0));
    host.kill().unwrap();
    host.wait().unwrap();
    assert_eq!(log::late_bars(&log).unwrap_or(0), 0, "{}", log.display());
    fs::remove_file(log).ok();

    // It goes on, and what it has learnt is to be heard.
    let view = until(&learning, "another epoch", |view| epochs(view) > before);
    let training = only(&view).unwrap().clone();
    assert!(training.status.is_running(), "{:?}", training.status);
    assert_eq!(training.state.name, "music");
    let (_, best) = training.best().unwrap();
    assert_is_played(&best);

    // Another window finds it, stops it, and goes on with it.
    drop(learning);
    let learning = Learning::start(places.clone());
    let folder = training.folder.path().to_owned();
    until(&learning, "the training", |view| only(view).is_some_and(|it| it.status.is_running()));
    learning.order(Order::Stop(folder.clone()));
    let view = until(&learning, "its stop", |view| is_at(view, &Status::Stopped));
    assert!(only(&view).unwrap().kept.is_none());
    let done = epochs(&view);
    assert!(done > before && done < EPOCHS as usize, "{done} epochs");
    learning.order(Order::Resume(folder.clone()));
    until(&learning, "its going on", |view| epochs(view) > done);
    drop(learning);

    // Nobody looks while it comes to its end.
    let learning = Learning::start(places.clone());
    let view = until(&learning, "its end", |view| is_at(view, &Status::Finished));
    let training = only(&view).unwrap();
    let kept = training.kept.clone().unwrap();
    let mut listed = Vec::new();
    let _ = list::list(Some(&places.records), &mut |entry| {
        listed.push((entry.path, entry.facts.unwrap().name));
        ControlFlow::Continue(())
    });
    assert!(listed.contains(&(Some(kept.clone()), "music".to_owned())), "{listed:?}");
    assert_is_played(&kept);

    assert!(!training.folder.is_running());
    #[cfg(target_os = "linux")]
    until(&learning, "the end of its process", |_| !is_there(training.progress.process.unwrap()));
    learning.order(Order::Remove(folder.clone()));
    until(&learning, "its removal", |view| only(view).is_none());
    assert!(!folder.exists() && kept.exists());
}

/// Epochs of the training.
const EPOCHS: u32 = 40;

/// A host that plays while its instance learns, until somebody ends it.
fn learn_and_play(root: &Path) {
    let mut plugin = bundle().open().unwrap();
    let setup = Setup { pace: Pace::Realtime(1.0), ..Setup::default() };
    let song = Song::new(200.0, MeterMap::default());
    let mut host = Session::start(&mut plugin, song, setup).unwrap();
    host.play();
    host.run_seconds(1.0).unwrap();
    let learning = Learning::start(places(root));
    learning.learn_from(vec![root.join("music")]);
    let mut begun = false;
    loop {
        host.run_seconds(0.2).unwrap();
        let view = learning.view();
        assert_eq!(view.error, None);
        if let (Some(import), false) = (&view.import, begun) {
            begun = true;
            assert!(import.details().contains("letter.mid: not a MIDI file"), "{import:?}");
            assert!(import.pieces.is_some_and(|it| it > 10) && import.notes > 1000, "{import:?}");
            let hidden = Some(48);
            learning.order(Order::Learn(Length { epochs: Some(EPOCHS), hidden, minutes: None }));
        }
    }
}

/// Whether there is such a process, alive or not waited for.
#[cfg(target_os = "linux")]
fn is_there(process: u32) -> bool {
    Path::new("/proc").join(process.to_string()).exists()
}

#[test]
fn what_cannot_be_learnt_is_said() {
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let root = root.path();
    fs::create_dir(root.join("empty")).unwrap();
    fs::write(root.join("letter.mid"), "Dear listener, this is no music.").unwrap();
    let learning = Learning::start(places(root));
    let say = |path: PathBuf| {
        learning.learn_from(vec![path.clone()]);
        let is_its = |view: &View| view.error.is_some() && !view.importing;
        let view = until(&learning, "an error", is_its);
        assert!(view.import.is_none());
        learning.order(Order::List(root.to_owned()));
        until(&learning, "a new beginning", |view| view.error.is_none());
        view.error.unwrap()
    };
    assert!(say(root.join("none")).contains("nothing at"));
    assert!(say(root.join("letter.mid")).contains("letter.mid"));
    assert!(say(root.join("empty")).contains("no MIDI files"));
    assert!(say("music".into()).contains("whole path"));
    assert_eq!(fs::read_dir(root.join("trainings")).unwrap().count(), 0, "nothing is left over");
}
