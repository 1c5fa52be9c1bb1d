//! The front page: what is written in `site/`, and what the documents say.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::docs::{Docs, quote};
use super::gallery::Gallery;
use super::lettering::letter;
use super::template::{Template, escape};

/// Pictures of more bytes are shown by the document alone.
const LARGE: u64 = 16_000;

/// Writes the page.
///
/// # Errors
/// Where a document lacks what is quoted, or a template something.
pub fn page(gallery: &Gallery<'_>, docs: &Docs, repository: Option<&str>) -> Result<String> {
    let opening = gallery.opening()?;
    let release = match repository {
        Some(repository) => format!("{repository}/releases/latest"),
        None => "docs/install.html".to_owned(),
    };
    Template::load("index.html")?.fill(&[
        ("ai", &letter("AI")?),
        ("jukebox", &letter("Jukebox")?),
        ("hear", &letter("Hear it")?),
        ("yours", &letter("Yours")?),
        ("see", &letter("See it")?),
        ("get", &letter("Get it")?),
        ("train", &letter("Train it")?),
        ("turn", &letter("Turn it")?),
        ("doubt", &letter("Doubt it")?),
        ("ask", &letter("Ask")?),
        ("read", &letter("Read on")?),
        ("opening", &opening.stem),
        ("opening-title", &escape(&opening.title)),
        ("opening-parts", &in_words(opening.parts)),
        ("opening-deck", &opening.deck),
        ("count", &in_words(gallery.len())),
        ("cards", &gallery.cards()?),
        ("hosts", &hosts(repository)?),
        ("parameters", &parameters()?),
        ("cannot", &cannot(repository)?),
        ("questions", &questions(repository)?),
        ("docs", &docs.overview()?),
        ("version", env!("CARGO_PKG_VERSION")),
        ("release", &escape(&release)),
    ])
}

fn in_words(number: usize) -> String {
    let words =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    words.get(number).map_or_else(|| number.to_string(), |it| (*it).to_owned())
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {path}"))
}

/// Headings of a level with the text below each, as far as the next heading of the level or above.
fn parts(text: &str, level: usize) -> Vec<(&str, String)> {
    let mut parts: Vec<(&str, String)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let marks = line.bytes().take_while(|it| *it == b'#').count();
        let heading = line[marks..].strip_prefix(' ').filter(|_| marks > 0);
        match heading {
            Some(heading) if marks == level => {
                parts.push((heading.trim(), String::new()));
                inside = true;
            }
            Some(_) if marks < level => inside = false,
            _ if inside => {
                if let Some((_, text)) = parts.last_mut() {
                    *text += line;
                    *text += "\n";
                }
            }
            _ => {}
        }
    }
    parts
}

/// The hosts of docs/hosts.md that have a picture.
fn hosts(repository: Option<&str>) -> Result<String> {
    let path = "docs/hosts.md";
    let text = read(path)?;
    let mut hosts = String::new();
    for (name, text) in parts(&text, 3) {
        let Some((words, picture)) = text.split_once("![") else { continue };
        let file = picture.split_once("](").and_then(|it| it.1.split_once(')'));
        let (file, _) =
            file.with_context(|| format!("{path}: the picture of {name} has no file"))?;
        let bytes = fs::metadata(format!("docs/{file}")).with_context(|| file.to_owned())?.len();
        let shown = if bytes > LARGE {
            let place = name.to_lowercase().replace(' ', "-");
            format!(
                "<p><a href=\"docs/hosts.html#{place}\">A screenshot of {}</a></p>",
                escape(name)
            )
        } else {
            quote(path, &format!("![{}", picture.trim()), repository)?
        };
        hosts += &format!(
            "<article class=\"host\"><h3>{}</h3><div class=\"words\">{}</div>{shown}</article>",
            escape(name),
            quote(path, words, repository)?
        );
    }
    ensure!(!hosts.is_empty(), "{path} shows no host");
    Ok(hosts)
}

/// The table of docs/parameters.md, by kind.
fn parameters() -> Result<String> {
    let path = "docs/parameters.md";
    let text = read(path)?;
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| `")?.split('|').map(str::trim).collect();
        let [_, name, values, kind, acts, ""] = cells[..] else { return None };
        Some((kind, name, values, acts))
    });
    let mut kinds: Vec<(&str, String)> = Vec::new();
    for (kind, name, values, acts) in rows {
        if !kinds.iter().any(|it| it.0 == kind) {
            kinds.push((kind, String::new()));
        }
        if let Some((_, list)) = kinds.iter_mut().find(|it| it.0 == kind) {
            *list += &format!(
                "<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>",
                escape(name),
                escape(acts),
                escape(values)
            );
        }
    }
    ensure!(!kinds.is_empty(), "{path} has no table of parameters");
    let groups = kinds.iter().map(|(kind, list)| {
        let count = list.matches("<dt>").count();
        format!(
            "<details class=\"{kind}\"><summary><b>{kind}</b> <span>{count}</span></summary><dl>{list}</dl></details>"
        )
    });
    Ok(groups.collect())
}

/// What README.md says that it cannot do.
fn cannot(repository: Option<&str>) -> Result<String> {
    let (path, heading) = ("README.md", "What it cannot do");
    let text = read(path)?;
    let parts = parts(&text, 2);
    let found = parts.iter().find(|it| it.0 == heading);
    let (_, text) = found.with_context(|| format!("{path} has no part \"{heading}\""))?;
    quote(path, text, repository)
}

/// The questions of site/faq.md.
fn questions(repository: Option<&str>) -> Result<String> {
    let path = "site/faq.md";
    let text = read(path)?;
    let mut questions = String::new();
    for (question, answer) in parts(&text, 2) {
        let answer = quote(path, &answer, repository)?;
        questions += &format!("<details><summary>{}</summary>{answer}</details>", escape(question));
    }
    Ok(questions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_where_the_next_begins() {
        let text = "# T\n\n## One\na\n### Deep\nb\n## Two\nc\n# U\nd\n";
        let two = parts(text, 2);
        assert_eq!(two, [("One", "a\n### Deep\nb\n".to_owned()), ("Two", "c\n".to_owned())]);
        assert_eq!(parts(text, 3), [("Deep", "b\n".to_owned())]);
    }

    #[test]
    fn numbers_are_words_as_far_as_people_write_them() {
        assert_eq!([in_words(7), in_words(12)], ["seven", "12"]);
    }
}
