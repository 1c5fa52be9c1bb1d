//! Music that a record plays along with: some of its parts are given, it plays the others.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail, ensure};
use jukebox_analysis::parts::FilePart;
use jukebox_model::midi::{Line, Lines, NamePattern};
use jukebox_model::piece::{Piece, Tick};

use super::given::{GivenFile, Tracks};
use super::parts::{self, PartSet, part_named};

/// The option that says which parts the tracks are.
const AS: &str = "--as";

/// What is played along with.
#[derive(Clone, Debug)]
pub struct Accompanied {
    /// The music that is given, with the record's parts.
    pub piece: Piece,
    /// The parts that it is.
    pub given: PartSet,
    /// Silence before the music in the file, in whole bars.
    pub silence: Tick,
    /// What became of its tracks, a sentence each.
    pub remarks: Vec<String>,
}

/// Which part some tracks are, as somebody says it: `PART` for all of them, or `TRACK=PART`, where TRACK is a
/// track's number, its name, or lines as [`Lines`] writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidPart {
    tracks: Option<Lines>,
    part: String,
}

impl FromStr for SaidPart {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const ERROR: &str = "a part of the record, such as melody, or TRACK=PART, such as 2=melody";
        let (tracks, part) = match text.rsplit_once('=') {
            None => (None, text),
            Some((tracks, part)) => {
                let tracks = tracks.trim();
                let named = || tracks.parse::<NamePattern>().map(Lines::Name);
                (Some(tracks.parse().or_else(|()| named()).map_err(|()| ERROR)?), part)
            }
        };
        match part.trim() {
            "" => Err(ERROR),
            part => Ok(Self { tracks, part: part.to_owned() }),
        }
    }
}

impl fmt::Display for SaidPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tracks {
            Some(tracks) => write!(f, "{tracks}={}", self.part),
            None => f.write_str(&self.part),
        }
    }
}

impl Accompanied {
    /// Reads a file whose tracks are parts of a record: those that are said, else by the rules by which common
    /// parts are found.
    ///
    /// # Errors
    /// Where the file cannot be read, the record has no parts or not those that are said, no track is one of
    /// them, or nothing is left to play.
    pub fn read(file: &GivenFile<'_>, said: &[SaidPart]) -> Result<Self> {
        let (record, name) = (file.record, &file.record.receipt().name);
        ensure!(
            record.vocabulary().has_parts(),
            "{name} plays one line and has no parts, so that it cannot play along: take the record of a \
             band, or go on from the file with --prompt"
        );
        let tracks = file.tracks()?;
        let mut remarks = tracks.remarks.clone();
        let places: Vec<Option<u8>> = if said.is_empty() {
            let places = file.places(&tracks.tracks)?;
            remarks.extend(tracks.told(record, &places));
            places.iter().map(|place| Some((*place)?.part)).collect()
        } else {
            let places = said_places(file, &tracks, said)?;
            let left = (0..).zip(&places).filter(|(_, place)| place.is_none());
            let left = left.map(|(track, _)| format!("{} left out", tracks.called(track)));
            remarks.extend(left);
            places
        };
        let given: PartSet = places.iter().flatten().copied().collect();
        let names = parts::names(&record.vocabulary().parts).join(", ");
        ensure!(
            !given.is_empty(),
            "none of the tracks of {} is a part of {name}, which has {names}: say it with {AS}, such as \
             {AS} 1=melody",
            file.name()
        );
        let others = PartSet::all(record).without(given);
        ensure!(
            !others.is_empty(),
            "{} has all parts of {name} ({names}), so that none is left to play: say with {AS} which of its \
             tracks to keep",
            file.name(),
        );
        let parts = &record.vocabulary().parts;
        let (plays, with) = (others.names(parts), given.names(parts));
        let mut remarks: Vec<String> =
            remarks.into_iter().map(|it| format!("{}: {it}", file.name())).collect();
        remarks.push(format!("{name} plays {plays} along with {with}"));
        let silence = tracks.silence;
        Ok(Self { piece: tracks.place(record, &places), given, silence, remarks })
    }
}

/// The part of each track where somebody says it; `None` for tracks that nobody names.
fn said_places(
    file: &GivenFile<'_>,
    tracks: &Tracks,
    said: &[SaidPart],
) -> Result<Vec<Option<u8>>> {
    let mut places = vec![None; tracks.tracks.len()];
    for one in said {
        let part = part_named(file.record, &one.part, AS)?;
        let Some(lines) = one.tracks else {
            ensure!(
                said.len() == 1,
                "{AS} {one} takes all tracks of {}: say which are which part, such as {AS} 1={one}",
                file.name()
            );
            // Drums go with drums, unless there is nothing else.
            let drums = file.record.vocabulary().is_drum(part.into());
            let alike = |track: &FilePart| track.drums == drums;
            let any = tracks.tracks.iter().any(alike);
            let place = |track: &FilePart| (!any || alike(track)).then_some(part);
            return Ok(tracks.tracks.iter().map(place).collect());
        };
        let mut any = false;
        for (place, track) in places.iter_mut().zip(&tracks.tracks) {
            let FilePart { track, channel, program, name, .. } = track;
            let (track, channel, program) = (*track, *channel, *program);
            if lines.has(&Line { track, channel, name, program }) {
                any = true;
                *place = Some(part);
            }
        }
        if !any {
            let all: Vec<String> = (0..places.len()).map(|it| tracks.called(it)).collect();
            bail!(
                "{} has no track {lines} with notes ({AS} {one}): it has {}",
                file.name(),
                all.join(", ")
            );
        }
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_said_for_all_tracks_or_for_some() {
        let said = |text: &str| text.parse::<SaidPart>().map(|it| it.to_string());
        for (text, read) in [
            ("melody", "melody"),
            ("2=bass", "2=bass"),
            ("Lead*=melody", "name Lead*=melody"),
            ("channel 3 = drums", "channel 3=drums"),
            ("name a=b=voice 1", "name a=b=voice 1"),
        ] {
            assert_eq!(said(text).as_deref(), Ok(read));
        }
        for wrong in ["", "2=", "=melody"] {
            assert!(said(wrong).is_err(), "{wrong}");
        }
    }
}
