//! The archive of a system: a folder to unpack anywhere.

use anyhow::Result;

use super::archive::{tar_gz, zip};
use super::checksums::sha256sums;
use super::file_tree::FileTree;
use super::product::{Product, System, VERSION};

/// The name of the archive without its ending, and of the folder in it.
pub fn name(system: System) -> String {
    format!("ai-jukebox-{VERSION}-{}-{}", system.os, system.arch)
}

/// The archive's name and bytes: a `.tar.gz` for Linux, a `.zip` for others.
pub fn archive(product: &Product) -> Result<(String, Vec<u8>)> {
    let name = name(product.system);
    let mut tree = FileTree::default();
    tree.add_tree(&name, &contents(product));
    match product.system.os {
        "linux" => Ok((format!("{name}.tar.gz"), tar_gz(&tree, product.seconds)?)),
        _ => Ok((format!("{name}.zip"), zip(&tree, product.seconds)?)),
    }
}

/// What lies in the folder.
fn contents(product: &Product) -> FileTree {
    let mut tree = product.documents.clone();
    for (path, file) in product.clap.iter().chain(product.vst3.iter()) {
        match file.executable {
            true => tree.add_program(path, file.bytes.clone()),
            false => tree.add(path, file.bytes.clone()),
        }
    }
    let windows = product.system.os == "windows";
    let jukebox = if windows { "jukebox.exe" } else { "jukebox" };
    tree.add_program(jukebox, product.jukebox.clone());
    tree.add_tree("records", &product.records);
    if !windows {
        tree.add_tree("man", &product.man);
        tree.add_tree("completions", &product.completions);
    }
    let record = product.records.iter().next().map_or("RECORD.safetensors", |(name, _)| name);
    let text = read_me(product.system, record);
    // As Windows' older editors want lines to end.
    let text = if windows { text.replace('\n', "\r\n") } else { text };
    tree.add("README.txt", text);
    let sums = sha256sums(&tree);
    tree.add("SHA256SUMS", sums);
    tree
}

/// The text that is read first: ten lines.
fn read_me(system: System, record: &str) -> String {
    let [clap, vst3, jukebox, music, first] = match system.os {
        "macos" => [
            "~/Library/Audio/Plug-Ins/CLAP",
            "~/Library/Audio/Plug-Ins/VST3",
            "./jukebox",
            "~/Music",
            "Run `xattr -dr com.apple.quarantine .` in this folder: the files are not signed by Apple.",
        ],
        "windows" => [
            r"%LOCALAPPDATA%\Programs\Common\CLAP",
            r"%LOCALAPPDATA%\Programs\Common\VST3",
            r".\jukebox",
            r"C:\my-midi-files",
            "Windows may warn of jukebox.exe, which is not signed: More info, Run anyway.",
        ],
        _ => [
            "~/.clap",
            "~/.vst3",
            "./jukebox",
            "~/Music",
            "`sha256sum --check SHA256SUMS` tells whether all is whole.",
        ],
    };
    let separator = if system.os == "windows" { '\\' } else { '/' };
    format!(
        "AI Jukebox {VERSION} learns from MIDI files and composes more like them, in your DAW.

1. {first}
2. Copy \"AI Jukebox.clap\" into {clap} or \"AI Jukebox.vst3\" into {vst3}.
3. Let your DAW scan for plugins, put AI Jukebox on a track, and press play.
4. Hear it without a DAW: {jukebox} compose records{separator}{record} --wav tune.wav
5. Learn from your own files: {jukebox} run {music} -o my-record

{jukebox} help tells the rest. To remove it, delete what you copied, and this folder.
It is free: LICENSE-MIT or LICENSE-APACHE. NOTICE, CREDITS.md and THIRD-PARTY.txt name the work of others.
"
    )
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;
    use crate::dist::checksums::sha256;

    fn product(os: &'static str) -> Product {
        let tree = |path: &str| {
            let mut tree = FileTree::default();
            tree.add(path, path);
            tree
        };
        Product {
            system: System { os, arch: "x86_64" },
            seconds: 1_700_000_000,
            clap: tree("AI Jukebox.clap"),
            vst3: tree("AI Jukebox.vst3/Contents/x/AI Jukebox.so"),
            jukebox: b"program".to_vec(),
            records: tree("celtic.safetensors"),
            man: tree("jukebox.1"),
            completions: tree("_jukebox"),
            documents: tree("LICENSE-MIT"),
        }
    }

    #[test]
    fn an_archive_has_all_parts_and_sums_that_fit() {
        let (name, bytes) = archive(&product("windows")).unwrap();
        assert_eq!(name, format!("ai-jukebox-{VERSION}-windows-x86_64.zip"));
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let folder = format!("ai-jukebox-{VERSION}-windows-x86_64/");
        let mut read = |path: &str| {
            let mut bytes = Vec::new();
            zip.by_name(&format!("{folder}{path}")).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(read("jukebox.exe"), b"program");
        let sums = String::from_utf8(read("SHA256SUMS")).unwrap();
        let expected = [
            "AI Jukebox.clap",
            "AI Jukebox.vst3/Contents/x/AI Jukebox.so",
            "LICENSE-MIT",
            "README.txt",
            "jukebox.exe",
            "records/celtic.safetensors",
        ];
        assert_eq!(sums.lines().map(|line| &line[66..]).collect::<Vec<_>>(), expected);
        for line in sums.lines() {
            assert_eq!(&line[..64], sha256(&read(&line[66..])), "{line}");
        }
    }

    #[test]
    fn the_same_product_gives_the_same_bytes() {
        for os in ["linux", "macos", "windows"] {
            assert_eq!(archive(&product(os)).unwrap(), archive(&product(os)).unwrap());
        }
    }

    #[test]
    fn the_first_text_has_ten_lines_in_every_system() {
        for os in ["linux", "macos", "windows"] {
            let text = read_me(System { os, arch: "x86_64" }, "celtic.safetensors");
            assert_eq!(text.lines().count(), 10, "{text}");
            assert!(text.contains("celtic.safetensors --wav"), "{text}");
        }
    }
}
