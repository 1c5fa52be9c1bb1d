//! Parts of a collection as somebody says them, in a file of TOML.
//!
//! ```toml
//! [[parts]]
//! name = "melody"
//! program = 74
//!
//! [[parts]]
//! name = "drums"
//! drums = true
//!
//! [names]            # tracks of these names, in every file
//! "lead*" = "melody"
//!
//! [files."song.mid"] # tracks of one file; "-" leaves one out
//! "track 2, channel 1" = "melody"
//! "track 5, channel 3" = "-"
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use jukebox_analysis::parts::FilePart;
use jukebox_model::piece::Part;
use serde::{Deserialize, Serialize};

use super::common_parts::CommonParts;
use crate::files;

/// Name of the file beside a record that has learnt its parts.
pub const FILE: &str = "parts.toml";

/// Longest file that is read.
const LONGEST: u64 = 16 << 20;

/// Most parts.
const MOST: usize = 64;

/// What leaves a track out.
const OUT: &str = "-";

/// Parts, and which tracks they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartsFile {
    parts: Vec<NamedPart>,
    #[serde(default)]
    names: BTreeMap<String, String>,
    #[serde(default)]
    files: BTreeMap<String, BTreeMap<String, String>>,
}

/// A part as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedPart {
    name: String,
    /// From 1 to 128.
    program: Option<u8>,
    #[serde(default)]
    drums: bool,
}

/// How a track of a file is written.
fn line(part: &FilePart) -> String {
    format!("track {}, channel {}", part.track + 1, part.channel + 1)
}

/// Whether a name is what a pattern says, in which `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let pieces: Vec<&str> = pattern.split('*').collect();
    let [first, inner @ .., last] = pieces.as_slice() else { return pattern == name };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    for piece in inner {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

impl PartsFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read, is no such TOML, or names a part that it does not have.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = files::read(path, LONGEST);
        let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
        let text = String::from_utf8(bytes).ok();
        let text = text.with_context(|| format!("{} is not text", path.display()))?;
        text.parse().with_context(|| format!("{} says no parts", path.display()))
    }

    /// The common parts of a collection, file by file, to be read and changed.
    pub fn describe<'f>(
        common: &CommonParts,
        files: impl Iterator<Item = (&'f str, &'f [FilePart])>,
    ) -> String {
        let mut text = String::from(
            "# The parts of a band, in order. `program` is General MIDI's, from 1 to 128.\n\n",
        );
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        for part in &common.parts {
            let _ = writeln!(text, "[[parts]]\nname = {}", quoted(&part.name));
            if let Some(program) = part.program {
                let _ = writeln!(text, "program = {}", program + 1);
            }
            if part.drums {
                text.push_str("drums = true\n");
            }
            text.push('\n');
        }
        text.push_str(
            "# Tracks of these names, in every file that does not say otherwise: \"lead*\" = \"melody\"\n\
             [names]\n\n\
             # Which part each track is. \"-\" leaves it out; what is not named goes where it fits.\n",
        );
        for (file, parts) in files {
            let _ = writeln!(text, "\n[files.{}]", quoted(file));
            for (part, own) in parts.iter().zip(common.of_file(file, parts)) {
                let own = own.map_or(OUT, |own| common.parts[usize::from(own)].name.as_str());
                let about = match part.name.as_str() {
                    "" => format!("{} notes", part.notes),
                    name => format!("{}, {} notes", name.escape_debug(), part.notes),
                };
                let _ = writeln!(text, "{} = {} # {about}", quoted(&line(part)), quoted(own));
            }
        }
        text
    }

    /// What the file says, as TOML.
    ///
    /// # Errors
    /// Where it cannot be written so.
    pub fn text(&self) -> Result<String> {
        Ok(toml::to_string_pretty(self)?)
    }

    /// BLAKE3 hash of what it says, hexadecimal.
    pub fn hash(&self) -> String {
        blake3::hash(self.text().unwrap_or_default().as_bytes()).to_hex().to_string()
    }

    /// The parts.
    pub fn parts(&self) -> Vec<Part> {
        let part = |part: &NamedPart| Part {
            name: part.name.clone(),
            program: part.program.map(|it| it - 1),
            drums: part.drums,
        };
        self.parts.iter().map(part).collect()
    }

    /// What the file says of a part of a file: `Some(None)` leaves it out, `None` says nothing.
    pub fn part_of(&self, file: &str, part: &FilePart) -> Option<Option<u8>> {
        // A file is named by its path, or by the end of it.
        let ends = file.match_indices('/').map(|(at, _)| &file[at + 1..]);
        let of_file = std::iter::once(file).chain(ends).find_map(|end| self.files.get(end));
        let of_file = of_file.and_then(|lines| lines.get(&line(part)));
        let by_name = || {
            let named = self.names.iter().find(|(pattern, _)| matches(pattern, &part.name));
            named.map(|(_, own)| own)
        };
        let own = of_file.or_else(by_name)?;
        Some(self.parts.iter().position(|it| it.name == *own).map(|it| it as u8))
    }
}

impl std::str::FromStr for PartsFile {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let file: Self = toml::from_str(text)?;
        ensure!(
            (1..=MOST).contains(&file.parts.len()),
            "write between 1 and {MOST} [[parts]], each with a name"
        );
        for (index, part) in file.parts.iter().enumerate() {
            let name = &part.name;
            ensure!(
                !name.is_empty() && name.len() <= 120 && name != OUT,
                "\"{name}\" is no name for a part"
            );
            ensure!(
                file.parts[..index].iter().all(|it| it.name != *name),
                "two parts are called \"{name}\": give each a name of its own"
            );
            ensure!(
                part.program.is_none_or(|it| (1..=128).contains(&it)),
                "the program of \"{name}\" is to be from 1 to 128"
            );
        }
        let said = file.files.values().flat_map(BTreeMap::values).chain(file.names.values());
        for own in said.filter(|own| *own != OUT) {
            if file.parts.iter().all(|part| part.name != *own) {
                bail!(
                    "there is no part \"{own}\": name one of the [[parts]], or \"-\" to leave it out"
                );
            }
        }
        Ok(file)
    }
}
