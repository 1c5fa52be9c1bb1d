//! Records whose notes choose their part: learning, measuring, composing.

mod common;

use common::band::{learn, learner, read, record, settings, song, songs};
use common::{Place, jukebox, said};
use jukebox_model::midi;
use jukebox_model::network::Head;
use jukebox_model::network::training::{Batch, Carry, Foresight, Graph, Lane, Window};
use jukebox_model::piece::{Note, Piece, tidy};
use jukebox_model::record::{KeyFrame, Precision, Receipt, Record};
use jukebox_model::vocabulary::Vocabulary;
use jukebox_trainer::dataset::learnt::LearntPieces;
use jukebox_trainer::evaluate::measure::{MeasureTask, Measures, measure};
use jukebox_trainer::evaluate::scoring::Scorer;
use jukebox_trainer::train::checkpoint::{self, TrainingProgress, TrainingSource};

#[test]
fn what_was_interrupted_goes_on_bit_by_bit() {
    let (vocabulary, pieces) = songs();
    let (mut whole, mut halves) = (learner(&vocabulary), learner(&vocabulary));
    let first = learn(&mut whole, &pieces, 1..3);
    learn(&mut halves, &pieces, 1..3);
    let place = Place::new();
    let path = place.path("checkpoint.safetensors");
    let source = TrainingSource {
        collection: String::new(),
        part: "all".into(),
        pedal: true,
        releases: midi::Releases::default(),
        grid: String::new(),
        keys: KeyFrame::default(),
        parts: String::new(),
        validation: "0".into(),
    };
    let progress = TrainingProgress::new(settings(), source, "Band".into());
    checkpoint::save(&path, &progress, &halves.state().unwrap()).unwrap();
    let mut halves = learner(&vocabulary);
    halves.restore(checkpoint::load(&path).unwrap().unwrap().1).unwrap();
    let (a, b) = (learn(&mut whole, &pieces, 3..6), learn(&mut halves, &pieces, 3..6));
    assert_eq!(whole.weights().unwrap(), halves.weights().unwrap());
    assert!(a == b && a < first, "it learns: {first} {a}");
}

#[test]
fn measures_tell_the_part_and_the_parts() {
    let (vocabulary, pieces) = songs();
    let graph = Graph::new(settings().config(), &vocabulary, 1, &candle_core::Device::Cpu).unwrap();
    let weights = graph.weights().unwrap();
    let record = Record::new(*graph.config(), vocabulary, Receipt::default(), weights).unwrap();
    let learnt = LearntPieces::of(&pieces[2..]);
    let task = MeasureTask { brief: false, bar: indicatif::ProgressBar::hidden(), stop: &|| false };
    let found = measure(&record, pieces[..2].to_vec(), Some(&learnt), &task).unwrap();
    let Measures { notes, network, parts, baselines, .. } = &found;
    assert_eq!(parts.iter().map(|part| part.notes).collect::<Vec<_>>(), [256, 64, 128]);
    for head in 0..5 {
        let sum: f64 = parts.iter().map(|part| part.tally.nats[head]).sum();
        assert!((sum - network.nats[head]).abs() < 1e-6);
    }
    assert_eq!(*notes, 448);
    let baselines = baselines.as_ref().unwrap();
    for tally in [network, &baselines.unigram, &baselines.kneser_ney, &baselines.adaptive] {
        assert!(tally.nats.iter().all(|nats| nats.is_finite()) && tally.nats[1] > 0.0);
    }
    // Of one key at a time that its part allows: counting is never worse than all that there are.
    assert!(baselines.kneser_ney.total() < baselines.unigram.total());
    let motif = found.motif.nats[1];
    assert!(motif > 0.0 && motif < network.nats[1], "the motif memory tells who plays");
}

