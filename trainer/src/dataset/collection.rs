//! Collections: MIDI files to learn from, read on all cores. Each piece is kept once.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use jukebox_analysis::parts::FilePart;
use jukebox_analysis::quantise::Microtiming;
use jukebox_model::midi::Rounding;
use jukebox_model::piece::Piece;
use jukebox_model::record::PlaceTiming;
use rayon::prelude::*;
use serde::Serialize;

use super::common_parts::{CommonParts, PartsChoice};
use super::near_duplicates;
use super::reading::{self, InferredGrid, ReadFile, Reading};
use super::sources::{self, Source, SourceReader};
use crate::format;

/// The pieces of a collection, each once, and what became of its other files.
#[derive(Debug)]
pub struct Collection {
    /// What the collection is called: "Celtic" for `celtic.zip`.
    pub name: String,
    /// BLAKE3 hash over the files of the pieces, hexadecimal.
    pub hash: String,
    /// Files that are MIDI by their ending.
    pub files: usize,
    /// The pieces in the order of their paths.
    pub pieces: Vec<SourcePiece>,
    /// The parts that the pieces have in common; `None` where each is one heap of notes.
    pub parts: Option<CommonParts>,
    /// Files that could not be used.
    pub skipped: Vec<Skipped>,
    /// Files with the notes of an earlier one.
    pub duplicates: Vec<Duplicate>,
    /// The pieces in groups of near-duplicates, most of them groups of one (see [`near_duplicates`]): indices of
    /// `pieces`, in order.
    pub near_duplicates: Vec<Vec<usize>>,
}

/// A piece and the file that it comes from.
#[derive(Debug)]
pub struct SourcePiece {
    /// The file's path, for people; an archive's entry follows the archive.
    pub file: String,
    /// The music, brought to the white keys.
    pub piece: Piece,
    /// How far the file's onsets lay from the model's ticks.
    pub rounding: Rounding,
    /// The same by part and place, where the file was taken as it is.
    pub leftover: Vec<Microtiming>,
    /// What each part is in the file; empty where they were not kept.
    pub parts: Vec<FilePart>,
    /// Sections with a key of their own, each brought to the white keys.
    pub keys: usize,
    /// What was inferred of its grid; `None` where it is the file's own.
    pub inferred: Option<InferredGrid>,
    /// Whether the file seems to be a performance that was not laid on a grid.
    pub performance: bool,
    /// Whether the file is cut off or damaged, and only a part could be read.
    pub truncated: bool,
    file_hash: blake3::Hash,
}

impl SourcePiece {
    /// How early and late its parts play, where it was laid on a grid.
    fn inferred_timing(&self) -> Option<&Vec<Microtiming>> {
        self.inferred.as_ref().filter(|it| it.moved).map(|it| &it.timing)
    }
}

/// A file that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The file.
    #[serde(rename = "file")]
    pub source: String,
    /// Why.
    pub reason: String,
}

/// A file with the notes of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duplicate {
    /// The file.
    #[serde(rename = "file")]
    pub source: String,
    /// The file that has the same notes and is used.
    pub same_as: String,
}

impl Collection {
    /// Reads folders, archives and single files. What cannot be used is listed, not fatal.
    ///
    /// # Errors
    /// Where a path does not exist or is no archive that can be opened.
    pub fn read(paths: &[PathBuf], reading: impl Into<Reading>) -> Result<Self> {
        let reading = reading.into();
        let found = sources::find(paths)?;
        let outcomes: Vec<Result<SourcePiece, Skipped>> = found
            .sources
            .par_iter()
            // Each split opens its archive anew: not for a handful of files.
            .with_min_len(32)
            .map_init(SourceReader::default, |reader, source| read_piece(reader, source, &reading))
            .collect();
        let mut collection = Self {
            name: name_of(paths),
            hash: String::new(),
            files: found.sources.len(),
            pieces: Vec::new(),
            skipped: found.skipped,
            parts: None,
            duplicates: Vec::new(),
            near_duplicates: Vec::new(),
        };
        for outcome in outcomes {
            match outcome {
                Ok(piece) => collection.pieces.push(piece),
                Err(skipped) => collection.skipped.push(skipped),
            }
        }
        if reading.keeps_parts() {
            collection.find_common_parts(&reading.parts);
        }
        let frame = |source: &mut SourcePiece| {
            let shifts = reading::shifts(&source.piece, reading.keys);
            source.piece = source.piece.shifted(&shifts);
            source.keys = shifts.len();
        };
        collection.pieces.par_iter_mut().for_each(frame);
        collection.drop_duplicates();
        collection.drop_drums_among_pitches();
        collection.group_near_duplicates();
        let mut hasher = blake3::Hasher::new();
        for source in &collection.pieces {
            hasher.update(source.file_hash.as_bytes());
        }
        collection.hash = hasher.finalize().to_hex().to_string();
        Ok(collection)
    }

