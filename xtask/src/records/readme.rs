//! What records/README.md says: its tables and its commands. It is the only place where they are written.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail, ensure};

/// The file, from the root of the workspace.
pub const README: &str = "records/README.md";

/// The shipped records as the README tells of them.
#[derive(Debug)]
pub struct Readme {
    /// One for each row of the first table, in its order.
    pub records: Vec<Entry>,
}

/// A record as the README tells of it.
#[derive(Debug)]
pub struct Entry {
    /// Its name, such as "Rock".
    pub name: String,
    /// What it is called in files and commands: its letters and digits, such as "lofi" of "Lo-fi".
    pub stem: String,
    /// The words behind `cargo jukebox` in each of its commands.
    commands: Vec<Vec<String>>,
    /// The words behind `cargo xtask songbook` in each of the commands that write what it learns from.
    songbooks: Vec<Vec<String>>,
    /// The cells of all its rows, by the head of their column.
    cells: BTreeMap<String, String>,
}

impl Readme {
    /// Reads the file.
    ///
    /// # Errors
    /// Where it cannot be read, or says what cannot be.
    pub fn load() -> Result<Self> {
        let text = fs::read_to_string(README).with_context(|| format!("cannot read {README}"))?;
        Self::parse(&text).context(README)
    }

    /// Reads every table whose first column is headed `record`, and every command of the forms
    /// `cargo jukebox ... -o FILE` and `cargo xtask songbook STYLE ... -o FOLDER`, indented as code.
    ///
    /// # Errors
    /// Says what is amiss with the text.
    pub fn parse(text: &str) -> Result<Self> {
        let mut records: Vec<Entry> = Vec::new();
        let mut heads: Vec<&str> = Vec::new();
        for line in text.lines() {
            let Some(cells) = cells(line) else {
                heads.clear();
                continue;
            };
            if heads.is_empty() {
                heads = cells;
            } else if heads[0] == "record" && !cells[0].starts_with("---") {
                ensure!(
                    cells.len() == heads.len(),
                    "a row has another length than its head: {line}"
                );
                let known = records.iter().position(|entry| entry.name == cells[0]);
                let at = known.unwrap_or_else(|| {
                    records.push(Entry::new(cells[0]));
                    records.len() - 1
                });
                for (&head, &cell) in heads.iter().zip(&cells).skip(1) {
                    let before = records[at].cells.insert(head.to_owned(), cell.to_owned());
                    ensure!(before.is_none(), "two columns are headed \"{head}\"");
                }
            }
        }
        ensure!(!records.is_empty(), "there is no table whose first column is headed \"record\"");
        for entry in &mut records {
            entry.commands = commands(text, &entry.stem);
            let read = entry.collections().unwrap_or_default();
            let written = |words: &Vec<String>| output(words).is_some_and(|it| read.contains(&it));
            let songbooks = behind(text, "cargo xtask songbook ").filter(written).collect();
            entry.songbooks = songbooks;
        }
        Ok(Self { records })
    }

    /// The records of these names, whatever the case of their letters, or all where there are none.
    ///
    /// # Errors
    /// Where a name is no record's.
    pub fn named(&self, names: &[String]) -> Result<Vec<&Entry>> {
        if names.is_empty() {
            return Ok(self.records.iter().collect());
        }
        let all = || self.records.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
        let find = |name: &String| {
            let found = self.records.iter().find(|it| it.stem == stem(name));
            found.with_context(|| format!("{README} knows no \"{name}\", only {}", all()))
        };
        names.iter().map(find).collect()
    }
}

impl Entry {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            stem: stem(name),
            commands: Vec::new(),
            songbooks: Vec::new(),
            cells: BTreeMap::new(),
        }
    }

    /// What a column says.
    ///
    /// # Errors
    /// Where there is no such column.
    pub fn cell(&self, column: &str) -> Result<&str> {
        let cell = self.cells.get(column).map(String::as_str);
        cell.with_context(|| format!("no column of {} is headed \"{column}\"", self.name))
    }

    /// The number in a column, written as in 2,410 or 0.869.
    ///
    /// # Errors
    /// Where there is none.
    pub fn number(&self, column: &str) -> Result<f64> {
        let cell = self.cell(column)?;
        let number = cell.replace(',', "").parse();
        number.with_context(|| format!("\"{cell}\", {column} of {}, is no number", self.name))
    }

    /// The record's file, from the root of the workspace.
    pub fn file(&self) -> String {
        format!("records/{}.safetensors", self.stem)
    }

    /// The collections that it has learnt from, as the command that trained it names them.
    ///
    /// # Errors
    /// Where no command trains it.
    pub fn collections(&self) -> Result<Vec<&str>> {
        let train = self.commands.iter().find(|words| words[0] == "train");
        let words = train.with_context(|| format!("no command trains {}", self.name))?;
        let named = words[1..].iter().map(String::as_str).take_while(|it| !it.starts_with('-'));
        let named: Vec<&str> = named.collect();
        ensure!(!named.is_empty(), "the command that trains {} names no collection", self.name);
        Ok(named)
    }

    /// What `cargo xtask songbook` is told, to write those of its collections that a program writes.
    pub fn songbooks(&self) -> &[Vec<String>] {
        &self.songbooks
    }

    /// The commands that make the record, with all that they write and read again in another folder.
    ///
    /// # Errors
    /// Where they do not train and compact it.
    pub fn commands_in(&self, folder: &str) -> Result<Vec<Vec<String>>> {
        let done: Vec<&str> = self.commands.iter().map(|words| words[0].as_str()).collect();
        if done != ["train", "compact"] {
            bail!("{} is not made by one `train` and one `compact`, but by {done:?}", self.name);
        }
        let inside = |word: &String| {
            let own = *word == self.stem || word.starts_with(&format!("{}/", self.stem));
            if own {
                format!("{folder}/{word}")
            } else {
                word.replace("records/", &format!("{folder}/"))
            }
        };
        Ok(self.commands.iter().map(|words| words.iter().map(inside).collect()).collect())
    }
}

