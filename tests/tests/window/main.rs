//! The editor's window on a real screen: what is drawn in it while the built-in record plays, and
//! that opening, resizing and closing it goes well.
//!
//! Where the environment variable `JUKEBOX_PICTURES` names a folder, the picture is kept there.
#![cfg(target_os = "linux")]

mod learn;
mod many;
mod screen;

use std::fs;

use clack_extensions::gui::GuiSize;
use jukebox_model::meter::MeterMap;
use jukebox_tests::plugin::Bundle;
use jukebox_tests::session::{Pace, Session, Setup};
use jukebox_tests::song::Song;

use screen::{Picture, Screen, keep, look};

/// A place on the screen where the pointer touches nothing.
const AWAY: (i16, i16) = (1200, 800);

#[test]
#[ignore = "needs an X server with OpenGL: xvfb-run, libgl1-mesa-dri"]
fn the_window_draws_the_take_while_it_plays() {
    let screen = Screen::open();
    let mut plugin = Bundle::linked(&ai_jukebox::clap_entry).unwrap().open().unwrap();
    let setup = Setup { pace: Pace::Realtime(1.0), ..Setup::default() };
    let song = Song::new(200.0, MeterMap::default());
    let mut host = Session::start(&mut plugin, song, setup).unwrap();

    screen.point(AWAY.0, AWAY.1);
    let size = host.plugin.open_editor(screen.parent).unwrap();
    host.play();
    host.run_to(6.0).unwrap();
    let early = screen.drawn(size);
    host.run_to(18.5).unwrap();
    let late = screen.drawn(size);
    keep(&late, "editor.png");
    assert!(late.notes() > 500, "no notes in the piano roll");
    let (from, to) = (early.playhead().unwrap(), late.playhead().unwrap());
    assert!(from < to, "the playhead went from {from} to {to}");

    // What the mouse does to it: locks, the list of records, help.
    for bar in [1, 4] {
        screen.click(107 + bar * 135, 110);
    }
    screen.point(AWAY.0, AWAY.1);
    let locked = |picture: &Picture| picture.locks() > 100;
    let picture = look("locked", || screen.picture(size).filter(locked));
    keep(&picture, "editor-locked.png");
    let mut before = picture;
    for (x, y, opened) in [(185, 70, "editor-records.png"), (1091, 68, "editor-help.png")] {
        screen.click(x, y);
        let open = screen.changed(&before);
        keep(&open, opened);
        screen.click(x, y);
        before = screen.changed(&open);
    }

    let larger = GuiSize { width: size.width + 150, height: size.height + 100 };
    assert_eq!(host.plugin.resize_editor(larger).unwrap(), larger);
    look("drawn in its new size", || screen.picture(larger)?.playhead());
    host.plugin.close_editor().unwrap();
    assert_eq!(host.plugin.open_editor(screen.parent).unwrap(), larger, "the size is kept");
    screen.drawn(larger);
    host.plugin.close_editor().unwrap();
    host.finish().unwrap();
}

/// Where the tabs are, from left to right, and how far down.
const TABS: [(&str, i16); 5] =
    [("play", 42), ("steer", 100), ("perform", 175), ("sound", 253), ("midi", 318)];
const TAB_ROW: i16 = 516;

#[test]
#[ignore = "needs an X server with OpenGL: xvfb-run, libgl1-mesa-dri"]
fn every_page_is_shown_in_light_and_dark() {
    let screen = Screen::open();
    let mut plugin = Bundle::linked(&ai_jukebox::clap_entry).unwrap().open().unwrap();
    let setup = Setup { pace: Pace::Realtime(1.0), ..Setup::default() };
    let song = Song::new(120.0, MeterMap::default());
    let mut host = Session::start(&mut plugin, song, setup).unwrap();
    // One line: a page that has settings for each part of a band is higher, and moves the tabs.
    host.automate("Record", "Celtic").unwrap();
    screen.point(AWAY.0, AWAY.1);
    let size = host.plugin.open_editor(screen.parent).unwrap();
    host.play();
    host.run_to(6.0).unwrap();
    let mut before = screen.drawn(size);
    for (name, x) in TABS.into_iter().skip(1) {
        screen.click(x, TAB_ROW);
        screen.point(AWAY.0, AWAY.1);
        let now = screen.changed(&before);
        keep(&now, &format!("editor-{name}.png"));
        before = now;
    }
    screen.click(TABS[0].1, TAB_ROW);
    // The light scheme.
    screen.click(1053, 68);
    screen.point(AWAY.0, AWAY.1);
    let bright = |picture: &Picture| {
        let bright = picture.count(|pixel| pixel.iter().all(|&part| part > 180));
        (bright > (size.width * size.height) as usize / 2).then_some(())
    };
    look("light", || screen.picture(size).as_ref().and_then(bright));
    keep(&screen.settled(size), "editor-light.png");
    host.plugin.close_editor().unwrap();
    host.finish().unwrap();
}

#[test]
#[ignore = "needs an X server with OpenGL: xvfb-run, libgl1-mesa-dri"]
fn fine_screens_have_fine_windows() {
    let screen = Screen::open();
    for (percent, dpi) in [(150, 144), (200, 192)] {
        screen.set_dpi(dpi);
        let mut plugin = Bundle::linked(&ai_jukebox::clap_entry).unwrap().open().unwrap();
        let setup = Setup { pace: Pace::Realtime(1.0), ..Setup::default() };
        let song = Song::new(120.0, MeterMap::default());
        let mut host = Session::start(&mut plugin, song, setup).unwrap();
        // A window learns how fine its screen is when it is open.
        host.plugin.open_editor(screen.parent).unwrap();
        host.play();
        host.run_to(3.0).unwrap();
        let wanted = GuiSize { width: 1120 * percent / 100, height: 720 * percent / 100 };
        if screen.has_room(wanted) {
            let picture = look("fine", || screen.picture(wanted).filter(Picture::is_drawn));
            keep(&picture, &format!("editor-{percent}.png"));
        }
        host.plugin.close_editor().unwrap();
        host.finish().unwrap();
        look("closed", || screen.editor().is_none().then_some(()));
    }
    screen.set_dpi(96);
}

