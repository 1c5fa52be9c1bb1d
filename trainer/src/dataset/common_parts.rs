//! The parts that the pieces of a collection have in common: what a band of them consists of.
//!
//! Most collections are of one make: the same names of tracks, or the same number of voices from high to low.
//! Else each track belongs to what it does: melody, chords, bass, drums.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::Path;

use anyhow::Result;
use jukebox_analysis::parts::{FilePart, Role};
use jukebox_model::piece::{Note, Part, Piece, tidy};

use super::parts_file::{self, PartsFile};
use crate::format::counted;

/// Share of the files that must agree for their names, or the order of their tracks, to be a rule.
const MOST: f64 = 0.7;

/// Share of a collection's notes that the named parts must hold.
const HELD: f64 = 0.9;

/// Share of a collection's notes below which a role is no part of its own.
const SMALL: f64 = 0.03;

/// Voices of a collection that are told from each other by their order, at most.
const VOICES: usize = 8;

/// Names that say nothing: what programs call tracks by themselves.
const EMPTY_NAMES: [&str; 12] = [
    "staff",
    "track",
    "part",
    "voice",
    "channel",
    "midi",
    "untitled",
    "instrument",
    "sequence",
    "midi out",
    "new track",
    "no name",
];

/// Whether a collection's notes keep their parts. Written as `auto`, `off`, or the path of a parts file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PartsChoice {
    /// One heap of notes, without drums.
    #[default]
    Off,
    /// The parts that most files have in common.
    Auto,
    /// What a file says.
    Given(PartsFile),
}

impl PartsChoice {
    /// Reads a choice as it is written.
    ///
    /// # Errors
    /// Where it names a file that cannot be read.
    pub fn open(text: &str) -> Result<Self> {
        match text {
            "off" => Ok(Self::Off),
            "auto" => Ok(Self::Auto),
            path => PartsFile::read(Path::new(path)).map(Self::Given),
        }
    }

    /// As receipts and checkpoints write it: empty for one heap, `auto`, or `file` and the hash of what it says.
    pub fn receipt(&self) -> String {
        match self {
            Self::Off => String::new(),
            Self::Auto => "auto".to_owned(),
            Self::Given(given) => format!("file {}", given.hash()),
        }
    }

    /// The choice that a receipt tells; a parts file is looked for beside the record.
    ///
    /// # Errors
    /// Where that file is there and cannot be read.
    pub fn of_receipt(text: &str, record: &Path) -> Result<Self> {
        match text {
            "" => Ok(Self::Off),
            "auto" => Ok(Self::Auto),
            _ => {
                let beside = record.with_file_name(parts_file::FILE);
                // Without it, parts are brought to the record's by their names and registers.
                if beside.exists() {
                    PartsFile::read(&beside).map(Self::Given)
                } else {
                    Ok(Self::Auto)
                }
            }
        }
    }

    /// The common parts of files; `None` for one heap.
    pub fn of(&self, files: &[&[FilePart]]) -> Option<CommonParts> {
        match self {
            Self::Off => None,
            Self::Auto => CommonParts::find(files),
            Self::Given(given) => Some(CommonParts::given(given.clone(), files)),
        }
    }
}

/// Why parts are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartsRule {
    /// Tracks of the same names in most files, normalised.
    Names(Vec<String>),
    /// So many tracks from high to low in most files, perhaps with drums.
    Order,
    /// What each track does.
    Roles(Vec<Role>),
    /// What a parts file says.
    Given(PartsFile),
}

/// The common parts of a collection.
#[derive(Clone, Debug, PartialEq)]
pub struct CommonParts {
    /// The parts, at most 256.
    pub parts: Vec<Part>,
    /// Why they are these.
    pub rule: PartsRule,
    /// Mean key of each.
    heights: Vec<f64>,
    /// Files that the rule is taken from, of all.
    agreeing: (usize, usize),
}

/// A name as it is compared: lower case, without numbers at its end and spaces round it.
pub(super) fn normal(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    lower.trim_end_matches(|it: char| it.is_ascii_digit() || " -_#.:".contains(it)).to_owned()
}

