//! `cargo xtask`: the chores that cargo itself does not do.

mod daw;
mod demo;
mod dist;
mod gallery;
mod install;
mod records;
mod site;
mod songbook;
mod workspace;

use std::env;

use anyhow::Result;

const HELP: &str = "\
cargo xtask <command>

  demo       train a record on corpora/celtic.zip for two minutes, compose a tune with it, and play
             it through the plugin in a headless host; everything lands in demo/
             --minutes <n>       minutes of training (2)
             --profile <name>    cargo profile to build with (release)

  bundle     build the plugin and pack it into target/bundled as CLAP and VST3:
             cargo xtask bundle ai_jukebox --release

  records    train the shipped records again as records/README.md says, and tell whether the files are
             the same; under 90 minutes on two cores
             <names>             these records alone, such as House
             --check             only whether the figures in records/README.md hold: some minutes
             --profile <name>    cargo profile to build with (release)

  gallery    compose takes 1, 2 and 3 of each shipped record into docs/gallery, as MIDI, MP3 and picture
             --check             only whether docs/gallery is what the records give
             --profile <name>    cargo profile to build with (release)

  site       write the site, with gallery and documents, into target/site, and check its links and its weight
             --output <folder>   another folder
             --repository <url>  where the sources are shown, such as https://github.com/OWNER/NAME
             --serve             show it at http://127.0.0.1:8017 until Ctrl-C
             --try               open it in Chromium without a screen: it loads, plays, and can be read
             --pictures          as --try, and draw docs/images/site-*.png anew

  songbook   write a collection to learn from, in a style of songbook/styles, and songs to validate with:
             cargo xtask songbook house -o house
             -o <folder>         where to (target/songbook/STYLE); songs to validate with go to FOLDER-held-out
             --songs <n>         songs to learn from (300); a tenth as many validate
             --style-file <file> a style file of your own

  install    copy the bundles into your own CLAP and VST3 folders, building them first where
             they are missing, and `jukebox` where the window looks for it
             --uninstall         take them out again

  dist       pack what people download into target/dist: an archive with plugin and `jukebox`, a package for
             Debian, a wheel for Python, checksums, a bill of materials
             --output <folder>   another folder
             --universal         for both processors of macOS
             --try               install each in a clean place, play, and take it out again (Linux)
             --profile <name>    cargo profile to build with (release)

  daw        play the plugin in Ardour 7 without a screen, and compare what Ardour records and
             exports with what was composed; installs nothing
             --profile <name>    cargo profile to build with (release)
";

fn main() -> Result<()> {
    let mut args = env::args().skip(1);
    nice_plug_xtask::chdir_workspace_root()?;
    match args.next().as_deref() {
        Some("demo") => demo::run(args),
        Some("daw") => daw::run(args),
        Some("dist") => dist::run(args),
        Some("install") => install::run(args),
        Some("gallery") => gallery::run(args),
        Some("site") => site::run(args),
        Some("songbook") => songbook::run(args),
        Some("records") => records::run(args),
        Some("bundle" | "bundle-universal") => {
            nice_plug_xtask::main_with_args("cargo xtask", env::args().skip(1))
        }
        None | Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(())
        }
        Some(other) => anyhow::bail!("there is no command \"{other}\"\n\n{HELP}"),
    }
}
