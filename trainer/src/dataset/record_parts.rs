//! Which part of a record each track of a file is, by the rules by which the parts of a collection are found (see
//! [`common_parts`](super::common_parts)): a record tells what its parts are called and where they lie.

use std::fmt;

use jukebox_analysis::parts::{FilePart, Role};
use jukebox_model::piece::Part;
use jukebox_model::vocabulary::Vocabulary;

use super::common_parts::{PartsChoice, in_order, normal, tells};

/// Mean key below which a track that is alone is not believed to be a melody.
const LOW: f64 = 52.0;

/// A part of a record, and why a track is it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index of the part.
    pub part: u8,
    /// Why it is this one.
    pub why: Why,
}

/// Why a track is a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The parts file beside the record says so.
    File,
    /// It is called so.
    Name,
    /// It is at this place from high to low, of as many.
    Order,
    /// It does this.
    Role,
    /// Its instrument is of that family.
    Program,
    /// No other lies nearer.
    Register,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "as the parts file says",
            Self::Name => "by its name",
            Self::Order => "by its place from high to low",
            Self::Role => "by what it does",
            Self::Program => "by its instrument",
            Self::Register => "by how high it lies",
        })
    }
}

/// The part that each track of a file is; `None` for one that the record has no like of. `choice` is how the
/// record's collection was divided, `file` the name of the file.
pub fn places(
    vocabulary: &Vocabulary,
    choice: &PartsChoice,
    file: &str,
    tracks: &[FilePart],
) -> Vec<Option<Place>> {
    let parts = &vocabulary.parts;
    let pitched = tracks.iter().filter(|track| !track.drums).count();
    let order = in_order(tracks);
    let by_order = is_ordered(parts) && tracks.len() == parts.len();
    let place = |(index, track): (usize, &FilePart)| {
        if let PartsChoice::Given(said) = choice
            && let Some(own) = said.part_of(file, track)
        {
            let name = &said.parts()[usize::from(own?)].name;
            let part = parts.iter().position(|part| part.name == *name)?;
            return Some(Place { part: part as u8, why: Why::File });
        }
        let alike = (0u8..).zip(parts).filter(|(_, part)| part.drums == track.drums);
        let first = |why: Why, is: &dyn Fn(&Part) -> bool| {
            let found = alike.clone().find(|(_, part)| is(part));
            found.map(|(part, _)| Place { part, why })
        };
        let lower = |name: &str| name.trim().to_lowercase();
        let exact = |part: &Part| lower(&part.name) == lower(&track.name);
        let named = |part: &Part| normal(&part.name) == normal(&track.name) && tells(&track.name);
        let ordered = || {
            let part = order[index];
            let fits = by_order && parts[part].drums == track.drums;
            fits.then_some(Place { part: part as u8, why: Why::Order })
        };
        // What is alone leads, whatever it does.
        let doubtful = pitched == 1 && track.role == Role::Melody && track.height < LOW;
        let role = |part: &Part| !doubtful && lower(&part.name) == track.role.name();
        let height = |part: u8| mean(&vocabulary.part_keys[usize::from(part)]);
        let away = |part: u8| (height(part) - track.height).abs();
        let family = |program: Option<u8>| program.map(|it| it / 8);
        let nearest = |why: Why, is: &dyn Fn(&Part) -> bool| {
            let those = alike.clone().filter(|(_, part)| is(part));
            let nearest = those.min_by(|a, b| away(a.0).total_cmp(&away(b.0)));
            nearest.map(|(part, _)| Place { part, why })
        };
        let played = |part: &Part| {
            family(track.program).is_some() && family(track.program) == family(part.program)
        };
        (first(Why::Name, &|part| !part.name.trim().is_empty() && exact(part)))
            .or_else(|| first(Why::Name, &named))
            .or_else(ordered)
            .or_else(|| first(Why::Role, &role))
            .or_else(|| nearest(Why::Program, &played))
            .or_else(|| nearest(Why::Register, &|_| true))
    };
    tracks.iter().enumerate().map(place).collect()
}

/// Whether parts are told by their order alone.
fn is_ordered(parts: &[Part]) -> bool {
    let hands = ["right hand", "left hand"];
    let voice = |part: &Part| part.drums || part.name.starts_with("voice ");
    parts.iter().all(voice) || parts.iter().map(|part| part.name.as_str()).eq(hands)
}

