//! Archives of a file tree. The same files at the same time give the same bytes: entries are sorted, and belong
//! to nobody.

use std::io::{Cursor, Write};

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use tar::{EntryType, Header};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::file_tree::FileTree;

/// A `.tar.gz`.
///
/// # Errors
/// Where a path cannot be written into an archive.
pub fn tar_gz(tree: &FileTree, seconds: u64) -> Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut append = |path: &str, kind, mode, bytes: &[u8]| {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_mtime(seconds);
        header.set_size(bytes.len() as u64);
        header.set_uid(0);
        header.set_gid(0);
        header.set_username("root").and(header.set_groupname("root"))?;
        tar.append_data(&mut header, path, bytes)
    };
    for folder in tree.folders() {
        append(&format!("{folder}/"), EntryType::Directory, 0o755, &[])
            .with_context(|| format!("cannot pack {folder}"))?;
    }
    for (path, file) in tree.iter() {
        append(path, EntryType::Regular, file.mode(), &file.bytes)
            .with_context(|| format!("cannot pack {path}"))?;
    }
    gzip_at(&tar.into_inner()?, Compression::default())
}

/// Bytes as `gzip -9n` packs them: as small as can be, with no name and no time.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    gzip_at(bytes, Compression::best())
}

fn gzip_at(bytes: &[u8], compression: Compression) -> Result<Vec<u8>> {
    let mut gzip = GzBuilder::new().write(Vec::new(), compression);
    gzip.write_all(bytes)?;
    Ok(gzip.finish()?)
}

/// A `.zip`.
///
/// # Errors
/// Where a path cannot be written into an archive.
pub fn zip(tree: &FileTree, seconds: u64) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(zip_time(seconds));
    for (path, file) in tree.iter() {
        zip.start_file(path, options.unix_permissions(file.mode()))
            .with_context(|| format!("cannot pack {path}"))?;
        zip.write_all(&file.bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// A time in seconds since 1970 as a zip has it, in UTC: from 1980 on.
fn zip_time(seconds: u64) -> DateTime {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let [hour, minute, second] = [second / 3600, second / 60 % 60, second % 60].map(|it| it as u8);
    DateTime::from_date_and_time(year, month, day, hour, minute, second).unwrap_or_default()
}

/// The day of the Gregorian calendar that is so many days after 1970-01-01 (Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
fn date(days: u64) -> (u16, u8, u8) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year as u16, month as u8, day as u8)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;
    use zip::ZipArchive;

    use super::*;

    const SECONDS: u64 = 1_709_210_096; // 2024-02-29 12:34:56

    fn tree() -> FileTree {
        let mut tree = FileTree::default();
        tree.add("top/read me", "text");
        tree.add_program("top/bin/run", [0, 255]);
        tree
    }

    #[test]
    fn a_tarball_holds_the_files_and_is_the_same_each_time() {
        let packed = tar_gz(&tree(), SECONDS).unwrap();
        assert_eq!(packed, tar_gz(&tree(), SECONDS).unwrap());
        let mut tar = tar::Archive::new(GzDecoder::new(packed.as_slice()));
        let mut found = Vec::new();
        for entry in tar.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            let header = entry.header();
            assert_eq!((header.mtime().unwrap(), header.uid().unwrap()), (SECONDS, 0));
            let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
            found.push((path, header.mode().unwrap(), bytes));
        }
        let entry = |path: &str, mode, bytes: &[u8]| (path.to_owned(), mode, bytes.to_vec());
        let expected = [
            entry("top/", 0o755, b""),
            entry("top/bin/", 0o755, b""),
            entry("top/bin/run", 0o755, &[0, 255]),
            entry("top/read me", 0o644, b"text"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_zip_holds_the_files_and_is_the_same_each_time() {
        let packed = zip(&tree(), SECONDS).unwrap();
        assert_eq!(packed, zip(&tree(), SECONDS).unwrap());
        let mut archive = ZipArchive::new(Cursor::new(packed)).unwrap();
        assert_eq!(archive.len(), 2);
        let mut run = archive.by_name("top/bin/run").unwrap();
        assert_eq!(run.unix_mode().unwrap() & 0o777, 0o755);
        let time = run.last_modified().unwrap();
        assert_eq!((time.year(), time.month(), time.day()), (2024, 2, 29));
        assert_eq!((time.hour(), time.minute(), time.second()), (12, 34, 56));
        let mut bytes = Vec::new();
        run.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, [0, 255]);
    }

    #[test]
    fn days_are_counted_from_1970() {
        for (days, day) in [
            (0, (1970, 1, 1)),
            (59, (1970, 3, 1)),
            (11_016, (2000, 2, 29)),
            (47_540, (2100, 2, 28)),
        ] {
            assert_eq!(date(days), day);
        }
    }
}
