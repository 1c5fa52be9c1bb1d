//! Reading records of files that are none, and no more of them than is asked for.

use std::path::{Path, PathBuf};

use super::*;

fn celtic() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../records/celtic.safetensors")
}

/// What is wrong with a file by both ways to read it, found on a thread that may not hang.
#[cfg(unix)]
fn refused(path: &Path) -> [Problem; 2] {
    let (send, found) = std::sync::mpsc::channel();
    let path = path.to_owned();
    std::thread::spawn(move || {
        let whole = Record::load(&path).err().unwrap().problem;
        let header = Header::load(&path).err().unwrap().problem;
        // Nobody listens any more where it has hung.
        let _ = send.send([whole, header]);
    });
    found.recv_timeout(std::time::Duration::from_secs(60)).expect("it hangs")
}

#[test]
#[cfg(unix)]
fn what_is_no_regular_file_is_refused_without_waiting_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.safetensors");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let link = folder.path().join("link.safetensors");
    std::os::unix::fs::symlink(&pipe, &link).unwrap();
    for path in [&pipe, &link, Path::new("/dev/zero"), Path::new("/dev/null")] {
        for problem in refused(path) {
            assert!(matches!(problem, Problem::NoFile), "{}: {problem}", path.display());
        }
    }
    assert!(refused(folder.path()).iter().all(|problem| matches!(problem, Problem::Folder)));
}

#[test]
fn files_that_are_too_long_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.safetensors");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(MAX_BYTES + 1).unwrap();
    assert!(matches!(open(&path), Err(Problem::TooLarge(length)) if length == MAX_BYTES + 1));
    // A header that says that it is as long as that is not read either.
    std::fs::write(&path, (MAX_BYTES - 8).to_le_bytes()).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(MAX_BYTES).unwrap();
    assert!(matches!(Header::load(&path).unwrap_err().problem, Problem::Damaged(_)));
}

#[test]
fn a_header_tells_what_the_record_is_without_its_weights() {
    let record = Record::load(&celtic()).unwrap();
    let header = Header::load(&celtic()).unwrap();
    assert_eq!(header.config, *record.config());
    assert_eq!(header.receipt, *record.receipt());
    assert_eq!(header.motif, *record.motif());
    assert_eq!(header.vocabulary.pitches, record.vocabulary().pitches);
}

#[test]
fn a_header_finds_what_is_wrong_but_for_the_numbers() {
    let whole = std::fs::read(celtic()).unwrap();
    let length = 8 + u64::from_le_bytes(*whole.first_chunk().unwrap()) as usize;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.safetensors");
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Header::load(&path).map_err(|error| error.problem)
    };
    for cut in [0, 1, 7, 8, 9, length - 1, length, whole.len() - 1] {
        assert!(matches!(read(&whole[..cut]), Err(Problem::Damaged(_))), "{cut}");
    }
    let replaced = |from: &str, to: &str| {
        let header = std::str::from_utf8(&whole[8..length]).unwrap();
        assert!(header.contains(from), "{from}");
        let header = header.replacen(from, to, 1);
        let prefix = (header.len() as u64).to_le_bytes();
        read(&[&prefix, header.as_bytes(), &whole[length..]].concat()).unwrap_err()
    };
    assert!(matches!(replaced("ai-jukebox-record", "another"), Problem::Foreign));
    assert!(matches!(replaced("\\\"layers\\\":", "\\\"layers\\\":7"), Problem::Config(_)));
    assert!(matches!(replaced("\\\"steps\\\":[", "\\\"steps\\\":[9,"), Problem::Vocabulary(_)));
    assert!(matches!(replaced("future.unknown", "future.unknowm"), Problem::Weights(_)));
    // Weights that are not finite are found by those who read them.
    let mut infinite = whole.clone();
    infinite[length..].fill(0xff);
    assert!(read(&infinite).is_ok());
    assert!(matches!(Record::load(&path).err().unwrap().problem, Problem::Weights(_)));
}

#[test]
fn sizes_that_add_up_beyond_all_numbers_are_damage() {
    let each = (1u64 << 61) - 1;
    let tensors: Vec<String> = (0..8)
        .map(|at| {
            let (from, to) = (at * each, (at + 1) * each);
            format!(r#""t{at}":{{"dtype":"U8","shape":[{each}],"data_offsets":[{from},{to}]}}"#)
        })
        .collect();
    let header = format!("{{{}}}", tensors.join(","));
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    let refused = Record::parse(&bytes, "huge").err().unwrap();
    assert!(matches!(refused.problem, Problem::Damaged(_)), "{refused}");
}

#[test]
fn usual_settings_are_kept_and_older_formats_have_none() {
    let record = Record::load(&celtic()).unwrap();
    assert_eq!(*record.usual(), UsualSettings::default());
    let without = record.to_bytes(Precision::Single);
    let usual = UsualSettings { temperature: [1.1; Head::COUNT], top_p: 0.98, motif: 0.1 };
    let record = record.with_usual(usual).unwrap();
    let bytes = record.to_bytes(Precision::Single);
    let again = Record::parse(&bytes, "usual").unwrap();
    assert_eq!((*again.usual(), again.hash()), (usual, record.hash()));
    let renamed = again.with_receipt(Receipt::default()).unwrap();
    assert_eq!(*renamed.usual(), usual);
    let plain = renamed.with_usual(UsualSettings::default()).unwrap();
    let old = plain.with_receipt(Record::load(&celtic()).unwrap().receipt().clone()).unwrap();
    assert_eq!(old.to_bytes(Precision::Single), without, "who has none writes what it always did");
    let refused = |from: &str, to: &str| {
        let length = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
        let header = std::str::from_utf8(&bytes[8..length]).unwrap();
        assert!(header.contains(from), "{from} in {header:.200}");
        let header = header.replacen(from, to, 1);
        let prefix = (header.len() as u64).to_le_bytes();
        let bytes = [&prefix, header.as_bytes(), &bytes[length..]].concat();
        Record::parse(&bytes, "changed").err().unwrap().problem
    };
    for (from, to) in [
        (r#""version":"3""#, r#""version":"1""#),
        (r#"\"top_p\":0.98"#, r#"\"top_p\":1.98"#),
        (r#"\"top_p\":0.98"#, r#"\"top_p\":null"#),
    ] {
        assert!(matches!(refused(from, to), Problem::Header { part: "usual", .. }), "{to}");
    }
}

#[test]
fn a_groove_is_kept_and_older_records_have_none() {
    let record = Record::load(&celtic()).unwrap();
    assert!(record.groove().is_empty());
    let groove = Groove { parts: vec![vec![(24, -5, 3, 7).into()]], ..Groove::default() };
    let record = record.with_groove(groove.clone()).unwrap();
    let bytes = record.to_bytes(Precision::Half);
    let again = Record::parse(&bytes, "groove").unwrap();
    assert_eq!(again.groove(), &groove);
    assert_eq!(Header::parse(&bytes, "groove").unwrap().groove, groove);
    assert_eq!(again.with_receipt(Receipt::default()).unwrap().groove(), &groove);
    let loud = Groove { parts: vec![vec![(24, 0, 0, 100).into()]], ..Groove::default() };
    let refused = record.with_groove(loud).err().unwrap();
    assert!(matches!(refused, Problem::Header { part: "groove", .. }), "{refused}");
}
