//! The page of the gallery: a table for each record.

use super::{Take, takes};
use crate::records::Readme;

const HEAD: &str = "\
# Gallery

The first three takes of each shipped record, 16 bars in 4/4 with the usual settings: as they come, not
picked. The built-in instrument plays them, each part with the voice that suits it. `cargo xtask gallery`
makes this folder again, the same bytes each time; `cargo xtask gallery --check` says whether it is still
what the records give.
";

/// The text of the page.
pub fn page(readme: &Readme) -> String {
    let mut page = HEAD.to_owned();
    for entry in &readme.records {
        page += &format!("\n## {}\n\n", entry.name);
        page += "| take | listen | notes | picture | command that composes it |\n";
        page += "| --- | --- | --- | --- | --- |\n";
        page.extend(takes(entry).map(|take| row(&entry.name, &take)));
    }
    page
}

/// One take's row. The picture is a small one, and leads to itself in full.
fn row(record: &str, take: &Take<'_>) -> String {
    let [mp3, mid, png] = ["mp3", "mid", "png"].map(|ending| take.file(ending));
    let (number, command) = (take.number, take.command(&mid).join(" "));
    let picture =
        format!("<img src=\"{png}\" alt=\"Piano roll of {record}, take {number}\" width=\"360\">");
    format!(
        "| {number} | [MP3]({mp3}) | [MIDI]({mid}) | [{picture}]({png}) | `cargo jukebox {command}` |\n"
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// What a page of this repository links to, without addresses and places within the page.
    fn links(page: &str) -> Vec<&str> {
        let behind = page.split("](").skip(1).filter_map(|it| it.split(')').next());
        let shown = page.split("src=\"").skip(1).filter_map(|it| it.split('"').next());
        behind.chain(shown).filter(|it| !it.contains(':') && !it.starts_with('#')).collect()
    }

    #[test]
    fn the_page_is_what_the_command_writes_and_all_its_files_are_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
        let made = page(&Readme::parse(&read("records/README.md")).unwrap());
        let gallery = root.join("docs/gallery");
        let written = read("docs/gallery/README.md").replace("\r\n", "\n");
        assert!(written == made, "docs/gallery/README.md is old: run `cargo xtask gallery`");

        let links = links(&made);
        assert!(links.len() >= 4 * 9, "{links:?}");
        for file in links {
            assert!(gallery.join(file).exists(), "{file} is missing: run `cargo xtask gallery`");
        }
    }

    #[test]
    fn what_the_front_page_shows_of_the_gallery_is_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let front = fs::read_to_string(root.join("README.md")).unwrap();
        let shown: Vec<&str> =
            links(&front).into_iter().filter(|it| it.starts_with("docs/gallery/")).collect();
        assert!(shown.iter().any(|it| it.ends_with(".mp3")), "{shown:?}");
        for file in shown {
            assert!(root.join(file).exists(), "README.md links to {file}, which is not there");
        }
    }
}
