//! Where the command `jukebox` lies: where the variable `AI_JUKEBOX_COMMAND` says, beside the plugin's bundle, on the
//! PATH, or in a folder in which programs are usually installed.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::records::list;

/// Names the command itself.
const VARIABLE: &str = "AI_JUKEBOX_COMMAND";

/// Finds the command.
pub fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os(VARIABLE).map(PathBuf::from).filter(|it| it.is_absolute()) {
        return Some(named);
    }
    let beside = own_file().map(|file| beside(&file)).unwrap_or_default();
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = env::split_paths(&path).collect();
    first(beside.into_iter().chain(on_path).chain(usual()))
}

/// The command in the first folder that has one. A folder of no absolute path depends on where the host stands.
fn first(folders: impl IntoIterator<Item = PathBuf>) -> Option<PathBuf> {
    let name = format!("jukebox{}", env::consts::EXE_SUFFIX);
    let absolute = folders.into_iter().filter(|folder| folder.is_absolute());
    absolute.map(|folder| folder.join(&name)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    let Ok(found) = file.metadata() else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        found.is_file() && found.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    found.is_file()
}

/// The folders beside the bundle that a file of the plugin belongs to: the bundle's own, and cargo's where it was
/// bundled or linked there.
fn beside(file: &Path) -> Vec<PathBuf> {
    let is_bundle = |it: &&Path| {
        let extension = it.extension().and_then(OsStr::to_str);
        matches!(extension, Some("clap" | "vst3"))
    };
    let bundle = file.ancestors().filter(is_bundle).last().unwrap_or(file);
    let Some(folder) = bundle.parent() else { return Vec::new() };
    let mut folders = vec![folder.to_owned()];
    if let Some(parent) = folder.parent() {
        match folder.file_name().and_then(OsStr::to_str) {
            Some("bundled") => folders.extend(["release", "debug"].map(|it| parent.join(it))),
            Some("deps") => folders.push(parent.to_owned()),
            _ => {}
        }
    }
    folders
}

/// Folders in which programs are installed, but which a host that was started from a desktop may not have on its PATH.
fn usual() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        list::data_folder().map(|it| it.join("bin")).into_iter().collect();
    let home = |name: &str| env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    if cfg!(windows) {
        folders.extend(home("LOCALAPPDATA").map(|it| it.join("Programs").join("AI Jukebox")));
        folders.extend(home("USERPROFILE").map(|it| it.join(r".local\bin")));
        folders.extend(home("USERPROFILE").map(|it| it.join(r".cargo\bin")));
    } else {
        folders.extend(home("HOME").map(|it| it.join(".local/bin")));
        folders.extend(home("HOME").map(|it| it.join(".cargo/bin")));
        folders.extend(["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"].map(PathBuf::from));
    }
    folders
}

/// The file that this code was loaded from: the plugin's, not the host's.
#[cfg(unix)]
fn own_file() -> Option<PathBuf> {
    use std::ffi::CStr;
    use std::os::unix::ffi::OsStrExt;

    let mut found = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    let here = own_file as fn() -> Option<PathBuf>;
    // SAFETY: the address is only looked up, and the structure outlives the call.
    let known = unsafe { libc::dladdr(here as *const libc::c_void, found.as_mut_ptr()) };
    // SAFETY: all zero is a valid `Dl_info`: its fields are pointers.
    let name = unsafe { found.assume_init() }.dli_fname;
    if known == 0 || name.is_null() {
        return None;
    }
    // SAFETY: the loader's text ends with a zero, and stays for as long as this code is loaded.
    let name = unsafe { CStr::from_ptr(name) };
    let path = PathBuf::from(OsStr::from_bytes(name.to_bytes()));
    // That of a program is as it was typed.
    path.canonicalize().ok().or_else(|| env::current_exe().ok())
}

/// See the other. Of Windows' ways only the PATH and the usual folders are gone.
#[cfg(not(unix))]
fn own_file() -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_looked_for_beside_the_bundle() {
        let beside = |file: &str| beside(Path::new(file));
        assert_eq!(beside("/home/a/.clap/AI Jukebox.clap"), [Path::new("/home/a/.clap")]);
        let vst3 = "/home/a/.vst3/AI Jukebox.vst3/Contents/x86_64-linux/AI Jukebox.so";
        assert_eq!(beside(vst3), [Path::new("/home/a/.vst3")]);
        let mac = "/Library/Audio/Plug-Ins/CLAP/AI Jukebox.clap/Contents/MacOS/AI Jukebox";
        assert_eq!(beside(mac), [Path::new("/Library/Audio/Plug-Ins/CLAP")]);
        let built = beside("/w/target/bundled/AI Jukebox.clap");
        assert_eq!(built[1..], ["/w/target/release", "/w/target/debug"].map(PathBuf::from));
    }

    #[cfg(unix)]
    #[test]
    fn only_a_program_in_a_folder_that_is_told_whole_is_found() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let folder = |name: &str| place.path().join(name);
        for (name, mode) in [("text", 0o644), ("program", 0o755)] {
            std::fs::create_dir(folder(name)).unwrap();
            let file = folder(name).join("jukebox");
            std::fs::write(&file, "#!/bin/sh").unwrap();
            std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        }
        std::fs::create_dir_all(folder("folder/jukebox")).unwrap();
        let folders = || ["none", "text", "folder", "program"].map(folder);
        assert_eq!(first(folders()), Some(folder("program").join("jukebox")));
        assert_eq!(first(folders().into_iter().take(3)), None);
        assert_eq!(first([PathBuf::from("."), PathBuf::new()]), None);
    }

    #[cfg(unix)]
    #[test]
    fn the_code_knows_its_file() {
        let own = own_file().unwrap();
        assert_eq!(own, env::current_exe().unwrap().canonicalize().unwrap());
    }
}