    /// Gives all pieces the parts that they have in common, or makes each one heap of notes where they have
    /// none.
    fn find_common_parts(&mut self, choice: &PartsChoice) {
        let files: Vec<&[FilePart]> = self.pieces.iter().map(|it| it.parts.as_slice()).collect();
        self.parts = choice.of(&files);
        let Some(common) = &self.parts else {
            for source in &mut self.pieces {
                source.piece = std::mem::take(&mut source.piece).merged();
            }
            return;
        };
        for mut source in std::mem::take(&mut self.pieces) {
            let piece = std::mem::take(&mut source.piece);
            source.piece = common.apply(&source.file, &source.parts, piece);
            if source.piece.notes.is_empty() {
                let reason = "none of its tracks is one of the collection's parts".to_owned();
                self.skipped.push(Skipped { source: source.file, reason });
            } else {
                self.pieces.push(source);
            }
        }
    }

    /// Keeps the first of the pieces that have the same notes, whatever their title, key and loudness.
    fn drop_duplicates(&mut self) {
        let mut seen: HashMap<blake3::Hash, String> = HashMap::new();
        for source in std::mem::take(&mut self.pieces) {
            match seen.entry(melody_hash(&source.piece)) {
                Entry::Occupied(first) => {
                    let same_as = first.get().clone();
                    self.duplicates.push(Duplicate { source: source.file, same_as });
                }
                Entry::Vacant(new) => {
                    new.insert(source.file.clone());
                    self.pieces.push(source);
                }
            }
        }
    }

    /// A record plays drums or pitches. Where a part (a track's number) gives both, pitches stay.
    fn drop_drums_among_pitches(&mut self) {
        if self.pieces.iter().all(|source| source.piece.drums) {
            return;
        }
        for source in std::mem::take(&mut self.pieces) {
            if source.piece.drums {
                let reason = "only drums, and other files have pitched notes there".to_owned();
                self.skipped.push(Skipped { source: source.file, reason });
            } else {
                self.pieces.push(source);
            }
        }
    }

    /// Takes out the pieces that another collection has, too, as they are or in another version, and
    /// says how many.
    pub fn without(&mut self, other: &Collection) -> usize {
        let mut shared = self.same_as(other);
        shared.extend(self.versions_of(other));
        self.leave_out(&shared)
    }

    /// Takes out what another collection has, too, so that the rest may validate what is learnt of it, and
    /// says how many pieces that were. Versions may be kept.
    ///
    /// # Errors
    /// Where nothing is left: why, and what to do.
    pub fn keep_apart(&mut self, learnt: &Collection, keep_versions: bool) -> Result<usize> {
        let mut shared = self.same_as(learnt);
        let all_are_same = shared.len() == self.pieces.len();
        if !keep_versions {
            shared.extend(self.versions_of(learnt));
        }
        let out = self.leave_out(&shared);
        if self.pieces.is_empty() && out > 0 {
            let (as_what, way_out) = match all_are_same {
                true => ("", ""),
                false => (
                    ", in another version or as a part of a piece",
                    ". Or add --keep-versions to validate with versions of what is learnt, too: they \
                     flatter the record",
                ),
            };
            bail!(
                "nothing is left of {} to validate with: {} {} learnt, too{as_what}. Name other music with \
                 --validation, or a share of the collection, such as 0.1{way_out}",
                self.name,
                format::counted(out, "piece"),
                if out == 1 { "is" } else { "are" },
            );
        }
        Ok(out)
    }

    /// The pieces with the notes of one in another collection, whatever their title, key and loudness:
    /// their indices.
    fn same_as(&self, other: &Collection) -> HashSet<usize> {
        let known: HashSet<blake3::Hash> = other.music().map(melody_hash).collect();
        let is_known = |(index, piece)| known.contains(&melody_hash(piece)).then_some(index);
        self.music().enumerate().filter_map(is_known).collect()
    }

    /// The pieces that are versions of one in another collection: their indices.
    fn versions_of(&self, other: &Collection) -> impl Iterator<Item = usize> + use<> {
        let first = other.pieces.len();
        let both: Vec<&Piece> = other.music().chain(self.music()).collect();
        near_duplicates::versions_of_earlier(&both, first).into_iter().map(move |it| it - first)
    }

    /// Takes out pieces by their indices, and says how many.
    fn leave_out(&mut self, out: &HashSet<usize>) -> usize {
        let mut index = 0..;
        self.pieces.retain(|_| index.next().is_some_and(|index| !out.contains(&index)));
        self.group_near_duplicates();
        out.len()
    }

    /// Groups the near-duplicates.
    fn group_near_duplicates(&mut self) {
        let pieces: Vec<&Piece> = self.music().collect();
        self.near_duplicates =
            near_duplicates::groups(pieces.len(), &near_duplicates::links(&pieces));
    }

