//! `cargo xtask dist`: what people download. An archive for this system, a Debian package, a wheel, and their
//! checksums; `--try` installs each in a clean place, plays it there, and takes it out again.

mod archive;
mod checksums;
mod crates;
mod deb;
mod elf;
mod file_tree;
mod layout;
mod licences;
mod product;
mod sbom;
mod trial;
mod wheel;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use self::checksums::sha256sums;
use self::file_tree::FileTree;
use self::product::Product;
use crate::workspace::target;

struct Options {
    profile: String,
    output: PathBuf,
    universal: bool,
    try_out: bool,
}

/// Builds, packs, and tries out what was packed.
pub fn run(mut args: impl Iterator<Item = String>) -> Result<()> {
    let mut options = Options {
        profile: "release".to_owned(),
        output: target()?.join("dist"),
        universal: false,
        try_out: false,
    };
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--profile" => options.profile = value()?,
            "-o" | "--output" => options.output = value()?.into(),
            "--universal" => options.universal = true,
            "--try" => options.try_out = true,
            other => {
                bail!("dist knows no \"{other}\", only --profile, --output, --universal and --try")
            }
        }
    }
    step("Building the plugin and the command");
    let product = Product::build(&options.profile, options.universal)?;

    step("Packing");
    let downloads = pack(&product)?;
    write(&downloads, &options.output)?;
    if options.try_out {
        trial::run(&downloads, &options.output, &options.profile)?;
    }
    Ok(())
}

/// All that is to be downloaded, with its checksums.
fn pack(product: &Product) -> Result<FileTree> {
    let mut downloads = FileTree::default();
    let mut add = |(name, bytes): (String, Vec<u8>)| downloads.add(name, bytes);
    add(layout::archive(product)?);
    if product.system.os == "linux" {
        add(deb::deb(product)?);
    }
    add(wheel::wheel(product)?);
    let system = layout::name(product.system);
    let bill = product.documents.get("sbom.cdx.json").context("no bill of materials")?;
    add((format!("{system}.cdx.json"), bill.bytes.clone()));
    let sums = sha256sums(&downloads);
    downloads.add(format!("{system}.sha256"), sums);
    Ok(downloads)
}

/// Writes them into a folder.
fn write(downloads: &FileTree, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, file) in downloads.iter() {
        let path = folder.join(name);
        fs::write(&path, &file.bytes)
            .with_context(|| format!("cannot write {}", path.display()))?;
        println!("{:>9} KiB  {}", file.bytes.len().div_ceil(1024), path.display());
    }
    Ok(())
}

fn step(what: &str) {
    println!("\n== {what}");
}
