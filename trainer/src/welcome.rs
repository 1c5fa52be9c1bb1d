//! What `jukebox` says to somebody who has not said what to do: three commands to copy.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Three things to try. The first plays a record that came along, where one is found.
pub fn welcome() -> String {
    // As `cargo jukebox`, which README.md names, or as it is installed.
    let jukebox = if env::var_os("CARGO").is_some() { "cargo jukebox" } else { "jukebox" };
    let run = (
        format!("{jukebox} run ~/Music -o my-record"),
        "learn from your MIDI files for some minutes (name their folder), and compose\n      my-record/tune.mid",
    );
    let inspect = (
        format!("{jukebox} inspect ~/Music"),
        "only look: how many of your MIDI files can be learnt from, and as which parts",
    );
    let hear = |record: &str| {
        (
            format!("{jukebox} compose {record} --wav tune.wav"),
            "compose a tune and play it into tune.wav",
        )
    };
    let things = match shipped_record() {
        Some(record) => [hear(&quoted(&record)), run, inspect],
        None => [inspect, run, hear("my-record/best.safetensors")],
    };
    let mut text = "Three things to try:\n".to_owned();
    for (command, what) in things {
        text.push_str(&format!("\n  {command}\n      {what}\n"));
    }
    text.push_str(&format!("\n`{jukebox} help` names all commands."));
    text
}

/// The first record, by name, of those that came along: in the folder in which an archive was unpacked, where a
/// package puts them, or in a clone of the repository.
fn shipped_record() -> Option<PathBuf> {
    let program = env::current_exe().ok().and_then(|path| path.canonicalize().ok());
    let beside = program.as_deref().and_then(Path::parent);
    let folders = [
        Some(PathBuf::from("records")),
        beside.map(|folder| folder.join("records")),
        beside.and_then(Path::parent).map(|prefix| prefix.join("share/ai-jukebox/records")),
    ];
    folders.into_iter().flatten().find_map(|folder| first_record(&folder))
}

fn first_record(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|it| it == "safetensors")).min()
}

/// A path as a shell takes it for one word.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/\\._-:".contains(c);
    match (path.chars().all(is_plain), cfg!(windows)) {
        (true, _) => path,
        (false, true) => format!("\"{path}\""),
        (false, false) => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_path_is_one_word_to_a_shell() {
        for path in ["/usr/share/a-b.c", "/home/an o'neill/$HOME/*.x", "a;b"] {
            let script = format!("printf '[%s]' {}", quoted(Path::new(path)));
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("[{path}]"));
        }
    }

    #[test]
    fn the_first_record_is_found_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(first_record(folder.path()), None);
        for name in ["a.txt", "b.safetensors", "c.safetensors"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(first_record(folder.path()), Some(folder.path().join("b.safetensors")));
        assert_eq!(first_record(&folder.path().join("none")), None);
    }
}
