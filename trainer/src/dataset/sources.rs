//! Where the MIDI files of a collection lie: in folders, and in zip archives.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;
use zip::ZipArchive;

use super::Skipped;
use crate::files;

/// Longest MIDI file that is read, in bytes. The longest songs there are have a fiftieth of it.
pub const LONGEST_FILE: u64 = 64 << 20;
/// Most bytes that one archive may unpack to.
const LARGEST_ARCHIVE: u64 = 16 << 30;

/// One MIDI file, not yet read.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path, for people; an archive's entry follows the archive.
    pub name: String,
    location: Location,
}

#[derive(Clone, Debug)]
enum Location {
    File(PathBuf),
    Entry { archive: Arc<Path>, index: usize },
}

/// What the search of a collection found.
#[derive(Debug, Default)]
pub struct FoundSources {
    /// The MIDI files, sorted by path inside each argument.
    pub sources: Vec<Source>,
    /// What could not be searched.
    pub skipped: Vec<Skipped>,
}

/// Searches folders, archives and single files, in the order given.
///
/// # Errors
/// Where one of them does not exist or is no archive that can be opened.
pub fn find(collections: &[PathBuf]) -> Result<FoundSources> {
    let mut found = FoundSources::default();
    for path in collections {
        let metadata = std::fs::metadata(path).with_context(|| {
            format!("no collection at {}: name a folder, a .zip or a MIDI file", path.display())
        })?;
        if metadata.is_dir() {
            found.search(path);
        } else if is_notation(path) {
            found.skip(path, NOTATION);
        } else if has_extension(path, &["safetensors"]) {
            found.skip(path, "a record, not MIDI: name MIDI files, and the record after --from");
        } else if is_archive(path) {
            found.list(path).map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))?;
        } else if metadata.is_file() {
            found.add(path);
        } else {
            bail!("{} is neither a folder, a .zip nor a MIDI file", path.display());
        }
    }
    Ok(found)
}

/// Why written music is not read.
pub const NOTATION: &str = "written music, not MIDI: write it as MIDI with a notation program, or with music21 as \
                            docs/import.md shows";

/// Whether a file is written music by its ending: ABC or MusicXML.
pub fn is_notation(path: &Path) -> bool {
    has_extension(path, &["abc", "musicxml", "mxl"])
}

/// Whether a file is a zip archive by its ending, or else by its first bytes, unless it says that
/// it is MIDI, or written music.
pub fn is_archive(path: &Path) -> bool {
    let starts_like_one = || {
        let mut start = [0; 4];
        files::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
            && start == *b"PK\x03\x04"
    };
    has_extension(path, &["zip"]) || (!is_midi(path) && !is_notation(path) && starts_like_one())
}

fn is_midi(path: &Path) -> bool {
    has_extension(path, &["mid", "midi", "kar", "rmi"])
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|found| extensions.iter().any(|it| found.eq_ignore_ascii_case(it)))
}

/// Whether a name is one of the shadows that macOS lays beside files on foreign disks and in zips.
fn is_shadow(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("._"))
}

/// A name without characters that would play tricks on a terminal.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

impl FoundSources {
    fn add(&mut self, path: &Path) {
        let name = printable(&path.display().to_string());
        self.sources.push(Source { name, location: Location::File(path.to_owned()) });
    }

    fn skip(&mut self, path: &Path, reason: impl Into<String>) {
        let source = printable(&path.display().to_string());
        self.skipped.push(Skipped { source, reason: reason.into() });
    }

