//! The records with their takes: what is drawn, what plays, and what is said of them.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use super::lettering::letter;
use super::music::{self, Take, data};
use super::template::{Template, escape};
use crate::gallery::{FOLDER, takes};
use crate::records::{Entry, Readme};

/// What is heard within so many seconds counts for the take that the page opens with.
const OPENING: f64 = 10.0;

/// All records of the gallery: bands first, else in the order of the records' README.
pub struct Gallery<'r> {
    records: Vec<Record<'r>>,
}

/// A record.
struct Record<'r> {
    entry: &'r Entry,
    takes: Vec<Shown>,
}

/// A take of the gallery.
struct Shown {
    /// What its files are called, such as "house-1".
    stem: String,
    number: u32,
    music: Take,
}

impl<'r> Gallery<'r> {
    /// Reads the takes of all records.
    ///
    /// # Errors
    /// Where a take is not in the gallery, or cannot be read.
    pub fn load(readme: &'r Readme) -> Result<Self> {
        let mut records = readme
            .records
            .iter()
            .map(|entry| {
                let takes = takes(entry).map(|take| {
                    let file = take.file("mid");
                    let path = format!("{FOLDER}/{file}");
                    let bytes = fs::read(&path).with_context(|| {
                        format!("cannot read {path}: cargo xtask gallery writes it")
                    })?;
                    let music = music::read(&bytes).with_context(|| path.clone())?;
                    let stem = file.trim_end_matches(".mid").to_owned();
                    Ok(Shown { stem, number: take.number, music })
                });
                Ok(Record { entry, takes: takes.collect::<Result<_>>()? })
            })
            .collect::<Result<Vec<_>>>()?;
        records.sort_by_key(|record| std::cmp::Reverse(record.parts()));
        Ok(Self { records })
    }

    /// The script that gives the others their takes.
    pub fn script(&self) -> String {
        let takes = self.records.iter().flat_map(|record| {
            record.takes.iter().map(move |take| {
                let mut known = data(&take.music);
                known["record"] = record.entry.name.clone().into();
                known["take"] = take.number.into();
                (take.stem.clone(), known)
            })
        });
        format!("const TAKES = {};\n", Value::Object(takes.collect::<Map<_, _>>()))
    }

    /// The cards of all records, each with the letter of its key.
    ///
    /// # Errors
    /// Where a template lacks something.
    pub fn cards(&self) -> Result<String> {
        let (card, deck) =
            (Template::load("parts/record.html")?, Template::load("parts/deck.html")?);
        let mut cards = String::new();
        for (record, key) in self.records.iter().zip('A'..='Z') {
            let first = &record.takes[0];
            cards += &card.fill(&[
                ("stem", &record.entry.stem),
                ("lettering", &letter(&record.entry.name)?),
                ("facts", &record.facts()),
                ("source", &record.source()?),
                ("first", &first.stem),
                ("takes", &record.buttons(key)),
                ("deck", &record.deck(&deck, first)?),
            ])?;
        }
        Ok(cards)
    }

    /// The deck that the page opens with: the take in whose first ten seconds most parts are heard.
    ///
    /// # Errors
    /// Where there is no take.
    pub fn opening(&self) -> Result<Opening> {
        let heard = |take: &Take| take.parts.iter().filter(|it| take.entry(it) < OPENING).count();
        let all = self.records.iter().flat_map(|it| it.takes.iter().map(move |take| (it, take)));
        // Of several the first: `max_by_key` takes the last.
        let all: Vec<_> = all.collect();
        let best = all.into_iter().rev().max_by_key(|(_, take)| heard(&take.music));
        let (record, take) = best.context("the gallery is empty")?;
        let deck = Template::load("parts/deck.html")?;
        Ok(Opening {
            stem: take.stem.clone(),
            title: format!("{}, take {}", record.entry.name, take.number),
            parts: take.music.parts.iter().filter(|it| take.music.entry(it) < OPENING).count(),
            deck: record.deck(&deck, take)?,
        })
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }
}