    /// Fails where nothing can be learnt from the collection.
    ///
    /// # Errors
    /// Says what was found instead.
    pub fn usable(self) -> Result<Self> {
        if self.pieces.is_empty() {
            let found = match (self.files, self.skipped.first()) {
                (0, None) => {
                    "no file ends in .mid, .midi, .kar or .rmi. Name the folder, .zip or file that \
                                   holds your MIDI files"
                        .to_owned()
                }
                (0, Some(first)) => format!("{}: {}", first.source, first.reason),
                (1, Some(first)) => format!("the only file cannot be used: {}", first.reason),
                (files, first) => {
                    let why = first.map(|first| format!("; the first: {}", first.reason));
                    let files = format::counted(files, "MIDI file");
                    format!("none of its {files} can be used{}", why.unwrap_or_default())
                }
            };
            bail!("nothing to learn from in {}: {found}", self.name);
        }
        Ok(self)
    }

    /// How early and late the parts play, by place in the beat, in the pieces that were laid on a grid.
    pub fn timing(&self) -> Vec<PlaceTiming> {
        self.by_place(SourcePiece::inferred_timing)
    }

    /// The same of all pieces: of those too whose notes were taken as they are, to the nearest tick.
    pub fn lateness(&self) -> Vec<PlaceTiming> {
        self.by_place(|source| source.inferred_timing().or(Some(&source.leftover)))
    }

    fn by_place(
        &self,
        timing: impl Fn(&SourcePiece) -> Option<&Vec<Microtiming>>,
    ) -> Vec<PlaceTiming> {
        // Notes, and sums of what they are late and of its square, in seconds.
        let mut sums: BTreeMap<(u8, u32), (usize, f64, f64)> = BTreeMap::new();
        for source in &self.pieces {
            let Some(timing) = timing(source) else { continue };
            let own = match &self.parts {
                Some(common) => common.of_file(&source.file, &source.parts),
                None => Vec::new(),
            };
            for it in timing {
                let part = own.get(usize::from(it.part)).copied().flatten().unwrap_or(0);
                let sums = sums.entry((part, it.place)).or_default();
                let notes = it.notes as f64;
                sums.0 += it.notes;
                sums.1 += it.mean * notes;
                sums.2 += (it.spread * it.spread + it.mean * it.mean) * notes;
            }
        }
        let place = |((part, place), (notes, sum, squares)): ((u8, u32), (usize, f64, f64))| {
            let mean = sum / notes as f64;
            let spread = (squares / notes as f64 - mean * mean).max(0.0).sqrt();
            let ms = |seconds: f64| (1e4 * seconds).round() / 10.0;
            PlaceTiming {
                part,
                place,
                notes: notes as u64,
                mean_ms: ms(mean),
                spread_ms: ms(spread),
            }
        };
        sums.into_iter().map(place).collect()
    }

    /// Notes of all pieces.
    pub fn notes(&self) -> usize {
        self.music().map(|piece| piece.notes.len()).sum()
    }

    /// The pieces without their files.
    pub fn music(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().map(|source| &source.piece)
    }
}

fn read_piece(
    reader: &mut SourceReader,
    source: &Source,
    reading: &Reading,
) -> Result<SourcePiece, Skipped> {
    let skipped = |reason: String| Skipped { source: source.name.clone(), reason };
    let bytes = reader.read(source).map_err(skipped)?;
    let ReadFile { piece, parts, inferred, rounding, leftover, performance, truncated } =
        reading.read(&bytes).map_err(skipped)?;
    Ok(SourcePiece {
        file: source.name.clone(),
        piece,
        parts,
        keys: 1,
        inferred,
        rounding,
        leftover,
        performance,
        truncated,
        file_hash: blake3::hash(&bytes),
    })
}

/// Hash of onsets, pitches and durations: pitches by their distance from the first, for one key is as
/// good as another, but not of drums.
fn melody_hash(piece: &Piece) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let first = piece.notes.first().filter(|_| !piece.drums).map_or(0, |note| note.pitch);
    for note in &piece.notes {
        let mut bytes = [0; 9];
        bytes[..4].copy_from_slice(&note.onset.to_le_bytes());
        bytes[4..8].copy_from_slice(&note.duration.to_le_bytes());
        bytes[8] = note.pitch.wrapping_sub(first);
        hasher.update(&bytes);
    }
    hasher.finalize()
}

/// A name for collections: "Celtic" for `celtic.zip`, "My tunes" for `my_tunes/`.
fn name_of(paths: &[PathBuf]) -> String {
    let name = |path: &PathBuf| {
        // "." and ".." have names only once resolved.
        let resolved = path.canonicalize().unwrap_or_else(|_| path.clone());
        let stem = if resolved.is_dir() { resolved.file_name() } else { resolved.file_stem() };
        let spaced = Path::new(stem.unwrap_or(path.as_os_str()))
            .display()
            .to_string()
            .replace(['_', '-'], " ");
        let mut letters = spaced.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    let names: Vec<String> = paths.iter().map(name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_is_named_after_its_folder_or_archive() {
        assert_eq!(name_of(&["music/celtic.zip".into()]), "Celtic");
        assert_eq!(
            name_of(&["a/string_quartets.zip".into(), "b.mid".into()]),
            "String quartets, B"
        );
    }
}