/// The cells of a table's line.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

/// What a record of this name is called in files and commands.
fn stem(name: &str) -> String {
    name.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The `jukebox` commands that write to a folder of this name, or to the record's file.
fn commands(text: &str, stem: &str) -> Vec<Vec<String>> {
    let file = format!("records/{stem}.safetensors");
    let writes = |words: &Vec<String>| output(words).is_some_and(|it| it == stem || it == file);
    behind(text, "cargo jukebox ").filter(writes).collect()
}

/// The words behind the same first words of each line of code.
fn behind<'t>(text: &'t str, first: &'t str) -> impl Iterator<Item = Vec<String>> + use<'t> {
    let code = text.lines().filter_map(|line| line.strip_prefix("    "));
    let rest = code.filter_map(move |line| line.strip_prefix(first));
    rest.map(|rest| rest.split_whitespace().map(str::to_owned).collect())
}

/// Where a command writes to.
fn output(words: &[String]) -> Option<&str> {
    words.iter().skip_while(|word| *word != "-o").nth(1).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
| record | notes | nats |
| --- | --- | --- |
| Rock | 98,372 | 7.974 |
| Drums | 61,114 | 4.515 |
| Lo-fi | 300,000 | 1.2 |

    cargo xtask songbook lofi -o target/songbooks/lofi
    cargo xtask songbook lofi --songs 40 -o target/songbooks/few/lofi
    cargo jukebox train target/songbooks/lofi --name Lo-fi -o lofi
    cargo jukebox compact lofi/best.safetensors -o records/lofi.safetensors --name Lo-fi

    cargo jukebox train corpora/freedm.zip target/songbooks/few/lofi --name Drums -o drums
    cargo jukebox train corpora/freedoom.zip --name Rock -o rock
    cargo jukebox compact rock/best.safetensors -o records/rock.safetensors --name Rock
    cargo jukebox evaluate records/rock.safetensors corpora/freedoom.zip

| option | notes |
| --- | --- |
| --motif | nothing of a record |

| record | bytes |
| --- | --- |
| Rock | 1,861,060 |
";

    #[test]
    fn the_tables_of_a_record_are_read_together() {
        let readme = Readme::parse(TEXT).unwrap();
        let names: Vec<&str> = readme.records.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["Rock", "Drums", "Lo-fi"]);
        let rock = &readme.records[0];
        assert_eq!(
            (rock.number("notes").unwrap(), rock.number("bytes").unwrap()),
            (98_372.0, 1_861_060.0)
        );
        assert_eq!(rock.cell("nats").unwrap(), "7.974");
        let error = readme.records[1].number("bytes").unwrap_err().to_string();
        assert!(error.contains("Drums") && error.contains("bytes"), "{error}");
    }

    #[test]
    fn the_commands_of_a_record_can_be_run_elsewhere() {
        let readme = Readme::parse(TEXT).unwrap();
        assert_eq!(readme.records[0].collections().unwrap(), ["corpora/freedoom.zip"]);
        let commands = readme.records[0].commands_in("else").unwrap();
        let lines: Vec<String> = commands.iter().map(|words| words.join(" ")).collect();
        assert_eq!(
            lines,
            [
                "train corpora/freedoom.zip --name Rock -o else/rock",
                "compact else/rock/best.safetensors -o else/rock.safetensors --name Rock"
            ]
        );
        assert!(readme.records[1].commands_in("else").is_err(), "no command compacts the drums");
    }

    #[test]
    fn the_songbooks_of_a_record_are_those_that_it_learns_from() {
        let readme = Readme::parse(TEXT).unwrap();
        let [rock, drums, lofi] = &readme.records[..] else { panic!("{readme:?}") };
        let lines = |entry: &Entry| -> Vec<String> {
            entry.songbooks().iter().map(|words| words.join(" ")).collect()
        };
        assert!(lines(rock).is_empty());
        assert_eq!(lines(lofi), ["lofi -o target/songbooks/lofi"]);
        assert_eq!(lines(drums), ["lofi --songs 40 -o target/songbooks/few/lofi"]);
        assert_eq!(
            drums.collections().unwrap(),
            ["corpora/freedm.zip", "target/songbooks/few/lofi"]
        );
        let train = &lofi.commands_in("else").unwrap()[0];
        assert_eq!(train.join(" "), "train target/songbooks/lofi --name Lo-fi -o else/lofi");
        assert_eq!(lofi.file(), "records/lofi.safetensors");
    }

    #[test]
    fn records_are_asked_for_by_name() {
        let readme = Readme::parse(TEXT).unwrap();
        let names = |asked: &[&str]| -> Result<Vec<String>> {
            let asked: Vec<String> = asked.iter().map(|&it| it.to_owned()).collect();
            Ok(readme.named(&asked)?.iter().map(|it| it.name.clone()).collect())
        };
        assert_eq!(names(&[]).unwrap(), ["Rock", "Drums", "Lo-fi"]);
        assert_eq!(names(&["lofi", "ROCK"]).unwrap(), ["Lo-fi", "Rock"]);
        let error = names(&["Polka"]).unwrap_err().to_string();
        assert!(error.contains("Polka") && error.contains("Lo-fi"), "{error}");
    }

    #[test]
    fn a_text_that_tells_of_no_record_is_an_error() {
        assert!(Readme::parse("# Records").is_err());
        assert!(Readme::parse(&TEXT.replace("| 98,372 |", "|")).is_err(), "a cell is missing");
    }
}
