//! Checksums, as the tools of other people write and check them.

use md5::Md5;
use sha2::{Digest, Sha256};

use super::file_tree::FileTree;

/// SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&sha256_bytes(bytes))
}

/// SHA-256.
pub fn sha256_bytes(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The lines that `sha256sum --check` reads.
pub fn sha256sums(tree: &FileTree) -> String {
    tree.iter().map(|(path, file)| format!("{}  {path}\n", sha256(&file.bytes))).collect()
}

/// The lines by which dpkg verifies what it has installed.
pub fn md5sums(tree: &FileTree) -> String {
    let line = |path, bytes: &[u8]| format!("{}  {path}\n", hex(&Md5::digest(bytes)));
    tree.iter().map(|(path, file)| line(path, &file.bytes)).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sums of "abc" in FIPS 180-4 and RFC 1321.
    #[test]
    fn sums_are_those_of_the_standards() {
        let mut tree = FileTree::default();
        tree.add("some/abc", "abc");
        let sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256sums(&tree), format!("{sha}  some/abc\n"));
        assert_eq!(md5sums(&tree), "900150983cd24fb0d6963f7d28e17f72  some/abc\n");
    }
}
