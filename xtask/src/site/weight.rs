//! What the front page weighs before any sound is heard.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::docs::resolve;
use super::links::links;
use super::output::Output;

/// Most bytes of the page, its style, scripts and pictures, as they lie in the folder: servers send fewer.
pub const MOST: u64 = 200_000;

/// Weighs the front page with all that it loads.
///
/// # Errors
/// Where it is too heavy.
pub fn check(output: &Output) -> Result<u64> {
    let page = "index.html";
    let html = output.pages.get(page).context("there is no front page")?;
    let loaded = links(html).into_iter().filter(|it| is_loaded(it));
    let files = loaded.filter_map(|it| resolve(page, &it)).chain([page.to_owned()]);
    let mut weights = Vec::new();
    for file in files {
        let bytes = fs::metadata(output.folder.join(&file)).with_context(|| file.clone())?.len();
        weights.push((bytes, file));
    }
    weights.sort_by(|a, b| b.cmp(a));
    let sum = weights.iter().map(|it| it.0).sum();
    let list: Vec<String> = weights.iter().map(|(bytes, file)| format!("{file} {bytes}")).collect();
    ensure!(
        sum < MOST,
        "the front page weighs {sum} bytes before any sound, and may weigh {MOST}: {}",
        list.join(", ")
    );
    Ok(sum)
}

/// Whether a browser loads it with the page: pages, sound and downloads it does not.
fn is_loaded(link: &str) -> bool {
    let shown = [".css", ".js", ".svg", ".png", ".ico", ".jpg", ".webp"];
    // The gallery's pictures are downloads.
    shown.iter().any(|it| link.ends_with(it)) && !link.starts_with("docs/gallery/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_loaded_counts_and_downloads_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut output = Output::new(&folder.path().join("site")).unwrap();
        let page = "<script src=\"a.js\"></script><a href=\"docs/gallery/a.png\"></a><a href=\"a.mp3\"></a>";
        output.write("index.html", page.as_bytes()).unwrap();
        output.write("a.js", &[b' '; 1000]).unwrap();
        assert_eq!(check(&output).unwrap(), 1000 + page.len() as u64);
        output.write("a.js", &[b' '; MOST as usize]).unwrap();
        let error = check(&output).unwrap_err().to_string();
        assert!(error.contains("a.js 200000"), "{error}");
    }
}
