//! A composed tune as sound, as a user hears it.

mod common;

use std::path::{Path, PathBuf};

use common::band::record;
use common::{Place, bytes, jukebox, piece, read, said, train};
use jukebox_model::midi;
use jukebox_model::piece::{Note, Piece};

const RATE: usize = 48_000;

/// The record that is shipped.
fn celtic() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../records/celtic.safetensors")
}

/// Composes with options, and what was said.
fn compose(record: &Path, options: &[&str]) -> String {
    let mut command = jukebox();
    command.arg("compose").arg(record).args(["--bars", "2"]).args(options);
    said(command.assert().success().get_output())
}

/// Both sides of a WAV file, between -1 and 1, after a look at its header.
fn heard(path: &Path) -> [Vec<f64>; 2] {
    let file = hound::WavReader::open(path).expect("a WAV file");
    let spec = file.spec();
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (2, 48_000, 24));
    assert_eq!(spec.sample_format, hound::SampleFormat::Int);
    let samples = file.into_samples::<i32>().map(|sample| f64::from(sample.unwrap()) / 8_388_607.0);
    let samples: Vec<f64> = samples.collect();
    assert!(samples.len().is_multiple_of(2));
    [0, 1].map(|side| samples.iter().skip(side).step_by(2).copied().collect())
}

fn peak(samples: &[f64]) -> f64 {
    samples.iter().fold(0.0, |peak, it| peak.max(it.abs()))
}

/// The sample at a tick, at 120 quarter notes a minute.
fn at(tick: u32) -> usize {
    tick as usize * RATE / 48
}

#[test]
fn every_note_is_heard_where_it_stands_and_then_there_is_silence() {
    let place = Place::new();
    // A rest first, then notes with rests between them.
    let notes = (1..8).map(|beat| Note {
        onset: 24 * beat,
        part: 0,
        pitch: 60 + beat as u8,
        duration: 6,
        velocity: 90,
    });
    let prompt =
        place.write("prompt.mid", &midi::export(&Piece { notes: notes.collect(), ..piece([]) }));
    let (wav, mid) = (place.path("tune.wav"), place.path("tune.mid"));
    let [prompt, wav_name, mid_name] = [&prompt, &wav, &mid].map(|path| path.to_str().unwrap());
    let options = ["--tempo", "120", "--prompt", prompt, "-o", mid_name, "--wav", wav_name];
    let said = compose(&celtic(), &[&options[..], &["--voice", "pluck"]].concat());
    assert!(said.contains("tune.mid, ") && said.contains("tune.wav: "), "{said}");
    assert!(said.contains(" s of pluck"), "{said}");

    let tune = read(&mid);
    for side in heard(&wav) {
        assert_eq!(peak(&side[..at(24)]), 0.0, "the rest");
        for beat in 1..8 {
            let onset = at(24 * beat);
            let (before, after) =
                (peak(&side[onset - 480..onset]), peak(&side[onset..onset + 1440]));
            assert!(after > 0.05 && after > 4.0 * before, "beat {beat}: {after} after {before}");
        }
        for note in tune.notes.iter().filter(|note| note.onset >= 192) {
            assert!(peak(&side[at(note.onset)..][..1440]) > 0.05, "{note:?}");
        }
        assert!(peak(&side) < 1.0);
        let end = at(tune.end());
        assert!((end..end + 8 * RATE).contains(&side.len()), "{} samples", side.len());
        assert_eq!(side.last(), Some(&0.0), "it has rung out");
    }
}

#[test]
fn the_same_tune_and_voice_give_the_same_bytes_and_another_voice_others() {
    let place = Place::new();
    let wav = |name: &str, options: &[&str]| {
        let path = place.path(name);
        compose(&celtic(), &[&["--wav", path.to_str().unwrap()], options].concat());
        bytes(&path)
    };
    let plain = wav("a.wav", &[]);
    assert!(wav("b.wav", &["--voice", "piano"]) == plain);
    let mut others: Vec<Vec<u8>> =
        ["pluck", "flute", "bass", "drums"].map(|voice| wav("c.wav", &["--voice", voice])).into();
    others.push(wav("d.wav", &["--take", "2"]));
    others.push(wav("e.wav", &["--tempo", "100"]));
    for (index, other) in others.iter().enumerate() {
        assert!(*other != plain && !others[..index].contains(other), "number {index}");
    }
    assert_eq!(place.files(""), ["a.wav", "b.wav", "c.wav", "d.wav", "e.wav"], "nothing else");
}