#[test]
fn a_part_among_others_that_are_known_costs_what_training_says() {
    let (vocabulary, pieces) = songs();
    let graph = Graph::new(settings().config(), &vocabulary, 1, &candle_core::Device::Cpu).unwrap();
    let weights = graph.weights().unwrap();
    let record = Record::new(*graph.config(), vocabulary, Receipt::default(), weights).unwrap();
    let (scorer, piece) = (Scorer::new(&record, false), &pieces[3]);
    let events = piece.events.len();
    for part in 0..3u16 {
        let windows = vec![Window { piece, start: 0, events }];
        let foresight = Foresight::Parts(0b111 & !(1 << part));
        let batch = Batch::new(
            graph.vocabulary(),
            events,
            &[Lane { windows, foresight, knows_sheet: true }],
        );
        let carry = &mut Carry::new(graph.config(), 1);
        let choices = graph.loss(&batch, carry, None).unwrap().choices;
        let found = scorer.score_part(piece, part);
        // When the others come is chosen in training, too.
        for head in [Head::Pitch, Head::Duration, Head::Velocity] {
            let (found, expected) = (found.nats[head as usize], choices[head as usize].nats);
            assert!((found - expected).abs() < 0.02, "{part} {head:?}: {found} {expected}");
        }
        let [step, who] = [Head::Step, Head::Part].map(|head| head as usize);
        assert!(0.0 < found.nats[who] && found.nats[who] < choices[who].nats);
        assert!(0.0 < found.nats[step] && found.nats[step] < choices[step].nats);
    }
}

#[test]
fn a_composed_band_has_a_track_for_each_part() {
    let place = Place::new();
    let (record, path) = record(&place);
    let (tune, picture, sound) = (place.path("a.mid"), place.path("a.png"), place.path("a.wav"));
    let mut command = jukebox();
    command.arg("compose").arg(&path).arg("-o").arg(&tune).args(["--bars", "8", "--key", "D"]);
    command.arg("--png").arg(&picture).arg("--wav").arg(&sound).assert().success();
    let piece = read(&tune);
    assert_eq!(piece.parts, record.vocabulary().parts);
    for part in 0..3 {
        let keys: Vec<u8> =
            piece.notes.iter().filter(|it| it.part == part).map(|it| it.pitch).collect();
        assert!(!keys.is_empty());
        let moved = if part == 2 { 0 } else { 2 };
        let used = &record.vocabulary().part_keys[usize::from(part)];
        assert!(keys.iter().all(|key| used.contains(&(key - moved))), "{part}: {keys:?}");
    }
    assert!(picture.exists() && sound.exists());

    let told = said(&jukebox().arg("inspect").arg(&path).output().unwrap());
    assert!(told.contains("Melody, Bass, Drums"), "{told}");
}

#[test]
fn a_prompt_keeps_its_parts() {
    let place = Place::new();
    let (_, path) = record(&place);
    let mut prompt = song(3);
    // In another order, and with a part that it does not know.
    prompt.parts.swap(0, 1);
    prompt.notes.iter_mut().filter(|it| it.part < 2).for_each(|it| it.part = 1 - it.part);
    tidy(&mut prompt.notes);
    let (given, tune) = (place.write("p.mid", &midi::export(&prompt)), place.path("a.mid"));
    let mut command = jukebox();
    command.arg("compose").arg(&path).arg("-o").arg(&tune).arg("--prompt").arg(&given);
    command.args(["--bars", "4"]).assert().success();
    let piece = read(&tune);
    let before = |piece: &Piece| {
        piece.notes.iter().filter(|it| it.onset < 64 * 24).copied().collect::<Vec<_>>()
    };
    assert_eq!(before(&piece), before(&song(3)));
    assert!(piece.notes.len() > song(3).notes.len());
}

#[test]
fn a_prompt_of_drums_alone_is_played_by_the_drums() {
    let place = Place::new();
    let (_, path) = record(&place);
    let mut drums = song(3);
    drums.notes.retain(|note| note.part == 2);
    let hits = drums.notes.clone();
    drums.notes.iter_mut().for_each(|note| note.part = 0);
    drums.parts.drain(..2);
    // On the channel of drums, and on another without a word.
    for drums in [
        Piece { drums: true, ..drums.clone() },
        Piece { drums: false, parts: Vec::new(), title: String::new(), ..drums },
    ] {
        let (given, tune) = (place.write("p.mid", &midi::export(&drums)), place.path("a.mid"));
        let mut command = jukebox();
        command.arg("compose").arg(&path).arg("-o").arg(&tune).arg("--prompt").arg(&given);
        command.args(["--bars", "4"]).assert().success();
        let mut before = read(&tune).notes;
        before.truncate(hits.len());
        assert_eq!(before, hits);
    }
}