    /// Searches a folder and those inside it.
    fn search(&mut self, folder: &Path) {
        // Sorted, so that the same collection is read in the same order on every machine.
        for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let reason = match error.loop_ancestor() {
                        Some(_) => "a link back to a folder above it".to_owned(),
                        None => error
                            .io_error()
                            .map_or("cannot be read".to_owned(), |it| it.to_string()),
                    };
                    self.skip(error.path().unwrap_or(folder), reason);
                    continue;
                }
            };
            let path = entry.path();
            let (midi, archive) = (is_midi(path), has_extension(path, &["zip"]));
            let readable = midi || archive || is_notation(path);
            if entry.file_type().is_dir() || is_shadow(path) || !readable {
                continue;
            }
            if !entry.file_type().is_file() {
                // Opening a pipe would wait for ever.
                self.skip(path, "not a regular file");
            } else if midi {
                self.add(path);
            } else if !archive {
                self.skip(path, NOTATION);
            } else if let Err(reason) = self.list(path) {
                self.skip(path, reason);
            }
        }
    }

    /// Lists the MIDI files of an archive, or says why it cannot be opened.
    fn list(&mut self, path: &Path) -> Result<(), String> {
        let archive = open(path)?;
        let archive_path: Arc<Path> = path.into();
        let mut entries: Vec<(String, usize)> = Vec::new();
        for index in 0..archive.len() {
            let Some(Ok(name)) = archive.name_for_index(index) else { continue };
            let inner = Path::new(&*name);
            if is_shadow(inner) {
                continue;
            }
            if is_midi(inner) {
                entries.push((name.into_owned(), index));
            } else if is_notation(inner) {
                // Not joined: an entry may call itself "/etc/tune.abc".
                let source = printable(&format!("{}/{name}", path.display()));
                self.skipped.push(Skipped { source, reason: NOTATION.to_owned() });
            }
        }
        entries.sort();
        let mut unpacked = 0;
        for (name, index) in entries {
            // Not joined: an entry may call itself "/etc/tune.mid".
            let name = printable(&format!("{}/{name}", path.display()));
            let size = archive.by_index_data(index).map_or(0, |entry| entry.size());
            // One that is too long is not unpacked: its reader says so.
            if size <= LONGEST_FILE {
                unpacked += size;
            }
            if unpacked > LARGEST_ARCHIVE {
                let reason = "the archive unpacks to more than 16 GiB: split it".to_owned();
                self.skipped.push(Skipped { source: name, reason });
                continue;
            }
            let location = Location::Entry { archive: Arc::clone(&archive_path), index };
            self.sources.push(Source { name, location });
        }
        Ok(())
    }
}

type Archive = ZipArchive<BufReader<File>>;

fn open(path: &Path) -> Result<Archive, String> {
    let file = files::open(path).map_err(|error| error.to_string())?;
    ZipArchive::new(BufReader::new(file))
        .map_err(|error| format!("not a zip archive that can be read ({error})"))
}

/// Reads sources; it keeps the last archive open for the next one. Each thread has its own.
#[derive(Default)]
pub struct SourceReader {
    open: Option<(Arc<Path>, Archive)>,
}

impl SourceReader {
    /// The bytes of a source, or why there are none.
    pub fn read(&mut self, source: &Source) -> Result<Vec<u8>, String> {
        match &source.location {
            Location::File(path) => {
                let file = files::open(path).map_err(|error| error.to_string())?;
                let size = file.metadata().map_err(|error| error.to_string())?.len();
                read_bounded(file, size)
            }
            Location::Entry { archive, index } => {
                let entry = self.archive(archive)?.by_index(*index);
                let entry = entry.map_err(|error| format!("cannot be unpacked ({error})"))?;
                let size = entry.size();
                read_bounded(entry, size)
            }
        }
    }

    fn archive(&mut self, path: &Arc<Path>) -> Result<&mut Archive, String> {
        if self.open.as_ref().is_none_or(|(open, _)| open != path) {
            self.open = Some((Arc::clone(path), open(path)?));
        }
        // It was opened just now where it was not open before.
        self.open.as_mut().map(|(_, archive)| archive).ok_or_else(|| "not open".to_owned())
    }
}

/// Reads a file of a stated size, and no more, however long it really is.
fn read_bounded(file: impl Read, size: u64) -> Result<Vec<u8>, String> {
    if size > LONGEST_FILE {
        return Err(format!(
            "{} MiB long: MIDI files of more than 64 MiB are not read",
            size >> 20
        ));
    }
    let mut bytes = Vec::with_capacity(size as usize);
    let read = file.take(size + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("cannot be read ({error})"))?;
    if bytes.len() as u64 > size {
        return Err("longer than it says: a damaged archive".to_owned());
    }
    Ok(bytes)
}
