//! Parts of a record that somebody names.

use anyhow::{Result, bail, ensure};
use jukebox_model::piece::Part;
use jukebox_model::record::Record;

/// Some of a record's parts, a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartSet(u32);

impl PartSet {
    /// All parts of a record; none where it has no parts to choose from.
    pub fn all(record: &Record) -> Self {
        match record.vocabulary().has_parts() {
            true => (0..=u8::MAX).zip(&record.vocabulary().parts).map(|(part, _)| part).collect(),
            false => Self::default(),
        }
    }

    /// The parts of these names, in small or large letters; `option` asks for them.
    ///
    /// # Errors
    /// Where the record has no parts, or none of a name.
    pub fn named(record: &Record, names: &[String], option: &str) -> Result<Self> {
        names.iter().map(|name| part_named(record, name, option)).collect()
    }

    /// Whether a part is one of them.
    pub fn has(self, part: u8) -> bool {
        1u32.checked_shl(part.into()).is_some_and(|bit| self.0 & bit != 0)
    }

    /// Those of these that are not among others.
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Those of these that are among others, too.
    pub fn among(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// A bit for each, the lowest for the first part.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Their names, by commas.
    pub fn names(self, parts: &[Part]) -> String {
        let names = names(parts).into_iter().zip(0..=u8::MAX);
        let names: Vec<String> = names.filter(|&(_, part)| self.has(part)).map(|it| it.0).collect();
        names.join(", ")
    }
}

impl FromIterator<u8> for PartSet {
    fn from_iter<I: IntoIterator<Item = u8>>(parts: I) -> Self {
        let bit = |part: u8| 1u32.checked_shl(part.into()).unwrap_or(0);
        Self(parts.into_iter().fold(0, |bits, part| bits | bit(part)))
    }
}

/// The part of a name, in small or large letters; `option` asks for it.
///
/// # Errors
/// Where the record has no parts, or none of the name.
pub fn part_named(record: &Record, name: &str, option: &str) -> Result<u8> {
    let parts = &record.vocabulary().parts;
    ensure!(
        record.vocabulary().has_parts(),
        "{} plays one line and has no parts: leave {option} out, or take the record of a band",
        record.receipt().name
    );
    let asked = name.trim().to_lowercase();
    let names = names(parts);
    match (0..=u8::MAX).zip(&names).find(|(_, it)| it.to_lowercase() == asked) {
        Some((part, _)) => Ok(part),
        None => bail!(
            "{} plays no part \"{}\" ({option}): it has {}",
            record.receipt().name,
            name.trim(),
            names.join(", ")
        ),
    }
}

/// What parts are called: those without a name by their number.
pub fn names(parts: &[Part]) -> Vec<String> {
    let name = |(number, part): (usize, &Part)| match part.name.trim() {
        "" => format!("part {number}"),
        name => name.to_owned(),
    };
    (1..).zip(parts).map(name).collect()
}
