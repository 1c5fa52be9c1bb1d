//! Takes of a record that plans where its bars come from.

use std::path::Path;
use std::sync::Arc;

use jukebox_model::composer::{Composer, ComposerSettings, UsualSettings};
use jukebox_model::meter::Meter;
use jukebox_model::record::{Precision, Problem, Receipt, Record};
use jukebox_model::sheet::{BarNotes, Form, FormModel, FormPlan, Origin, Resemblance};
use jukebox_model::take::Take;

fn like(back: u32, resemblance: Resemblance) -> Origin {
    Origin::Like { back, resemblance }
}

/// The folk tunes' record with the form of one song: four bars, again, varied, four new ones, the first again.
fn record() -> Record {
    let origins = [
        [Origin::New; 4],
        [like(4, Resemblance::Exact); 4],
        [like(8, Resemblance::Close); 4],
        [Origin::New; 4],
        [like(16, Resemblance::Exact); 4],
    ];
    let form = Form { meter: Meter::COMMON, origins: origins.concat(), ..Form::default() };
    plain().with_form(FormModel::learn([form]))
}

fn plain() -> Record {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../records/celtic.safetensors");
    Record::load(&file).unwrap()
}

fn compose(record: &Arc<Record>, take: u32, bars: usize, motif: f32) -> Take {
    let mut composer = Composer::new(Arc::clone(record));
    let settings = ComposerSettings { take, motif, ..ComposerSettings::default() };
    let mut song = Take::default();
    for _ in 0..bars {
        song.compose_next(&mut composer, &settings);
    }
    song
}

fn bars(take: &Take) -> Vec<BarNotes> {
    take.bars().iter().map(|bar| BarNotes::new(bar.slot, &bar.notes)).collect()
}

#[test]
fn bars_come_back_as_planned() {
    let record = Arc::new(record());
    let odds = UsualSettings::return_odds(0.3);
    // Of new, of varied and of repeated bars: all, and those that are what was planned.
    let mut counts = [(0, 0); 3];
    for take in 1..=10 {
        let song = compose(&record, take, 20, 0.3);
        let bars = bars(&song);
        let mut plan = FormPlan::default();
        for (number, bar) in bars.iter().enumerate() {
            let earlier = &bars[..number];
            let planned = plan.origin(record.form(), Meter::COMMON, take, number as u32, odds);
            let (kind, is_right) = match planned {
                Origin::New => {
                    let most = earlier.iter().map(|it| it.likeness(bar)).fold(0.0, f32::max);
                    (0, Resemblance::of(most).is_none())
                }
                Origin::Like { back, resemblance: Resemblance::Exact } => {
                    let copied = &song.bars()[number].copied;
                    (2, *bar == earlier[number - back as usize] && copied.iter().all(|it| *it))
                }
                Origin::Like { back, resemblance } => {
                    let likeness = earlier[number - back as usize].likeness(bar);
                    (1, Resemblance::of(likeness) == Some(resemblance))
                }
            };
            counts[kind].0 += 1;
            counts[kind].1 += usize::from(is_right);
        }
    }
    let [new, varied, repeated] = counts;
    assert!(new.0 > 60 && varied.0 > 20 && repeated.0 > 50, "{counts:?}");
    assert!(10 * new.1 > 9 * new.0 && 10 * varied.1 > 7 * varied.0, "{counts:?}");
    assert_eq!(repeated.0, repeated.1);
}

#[test]
fn the_knob_leads_from_never_to_always() {
    let (planned, plain) = (Arc::new(record()), Arc::new(plain()));
    let never = compose(&planned, 1, 12, 0.0);
    assert_eq!(never.notes(), compose(&plain, 1, 12, 0.0).notes());
    let distinct = |motif: f32| {
        let mut all = bars(&compose(&planned, 1, 16, motif));
        all.sort_by_key(|bar| bar.at(0).map(|it| (it.onset, it.pitch)).collect::<Vec<_>>());
        all.dedup();
        all.len()
    };
    let counts = [0.0, 0.3, 1.0].map(distinct);
    assert!(counts[0] > counts[1] && counts[1] > counts[2], "{counts:?}");
}

#[test]
fn a_restored_take_goes_on_with_its_plan() {
    let record = Arc::new(record());
    let original = compose(&record, 2, 20, 0.3);
    let saved = original.bars()[..9].iter().map(|bar| (bar.settings, bar.notes.clone()));
    let mut restored = Take::restore(original.meters().clone(), saved);
    let mut composer = Composer::new(record);
    for bar in &original.bars()[9..] {
        restored.compose_next(&mut composer, &bar.settings);
    }
    assert_eq!(restored.notes(), original.notes());
}

