//! `cargo xtask install`: the bundles in the user's own plugin folders, and `jukebox` where they look for it.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::workspace::{CLAP, PLUGIN, VST3, build_jukebox, bundles, copy, program, remove};

/// Installs the bundles, or takes them out.
pub fn run(args: impl Iterator<Item = String>) -> Result<()> {
    let mut uninstall = false;
    for arg in args {
        match arg.as_str() {
            "--uninstall" => uninstall = true,
            other => bail!("install knows no \"{other}\", only --uninstall"),
        }
    }
    let places = places()?;
    if uninstall {
        return self::uninstall(&places);
    }
    if places[..2].iter().any(|(bundle, _)| !bundle.exists()) {
        let bundle = ["bundle", PLUGIN, "--release"].map(str::to_owned);
        nice_plug_xtask::main_with_args("cargo xtask", bundle)?;
    }
    build_jukebox("release")?;
    install(&places)?;
    println!("Let your DAW scan for new plugins, then look for AI Jukebox.");
    Ok(())
}

/// The bundles, each with the folder that hosts search for the user's own plugins, and the command, with the folder in
/// which the plugin's window looks for it.
fn places() -> Result<[(PathBuf, PathBuf); 3]> {
    let home = |variable: &str| -> Result<PathBuf> {
        let folder = env::var_os(variable).filter(|folder| !folder.is_empty());
        Ok(folder
            .with_context(|| format!("${variable} is not set: which folder is yours?"))?
            .into())
    };
    let [clap, vst3, own] = if cfg!(target_os = "macos") {
        let library = home("HOME")?.join("Library");
        let plugins = library.join("Audio/Plug-Ins");
        let own = library.join("Application Support/AI Jukebox");
        [plugins.join("CLAP"), plugins.join("VST3"), own]
    } else if cfg!(target_os = "windows") {
        let plugins = home("LOCALAPPDATA")?.join("Programs").join("Common");
        [plugins.join("CLAP"), plugins.join("VST3"), home("APPDATA")?.join("AI Jukebox")]
    } else {
        let data = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|it| it.is_absolute());
        let home = home("HOME")?;
        let data = data.unwrap_or_else(|| home.join(".local/share"));
        [home.join(".clap"), home.join(".vst3"), data.join("ai-jukebox")]
    };
    let bundles = bundles()?;
    let jukebox = program("jukebox", "release")?.get_program().into();
    Ok([(bundles.join(CLAP), clap), (bundles.join(VST3), vst3), (jukebox, own.join("bin"))])
}

/// Copies each file or bundle into its folder, in the place of an older one.
fn install(places: &[(PathBuf, PathBuf)]) -> Result<()> {
    for (bundle, folder) in places {
        let name = bundle.file_name().context("a bundle has a name")?;
        let place = folder.join(name);
        // Copied beside it first: a host that has the old one loaded keeps it whole.
        let fresh = folder.join(format!(".{}.new", name.to_string_lossy()));
        remove(&fresh)?;
        copy(bundle, &fresh)?;
        remove(&place)?;
        fs::rename(&fresh, &place).with_context(|| format!("cannot write {}", place.display()))?;
        println!("installed {}", place.display());
    }
    Ok(())
}

fn uninstall(places: &[(PathBuf, PathBuf)]) -> Result<()> {
    for (bundle, folder) in places {
        let place = folder.join(bundle.file_name().context("a bundle has a name")?);
        let done = if remove(&place)? { "removed" } else { "not installed:" };
        println!("{done} {}", place.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_are_installed_over_older_ones_and_taken_out_again() {
        let root = env::temp_dir().join(format!("ai-jukebox-install-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("bundled/A.clap", "new");
        write("bundled/A.vst3/Contents/A.so", "new");
        write("vst3/A.vst3/Contents/stale.so", "old");
        let places = [("A.clap", "clap"), ("A.vst3", "vst3")]
            .map(|(bundle, folder)| (root.join("bundled").join(bundle), root.join(folder)));

        install(&places).unwrap();
        assert_eq!(fs::read_to_string(root.join("clap/A.clap")).unwrap(), "new");
        assert_eq!(fs::read_to_string(root.join("vst3/A.vst3/Contents/A.so")).unwrap(), "new");
        assert!(!root.join("vst3/A.vst3/Contents/stale.so").exists());

        uninstall(&places).unwrap();
        uninstall(&places).unwrap();
        assert_eq!(fs::read_dir(root.join("clap")).unwrap().count(), 0);
        assert_eq!(fs::read_dir(root.join("vst3")).unwrap().count(), 0);
        fs::remove_dir_all(&root).unwrap();
    }
}