/// Whether a name tells anything.
pub(super) fn tells(name: &str) -> bool {
    let name = normal(name);
    name.chars().any(char::is_alphabetic) && !EMPTY_NAMES.contains(&name.as_str())
}

impl CommonParts {
    /// Finds the common parts of files; `None` where most of them have one part, or none is told from
    /// another.
    pub fn find(files: &[&[FilePart]]) -> Option<Self> {
        let bands = files.iter().filter(|parts| parts.len() > 1).count();
        if 2 * bands < files.len() || bands == 0 {
            return None;
        }
        let mut found =
            by_names(files).or_else(|| by_order(files)).unwrap_or_else(|| by_roles(files));
        if found.parts.len() < 2 {
            return None;
        }
        found.tell_programs(files);
        Some(found)
    }

    /// The parts that a file says.
    pub fn given(file: PartsFile, files: &[&[FilePart]]) -> Self {
        let mut given = Self {
            parts: file.parts(),
            heights: vec![f64::NAN; file.parts().len()],
            rule: PartsRule::Given(file),
            agreeing: (files.len(), files.len()),
        };
        let mut sums = vec![(0.0, 0.0); given.parts.len()];
        for parts in files {
            for (part, own) in parts.iter().zip(given.of_file("", parts)) {
                let sum = &mut sums[usize::from(own.unwrap_or(0))];
                *sum = (sum.0 + part.height * part.notes as f64, sum.1 + part.notes as f64);
            }
        }
        given.heights = sums.iter().map(|&(sum, notes)| sum / f64::max(notes, 1.0)).collect();
        given
    }

    /// The common part of each part of a file; `None` for what is left out, as sound effects are where nothing
    /// names their track.
    pub fn of_file(&self, file: &str, parts: &[FilePart]) -> Vec<Option<u8>> {
        let named = |part: &FilePart| match &self.rule {
            PartsRule::Names(names) => {
                names.iter().position(|it| *it == normal(&part.name) && tells(&part.name))
            }
            PartsRule::Roles(roles) => roles.iter().position(|it| *it == part.role),
            PartsRule::Given(_) | PartsRule::Order => None,
        };
        if let PartsRule::Given(given) = &self.rule {
            return parts
                .iter()
                .map(|part| match given.part_of(file, part) {
                    Some(said) => said,
                    None => self.nearest(part),
                })
                .collect();
        }
        if self.rule == PartsRule::Order && parts.len() == self.parts.len() {
            return in_order(parts).iter().map(|&place| Some(place as u8)).collect();
        }
        let place = |part: &FilePart| named(part).map(|it| it as u8).or_else(|| self.nearest(part));
        parts.iter().map(place).collect()
    }

    /// The part that one without a name or role among them is most like: of the same role, else of the
    /// nearest height. Drums are drums, or nothing.
    fn nearest(&self, part: &FilePart) -> Option<u8> {
        if part.role == Role::Effects {
            return None;
        }
        let alike = |index: &usize| self.parts[*index].drums == part.drums;
        let role = |index: &usize| self.parts[*index].name == part.role.name();
        let away = |index: usize| (self.heights[index] - part.height).abs();
        let near = || (0..self.parts.len()).filter(alike);
        near()
            .find(role)
            .or_else(|| near().min_by(|&a, &b| away(a).total_cmp(&away(b))))
            .map(|index| index as u8)
    }

    /// Gives a piece with a file's parts the common ones.
    pub fn apply(&self, file: &str, parts: &[FilePart], piece: Piece) -> Piece {
        let own = self.of_file(file, parts);
        let moved = |note: &Note| {
            let part = own.get(usize::from(note.part)).copied().flatten()?;
            Some(Note { part, ..*note })
        };
        let mut notes: Vec<Note> = piece.notes.iter().filter_map(moved).collect();
        tidy(&mut notes);
        let parts = self.parts.clone();
        let drums = parts.iter().all(|part| part.drums);
        Piece { parts, drums, notes, ..piece }
    }