#[test]
fn another_variation_of_a_bar_that_comes_back_is_another_bar() {
    let record = Arc::new(record());
    let mut composer = Composer::new(Arc::clone(&record));
    let mut changed = 0;
    for take in 1..=6 {
        let mut song = compose(&record, take, 8, 0.3);
        let before = bars(&song);
        let settings = ComposerSettings { take, variation: 1, ..ComposerSettings::default() };
        song.recompose(4..8, &mut composer, &settings);
        let after = bars(&song);
        assert_eq!(before[..4], after[..4]);
        changed += (4..8).filter(|&bar| before[bar] != after[bar]).count();
    }
    assert!(changed >= 18, "{changed} of 24");
}

#[test]
fn bars_that_are_composed_again_together_come_back_as_before() {
    let record = Arc::new(record());
    let mut composer = Composer::new(Arc::clone(&record));
    let mut song = compose(&record, 1, 8, 0.3);
    let before = bars(&song);
    let settings = ComposerSettings { variation: 3, ..ComposerSettings::default() };
    song.recompose(0..8, &mut composer, &settings);
    let after = bars(&song);
    assert_ne!(before[0], after[0]);
    let odds = UsualSettings::return_odds(0.3);
    let mut plan = FormPlan::default();
    for (number, bar) in after.iter().enumerate() {
        let origin = plan.origin(record.form(), Meter::COMMON, 1, number as u32, odds);
        if let Origin::Like { back, resemblance: Resemblance::Exact } = origin {
            assert_eq!(*bar, after[number - back as usize], "{number}");
        }
    }
}

#[test]
fn a_take_that_begins_with_silence_is_restored_as_it_was() {
    let record = Arc::new(record());
    let mut composer = Composer::new(Arc::clone(&record));
    let settings = ComposerSettings::default();
    let silent = (0..3).map(|_| (settings, Vec::new()));
    let mut original = Take::restore(Default::default(), silent);
    (0..8).for_each(|_| original.compose_next(&mut composer, &settings));
    let saved = original.bars()[..6].iter().map(|bar| (bar.settings, bar.notes.clone()));
    let mut restored = Take::restore(Default::default(), saved);
    (0..5).for_each(|_| restored.compose_next(&mut composer, &settings));
    assert_eq!(restored.notes(), original.notes());
}

#[test]
fn bars_come_back_only_in_the_register() {
    let record = Arc::new(record());
    let mut composer = Composer::new(Arc::clone(&record));
    let mut song = compose(&record, 1, 4, 0.3);
    let settings = ComposerSettings { register: (60, 67), ..ComposerSettings::default() };
    (0..12).for_each(|_| song.compose_next(&mut composer, &settings));
    let later = song.bars()[4..].iter().flat_map(|bar| bar.notes.iter());
    assert!(later.clone().count() > 20);
    assert!(later.clone().all(|note| (60..=67).contains(&note.pitch)));
}

#[test]
fn parts_that_are_known_stay_in_bars_that_come_back() {
    let record = Arc::new(record());
    let mut composer = Composer::new(Arc::clone(&record));
    let mut song = compose(&record, 3, 8, 0.3);
    let settings = ComposerSettings { take: 4, ..ComposerSettings::default() };
    let before = song.notes();
    // All notes are of part 0: where it is known there is nothing else to play.
    song.recompose_among(0..8, &mut composer, &settings, 1);
    assert_eq!(song.notes(), before);
}

#[test]
fn a_file_keeps_the_form_and_older_formats_have_none() {
    let record = record();
    let bytes = record.to_bytes(Precision::Half);
    let again = Record::parse(&bytes, "form").unwrap();
    assert_eq!(again.form(), record.form());
    assert_eq!(*again.with_receipt(Receipt::default()).unwrap().form(), *record.form());
    assert!(plain().form().is_empty());
    let length = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    let header = std::str::from_utf8(&bytes[8..length]).unwrap();
    for (from, to) in [(r#""version":"4""#, r#""version":"3""#), (r#"[0,0,0,0,"#, "[9,0,0,0,")] {
        assert!(header.contains(from), "{from}");
        let header = header.replacen(from, to, 1);
        let prefix = (header.len() as u64).to_le_bytes();
        let bytes = [&prefix, header.as_bytes(), &bytes[length..]].concat();
        let problem = Record::parse(&bytes, "changed").err().unwrap().problem;
        assert!(matches!(problem, Problem::Header { part: "form", .. }), "{to}: {problem}");
    }
}
