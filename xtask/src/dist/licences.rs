//! The licence texts of the crates that are compiled in: most licences ask that a copy travels with the program.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::crates::Crate;

/// How the names of files begin that hold licences or notices, in small letters. The last two are those of
/// typefaces.
const BEGINNINGS: [&str; 8] =
    ["license", "licence", "copying", "copyright", "notice", "unlicense", "ofl", "ufl"];
/// How they end.
const ENDINGS: [&str; 4] = ["", "txt", "md", "mit"];

/// All texts, each once, with the crates that it is of. Crates without a file are named with their licence.
///
/// # Errors
/// Where the source of a crate cannot be read.
pub fn third_party(crates: &[Crate]) -> Result<String> {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut without = Vec::new();
    for it in crates.iter().filter(|it| it.checksum.is_some()) {
        let license = it.license.as_deref().unwrap_or("see its source");
        let name = format!("{} {} ({license})", it.name, it.version);
        let found =
            licences(&it.folder).with_context(|| format!("cannot read {}", it.folder.display()))?;
        if found.is_empty() {
            without.push(name.clone());
        }
        for text in found {
            let users = texts.entry(text).or_default();
            if users.last() != Some(&name) {
                users.push(name.clone());
            }
        }
    }
    // The texts of most crates first.
    let mut texts: Vec<_> = texts.into_iter().collect();
    texts.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.1.cmp(&b.1)));

    let rule = "=".repeat(80);
    let mut all =
        "AI Jukebox is compiled with the work of others. These are their licences.\n".to_owned();
    for (text, users) in texts {
        all.push_str(&format!("\n{rule}\n{}\n{rule}\n\n{text}\n", users.join("\n")));
    }
    if !without.is_empty() {
        let without = without.join("\n");
        all.push_str(&format!("\n{rule}\nWithout a text of their own:\n\n{without}\n"));
    }
    Ok(all)
}

/// The texts in a folder and those inside it, sorted by path, without spaces at the ends of lines.
fn licences(folder: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if is_licence(&path) {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let read = |path| Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned());
    let tidy = |text: String| {
        let lines: Vec<_> = text.trim().lines().map(str::trim_end).collect();
        lines.join("\n")
    };
    paths.iter().map(|path| read(path).map(tidy)).collect()
}

fn is_licence(path: &Path) -> bool {
    let small = |part: Option<&OsStr>| part.unwrap_or_default().to_string_lossy().to_lowercase();
    let (name, ending) = (small(path.file_name()), small(path.extension()));
    let begins = BEGINNINGS.iter().any(|it| name.starts_with(it)) || name.contains("-license");
    begins && (ENDINGS.contains(&ending.as_str()) || ending.starts_with("apache"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_two_share_stands_once_with_both() {
        let root = tempfile::tempdir().unwrap();
        let part = |name: &str, file: &str, text: &str| {
            let folder = root.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join(file), text).unwrap();
            Crate {
                name: name.into(),
                version: "1.0.0".into(),
                license: Some("MIT".into()),
                checksum: Some(String::new()),
                folder,
                is_root: false,
                dependencies: vec![],
            }
        };
        let crates = [
            part("a", "LICENSE-MIT", "Be free. \r\n"),
            part("b", "some-license.md", "\nBe free.\n"),
            part("c", "license.rs", "code"),
        ];
        let text = third_party(&crates).unwrap();
        assert!(text.contains("\na 1.0.0 (MIT)\nb 1.0.0 (MIT)\n"), "{text}");
        assert_eq!(text.matches("Be free.").count(), 1, "{text}");
        assert!(text.ends_with("Without a text of their own:\n\nc 1.0.0 (MIT)\n"), "{text}");
    }
}
