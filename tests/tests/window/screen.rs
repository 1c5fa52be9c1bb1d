//! The screen that editors are drawn on, and what is to be seen there.

use std::collections::HashSet;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use clack_extensions::gui::GuiSize;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ChangeWindowAttributesAux, ConnectionExt,
    CreateWindowAux, EventMask, ImageFormat, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
    MOTION_NOTIFY_EVENT, PropMode, Window, WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// Fewest colours of a window with something in it.
const COLOURS: usize = 100;
/// How often a window is looked at again, a tenth of a second later, until it is as it should be.
const LOOKS: usize = 100;

/// Pixels at the left that are the keyboard's.
const MARGIN: usize = 80;

/// A connection to the X server, and a window of the host's for editors to be in.
pub struct Screen {
    connection: RustConnection,
    pub parent: Window,
    _alone: MutexGuard<'static, ()>,
}

impl Screen {
    pub fn open() -> Self {
        let alone = alone();
        let (connection, _) = x11rb::connect(None).unwrap();
        let parent = connection.generate_id().unwrap();
        let screen = Self { connection, parent, _alone: alone };
        screen.make(parent, (0, 0), GuiSize { width: 2400, height: 1600 });
        screen
    }

    /// One more window for an editor, somewhere on the screen. What of the editor is larger is cut off.
    pub fn pane(&self, place: (i16, i16), size: GuiSize) -> Window {
        let pane = self.connection.generate_id().unwrap();
        self.make(pane, place, size);
        pane
    }

    /// Tells those that connect from now on how fine the screen is, as desktops do: 96 dots an inch are usual.
    pub fn set_dpi(&self, dpi: u32) {
        let root = self.connection.setup().roots[0].root;
        let text = format!("Xft.dpi:\t{dpi}\n");
        let (property, kind) = (AtomEnum::RESOURCE_MANAGER, AtomEnum::STRING);
        let mode = PropMode::REPLACE;
        let set = self.connection.change_property8(mode, root, property, kind, text.as_bytes());
        set.unwrap().check().unwrap();
    }

    /// Whether a window of a size lies on the screen as a whole: only then is there a picture of it.
    pub fn has_room(&self, size: GuiSize) -> bool {
        let root = &self.connection.setup().roots[0];
        size.width <= u32::from(root.width_in_pixels)
            && size.height <= u32::from(root.height_in_pixels)
    }

    fn make(&self, window: Window, (x, y): (i16, i16), size: GuiSize) {
        let (width, height) = (size.width as u16, size.height as u16);
        let (aux, class) = (CreateWindowAux::new(), WindowClass::INPUT_OUTPUT);
        let root = &self.connection.setup().roots[0];
        let visual = root.root_visual;
        self.connection
            .create_window(0, window, root.root, x, y, width, height, 0, class, visual, &aux)
            .unwrap();
        self.connection.map_window(window).unwrap().check().unwrap();
    }

    /// From now on the host itself maps what is put into its window, as those do that embed by XEmbed.
    pub fn embed(&self) {
        let redirect =
            ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_REDIRECT);
        let changed = self.connection.change_window_attributes(self.parent, &redirect).unwrap();
        changed.check().unwrap();
    }

    /// Maps the editor that has asked for it, a while later: the host has had other things to do.
    pub fn map_late(&self) {
        let asked = || match self.connection.poll_for_event().unwrap() {
            Some(Event::MapRequest(request)) => Some(request.window),
            _ => None,
        };
        let editor = look("to be mapped", asked);
        sleep(Duration::from_millis(300));
        self.connection.map_window(editor).unwrap().check().unwrap();
    }

    /// The editor that is open, if one is.
    pub fn editor(&self) -> Option<Window> {
        let tree = self.connection.query_tree(self.parent).unwrap().reply().unwrap();
        tree.children.first().copied()
    }

    /// Clicks at a place of the editor, which fills the top left corner.
    pub fn click(&self, x: i16, y: i16) {
        self.point(x, y);
        for event in [BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT] {
            self.fake(event, 1, x, y);
        }
    }

    /// Moves the pointer to a place.
    pub fn point(&self, x: i16, y: i16) {
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y);
    }

    /// Types a line of what needs no Shift on an American keyboard.
    pub fn type_line(&self, text: &str) {
        let (first, last) =
            (self.connection.setup().min_keycode, self.connection.setup().max_keycode);
        let keys = self.connection.get_keyboard_mapping(first, last - first + 1).unwrap();
        let keys = keys.reply().unwrap();
        let width = usize::from(keys.keysyms_per_keycode);
        for character in text.chars().chain(['\r']) {
            // The keysyms of Latin 1 are its characters; that of Return is told apart by its first byte.
            let wanted = if character == '\r' { 0xff0d } else { character as u32 };
            let mut rows = keys.keysyms.chunks(width);
            let key = rows.position(|row| row[0] == wanted).expect("a key for every character");
            for event in [KEY_PRESS_EVENT, KEY_RELEASE_EVENT] {
                self.fake(event, first + key as u8, 0, 0);
            }
        }
    }

    fn fake(&self, event: u8, detail: u8, x: i16, y: i16) {
        let root = self.connection.setup().roots[0].root;
        let sent = self.connection.xtest_fake_input(event, detail, 0, root, x, y, 0).unwrap();
        sent.check().unwrap();
        let pause = if event == KEY_PRESS_EVENT || event == KEY_RELEASE_EVENT { 10 } else { 60 };
        sleep(Duration::from_millis(pause));
    }

    /// The editor's picture a while later: what a click opens has faded in.
    pub fn settled(&self, size: GuiSize) -> Picture {
        sleep(Duration::from_millis(1500));
        self.drawn(size)
    }

    /// The editor's picture once it has become another one: what a click opens is there. The host stands
    /// still meanwhile, and so does the playhead.
    pub fn changed(&self, before: &Picture) -> Picture {
        let changed = || self.picture(before.size).filter(|now| now.differs(before));
        look("changed by what was done to it", changed);
        self.settled(before.size)
    }

    /// The open editor's picture, once it is drawn in a size.
    pub fn drawn(&self, size: GuiSize) -> Picture {
        look("drawn", || self.picture(size).filter(Picture::is_drawn))
    }

    pub fn picture(&self, size: GuiSize) -> Option<Picture> {
        self.picture_of(self.editor()?, size)
    }

    /// The picture of a pane, once something is drawn there; `None` where nothing comes to be.
    pub fn drawn_in(&self, pane: Window, size: GuiSize) -> Option<Picture> {
        let picture = || self.picture_of(pane, size);
        wait_for(|| picture().filter(Picture::is_drawn))
    }

    fn picture_of(&self, window: Window, size: GuiSize) -> Option<Picture> {
        let (width, height) = (size.width as u16, size.height as u16);
        let format = ImageFormat::Z_PIXMAP;
        let request = self.connection.get_image(format, window, 0, 0, width, height, !0).unwrap();
        // An error where the window does not yet fill the size.
        let image = request.reply().ok()?;
        let pixels = image.data.chunks_exact(4).map(|bgrx| [bgrx[2], bgrx[1], bgrx[0]]).collect();
        Some(Picture { size, pixels })
    }
}