fn mean(keys: &[u8]) -> f64 {
    keys.iter().map(|&key| f64::from(key)).sum::<f64>() / keys.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::{Note, Piece};

    use super::*;

    /// A record's vocabulary of parts that play about a key each.
    fn vocabulary(parts: &[(&str, Option<u8>, u8)]) -> Vocabulary {
        let notes = (0u8..).zip(parts).flat_map(|(part, &(_, _, pitch))| {
            [0, 12].map(|up| Note { onset: 0, part, pitch: pitch + up, duration: 12, velocity: 80 })
        });
        let notes = notes.collect();
        let part = |&(name, program, _): &(&str, Option<u8>, u8)| Part {
            name: name.to_owned(),
            program,
            drums: name == "drums",
        };
        let parts = parts.iter().map(part).collect();
        Vocabulary::learn([&Piece { notes, parts, ..Piece::default() }]).unwrap()
    }

    fn track(name: &str, program: Option<u8>, role: Role, height: f64) -> FilePart {
        FilePart {
            name: name.to_owned(),
            track: 0,
            channel: 0,
            program,
            drums: role == Role::Drums,
            role,
            notes: 10,
            range: (0, 127),
            height,
        }
    }

    fn found(vocabulary: &Vocabulary, tracks: &[FilePart]) -> Vec<Option<(u8, Why)>> {
        let places = places(vocabulary, &PartsChoice::Auto, "a.mid", tracks);
        places.into_iter().map(|it| it.map(|it| (it.part, it.why))).collect()
    }

    #[test]
    fn a_track_is_told_by_name_then_role_then_instrument_then_height() {
        let band = vocabulary(&[
            ("melody", Some(73), 72),
            ("chords", Some(0), 60),
            ("bass", Some(33), 36),
            ("drums", None, 36),
        ]);
        let tracks = [
            track("BASS 2", None, Role::Middle, 80.0),
            track("Lead", None, Role::Melody, 70.0),
            track("", Some(35), Role::Middle, 70.0),
            track("", None, Role::High, 70.0),
            track("Kit", None, Role::Drums, 38.0),
        ];
        let places = [
            Some((2, Why::Name)),
            Some((0, Why::Role)),
            Some((2, Why::Program)),
            Some((1, Why::Register)),
            Some((3, Why::Role)),
        ];
        assert_eq!(found(&band, &tracks), places);
        let pitched = vocabulary(&[("melody", None, 72), ("bass", None, 36)]);
        assert_eq!(found(&pitched, &tracks[4..]), [None], "it plays no drums");
    }

    #[test]
    fn a_low_track_alone_is_no_melody() {
        let band = vocabulary(&[("melody", None, 72), ("bass", None, 36)]);
        let alone = |height| found(&band, &[track("", None, Role::Melody, height)])[0];
        assert_eq!(alone(70.0), Some((0, Why::Role)));
        assert_eq!(alone(40.0), Some((1, Why::Register)));
    }

    #[test]
    fn voices_are_told_by_their_order_or_by_their_height() {
        let choir =
            vocabulary(&[("voice 1", None, 72), ("voice 2", None, 60), ("voice 3", None, 48)]);
        let tracks = [50.0, 78.0, 66.0].map(|height| track("Staff", None, Role::Middle, height));
        let order = [2, 0, 1].map(|part| Some((part, Why::Order)));
        assert_eq!(found(&choir, &tracks), order);
        assert_eq!(found(&choir, &tracks[2..]), [Some((1, Why::Register))]);
        let named = [track("Voice 3", None, Role::Melody, 90.0)];
        assert_eq!(found(&choir, &named), [Some((2, Why::Name))]);
    }

    #[test]
    fn what_a_parts_file_says_comes_first() {
        let band = vocabulary(&[("melody", None, 72), ("bass", None, 36)]);
        let said = "[[parts]]\nname = \"melody\"\n[[parts]]\nname = \"bass\"\n\
                    [names]\n\"lead*\" = \"bass\"\n\"noise\" = \"-\"\n";
        let said = PartsChoice::Given(said.parse().unwrap());
        let tracks = ["Lead 1", "noise", "Melody"].map(|name| track(name, None, Role::High, 80.0));
        let places = places(&band, &said, "a.mid", &tracks);
        let places: Vec<_> = places.into_iter().map(|it| it.map(|it| (it.part, it.why))).collect();
        assert_eq!(places, [Some((1, Why::File)), None, Some((0, Why::Name))]);
    }
}
