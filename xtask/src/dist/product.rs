//! What is distributed, before it is packed for anybody: built, and read into memory.

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::crates::crates;
use super::file_tree::FileTree;
use super::licences::third_party;
use super::sbom::sbom;
use crate::workspace::{
    self, CLAP, PLUGIN, VST3, build, bundles, cargo, execute, output, program, remove, target,
};

/// The version of all that is in the workspace.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The triples of a universal program for macOS.
const UNIVERSAL: [&str; 2] = ["x86_64-apple-darwin", "aarch64-apple-darwin"];

/// Where the product runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct System {
    /// `linux`, `macos` or `windows`.
    pub os: &'static str,
    /// `x86_64`, `aarch64`, or `universal`: both, on macOS.
    pub arch: &'static str,
}

/// All parts of the product.
#[derive(Debug)]
pub struct Product {
    /// Where it runs.
    pub system: System,
    /// When it was made, in seconds since 1970: the time that its files get.
    pub seconds: u64,
    /// The CLAP bundle: one file, or a folder on macOS.
    pub clap: FileTree,
    /// The VST3 bundle.
    pub vst3: FileTree,
    /// The program `jukebox`.
    pub jukebox: Vec<u8>,
    /// The records that ship.
    pub records: FileTree,
    /// Man pages: `jukebox.1` and so on.
    pub man: FileTree,
    /// Scripts by which shells complete: `jukebox.bash`, `jukebox.fish` and `_jukebox` for zsh.
    pub completions: FileTree,
    /// Licences, credits, changes and the bill of materials.
    pub documents: FileTree,
}

impl Product {
    /// Builds all that is needed, and reads it.
    pub fn build(profile: &str, universal: bool) -> Result<Self> {
        let jukebox = match universal {
            true => build_universal(profile)?,
            false => {
                build(profile)?;
                program("jukebox", profile)?.get_program().into()
            }
        };
        let arch = if universal { "universal" } else { env::consts::ARCH };
        let mut product = Self {
            system: System { os: env::consts::OS, arch },
            seconds: seconds()?,
            clap: FileTree::default(),
            vst3: FileTree::default(),
            jukebox: std::fs::read(&jukebox).with_context(|| format!("cannot read {jukebox:?}"))?,
            records: records()?,
            man: FileTree::default(),
            completions: FileTree::default(),
            documents: documents()?,
        };
        let bundles = bundles()?;
        product.clap.add_from(CLAP, &bundles.join(CLAP))?;
        product.vst3.add_from(VST3, &bundles.join(VST3))?;
        if profile != "release" {
            // A development build is not for DAWs: `install` shall not find it.
            remove(&bundles.join(CLAP))?;
            remove(&bundles.join(VST3))?;
        }
        let jukebox = Path::new(&jukebox);
        let pages = tempfile::tempdir()?;
        execute(Command::new(jukebox).arg("man-pages").arg(pages.path()))?;
        for entry in std::fs::read_dir(pages.path())? {
            let entry = entry?;
            product.man.add_from(&entry.file_name().to_string_lossy(), &entry.path())?;
        }
        for (shell, name) in
            [("bash", "jukebox.bash"), ("fish", "jukebox.fish"), ("zsh", "_jukebox")]
        {
            let script = output(Command::new(jukebox).args(["completions", shell]))?;
            product.completions.add(name, script);
        }
        Ok(product)
    }
}

/// Bundles the plugin for both processors of macOS, builds `jukebox` for both, and gives its path.
fn build_universal(profile: &str) -> Result<std::ffi::OsString> {
    if env::consts::OS != "macos" {
        bail!("--universal builds for the two processors of macOS, and there alone");
    }
    let bundle = ["bundle-universal", PLUGIN, "--profile", profile].map(str::to_owned);
    nice_plug_xtask::main_with_args("cargo xtask", bundle)?;
    let mut lipo = Command::new("lipo");
    for triple in UNIVERSAL {
        let mut build = cargo();
        build.args(["build", "--bin", "jukebox", "--profile", profile, "--target", triple]);
        execute(&mut build)?;
        let folder = workspace::profile_folder(profile);
        lipo.arg(target()?.join(triple).join(folder).join("jukebox"));
    }
    let both = target()?.join("jukebox-universal");
    execute(lipo.arg("-create").arg("-output").arg(&both))?;
    Ok(both.into())
}

/// The time of the newest commit, so that a later version's files are newer, as hosts expect that look for changed
/// plugins, and those of one version always the same. `SOURCE_DATE_EPOCH` says another
/// (<https://reproducible-builds.org/specs/source-date-epoch>).
fn seconds() -> Result<u64> {
    let said = match env::var("SOURCE_DATE_EPOCH") {
        Ok(said) => said,
        Err(_) => {
            let commit = output(Command::new("git").args(["log", "-1", "--format=%ct"])).context(
                "no commit to take the time from: set SOURCE_DATE_EPOCH to seconds since 1970",
            )?;
            String::from_utf8_lossy(&commit).into_owned()
        }
    };
    said.trim().parse().with_context(|| format!("\"{}\" seconds since 1970?", said.trim()))
}

fn records() -> Result<FileTree> {
    let mut records = FileTree::default();
    for entry in std::fs::read_dir("records").context("no records/")? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "safetensors") {
            records.add_from(&path.file_name().unwrap_or_default().to_string_lossy(), &path)?;
        }
    }
    Ok(records)
}

fn documents() -> Result<FileTree> {
    let crates = crates()?;
    let mut documents = FileTree::default();
    for name in ["LICENSE-MIT", "LICENSE-APACHE", "NOTICE"] {
        documents.add_from(name, Path::new(name))?;
    }
    documents.add_from("CHANGELOG.md", Path::new("CHANGELOG.md"))?;
    documents.add_from("CREDITS.md", Path::new("corpora/README.md"))?;
    documents.add("THIRD-PARTY.txt", third_party(&crates)?);
    documents.add("sbom.cdx.json", sbom(VERSION, &crates)?);
    Ok(documents)
}
