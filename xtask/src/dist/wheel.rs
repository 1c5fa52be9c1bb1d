//! A wheel, by which `pip` installs `jukebox`
//! (<https://packaging.python.org/en/latest/specifications/binary-distribution-format/>): laid out as maturin's for
//! programs, but of the program that the other archives hold, too.

use anyhow::Result;

use super::archive::zip;
use super::checksums::sha256_bytes;
use super::elf::Needs;
use super::file_tree::FileTree;
use super::product::{Product, System, VERSION};

const README: &str = "\
# AI Jukebox

Learns from MIDI files and composes more like them. `jukebox` alone shows three things to try; the wheel brings
trained records along. The plugin for DAWs comes in the archives beside it.
";

/// The file's name and bytes.
///
/// # Errors
/// Where the program is none of its system.
pub fn wheel(product: &Product) -> Result<(String, Vec<u8>)> {
    let tag = format!("py3-none-{}", platform(product.system, &product.jukebox)?);
    let stem = format!("ai_jukebox-{VERSION}");
    let mut tree = FileTree::default();
    let program = if product.system.os == "windows" { "jukebox.exe" } else { "jukebox" };
    tree.add_program(format!("{stem}.data/scripts/{program}"), product.jukebox.clone());
    // Folders beneath the environment's own, where `jukebox` looks for them.
    let share = format!("{stem}.data/data/share");
    tree.add_tree(&format!("{share}/ai-jukebox/records"), &product.records);
    tree.add_tree(&format!("{share}/man/man1"), &product.man);

    let info = format!("{stem}.dist-info");
    let (sboms, licences) = (format!("{info}/sboms"), format!("{info}/licenses"));
    let mut files = String::new();
    for (name, file) in product.documents.iter() {
        if name == "CHANGELOG.md" {
            continue;
        }
        if name.ends_with(".json") {
            tree.add(format!("{sboms}/{name}"), file.bytes.clone());
        } else {
            tree.add(format!("{licences}/{name}"), file.bytes.clone());
            files.push_str(&format!("License-File: {name}\n"));
        }
    }
    let license = env!("CARGO_PKG_LICENSE");
    let metadata = format!(
        "Metadata-Version: 2.4\nName: ai-jukebox\nVersion: {VERSION}\n\
         Summary: Learns from MIDI files and composes more like them\n\
         License-Expression: {license}\n{files}Requires-Python: >=3.8\n\
         Description-Content-Type: text/markdown\n\n{README}"
    );
    tree.add(format!("{info}/METADATA"), metadata);
    let wheel = format!(
        "Wheel-Version: 1.0\nGenerator: ai-jukebox ({VERSION})\nRoot-Is-Purelib: false\nTag: {tag}\n"
    );
    tree.add(format!("{info}/WHEEL"), wheel);
    let record = format!("{info}/RECORD");
    let lines = record_lines(&tree) + &format!("{record},,\n");
    tree.add(record, lines);
    Ok((format!("{stem}-{tag}.whl"), zip(&tree, product.seconds)?))
}

/// Each file with its checksum and length.
fn record_lines(tree: &FileTree) -> String {
    let line = |path, bytes: &[u8]| {
        format!("{path},sha256={},{}\n", base64url(&sha256_bytes(bytes)), bytes.len())
    };
    tree.iter().map(|(path, file)| line(path, &file.bytes)).collect()
}

/// What pip calls the systems that it may install the program on.
fn platform(system: System, program: &[u8]) -> Result<String> {
    Ok(match (system.os, system.arch) {
        ("macos", "universal") => "macosx_11_0_universal2".to_owned(),
        ("macos", "aarch64") => "macosx_11_0_arm64".to_owned(),
        ("macos", arch) => format!("macosx_10_12_{arch}"),
        ("windows", "x86_64") => "win_amd64".to_owned(),
        ("windows", _) => "win_arm64".to_owned(),
        (_, arch) => {
            let mut needs = Needs::default();
            needs.add(program)?;
            format!("manylinux_{}_{}_{arch}", needs.glibc.0, needs.glibc.1)
        }
    })
}

/// Base64 for URLs, without padding (RFC 4648, section 5).
fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let group = |three: &[u8]| {
        let bits = (0..3).fold(0, |bits, it| bits << 8 | usize::from(*three.get(it).unwrap_or(&0)));
        let digits = [18, 12, 6, 0].map(|shift| char::from(DIGITS[bits >> shift & 63]));
        digits.into_iter().take(three.len() + 1).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    /// RFC 4648, section 10, and two digits that only URLs have.
    #[test]
    fn bytes_are_written_as_base64() {
        for (bytes, text) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64url(bytes.as_bytes()), text);
        }
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn a_wheel_lists_what_is_in_it() {
        let mut documents = FileTree::default();
        documents.add("NOTICE", "n");
        documents.add("sbom.cdx.json", "{}");
        let product = Product {
            system: System { os: "windows", arch: "x86_64" },
            seconds: 1_700_000_000,
            clap: FileTree::default(),
            vst3: FileTree::default(),
            jukebox: b"foo".to_vec(),
            records: FileTree::default(),
            man: FileTree::default(),
            completions: FileTree::default(),
            documents,
        };
        let (name, bytes) = wheel(&product).unwrap();
        assert_eq!(name, format!("ai_jukebox-{VERSION}-py3-none-win_amd64.whl"));
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut record = String::new();
        let info = format!("ai_jukebox-{VERSION}.dist-info");
        zip.by_name(&format!("{info}/RECORD")).unwrap().read_to_string(&mut record).unwrap();
        let mut listed: Vec<_> =
            record.lines().map(|line| line.split(',').next().unwrap()).collect();
        listed.sort_unstable();
        let mut names: Vec<_> = zip.file_names().map(Result::unwrap).collect();
        names.sort_unstable();
        assert_eq!(listed, names);
        // SHA-256 of "foo".
        let program = format!(
            "ai_jukebox-{VERSION}.data/scripts/jukebox.exe,\
             sha256=LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564,3"
        );
        assert!(record.lines().any(|line| line == program), "{record}");
    }
}