#[test]
fn a_record_of_drums_plays_the_drum_kit() {
    let place = Place::new();
    for (name, last) in [("a", 38), ("b", 40), ("c", 46)] {
        let beat = [36, 42, 38, 42].into_iter().cycle().take(63).chain([last]);
        let drums = Piece { drums: true, ..piece(beat) };
        place.write(&format!("beats/{name}.mid"), &midi::export(&drums));
    }
    let record = train(&place.path("beats"), &place.path("out"), &["--part", "drums"]);
    let wav = |options: &[&str]| {
        let path = place.path("beat.wav");
        let said = compose(&record, &[&["--wav", path.to_str().unwrap()], options].concat());
        (bytes(&path), said)
    };
    let (plain, said) = wav(&[]);
    assert!(said.contains("s of drums"), "{said}");
    assert!(wav(&["--voice", "drums"]).0 == plain);
    assert!(wav(&["--voice", "bass"]).0 != plain);
}

#[test]
fn each_part_of_a_band_is_played_by_what_suits_it() {
    let place = Place::new();
    let (_, band) = record(&place);
    let wav = |options: &[&str]| {
        let path = place.path("band.wav");
        let said = compose(&band, &[&["--wav", path.to_str().unwrap()], options].concat());
        (heard(&path), said)
    };
    let (all, said) = wav(&[]);
    assert!(said.contains(" s of flute, bass, drums"), "{said}");
    let loudness =
        |side: &[f64]| (side.iter().map(|it| it * it).sum::<f64>() / side.len() as f64).sqrt();
    assert!(all.iter().all(|side| peak(side) < 1.0 && loudness(side) > 0.02));
    // About as loud as each other: none is drowned.
    let parts = ["melody", "bass", "drums"].map(|part| wav(&["--parts", part]));
    let loud: Vec<f64> = parts.iter().map(|(sides, _)| loudness(&sides[0])).collect();
    assert!(loud.iter().all(|it| loud.iter().all(|other| it < &(4.0 * other))), "{loud:?}");
    assert!(parts[1].1.contains(" s of bass"), "{}", parts[1].1);
    let (plucked, said) = wav(&["--voice", "pluck"]);
    assert!(said.contains(" s of pluck, drums") && plucked != all, "{said}");
    let said =
        compose(&celtic(), &["--wav", place.path("a.wav").to_str().unwrap(), "--program", "25"]);
    assert!(said.contains(" s of pluck"), "{said}");
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let place = Place::new();
    let own = place.path("own.safetensors");
    std::fs::copy(celtic(), &own).unwrap();
    let (nowhere, tune) = (place.path("missing/tune.wav"), place.path("tune.wav"));
    let [nowhere, twice, own_name] = [&nowhere, &tune, &own].map(|path| path.to_str().unwrap());
    for (options, code, words) in [
        (&["--wav", nowhere][..], 1, "missing does not exist"),
        (&["--wav", twice, "-o", twice], 1, "two names"),
        (&["--wav", own_name], 1, "would be written over"),
        (&["--wav", twice, "--voice", "kazoo"], 2, "possible values: electric-piano, pluck"),
        (&["-o", twice, "--voice", "flute"], 2, "--wav"),
        (&["--bars", "4"], 2, "--output"),
    ] {
        let output = jukebox().arg("compose").arg(&own).args(options).assert().failure().code(code);
        let said = said(output.get_output());
        assert!(said.contains("error: ") && said.contains(words), "{options:?}: {said}");
    }
    assert_eq!(bytes(&own), bytes(&celtic()));
    assert_eq!(place.files(""), ["own.safetensors"]);
}
