//! Whether a path leads out of the machine.

use std::path::{Component, Path};

/// Whether a path is one of a network share or of a device, by how it is written, on whatever system: the
/// file system is not asked. That of a network drive that the user has given a letter or a folder is not
/// told from others: it leads where the user has chosen.
///
/// | path | what it is |
/// | --- | --- |
/// | `\\host\share`, `//host/share`, `\\?\UNC\host`, `\??\UNC\host` | a share, to Windows |
/// | `\\.\pipe\name`, `\\?\GLOBALROOT\Device`, `NUL.safetensors` | a device, to Windows |
/// | `/net/host`, `/Network/Servers/host` | a share that is mounted as it is looked at, to Unix |
pub fn is_network_path(path: &Path) -> bool {
    let text = path.to_string_lossy().replace('/', "\\");
    let verbatim = text.strip_prefix(r"\\?\").or_else(|| text.strip_prefix(r"\??\"));
    match verbatim {
        Some(rest) => !begins_with_a_drive(rest),
        None => text.starts_with(r"\\") || is_mounted_when_used(path) || is_device(path),
    }
}

/// Whether a text begins as `C:\` does.
fn begins_with_a_drive(text: &str) -> bool {
    let [letter, b':', b'\\', ..] = text.as_bytes() else { return false };
    letter.is_ascii_alphabetic()
}

/// Whether a path lies in a folder in which Unix's automounter makes the hosts of the network appear.
fn is_mounted_when_used(path: &Path) -> bool {
    let mut folders = Vec::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(folders.pop()),
            Component::Normal(name) => folders.push(name),
            _ => {}
        }
    }
    let first = folders.first().and_then(|name| name.to_str());
    cfg!(unix) && path.has_root() && matches!(first, Some("net" | "Network"))
}

/// Whether Windows takes a file of the name for a device, in whatever folder.
fn is_device(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_uppercase();
    let stem = name.split(['.', ':']).next().unwrap_or_default().trim_end();
    let numbered = |port: &str| {
        let number = stem.strip_prefix(port).filter(|number| number.chars().count() == 1);
        number.is_some_and(|number| number.chars().all(|digit| "0123456789¹²³".contains(digit)))
    };
    cfg!(windows)
        && (matches!(stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
            || numbered("COM")
            || numbered("LPT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_networks_and_devices_are_told_from_those_of_files() {
        let leads_out = [
            r"\\host\share\a.safetensors",
            "//host/share/a.safetensors",
            r"/\host\share\a.safetensors",
            r"\/host/share/a.safetensors",
            r"\\?\UNC\host\share\a.safetensors",
            r"\\?\unc\host\share\a.safetensors",
            "//?/UNC/host/share/a.safetensors",
            r"\??\UNC\host\share\a.safetensors",
            r"\\.\pipe\a.safetensors",
            r"\\.\C:\a.safetensors",
            r"\\?\GLOBALROOT\Device\Mup\host\share\a.safetensors",
        ];
        for path in leads_out {
            assert!(is_network_path(Path::new(path)), "{path}");
        }
        let mounted = ["/net/host/a.safetensors", "/home/../net/host/a", "/Network/Servers/host/a"];
        for path in mounted {
            assert_eq!(is_network_path(Path::new(path)), cfg!(unix), "{path}");
        }
        let stays = [
            "",
            "a.safetensors",
            "/home/ann/net/a.safetensors",
            "/network/a.safetensors",
            "net/a.safetensors",
            r"C:\Users\Ann\a.safetensors",
            "D:/records/a.safetensors",
            r"\\?\C:\Users\Ann\a.safetensors",
            r"\records\a.safetensors",
        ];
        for path in stays {
            assert!(!is_network_path(Path::new(path)), "{path}");
        }
        for name in ["NUL", "nul.safetensors", r"C:\records\com1.safetensors", "LPT² .x"] {
            assert_eq!(is_network_path(Path::new(name)), cfg!(windows), "{name}");
        }
    }
}
