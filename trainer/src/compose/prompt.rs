//! A prompt: music to go on from, or to change inside.

use anyhow::{Context, Result, bail};
use jukebox_model::midi::{self, Import, ImportError, ImportOptions, PartChoice};
use jukebox_model::piece::Piece;

use super::given::{self, GivenFile};
use crate::dataset::record_parts::{Place, Why};
use crate::format::counted;

/// A prompt as a record reads it.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// The music of the part that the record has learnt, or with the record's parts.
    pub piece: Piece,
    /// What was left out of it, a sentence each.
    pub remarks: Vec<String>,
}

impl Prompt {
    /// Reads a prompt: the part that is asked for, or what the record has learnt.
    ///
    /// # Errors
    /// Where the file cannot be read, is longer than a MIDI file of a collection may be, has no such part, or one
    /// that the record cannot play.
    pub fn read(file: &GivenFile<'_>, asked: Option<PartChoice>) -> Result<Self> {
        let read = match asked {
            None | Some(PartChoice::All) if file.record.vocabulary().has_parts() => band(file),
            _ => heap(file, asked),
        };
        let Self { piece, remarks } = read?;
        let told = remarks.iter().map(|it| format!("{}: {it}", file.name()));
        Ok(Self { piece, remarks: told.collect() })
    }
}

/// A prompt for a record with parts: each of its tracks is one of them.
fn band(file: &GivenFile<'_>) -> Result<Prompt> {
    let tracks = file.tracks()?;
    let places = file.places(&tracks.tracks)?;
    let mut remarks = tracks.remarks.clone();
    remarks.extend(given::without_silence(tracks.silent_bars()));
    // What is called as the record calls it needs no words.
    let named = |place: &Option<Place>| place.is_some_and(|it| it.why == Why::Name);
    let told = tracks.told(file.record, &places).into_iter().zip(&places);
    remarks.extend(told.filter(|(_, place)| !named(place)).map(|it| it.0));
    let parts: Vec<Option<u8>> = places.iter().map(|place| Some((*place)?.part)).collect();
    let piece = tracks.place(file.record, &parts);
    if piece.notes.is_empty() {
        let parts: Vec<&str> =
            file.record.vocabulary().parts.iter().map(|part| part.name.as_str()).collect();
        bail!(
            "{}: none of its tracks is a part that {} plays ({}): name another prompt",
            file.name(),
            file.record.receipt().name,
            parts.join(", ")
        );
    }
    Ok(Prompt { piece, remarks })
}

/// A prompt of one line.
fn heap(file: &GivenFile<'_>, asked: Option<PartChoice>) -> Result<Prompt> {
    let (record, vocabulary) = (file.record, file.record.vocabulary());
    let learnt = record.receipt().part.parse().unwrap_or_default();
    let drums = vocabulary.drums;
    let name = &record.receipt().name;
    // What a track is called means nothing in another file.
    let part = asked.unwrap_or(match learnt {
        _ if drums => PartChoice::Drums,
        PartChoice::Only(_) | PartChoice::AsDrums(_) | PartChoice::Drums => PartChoice::All,
        part => part,
    });
    let bytes = file.bytes()?;
    let options = ImportOptions { part, pedal: file.pedal(), ..ImportOptions::default() };
    let Import { mut piece, report, .. } = match midi::import(&bytes, options) {
        Err(ImportError::EmptyPart { .. }) if asked.is_none() => {
            let (has, plays) =
                if drums { ("no drums", "nothing else") } else { ("only drums", "none") };
            bail!(
                "{} has {has}, and {name} plays {plays}: name another prompt, a part of it with \
                 --prompt-part, or compose with another record",
                file.name(),
            )
        }
        import => import.with_context(|| file.name().to_string())?,
    };
    if let Some(on_grid) = file.on_grid(&bytes, part)? {
        piece = on_grid;
    }
    if piece.drums != drums && !vocabulary.has_parts() {
        let way_out = match (drums, part) {
            (true, PartChoice::Only(lines)) => {
                format!("read it as drums with --prompt-part \"drums:{lines}\"")
            }
            (true, _) => "name a part of drums with --prompt-part".to_owned(),
            (false, _) => "name one of pitches with --prompt-part".to_owned(),
        };
        let (are, plays) = if drums { ("pitches", "drums alone") } else { ("drums", "none") };
        bail!(
            "the part {part} of {} holds {are}, and {name} plays {plays}: {way_out}",
            file.name()
        );
    }
    let mut remarks = report.warnings();
    remarks.extend(given::without_silence(report.silent_bars()));
    let other = if drums { report.notes() - report.drums() } else { report.drums() };
    if other > 0 && asked.is_none() {
        let kind = if drums { "pitched note" } else { "drum hit" };
        remarks.push(format!("{} left out: {name} plays none", counted(other, kind)));
    }
    Ok(Prompt { piece: vocabulary.adopt(&piece).into_owned(), remarks })
}
