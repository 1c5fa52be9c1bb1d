//! Whether all links of the pages lead somewhere: to a file of the site, and to a place in it that has that name.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};

use super::docs::resolve;
use super::output::Output;

/// Checks every page that was written. What lies elsewhere is not asked for.
///
/// # Errors
/// Names all links that are broken.
pub fn check(output: &Output) -> Result<usize> {
    let (mut checked, mut broken) = (0, Vec::new());
    for (page, html) in &output.pages {
        for link in links(html) {
            checked += 1;
            if let Some(why) = fault(output, page, &link) {
                broken.push(format!("{page}: {link}: {why}"));
            }
        }
    }
    if !broken.is_empty() {
        bail!(
            "links of the site lead nowhere. Mend them in docs/ or site/:\n  {}",
            broken.join("\n  ")
        );
    }
    Ok(checked)
}

/// What a page refers to, and does not lie elsewhere.
pub fn links(html: &str) -> BTreeSet<String> {
    let own = ["href=\"", "src=\"", "srcset=\"", "data-sound=\""]
        .iter()
        .flat_map(|attribute| values(html, attribute));
    own.map(|it| it.replace("&amp;", "&"))
        .filter(|it| !it.contains("://") && !it.starts_with("mailto:") && !it.starts_with("data:"))
        .collect()
}

fn values<'h>(html: &'h str, attribute: &'h str) -> impl Iterator<Item = &'h str> {
    let begun = html.split(attribute).skip(1);
    begun.filter_map(|rest| rest.split_once('"')).map(|(value, _)| value)
}

/// What is wrong with a link.
fn fault(output: &Output, page: &str, link: &str) -> Option<String> {
    let (file, place) = link.split_once('#').map_or((link, None), |it| (it.0, Some(it.1)));
    let target = if file.is_empty() {
        page.to_owned()
    } else {
        let Some(target) = resolve(page, file) else {
            return Some("it leads out of the site".to_owned());
        };
        if file.ends_with('/') || target.is_empty() {
            format!("{target}/index.html")
        } else {
            target
        }
    };
    let target = target.trim_start_matches('/');
    if !Path::new(&output.folder.join(target)).is_file() {
        return Some("there is no such file".to_owned());
    }
    let place = place.filter(|it| !it.is_empty())?;
    let html = output.pages.get(target)?;
    let there = html.contains(&format!(" id=\"{place}\""));
    (!there).then(|| format!("{target} has no place of that name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_links_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut output = Output::new(&folder.path().join("site")).unwrap();
        output
            .write(
                "index.html",
                b"<a href=\"docs/a.html#here\">a</a> <a href=\"https://x.org/\">x</a>",
            )
            .unwrap();
        output
            .write("docs/a.html", b"<h2 id=\"here\"></h2><a href=\"../index.html\"></a>")
            .unwrap();
        assert_eq!(check(&output).unwrap(), 2);
        output.write("docs/b.html", b"<a href=\"a.html#there\"></a><img src=\"no.png\">").unwrap();
        let error = check(&output).unwrap_err().to_string();
        assert!(error.contains("a.html#there") && error.contains("no.png"), "{error}");
        assert!(!error.contains("#here"), "{error}");
    }
}
