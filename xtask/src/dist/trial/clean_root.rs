//! A system with nothing on it but what Debian must have, to install a package in.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::workspace::output;

/// Where a system notes what it does, and what is not part of it: changes there are no traces.
const NOT_COUNTED: [&str; 6] = ["dev", "proc", "tmp", "var/cache", "var/lib", "var/log"];

/// The folder of such a system. It is gone with this value.
pub struct CleanRoot(TempDir);

impl CleanRoot {
    /// Makes one by debootstrap: half a minute, and 50 MB from Debian's servers.
    ///
    /// # Errors
    /// Where debootstrap, or the right to do it, or the network is missing.
    pub fn make() -> Result<Self> {
        let root = Self(tempfile::tempdir()?);
        let release = fs::read_to_string("/etc/os-release").context("no /etc/os-release")?;
        let suite = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
        let suite = suite.context("/etc/os-release names no VERSION_CODENAME")?;
        let mut debootstrap = Command::new("debootstrap");
        output(debootstrap.args(["--variant=minbase", suite]).arg(root.path()))?;
        output(&mut root.command("true")).context("no right to run programs in it")?;
        Ok(root)
    }

    /// The folder that is its `/`.
    pub fn path(&self) -> PathBuf {
        // Beneath the temporary folder, which is closed to other users.
        self.0.path().join("root")
    }

    /// A command that runs inside it, with processes of its own: what it starts ends with it.
    pub fn command(&self, program: &str) -> Command {
        let root = self.path();
        let mut command = Command::new("unshare");
        command.args(["--mount", "--pid", "--fork", "--kill-child"]);
        command.arg(format!("--mount-proc={}", root.join("proc").display()));
        command.arg("chroot").arg(&root).arg(program);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("HOME", "/root").env("LC_ALL", "C.UTF-8");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    /// All files and folders of the system, as seen from outside.
    pub fn files(&self) -> Result<BTreeSet<PathBuf>> {
        let root = self.path();
        let not_counted: Vec<_> = NOT_COUNTED.iter().map(|it| root.join(it)).collect();
        let mut found = BTreeSet::new();
        let mut open = vec![root];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                if not_counted.contains(&entry.path()) {
                    continue;
                }
                if entry.file_type()?.is_dir() {
                    open.push(entry.path());
                }
                found.insert(entry.path());
            }
        }
        Ok(found)
    }
}