#[test]
fn a_record_without_drums_says_that_a_prompt_of_drums_is_not_for_it() {
    let place = Place::new();
    let songs: Vec<Piece> = (0..4)
        .map(song)
        .map(|mut piece| {
            piece.parts.truncate(2);
            piece.notes.retain(|note| note.part < 2);
            piece
        })
        .collect();
    let vocabulary = Vocabulary::learn(&songs).unwrap();
    let learner = learner(&vocabulary);
    let receipt = Receipt {
        name: "Duo".into(),
        part: "all".into(),
        parts: "auto".into(),
        ..Receipt::default()
    };
    let weights = learner.weights().unwrap();
    let duo = Record::new(learner.config(), vocabulary, receipt, weights).unwrap();
    let path = place.write("duo.safetensors", &duo.to_bytes(Precision::Half));
    let mut drums = song(3);
    drums.notes.retain(|note| note.part == 2);
    let given = place.write("p.mid", &midi::export(&drums));
    let mut command = jukebox();
    command.arg("compose").arg(&path).arg("-o").arg(place.path("a.mid"));
    let output = command.arg("--prompt").arg(&given).output().unwrap();
    let told = said(&output);
    assert!(!output.status.success() && told.contains("Melody, Bass"), "{told}");
}

#[test]
fn a_record_of_parts_goes_on_with_them() {
    let place = Place::new();
    let (before, path) = record(&place);
    for number in 30..36 {
        let mut piece = song(number);
        piece.parts.swap(0, 1);
        piece.notes.iter_mut().filter(|it| it.part < 2).for_each(|it| it.part = 1 - it.part);
        piece.notes.iter_mut().filter(|it| it.part == 2).for_each(|it| it.pitch += 4);
        tidy(&mut piece.notes);
        place.write(&format!("more/{number}.mid"), &midi::export(&piece));
    }
    let mut command = jukebox();
    command.arg("train").arg(place.path("more")).arg("-o").arg(place.path("out"));
    command.arg("--from").arg(&path).args(["--epochs", "2"]).assert().success();
    let after = Record::load(&place.path("out/best.safetensors")).unwrap();
    assert_eq!(after.vocabulary().parts, before.vocabulary().parts);
    assert_eq!(after.vocabulary().part_keys[2], [36, 38, 40, 42], "the drums have two more");
    assert_eq!(after.vocabulary().part_keys[1], before.vocabulary().part_keys[1]);
    let notes = std::fs::read_to_string(place.path("out/notes.json")).unwrap();
    assert!(notes.contains("\"part\":\"Bass\""), "{notes}");
}

#[test]
fn a_part_is_rewritten_and_the_others_stay() {
    let place = Place::new();
    let (_, path) = record(&place);
    let given = place.write("p.mid", &midi::export(&song(5)));
    let rewritten = |name: &str, options: &[&str]| {
        let tune = place.path(name);
        let mut command = jukebox();
        command.arg("compose").arg(&path).arg("-o").arg(&tune).arg("--prompt").arg(&given);
        command.args(options).assert().success();
        read(&tune).notes
    };
    let of = |notes: &[Note], bass: bool| -> Vec<Note> {
        notes.iter().filter(|it| (it.part == 1) == bass).copied().collect()
    };
    let before = song(5).notes;
    let after = rewritten("a.mid", &["--rewrite", "bass"]);
    assert_eq!(of(&after, false), of(&before, false));
    assert_ne!(of(&after, true), of(&before, true));
    assert!(of(&after, true).len() > 8);
    let filled = rewritten("b.mid", &["--rewrite", "Bass", "--fill", "3-4"]);
    assert_eq!(of(&filled, false), of(&before, false));
    let outside = |notes: &[Note]| -> Vec<Note> {
        notes.iter().filter(|it| !(192..384).contains(&it.onset)).copied().collect()
    };
    assert_eq!(outside(&filled), outside(&before));
    assert_ne!(filled, before);

    let refused = |options: &[&str]| {
        let mut command = jukebox();
        command.arg("compose").arg(&path).arg("-o").arg(place.path("c.mid"));
        said(&command.arg("--prompt").arg(&given).args(options).output().unwrap())
    };
    assert!(refused(&["--rewrite", "flute"]).contains("it has Melody, Bass, Drums"));
    assert!(refused(&["--rewrite", "melody,bass,drums"]).contains("no part would stay"));
}

#[test]
fn an_evaluation_tells_the_parts() {
    let place = Place::new();
    let (_, path) = record(&place);
    let file = place.write("new.mid", &midi::export(&song(20)));
    let output =
        jukebox().arg("evaluate").arg(&path).arg(&file).args(["--json", "--brief"]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json["heads"]["part"]["nats_per_note"].as_f64().unwrap() > 0.0);
    let names: Vec<&str> =
        json["parts"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Melody", "Bass", "Drums"]);
    assert_eq!(json["parts"][1]["notes"], 32);
}