    /// Each part takes the program that most of its notes have.
    fn tell_programs(&mut self, files: &[&[FilePart]]) {
        let mut counts: Vec<BTreeMap<u8, usize>> = vec![BTreeMap::new(); self.parts.len()];
        for parts in files {
            for (part, own) in parts.iter().zip(self.of_file("", parts)) {
                if let (Some(own), Some(program)) = (own, part.program) {
                    *counts[usize::from(own)].entry(program).or_default() += part.notes;
                }
            }
        }
        for (part, counts) in self.parts.iter_mut().zip(counts) {
            part.program = counts.into_iter().max_by_key(|&(_, notes)| notes).map(|it| it.0);
        }
    }
}

impl fmt::Display for CommonParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.parts.iter().map(|part| part.name.as_str()).collect();
        let (agreeing, all) = self.agreeing;
        let files = counted(all, "file");
        write!(f, "{}: ", names.join(", "))?;
        match &self.rule {
            PartsRule::Names(_) => write!(f, "tracks of these names in {agreeing} of {files}"),
            PartsRule::Order => {
                write!(f, "{} tracks from high to low in {agreeing} of {files}", names.len())
            }
            PartsRule::Roles(_) => write!(f, "by what each track does"),
            PartsRule::Given(_) => write!(f, "as the parts file says"),
        }
    }
}

/// A mean over notes.
#[derive(Clone, Copy, Default)]
struct Sum {
    notes: usize,
    heights: f64,
    drums: usize,
}

impl Sum {
    fn add(&mut self, part: &FilePart) {
        self.notes += part.notes;
        self.heights += part.height * part.notes as f64;
        self.drums += if part.drums { part.notes } else { 0 };
    }

    fn height(&self) -> f64 {
        self.heights / self.notes.max(1) as f64
    }

    fn are_drums(&self) -> bool {
        2 * self.drums > self.notes
    }
}

fn notes_of(files: &[&[FilePart]]) -> usize {
    files.iter().flat_map(|parts| parts.iter()).map(|part| part.notes).sum()
}

/// Tracks of the same names in most files, each once a file.
fn by_names(files: &[&[FilePart]]) -> Option<CommonParts> {
    let mut names: HashMap<String, (usize, Sum)> = HashMap::new();
    for parts in files {
        let mut own: HashMap<String, usize> = HashMap::new();
        for part in parts.iter().filter(|part| tells(&part.name)) {
            *own.entry(normal(&part.name)).or_default() += 1;
            names.entry(normal(&part.name)).or_default().1.add(part);
        }
        for (name, _) in own.into_iter().filter(|&(_, count)| count == 1) {
            names.entry(name).or_default().0 += 1;
        }
    }
    let enough = |count: usize| count as f64 >= MOST * files.len() as f64;
    let mut kept: Vec<(String, (usize, Sum))> =
        names.into_iter().filter(|(_, (count, _))| enough(*count)).collect();
    let held: usize = kept.iter().map(|(_, (_, sum))| sum.notes).sum();
    if kept.len() < 2 || (held as f64) < HELD * notes_of(files) as f64 {
        return None;
    }
    // From high to low, drums last.
    kept.sort_by(|(a, (_, x)), (b, (_, y))| {
        let order = (x.are_drums(), -x.height()).partial_cmp(&(y.are_drums(), -y.height()));
        order.unwrap_or(std::cmp::Ordering::Equal).then_with(|| a.cmp(b))
    });
    let agreeing = kept.iter().map(|(_, (count, _))| *count).min().unwrap_or(0);
    Some(CommonParts {
        parts: kept
            .iter()
            .map(|(name, (_, sum))| Part {
                name: name.clone(),
                program: None,
                drums: sum.are_drums(),
            })
            .collect(),
        heights: kept.iter().map(|(_, (_, sum))| sum.height()).collect(),
        rule: PartsRule::Names(kept.into_iter().map(|(name, _)| name).collect()),
        agreeing: (agreeing, files.len()),
    })
}

