//! `cargo xtask install`: the bundles in the user's own plugin folders.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::workspace::{CLAP, PLUGIN, VST3, bundles, copy, remove};

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
    if places.iter().any(|(bundle, _)| !bundle.exists()) {
        let bundle = ["bundle", PLUGIN, "--release"].map(str::to_owned);
        nice_plug_xtask::main_with_args("cargo xtask", bundle)?;
    }
    install(&places)?;
    println!("Let your DAW scan for new plugins, then look for AI Jukebox.");
    Ok(())
}

/// The bundles, each with the folder that hosts search for the user's own plugins.
fn places() -> Result<[(PathBuf, PathBuf); 2]> {
    let home = |variable: &str| -> Result<PathBuf> {
        let folder = env::var_os(variable).filter(|folder| !folder.is_empty());
        Ok(folder
            .with_context(|| format!("${variable} is not set: which folder is yours?"))?
            .into())
    };
    let [clap, vst3] = if cfg!(target_os = "macos") {
        let plugins = home("HOME")?.join("Library/Audio/Plug-Ins");
        [plugins.join("CLAP"), plugins.join("VST3")]
    } else if cfg!(target_os = "windows") {
        let plugins = home("LOCALAPPDATA")?.join("Programs").join("Common");
        [plugins.join("CLAP"), plugins.join("VST3")]
    } else {
        let home = home("HOME")?;
        [home.join(".clap"), home.join(".vst3")]
    };
    let bundles = bundles()?;
    Ok([(bundles.join(CLAP), clap), (bundles.join(VST3), vst3)])
}

/// Copies each bundle into its folder, in the place of an older one.
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
