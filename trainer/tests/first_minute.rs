//! What somebody meets who has just installed the command: what it says by itself, and what it says to the
//! mistakes of the first minute.

mod common;

use std::path::Path;

use assert_cmd::Command;
use common::{Place, jukebox, said};

/// The command as it is installed: cargo has not started it.
fn installed(at: &Path) -> Command {
    let mut command = jukebox();
    command.current_dir(at).env_remove("CARGO");
    command
}

/// The three commands that are shown, each a line that begins with `jukebox`.
fn shown(at: &Path) -> Vec<String> {
    let output = installed(at).assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with("jukebox "));
    lines.map(str::to_owned).collect()
}

#[test]
fn alone_it_shows_three_commands_and_the_first_one_works() {
    let place = Place::new();
    let without = shown(&place.path(""));
    assert_eq!(without.len(), 3, "{without:?}");
    assert!(without.iter().any(|it| it.starts_with("jukebox run ")), "{without:?}");

    let celtic = Path::new(env!("CARGO_MANIFEST_DIR")).join("../records/celtic.safetensors");
    place.write("records/celtic.safetensors", &std::fs::read(celtic).unwrap());
    let with = shown(&place.path(""));
    assert_eq!(with.len(), 3, "{with:?}");
    assert_eq!(with[0], "jukebox compose records/celtic.safetensors --wav tune.wav");
    installed(&place.path("")).args(with[0].split(' ').skip(1)).assert().success();
    assert!(place.path("tune.wav").metadata().unwrap().len() > 1_000_000);
}

#[test]
fn the_commands_that_are_shown_are_commands() {
    let place = Place::new();
    for command in shown(&place.path("")) {
        let name = command.split(' ').nth(1).unwrap();
        installed(&place.path("")).args([name, "--help"]).assert().success();
    }
}

#[test]
fn first_mistakes_are_answered_with_the_next_step() {
    let place = Place::new();
    std::fs::create_dir(place.path("empty")).unwrap();
    place.write("mine.safetensors", b"{}");
    place.write("taken", b"");
    for (line, next) in [
        ("train nowhere -o out", "name a folder, a .zip or a MIDI file"),
        ("train empty -o out", "Name the folder, .zip or file that holds your MIDI files"),
        ("train mine.safetensors -o out", "after --from"),
        ("train empty -o taken", "name a folder with -o"),
        ("compose nowhere.safetensors -o a.mid", "choose a record, such as best.safetensors"),
        ("compose empty -o a.mid", "choose a record in it"),
        ("inspect nowhere", "name a MIDI file, a folder or .zip of them, or a record"),
    ] {
        let output = installed(&place.path("")).args(line.split(' ')).assert().failure().code(1);
        let said = said(output.get_output());
        let last = said.lines().last().unwrap_or_default();
        assert!(last.starts_with("error: ") && last.contains(next), "{line}: {said}");
    }
}

/// `/dev/full` takes nothing, as a full disk does.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_with_what_to_do() {
    let celtic = Path::new(env!("CARGO_MANIFEST_DIR")).join("../records/celtic.safetensors");
    let mut command = jukebox();
    command.arg("compose").arg(celtic).args(["--bars", "2", "-o", "/dev/full"]);
    let output = command.assert().failure().code(1);
    let said = said(output.get_output());
    assert!(said.contains("cannot write /dev/full") && said.contains("Make room"), "{said}");
}

#[test]
fn shells_complete_commands_and_options() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let mut command = jukebox();
        let output = command.args(["completions", shell]).assert().success();
        let script = String::from_utf8(output.get_output().stdout.clone()).unwrap();
        for word in ["compose", "accompany", "tensorboard"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn each_command_has_a_man_page() {
    let place = Place::new();
    jukebox().arg("man-pages").arg(place.path("man1")).assert().success();
    let page = |name: &str| std::fs::read_to_string(place.path("man1").join(name)).unwrap();
    assert!(page("jukebox.1").contains(r"jukebox\-compose(1)"));
    assert!(page("jukebox-train.1").contains(r"\-\-minutes"));
    let names = place.files("man1");
    assert!(names.contains(&"jukebox-compose.1".to_owned()), "{names:?}");
    assert!(!names.contains(&"jukebox-man-pages.1".to_owned()), "{names:?}");
}
