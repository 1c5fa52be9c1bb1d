//! The editor's window on a real screen: what is drawn in it while the built-in record plays, and
//! that opening, resizing and closing it goes well.
//!
//! Where the environment variable `JUKEBOX_PICTURES` names a folder, the picture is kept there.
#![cfg(target_os = "linux")]

use std::collections::HashSet;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use clack_extensions::gui::GuiSize;
use jukebox_model::meter::MeterMap;
use jukebox_tests::plugin::Bundle;
use jukebox_tests::session::{Pace, Session, Setup};
use jukebox_tests::song::Song;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt, CreateWindowAux, ImageFormat, Window, WindowClass};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// Colours of a window with something in it: text alone has dozens of shades.
const COLOURS: usize = 100;
/// How often a window is looked at again, a tenth of a second later, until it is as it should be.
const LOOKS: usize = 100;

#[test]
#[ignore = "needs an X server with OpenGL: xvfb-run, libgl1-mesa-dri"]
fn the_window_draws_the_take_while_it_plays() {
    let screen = Screen::open();
    let mut plugin = Bundle::linked(&ai_jukebox::clap_entry).unwrap().open().unwrap();
    let setup = Setup { pace: Pace::Realtime(1.0), ..Setup::default() };
    let song = Song::new(200.0, MeterMap::default());
    let mut host = Session::start(&mut plugin, song, setup).unwrap();

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
        screen.click(60 + bar * 128, 72);
    }
    let locked =
        |picture: &Picture| picture.count(|[red, green, _]| *red > 200 && *green < 150) > 50;
    let picture = look("locked", || screen.picture(size).filter(locked));
    keep(&picture, "editor-locked.png");
    screen.click(900, 28);
    keep(&screen.settled(size), "editor-records.png");
    screen.click(900, 28);
    screen.click(1040, 28);
    keep(&screen.settled(size), "editor-help.png");
    screen.click(1040, 28);

    let larger = GuiSize { width: size.width + 150, height: size.height + 100 };
    assert_eq!(host.plugin.resize_editor(larger).unwrap(), larger);
    look("drawn in its new size", || screen.picture(larger)?.playhead());
    host.plugin.close_editor().unwrap();
    assert_eq!(host.plugin.open_editor(screen.parent).unwrap(), larger, "the size is kept");
    screen.drawn(larger);
    host.plugin.close_editor().unwrap();
    host.finish().unwrap();
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

/// A connection to the X server, and a window of the host's for editors to be in. One test has it
/// at a time: of a window that another one covers there is no picture.
struct Screen {
    connection: RustConnection,
    parent: Window,
    _alone: MutexGuard<'static, ()>,
}

impl Screen {
    fn open() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let (connection, number) = x11rb::connect(None).unwrap();
        let root = &connection.setup().roots[number];
        let parent = connection.generate_id().unwrap();
        let aux = CreateWindowAux::new();
        let class = WindowClass::INPUT_OUTPUT;
        connection
            .create_window(0, parent, root.root, 0, 0, 1400, 900, 0, class, root.root_visual, &aux)
            .unwrap();
        connection.map_window(parent).unwrap().check().unwrap();
        Self { connection, parent, _alone: alone }
    }

    /// The editor that is open, if one is.
    fn editor(&self) -> Option<Window> {
        let tree = self.connection.query_tree(self.parent).unwrap().reply().unwrap();
        tree.children.first().copied()
    }

    /// Clicks at a place of the editor, which fills the top left corner.
    fn click(&self, x: i16, y: i16) {
        let root = self.connection.setup().roots[0].root;
        for (event, button) in [(6, 0), (4, 1), (5, 1)] {
            let sent = self.connection.xtest_fake_input(event, button, 0, root, x, y, 0).unwrap();
            sent.check().unwrap();
            sleep(Duration::from_millis(60));
        }
    }

    /// The editor's picture half a second later: what a click opens has faded in.
    fn settled(&self, size: GuiSize) -> Picture {
        sleep(Duration::from_millis(500));
        self.drawn(size)
    }

    /// The open editor's picture, once it is drawn in a size.
    fn drawn(&self, size: GuiSize) -> Picture {
        look("drawn", || self.picture(size).filter(|picture| picture.colours() > COLOURS))
    }

    fn picture(&self, size: GuiSize) -> Option<Picture> {
        let (width, height) = (size.width as u16, size.height as u16);
        let (format, editor) = (ImageFormat::Z_PIXMAP, self.editor()?);
        let request = self.connection.get_image(format, editor, 0, 0, width, height, !0).unwrap();
        // An error where the window does not yet fill the size.
        let image = request.reply().ok()?;
        let pixels = image.data.chunks_exact(4).map(|bgrx| [bgrx[2], bgrx[1], bgrx[0]]).collect();
        Some(Picture { size, pixels })
    }
}

/// Looks until there is something to see.
fn look<T>(what: &str, seen: impl Fn() -> Option<T>) -> T {
    for _ in 0..LOOKS {
        if let Some(it) = seen() {
            return it;
        }
        sleep(Duration::from_millis(100));
    }
    panic!("the window was not {what}");
}

/// Pixels, row by row, as red, green and blue.
struct Picture {
    size: GuiSize,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// How many pixels are of a kind.
    fn count(&self, kind: impl Fn(&[u8; 3]) -> bool) -> usize {
        self.pixels.iter().filter(|pixel| kind(pixel)).count()
    }

    fn colours(&self) -> usize {
        self.pixels.iter().collect::<HashSet<_>>().len()
    }

    /// Rows in the middle of the piano roll.
    fn roll(&self) -> impl Iterator<Item = &[[u8; 3]]> + Clone {
        let height = self.size.height as usize;
        self.pixels.chunks_exact(self.size.width as usize).take(height * 9 / 20).skip(height / 5)
    }

    /// How many pixels there have the colour of notes.
    fn notes(&self) -> usize {
        self.roll().flatten().filter(|[red, _, blue]| *red > 100 && red / 2 > *blue).count()
    }

    /// The column of the light line through the roll.
    fn playhead(&self) -> Option<usize> {
        let light = |pixel: &[u8; 3]| pixel.iter().all(|&part| part > 120);
        (0..self.size.width as usize).find(|&x| self.roll().all(|row| light(&row[x])))
    }
}

/// Keeps a picture where somebody asked for it.
fn keep(picture: &Picture, name: &str) {
    let Some(folder) = std::env::var_os("JUKEBOX_PICTURES") else { return };
    let file = File::create(Path::new(&folder).join(name)).unwrap();
    let GuiSize { width, height } = picture.size;
    let mut png = png::Encoder::new(BufWriter::new(file), width, height);
    png.set_color(png::ColorType::Rgb);
    // Flat areas and sharp lines: what a filter would only hide.
    png.set_filter(png::FilterType::NoFilter);
    png.set_compression(png::Compression::Best);
    png.write_header().unwrap().write_image_data(picture.pixels.as_flattened()).unwrap();
}
