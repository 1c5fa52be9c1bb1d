//! The file of a record.
#![cfg(feature = "train")]

mod common;

use common::{CONFIG, band, piece, record};
use jukebox_model::network::Weights;
use jukebox_model::record::{Precision, Problem, Receipt, Record};

#[test]
fn a_record_file_holds_the_record() {
    for (piece, version) in [(piece(), 1), (band(), 2)] {
        let record = record(&piece);
        holds_the_record(&record);
        let bytes = record.to_bytes(Precision::Half);
        let version = format!("\"version\":\"{version}\"");
        assert!(String::from_utf8_lossy(&bytes).contains(&version), "{version}");
        let older = String::from_utf8_lossy(&bytes).contains("parts");
        assert_eq!(older, piece.parts.len() > 1, "older programs read what they can play");
    }
}

fn holds_the_record(record: &Record) {
    for (precision, close) in [(Precision::Single, 0.0), (Precision::Half, 1e-3)] {
        let bytes = record.to_bytes(precision);
        let read = Record::parse(&bytes, "test").unwrap();
        assert_eq!(
            (read.config(), read.vocabulary(), read.receipt()),
            (record.config(), record.vocabulary(), record.receipt())
        );
        for (name, tensor) in record.weights().tensors() {
            let found = &read.weights().tensors()[name];
            assert!(
                tensor.data.iter().zip(&found.data).all(|(a, b)| (a - b).abs() <= close),
                "{name}"
            );
        }
        assert_eq!(read.to_bytes(precision), bytes);
    }
    let single = Record::parse(&record.to_bytes(Precision::Single), "test").unwrap();
    assert_eq!(single.hash(), record.hash());
}

#[test]
fn every_truncation_of_a_record_is_an_error() {
    let bytes = record(&band()).to_bytes(Precision::Half);
    for length in (0..bytes.len()).step_by(97).chain([0, 1, 7, 8, 9, bytes.len() - 1]) {
        assert!(Record::parse(&bytes[..length], "cut").is_err(), "{length}");
    }
}

#[test]
fn every_kind_of_damage_has_its_own_error() {
    let good = record(&piece());
    let bytes = good.to_bytes(Precision::Single);
    let header = String::from_utf8(
        bytes[8..8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize].to_vec(),
    )
    .unwrap();
    let with_header = |header: String| {
        let mut changed = (header.len() as u64).to_le_bytes().to_vec();
        changed.extend_from_slice(header.as_bytes());
        changed.extend_from_slice(
            &bytes[8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize..],
        );
        Record::parse(&changed, "damaged").err().unwrap().problem
    };
    let replaced = |from: &str, to: &str| {
        assert!(header.contains(from), "{from} is not in {header}");
        with_header(header.replacen(from, to, 1))
    };
    assert!(matches!(replaced("ai-jukebox-record", "another"), Problem::Foreign));
    assert!(matches!(replaced("\"version\":\"1\"", "\"version\":\"6\""), Problem::Newer(6)));
    assert!(matches!(replaced("\\\"layers\\\":2", "\\\"layers\\\":9"), Problem::Config(_)));
    assert!(matches!(
        replaced("\\\"layers\\\":2", "\\\"layers\\\":-1"),
        Problem::Header { part: "config", .. }
    ));
    assert!(matches!(replaced("\\\"steps\\\":[0,", "\\\"steps\\\":[1,"), Problem::Vocabulary(_)));
    assert!(matches!(replaced("\\\"hidden\\\":12", "\\\"hidden\\\":13"), Problem::Weights(_)));
    assert!(matches!(replaced("future.unknown", "future.unknowm"), Problem::Weights(_)));
    assert!(matches!(with_header("{}".into()), Problem::Damaged(_)));

    let mut infinite = good.weights().tensors().clone();
    infinite.get_mut("embed.weight").unwrap().data[5] = f32::NAN;
    let refused =
        Record::new(CONFIG, good.vocabulary().clone(), Receipt::default(), Weights::new(infinite));
    assert!(matches!(refused, Err(Problem::Weights(_))));
}
