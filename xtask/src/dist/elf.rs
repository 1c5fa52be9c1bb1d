//! What programs and libraries for Linux need of the system that they run on.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use goblin::elf::Elf;

/// What some ELF files need together.
#[derive(Debug, Default, PartialEq)]
pub struct Needs {
    /// The libraries that are loaded with them, by name: `libc.so.6`.
    pub libraries: BTreeSet<String>,
    /// The oldest glibc that has all their symbols: major and minor version.
    pub glibc: (u32, u32),
}

impl Needs {
    /// Adds what a file needs.
    ///
    /// # Errors
    /// Where it is no ELF file.
    pub fn add(&mut self, bytes: &[u8]) -> Result<()> {
        let elf = Elf::parse(bytes).context("no program for Linux")?;
        self.libraries.extend(elf.libraries.iter().map(|&name| name.to_owned()));
        for needed in elf.verneed.iter().flat_map(|needed| needed.iter()) {
            for version in needed.iter() {
                let name = elf.dynstrtab.get_at(version.vna_name).unwrap_or_default();
                self.glibc = self.glibc.max(glibc(name).unwrap_or_default());
            }
        }
        Ok(())
    }
}

/// `GLIBC_2.34` is 2.34; other libraries' versions are none.
fn glibc(symbol_version: &str) -> Option<(u32, u32)> {
    let mut numbers = symbol_version.strip_prefix("GLIBC_")?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(glibc("GLIBC_2.34"), Some((2, 34)));
        assert_eq!(glibc("GLIBC_2.2.5"), Some((2, 2)));
        assert!(glibc("GLIBC_2.9") < glibc("GLIBC_2.17"));
        assert_eq!(glibc("GCC_3.0"), None);
        assert_eq!(glibc("GLIBC_PRIVATE"), None);
    }

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn this_program_needs_a_c_library() {
        let mut needs = Needs::default();
        needs.add(&std::fs::read(std::env::current_exe().unwrap()).unwrap()).unwrap();
        assert!(needs.libraries.contains("libc.so.6"), "{needs:?}");
        assert!(needs.glibc >= (2, 2) && needs.glibc < (3, 0), "{needs:?}");
        assert!(needs.add(b"text").is_err());
    }
}
