//! The documents as pages: `docs/` and every document that it leads to, at the same places as in the repository.

mod headings;
mod markdown;
mod place;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

pub use self::markdown::{Document, quote};
pub use self::place::{Place, resolve};
use super::output::Output;
use super::template::{Template, escape};

/// Lists the documents in the order of the menu: a heading, and below it, indented, their paths.
const CONTENTS: &str = "site/contents.txt";

/// All documents, by their paths.
pub struct Docs(BTreeMap<String, Document>);

impl Docs {
    /// Reads `docs/`, the documents that are linked to, and those that are named.
    ///
    /// # Errors
    /// Where one cannot be read, or links to what is not there.
    pub fn read(repository: Option<&str>, more: &[&str]) -> Result<Self> {
        let mut waiting: VecDeque<String> = more.iter().map(|&it| it.to_owned()).collect();
        waiting.extend(markdown_in(Path::new("docs"))?);
        let mut docs = BTreeMap::new();
        while let Some(path) = waiting.pop_front() {
            if docs.contains_key(&path) {
                continue;
            }
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
            let document = Document::new(&path, &text, repository)?;
            waiting.extend(document.leads_to.iter().cloned());
            docs.insert(path, document);
        }
        Ok(Self(docs))
    }

    /// Writes a page for each.
    ///
    /// # Errors
    /// Where the menu names a document that is not there, or a file cannot be written.
    pub fn write(&self, output: &mut Output) -> Result<()> {
        let template = Template::load("document.html")?;
        let menu = self.menu()?;
        for (path, document) in &self.0 {
            let place = Place::of(path);
            let root = place.root();
            let page = template.fill(&[
                ("title", &escape(&document.title)),
                ("root", &root),
                ("menu", &menu_of(&menu, &place)),
                ("body", &document.html),
            ])?;
            output.write(place.page(), page.as_bytes())?;
        }
        Ok(())
    }

    /// Headings with their documents; those that the list does not name come last.
    fn menu(&self) -> Result<Vec<(String, Vec<&String>)>> {
        let text =
            fs::read_to_string(CONTENTS).with_context(|| format!("cannot read {CONTENTS}"))?;
        let mut menu: Vec<(String, Vec<&String>)> = Vec::new();
        let mut named = BTreeSet::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match (line.strip_prefix(' '), menu.last_mut()) {
                (Some(path), Some((_, paths))) => {
                    let (path, _) = self
                        .0
                        .get_key_value(path.trim())
                        .with_context(|| format!("{CONTENTS}: no document {}", path.trim()))?;
                    named.insert(path);
                    paths.push(path);
                }
                _ => menu.push((line.trim().to_owned(), Vec::new())),
            }
        }
        let others = self.0.keys().filter(|path| !named.contains(path));
        let others: Vec<_> = others.filter(|it| !it.starts_with("docs/decisions/")).collect();
        if !others.is_empty() {
            menu.push(("More".to_owned(), others));
        }
        Ok(menu)
    }

    /// The menu as the front page shows it.
    ///
    /// # Errors
    /// As [`Docs::write`].
    pub fn overview(&self) -> Result<String> {
        Ok(self.list(&self.menu()?, &Place::of("index.md")))
    }

    fn list(&self, menu: &[(String, Vec<&String>)], from: &Place) -> String {
        let mut list = String::new();
        for (heading, paths) in menu {
            list += &format!("<section><h3>{}</h3><ul>", escape(heading));
            for path in paths {
                let (to, title) = (Place::of(path), escape(&self.0[*path].title));
                list += &format!("<li><a href=\"{}\">{title}</a></li>", from.to(to.page()));
            }
            list += "</ul></section>";
        }
        list
    }
}

/// The menu as a page shows it, its own entry marked.
fn menu_of(menu: &[(String, Vec<&String>)], from: &Place) -> String {
    let mut list = String::new();
    for (heading, paths) in menu {
        list += &format!("<p>{}</p><ul>", escape(heading));
        for path in paths {
            let to = Place::of(path);
            let here = if to.page() == from.page() { " aria-current=\"page\"" } else { "" };
            let name = escape(&name(path));
            list += &format!("<li><a href=\"{}\"{here}>{name}</a></li>", from.to(to.page()));
        }
        list += "</ul>";
    }
    list
}

/// A short name for the menu: that of the file, or of its folder.
fn name(path: &str) -> String {
    let stem = path.trim_end_matches(".md").trim_end_matches("/README");
    let stem = stem.rsplit('/').next().unwrap_or(stem).replace('-', " ").to_lowercase();
    let mut letters = stem.chars();
    letters.next().map(|it| it.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The documents in a folder and all below it, sorted.
fn markdown_in(folder: &Path) -> Result<Vec<String>> {
    let problem = || format!("cannot read {}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(problem)? {
        let path = entry.with_context(problem)?.path();
        if path.is_dir() {
            found.extend(markdown_in(&path)?);
        } else if path.extension().is_some_and(|it| it == "md") {
            found.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_files_or_folders() {
        assert_eq!(name("docs/hosts.md"), "Hosts");
        assert_eq!(name("docs/decisions/README.md"), "Decisions");
        assert_eq!(
            name("docs/decisions/3-no-candle-in-the-plugin.md"),
            "3 no candle in the plugin"
        );
    }
}