#[test]
#[ignore = "needs an X server with OpenGL: xvfb-run, libgl1-mesa-dri"]
fn a_loop_shows_its_bars_and_the_motifs_that_come_back() {
    let screen = Screen::open();
    let mut plugin = Bundle::linked(&ai_jukebox::clap_entry).unwrap().open().unwrap();
    let setup = Setup { pace: Pace::Realtime(4.0), ..Setup::default() };
    let song = Song::new(120.0, MeterMap::default());
    let mut host = Session::start(&mut plugin, song, setup).unwrap();
    for (param, value) in [("Take", "3"), ("Length", "8 bars"), ("Motif", "75 %")] {
        host.automate(param, value).unwrap();
    }
    screen.point(AWAY.0, AWAY.1);
    let size = host.plugin.open_editor(screen.parent).unwrap();
    host.play();
    // In the loop's second round.
    host.run_to(52.6).unwrap();
    let picture = screen.drawn(size);
    keep(&picture, "editor-loop.png");
    assert!(picture.motifs() > 200 && picture.notes() > 200, "no motif has come back");
    host.plugin.close_editor().unwrap();
    host.finish().unwrap();
}

#[test]
#[ignore = "needs an X server with OpenGL: xvfb-run, libgl1-mesa-dri"]
fn drums_are_drawn_by_their_names() {
    let screen = Screen::open();
    let mut plugin = Bundle::linked(&ai_jukebox::clap_entry).unwrap().open().unwrap();
    let setup = Setup { pace: Pace::Realtime(2.0), ..Setup::default() };
    let song = Song::new(120.0, MeterMap::default());
    let mut host = Session::start(&mut plugin, song, setup).unwrap();
    host.automate("Record", "Drums").unwrap();
    screen.point(AWAY.0, AWAY.1);
    let size = host.plugin.open_editor(screen.parent).unwrap();
    host.play();
    host.run_to(9.0).unwrap();
    let picture = screen.settled(size);
    keep(&picture, "editor-drums.png");
    assert!(picture.notes() > 500, "no hits in the roll");
    host.plugin.close_editor().unwrap();
    host.finish().unwrap();
}

#[test]
#[ignore = "needs an X server with OpenGL: xvfb-run, libgl1-mesa-dri"]
fn a_file_that_is_no_record_is_told_in_the_window_while_it_plays_on() {
    let screen = Screen::open();
    let mut plugin = Bundle::linked(&ai_jukebox::clap_entry).unwrap().open().unwrap();
    let setup = Setup { pace: Pace::Realtime(1.0), ..Setup::default() };
    let song = Song::new(120.0, MeterMap::default());
    let mut host = Session::start(&mut plugin, song, setup).unwrap();
    let size = host.plugin.open_editor(screen.parent).unwrap();
    host.play();
    host.run_to(2.0).unwrap();
    let before = screen.drawn(size);
    // A path that is typed without Shift.
    let file = format!("/tmp/band-{}.safetensors", std::process::id());
    fs::write(&file, b"no record").unwrap();
    screen.click(185, 70);
    screen.changed(&before);
    screen.click(470, 650);
    screen.settled(size);
    screen.type_line(&file);
    screen.click(185, 70);
    screen.point(AWAY.0, AWAY.1);
    host.run_to(16.0).unwrap();
    let told = screen.settled(size);
    keep(&told, "editor-error.png");
    fs::remove_file(file).unwrap();
    // A line more at the bottom, in the colour of what is wrong.
    let wrong = |picture: &Picture| {
        picture.count(|[red, green, blue]| *red > 240 && (120..140).contains(green) && blue > green)
    };
    assert!(wrong(&told) > wrong(&before) + 50, "the window tells no error");
    assert!(before.playhead().unwrap() < told.playhead().unwrap(), "it has not played on");
    host.plugin.close_editor().unwrap();
    host.finish().unwrap();
}

#[test]
#[ignore = "needs an X server with OpenGL: xvfb-run, libgl1-mesa-dri"]
fn the_window_draws_where_the_host_maps_it_late() {
    let screen = Screen::open();
    screen.embed();
    let mut plugin = Bundle::linked(&ai_jukebox::clap_entry).unwrap().open().unwrap();
    let size = plugin.open_editor(screen.parent).unwrap();
    screen.map_late();
    screen.drawn(size);
    plugin.close_editor().unwrap();
}

#[test]
#[ignore = "needs an X server with OpenGL: xvfb-run, libgl1-mesa-dri"]
fn the_window_opens_and_closes_twenty_times() {
    let screen = Screen::open();
    let mut plugin = Bundle::linked(&ai_jukebox::clap_entry).unwrap().open().unwrap();
    for round in 0..20 {
        let size = plugin.open_editor(screen.parent).unwrap();
        // Some are closed before they have drawn anything.
        if round % 3 == 0 {
            screen.drawn(size);
        }
        plugin.close_editor().unwrap();
        look("closed", || screen.editor().is_none().then_some(()));
    }
}
