//! The style and the script of all pages: the files of `site/style` and `site/script`, in the order of their names,
//! without comments and indents.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::template::FOLDER;

/// The style.
///
/// # Errors
/// Where a file cannot be read.
pub fn style() -> Result<String> {
    Ok(files("style")?.iter().map(|text| bare(text, "/*")).collect())
}

/// The script: all files share one scope, which nothing else sees. `first` comes before them.
///
/// # Errors
/// Where a file cannot be read.
pub fn script(first: &str) -> Result<String> {
    let text: String = files("script")?.iter().map(|text| bare(text, "//")).collect();
    Ok(format!("(() => {{\n\"use strict\";\n{first}{text}}})();\n"))
}

fn files(folder: &str) -> Result<Vec<String>> {
    let folder = format!("{FOLDER}/{folder}");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {folder}"))?;
    let paths: Result<Vec<PathBuf>, _> = entries.map(|it| it.map(|it| it.path())).collect();
    let mut paths = paths.with_context(|| format!("cannot read {folder}"))?;
    paths.sort();
    let text =
        |path: &PathBuf| fs::read_to_string(path).with_context(|| path.display().to_string());
    paths.iter().map(text).collect()
}

/// A text without empty lines, indents, and lines that are comments.
fn bare(text: &str, comment: &str) -> String {
    let lines = text.lines().map(str::trim);
    let kept = lines.filter(|it| !it.is_empty() && !it.starts_with(comment));
    kept.map(|it| format!("{it}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indents_go() {
        assert_eq!(bare("// why\n  a(); // b\n\n\t}\n", "//"), "a(); // b\n}\n");
    }
}