/// One test at a time has the screen: of a window that another one covers there is no picture.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks until there is something to see.
pub fn look<T>(what: &str, seen: impl Fn() -> Option<T>) -> T {
    wait_for(seen).unwrap_or_else(|| panic!("the window was not {what}"))
}

fn wait_for<T>(seen: impl Fn() -> Option<T>) -> Option<T> {
    for _ in 0..LOOKS {
        if let Some(it) = seen() {
            return Some(it);
        }
        sleep(Duration::from_millis(100));
    }
    None
}

/// Pixels, row by row, as red, green and blue.
pub struct Picture {
    size: GuiSize,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// How many pixels are of a kind.
    pub fn count(&self, kind: impl Fn(&[u8; 3]) -> bool) -> usize {
        self.pixels.iter().filter(|pixel| kind(pixel)).count()
    }

    /// Whether something is drawn: text alone has dozens of shades.
    pub fn is_drawn(&self) -> bool {
        let mut colours = HashSet::new();
        self.pixels.iter().any(|pixel| colours.insert(pixel) && colours.len() > COLOURS)
    }

    /// Whether a good deal of it is not as in another picture: more than what a pointer lights up.
    fn differs(&self, other: &Self) -> bool {
        let pairs = self.pixels.iter().zip(&other.pixels);
        pairs.filter(|(now, before)| now != before).count() > self.pixels.len() / 100
    }

    /// Rows in the middle of the piano roll.
    fn roll(&self) -> impl Iterator<Item = &[[u8; 3]]> + Clone {
        let height = self.size.height as usize;
        self.pixels.chunks_exact(self.size.width as usize).take(height * 9 / 20).skip(height / 5)
    }

    /// How many pixels of the heads of bars have the colour of padlocks.
    pub fn locks(&self) -> usize {
        let heads = self.pixels.chunks_exact(self.size.width as usize).take(116).skip(100);
        heads.flatten().filter(|[red, green, _]| *red > 200 && *green < 150).count()
    }

    /// How many pixels there have the colour of notes.
    pub fn notes(&self) -> usize {
        self.roll().flatten().filter(|[red, _, blue]| *red > 100 && red / 2 > *blue).count()
    }

    /// How many pixels there have the colour of notes that the motif memory has brought back.
    pub fn motifs(&self) -> usize {
        let redder = |&&[red, green, blue]: &&[u8; 3]| {
            let (red, green) = (u32::from(red), u32::from(green));
            red > 100 && green * 100 < red * 63 && u32::from(blue) < green
        };
        self.roll().flatten().filter(redder).count()
    }

    /// The column of the light line through the roll.
    pub fn playhead(&self) -> Option<usize> {
        let light = |pixel: &[u8; 3]| pixel.iter().all(|&part| part > 120);
        (MARGIN..self.size.width as usize).find(|&x| self.roll().all(|row| light(&row[x])))
    }
}

/// Keeps a picture where somebody asked for it.
pub fn keep(picture: &Picture, name: &str) {
    let Some(folder) = std::env::var_os("JUKEBOX_PICTURES") else { return };
    let file = File::create(Path::new(&folder).join(name)).unwrap();
    let GuiSize { width, height } = picture.size;
    let mut png = png::Encoder::new(BufWriter::new(file), width, height);
    png.set_color(png::ColorType::Rgb);
    png.set_compression(png::Compression::High);
    // Flat areas and sharp lines: what a filter would only hide.
    png.set_filter(png::Filter::NoFilter);
    png.write_header().unwrap().write_image_data(picture.pixels.as_flattened()).unwrap();
}
