//! Tunes composed with a record that was trained for a moment.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jukebox_model::meter::Meter;
use jukebox_model::piece::Piece;

use super::{Place, jukebox, read, train};

/// A record of a few real tunes, trained once for all tests.
pub fn record() -> &'static Path {
    static RECORD: OnceLock<(Place, PathBuf)> = OnceLock::new();
    let (_, path) = RECORD.get_or_init(|| {
        let place = Place::new();
        let music = place.tunes("celtic", 20);
        let best = train(&music, &place.path("out"), &["--epochs", "4"]);
        (place, best)
    });
    path
}

/// Composes and reads what was written.
pub fn compose(place: &Place, name: &str, options: &[&str]) -> Piece {
    let path = place.path(name);
    jukebox().arg("compose").arg(record()).arg("-o").arg(&path).args(options).assert().success();
    read(&path)
}

/// A meter by its name.
pub fn meter(text: &str) -> Meter {
    text.parse().expect("a meter")
}