/// The place of each part of a file from high to low, drums last.
pub(super) fn in_order(parts: &[FilePart]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|&a, &b| {
        let key = |it: usize| (parts[it].drums, -parts[it].height);
        key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut places = vec![0; parts.len()];
    for (place, index) in order.into_iter().enumerate() {
        places[index] = place;
    }
    places
}

/// As many tracks in most files, in the same order from high to low: the voices of a choir, the hands of a
/// pianist.
fn by_order(files: &[&[FilePart]]) -> Option<CommonParts> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for parts in files {
        *counts.entry(parts.len()).or_default() += 1;
    }
    let (&voices, &agreeing) = counts.iter().max_by_key(|&(_, count)| count)?;
    if !(2..=VOICES).contains(&voices) || (agreeing as f64) < MOST * files.len() as f64 {
        return None;
    }
    let alike: Vec<&&[FilePart]> = files.iter().filter(|it| it.len() == voices).collect();
    // Files of which each track lies where the same track of the others does.
    let mut ordered: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
    for parts in &alike {
        *ordered.entry(in_order(parts)).or_default() += 1;
    }
    let most = ordered.values().max().copied().unwrap_or(0);
    if (most as f64) < MOST * alike.len() as f64 {
        return None;
    }
    let mut sums = vec![Sum::default(); voices];
    let mut piano = 0;
    for parts in &alike {
        for (part, place) in parts.iter().zip(in_order(parts)) {
            sums[place].add(part);
            piano += usize::from(part.program.is_none_or(|it| it < 8));
        }
    }
    let pitched = sums.iter().filter(|sum| !sum.are_drums()).count();
    let hands = pitched == 2 && voices == 2 && 2 * piano > voices * alike.len();
    let name = |place: usize| match (sums[place].are_drums(), hands, place) {
        (true, ..) => "drums".to_owned(),
        (_, true, 0) => "right hand".to_owned(),
        (_, true, _) => "left hand".to_owned(),
        _ => format!("voice {}", place + 1),
    };
    Some(CommonParts {
        parts: (0..voices)
            .map(|place| Part { name: name(place), program: None, drums: sums[place].are_drums() })
            .collect(),
        heights: sums.iter().map(Sum::height).collect(),
        rule: PartsRule::Order,
        agreeing: (agreeing, files.len()),
    })
}

/// What is left for a role that is no part of its own, the likest first.
fn likest(role: Role) -> [Role; 3] {
    match role {
        Role::Melody => [Role::High, Role::Middle, Role::Chords],
        Role::High => [Role::Middle, Role::Melody, Role::Chords],
        Role::Middle => [Role::Chords, Role::High, Role::Low],
        Role::Chords => [Role::Middle, Role::Low, Role::High],
        Role::Low => [Role::Middle, Role::Bass, Role::Chords],
        Role::Bass => [Role::Low, Role::Middle, Role::Chords],
        Role::Drums | Role::Effects => [role; 3],
    }
}

/// Parts by what they do; what is rare belongs to what it is like.
fn by_roles(files: &[&[FilePart]]) -> CommonParts {
    const ALL: [Role; 7] =
        [Role::Melody, Role::High, Role::Middle, Role::Chords, Role::Low, Role::Bass, Role::Drums];
    let mut sums: BTreeMap<Role, Sum> = BTreeMap::new();
    for part in files.iter().flat_map(|parts| parts.iter()) {
        sums.entry(part.role).or_default().add(part);
    }
    sums.remove(&Role::Effects);
    let all = notes_of(files) as f64;
    let mut kept: Vec<Role> = ALL
        .into_iter()
        .filter(|role| sums.get(role).is_some_and(|it| it.notes as f64 >= SMALL * all))
        .collect();
    // A role that nothing like it is left for stays.
    for role in ALL.into_iter().filter(|role| sums.contains_key(role)) {
        if !kept.contains(&role) && !likest(role).iter().any(|it| kept.contains(it)) {
            kept.push(role);
        }
    }
    kept.sort_by_key(|role| ALL.iter().position(|it| it == role));
    CommonParts {
        parts: kept
            .iter()
            .map(|role| Part {
                name: role.name().to_owned(),
                program: None,
                drums: *role == Role::Drums,
            })
            .collect(),
        heights: kept.iter().map(|role| sums[role].height()).collect(),
        rule: PartsRule::Roles(kept),
        agreeing: (files.len(), files.len()),
    }
}