/// What the page opens with.
pub struct Opening {
    /// What the take's files are called.
    pub stem: String,
    /// What it is called.
    pub title: String,
    /// Parts that are heard in its first ten seconds.
    pub parts: usize,
    /// Its roll and what moves it.
    pub deck: String,
}

impl Record<'_> {
    /// Parts of the band.
    fn parts(&self) -> usize {
        self.takes.iter().map(|it| it.music.parts.len()).max().unwrap_or(0)
    }

    /// Its tempo and its players.
    fn facts(&self) -> String {
        let music = &self.takes[0].music;
        let alone = music.parts.len() == 1;
        let names = music.parts.iter().enumerate().map(|(place, part)| {
            let name = match (alone, part.drums) {
                (false, _) => &part.name,
                (true, false) => "one line",
                (true, true) => "drums alone",
            };
            let (name, colour) = (escape(name), part.colour(place));
            format!("<span class=\"part\" style=\"--part:var(--p{colour})\">{name}</span> ")
        });
        let names: String = names.collect();
        format!("{names}<span class=\"tempo\">{:.0} bpm</span>", music.tempo())
    }

    /// What it has learnt from, with a link to where that is told.
    fn source(&self) -> Result<String> {
        let [pieces, notes] =
            [self.entry.cell("pieces learnt")?, self.entry.cell("notes learnt")?].map(escape);
        if !self.entry.songbooks().is_empty() {
            return Ok(format!(
                "learnt {notes} notes of {pieces} songs that <a href=\"songbook/index.html\">a program of this \
                 project wrote</a>"
            ));
        }
        let file = self.entry.collections()?[0];
        let name = file.rsplit('/').next().unwrap_or(file);
        let place: String = name.chars().filter(|it| it.is_alphanumeric()).collect();
        Ok(format!(
            "learnt {notes} notes of {pieces} pieces in <a href=\"corpora/index.html#{place}\">{}</a>",
            escape(name)
        ))
    }

    /// The keys that choose a take.
    fn buttons(&self, key: char) -> String {
        let button = |take: &Shown| {
            format!(
                "<button type=\"button\" class=\"key\" data-take=\"{}\" aria-pressed=\"false\" aria-label=\"Play {}, take \
                 {}\">{key}{}</button>",
                take.stem,
                escape(&self.entry.name),
                take.number,
                take.number
            )
        };
        self.takes.iter().map(button).collect()
    }

    /// A roll with what moves it, for a take.
    fn deck(&self, template: &Template, take: &Shown) -> Result<String> {
        let files = self.takes.iter().map(|it| {
            let hidden = if it.stem == take.stem { "" } else { " hidden" };
            let path = format!("{FOLDER}/{}", it.stem);
            format!(
                "<p class=\"files\" data-files=\"{}\"{hidden}><span>Take {}:</span> <a href=\"{path}.mp3\">MP3</a> \
                 <a href=\"{path}.mid\">MIDI</a> <a href=\"{path}.png\">picture</a></p>",
                it.stem, it.number
            )
        });
        template.fill(&[
            ("name", &escape(&self.entry.name)),
            ("number", &take.number.to_string()),
            ("files", &files.collect::<String>()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_opens_with_a_band_and_every_take_is_drawn() {
        nice_plug_xtask::chdir_workspace_root().unwrap();
        let readme = Readme::load().unwrap();
        let gallery = Gallery::load(&readme).unwrap();
        let opening = gallery.opening().unwrap();
        assert!(opening.parts >= 3, "{} opens with {} parts", opening.title, opening.parts);

        let (cards, script) = (gallery.cards().unwrap(), gallery.script());
        for entry in &readme.records {
            for take in takes(entry) {
                let stem = take.file("mid").replace(".mid", "");
                assert!(script.contains(&format!("\"{stem}\":")), "{stem} is not in the script");
                assert!(cards.contains(&format!("data-take=\"{stem}\"")), "{stem} has no key");
                assert!(cards.contains(&format!("{FOLDER}/{stem}.mp3")), "{stem} has no sound");
            }
        }
    }
}
