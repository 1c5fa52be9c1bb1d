//! The crates that are compiled into what is distributed, as cargo knows them.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand, PackageId};

use crate::workspace::{PLUGIN, output};

/// The packages that are distributed; all else is in them.
const ROOTS: [&str; 2] = [PLUGIN, "jukebox-trainer"];

/// A crate.
#[derive(Debug)]
pub struct Crate {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, as an SPDX expression.
    pub license: Option<String>,
    /// SHA-256 of what crates.io holds of it; none of the workspace's own.
    pub checksum: Option<String>,
    /// Where its source lies.
    pub folder: PathBuf,
    /// Whether it is one that is distributed for itself.
    pub is_root: bool,
    /// The crates that it is compiled with: indices into the list that it stands in.
    pub dependencies: Vec<usize>,
}

/// All crates in what is distributed, sorted by name and version, as they are resolved for this system.
///
/// # Errors
/// Where cargo cannot tell, or `Cargo.lock` is not up to date.
pub fn crates() -> Result<Vec<Crate>> {
    let metadata = MetadataCommand::new()
        .other_options(["--locked", "--filter-platform", &host()?].map(str::to_owned).to_vec())
        .exec()
        .context("cargo metadata fails")?;
    let resolve = metadata.resolve.as_ref().context("cargo metadata resolves nothing")?;
    let nodes: BTreeMap<&PackageId, _> =
        resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let normal = |id: &PackageId| {
        let deps = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        let is_normal = |dep: &&cargo_metadata::NodeDep| {
            dep.dep_kinds.iter().any(|it| it.kind == DependencyKind::Normal)
        };
        deps.filter(is_normal).map(|dep| dep.pkg.clone()).collect::<Vec<_>>()
    };

    let is_root = |id: &PackageId| {
        metadata.workspace_members.contains(id) && ROOTS.contains(&metadata[id].name.as_str())
    };
    let mut open: Vec<_> = nodes.keys().copied().filter(|id| is_root(id)).cloned().collect();
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        if found.insert(id.clone()) {
            open.extend(normal(&id));
        }
    }
    let mut ids: Vec<_> = found.into_iter().collect();
    ids.sort_by_key(|id| (metadata[id].name.to_string(), metadata[id].version.clone()));

    let checksums = checksums(&fs::read_to_string("Cargo.lock").context("no Cargo.lock")?)?;
    let describe = |id: &PackageId| {
        let package = &metadata[id];
        let (name, version) = (package.name.to_string(), package.version.to_string());
        let index = |dependency: PackageId| ids.iter().position(|it| *it == dependency);
        Crate {
            license: package.license.clone(),
            checksum: checksums.get(&(name.clone(), version.clone())).cloned(),
            folder: package.manifest_path.parent().map(Into::into).unwrap_or_default(),
            is_root: is_root(id),
            dependencies: normal(id).into_iter().filter_map(index).collect(),
            name,
            version,
        }
    };
    Ok(ids.iter().map(describe).collect())
}

/// The system that is compiled for.
fn host() -> Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = output(Command::new(rustc).arg("-vV"))?;
    let said = String::from_utf8_lossy(&said).into_owned();
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not say its host")?.to_owned())
}

/// The checksums in a `Cargo.lock`, by name and version.
fn checksums(lock: &str) -> Result<BTreeMap<(String, String), String>> {
    let lock: toml::Table = lock.parse().context("Cargo.lock is damaged")?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let checksum = |package: &toml::Value| {
        let text = |key| package.get(key)?.as_str().map(str::to_owned);
        Some(((text("name")?, text("version")?), text("checksum")?))
    };
    Ok(packages.into_iter().flatten().filter_map(checksum).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_in_is_found_and_nothing_that_only_tests() {
        nice_plug_xtask::chdir_workspace_root().unwrap();
        let crates = crates().unwrap();
        let find = |name: &str| crates.iter().find(|it| it.name == name);
        for name in ["jukebox-trainer", "ai_jukebox", "jukebox-model", "clap", "egui"] {
            assert!(find(name).is_some(), "{name}");
        }
        for name in ["xtask", "proptest", "assert_cmd", "clack-host"] {
            assert!(find(name).is_none(), "{name}");
        }
        let clap = find("clap").unwrap();
        assert_eq!(clap.checksum.as_ref().unwrap().len(), 64);
        assert_eq!(clap.license.as_deref(), Some("MIT OR Apache-2.0"));
        assert!(clap.dependencies.iter().any(|&it| crates[it].name == "clap_builder"));
        assert_eq!(find("jukebox-model").unwrap().checksum, None);
    }
}
