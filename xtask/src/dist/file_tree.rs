//! Files in memory, sorted by path: what an archive or package is made of.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// A file of a [`FileTree`].
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Whether it can be run.
    pub executable: bool,
}

impl File {
    /// The permissions that it has where it is unpacked.
    pub fn mode(&self) -> u32 {
        if self.executable { 0o755 } else { 0o644 }
    }
}

/// Files by their paths: relative, parted by `/`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileTree(BTreeMap<String, File>);

impl FileTree {
    /// Adds a file.
    pub fn add(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.insert(path.into(), File { bytes: bytes.into(), executable: false });
    }

    /// Adds a file that can be run.
    pub fn add_program(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.insert(path.into(), File { bytes: bytes.into(), executable: true });
    }

    /// Adds a file from the disk, or a folder with all that is in it, under another path.
    pub fn add_from(&mut self, path: &str, from: &Path) -> Result<()> {
        let problem = || format!("cannot read {}", from.display());
        if !from.is_dir() {
            let executable = is_executable(from).with_context(problem)?;
            let bytes = fs::read(from).with_context(problem)?;
            self.0.insert(path.to_owned(), File { bytes, executable });
            return Ok(());
        }
        for entry in fs::read_dir(from).with_context(problem)? {
            let entry = entry.with_context(problem)?;
            let name = entry.file_name();
            self.add_from(&format!("{path}/{}", name.to_string_lossy()), &entry.path())?;
        }
        Ok(())
    }

    /// Adds all files of another tree beneath a folder.
    pub fn add_tree(&mut self, folder: &str, other: &Self) {
        let files = other.0.iter().map(|(path, file)| (format!("{folder}/{path}"), file.clone()));
        self.0.extend(files);
    }

    /// The files, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.0.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// A file by its path.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }

    /// The folders that the files lie in, each after the one that holds it.
    pub fn folders(&self) -> Vec<&str> {
        let mut folders: Vec<_> = self
            .0
            .keys()
            .flat_map(|path| path.match_indices('/').map(|(end, _)| &path[..end]))
            .collect();
        folders.sort_unstable();
        folders.dedup();
        folders
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(path.metadata()?.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> std::io::Result<bool> {
    Ok(path.extension().is_some_and(|it| it == "exe"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_sorted_and_folders_known() {
        let mut tree = FileTree::default();
        tree.add("b/c/two", "2");
        tree.add_program("b/one", "1");
        tree.add("a", "0");
        assert_eq!(
            tree.iter().map(|(path, _)| path).collect::<Vec<_>>(),
            ["a", "b/c/two", "b/one"]
        );
        assert_eq!(tree.folders(), ["b", "b/c"]);
        let mut outer = FileTree::default();
        outer.add_tree("top", &tree);
        assert_eq!(outer.get("top/b/one"), tree.get("b/one"));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_is_read_with_what_can_be_run() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("in")).unwrap();
        fs::write(folder.path().join("in/plain"), "p").unwrap();
        let program = folder.path().join("in/program");
        fs::write(&program, "x").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let mut tree = FileTree::default();
        tree.add_from("out", folder.path()).unwrap();
        assert_eq!(tree.get("out/in/plain").unwrap().mode(), 0o644);
        assert_eq!(tree.get("out/in/program").unwrap().mode(), 0o755);
    }
}
