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
    /// What it is called in files and commands, such as "rock".
    pub stem: String,
    /// The words behind `cargo jukebox` in each of its commands.
    commands: Vec<Vec<String>>,
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

    /// Reads every table whose first column is headed `record`, and every command of the form
    /// `cargo jukebox ... -o FILE`, indented as code.
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
        }
        Ok(Self { records })
    }
}

impl Entry {
    fn new(name: &str) -> Self {
        let stem = name.to_lowercase();
        Self { name: name.to_owned(), stem, commands: Vec::new(), cells: BTreeMap::new() }
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

    /// The collection and the options that name it to `jukebox`, as the command that trained it says.
    ///
    /// # Errors
    /// Where no command trains it.
    pub fn collection(&self) -> Result<&str> {
        let train = self.commands.iter().find(|words| words[0] == "train");
        let words = train.with_context(|| format!("no command trains {}", self.name))?;
        words.get(1).map(String::as_str).context("the command that trains it names no collection")
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

/// The commands that write to a folder of this name, or to the record's file.
fn commands(text: &str, stem: &str) -> Vec<Vec<String>> {
    let words = text.lines().filter_map(|line| line.strip_prefix("    cargo jukebox "));
    let words = words.map(|rest| rest.split_whitespace().map(str::to_owned).collect());
    let writes = |words: &Vec<String>| {
        let output = words.iter().skip_while(|word| *word != "-o").nth(1);
        output.is_some_and(|it| *it == stem || *it == format!("records/{stem}.safetensors"))
    };
    words.filter(writes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
| record | notes | nats |
| --- | --- | --- |
| Rock | 98,372 | 7.974 |
| Drums | 61,114 | 4.515 |

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
        assert_eq!(names, ["Rock", "Drums"]);
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
        assert_eq!(readme.records[0].collection().unwrap(), "corpora/freedoom.zip");
        let commands = readme.records[0].commands_in("else").unwrap();
        let lines: Vec<String> = commands.iter().map(|words| words.join(" ")).collect();
        assert_eq!(
            lines,
            [
                "train corpora/freedoom.zip --name Rock -o else/rock",
                "compact else/rock/best.safetensors -o else/rock.safetensors --name Rock"
            ]
        );
        assert!(readme.records[1].commands_in("else").is_err(), "no command makes the drums");
    }

    #[test]
    fn a_text_that_tells_of_no_record_is_an_error() {
        assert!(Readme::parse("# Records").is_err());
        assert!(Readme::parse(&TEXT.replace("| 98,372 |", "|")).is_err(), "a cell is missing");
    }
}
