//! A browser of folders, to find a record in. The system's own dialogs are not asked: they bring code
//! into the host's process that runs on after the window is closed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use egui::{Label, RichText, ScrollArea, Sense, Ui};

use super::theme;

/// Most entries of a folder that are listed.
const MOST: usize = 2000;

/// A folder that is looked at.
pub struct Browser {
    folder: PathBuf,
    /// Names of the folders and of the records in it, and why it cannot be read.
    folders: Vec<String>,
    records: Vec<String>,
    error: Option<String>,
}

impl Browser {
    /// Opens a folder.
    pub fn open(folder: PathBuf) -> Self {
        let (mut folders, mut records, mut error) = (Vec::new(), Vec::new(), None);
        match std::fs::read_dir(&folder) {
            Ok(entries) => {
                for path in entries.flatten().take(MOST).map(|entry| entry.path()) {
                    let Some(name) = path.file_name().and_then(OsStr::to_str) else { continue };
                    let hidden = name.starts_with('.');
                    if path.is_dir() && !hidden {
                        folders.push(name.to_owned());
                    } else if is_record(&path) {
                        records.push(name.to_owned());
                    }
                }
            }
            Err(why) => error = Some(format!("This folder cannot be read: {why}.")),
        }
        folders.sort_by_key(|name| name.to_lowercase());
        records.sort_by_key(|name| name.to_lowercase());
        Self { folder, folders, records, error }
    }

    /// The folder to begin in: the user's own.
    pub fn home() -> PathBuf {
        let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
        home.map(PathBuf::from).unwrap_or_else(|| PathBuf::from("/"))
    }

    /// Shows the folder; gives the record that is chosen.
    pub fn show(&mut self, ui: &mut Ui) -> Option<PathBuf> {
        let it = theme::of(ui);
        let place = RichText::new(self.folder.display().to_string()).small().color(it.faint);
        ui.add(Label::new(place).truncate());
        if let Some(error) = &self.error {
            ui.label(RichText::new(error).color(it.lock));
        }
        let (mut next, mut chosen) = (None, None);
        ScrollArea::vertical().id_salt("folder").max_height(150.0).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            let line = |ui: &mut Ui, text: String, colour| {
                let label = Label::new(RichText::new(text).color(colour)).sense(Sense::click());
                ui.add(label).on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
            };
            if let Some(parent) = self.folder.parent()
                && line(ui, "..".to_owned(), it.compose)
            {
                next = Some(parent.to_owned());
            }
            for name in &self.folders {
                if line(ui, format!("{name}/"), it.text) {
                    next = Some(self.folder.join(name));
                }
            }
            for name in &self.records {
                if line(ui, name.clone(), it.sound) {
                    chosen = Some(self.folder.join(name));
                }
            }
            if self.records.is_empty() && self.error.is_none() {
                let none = "No .safetensors file lies here.";
                ui.label(RichText::new(none).small().color(it.faint));
            }
        });
        if let Some(folder) = next {
            *self = Self::open(folder);
        }
        chosen
    }
}

/// The record that a pasted text names: a path, as people and file managers write it, or a `file:` URI.
pub fn pasted_record(text: &str) -> Option<PathBuf> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty() && *line != "copy")?;
    let line = line.trim_matches(['"', '\'']);
    let path = match line.strip_prefix("file://") {
        Some(path) => PathBuf::from(plain(path.trim_start_matches("localhost"))),
        None => PathBuf::from(line),
    };
    (path.is_absolute() && is_record(&path)).then_some(path)
}

/// A URI's path without its escapes.
fn plain(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [byte, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped.filter(|_| *byte == b'%') {
            Some(escaped) => {
                bytes.push(escaped);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether a file is called as records are.
fn is_record(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str);
    extension.is_some_and(|it| it.eq_ignore_ascii_case("safetensors"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_pasted_record_is_found_however_its_file_is_written() {
        let path = Some(PathBuf::from("/music/my record.safetensors"));
        for text in [
            "/music/my record.safetensors",
            "'/music/my record.safetensors'\n",
            "file:///music/my%20record.safetensors\r\n",
            "copy\nfile:///music/my%20record.safetensors",
        ] {
            assert_eq!(pasted_record(text), path, "{text}");
        }
        for text in ["", "%", "Am F C G", "/music/tune.mid", "record.safetensors", "file://%zz"] {
            assert_eq!(pasted_record(text), None, "{text}");
        }
    }

    #[test]
    fn a_folder_lists_folders_and_records_and_says_when_it_cannot() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.safetensors", "A.SAFETENSORS", "tune.mid"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        for name in ["records", ".hidden"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let browser = Browser::open(folder.path().to_owned());
        assert_eq!(browser.folders, ["records"]);
        assert_eq!(browser.records, ["A.SAFETENSORS", "b.safetensors"]);
        assert_eq!(browser.error, None);
        let browser = Browser::open(folder.path().join("gone"));
        assert!(browser.error.unwrap().contains("cannot be read"));
    }
}
