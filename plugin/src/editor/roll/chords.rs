//! The chords that the bars are composed to, as the record plans them.

use jukebox_model::chord::Chord;
use jukebox_model::composer::{Composer, ComposerSettings};
use jukebox_model::key::KeySignature;
use jukebox_model::meter::BarSlot;

use crate::records::{RecordFacts, store};

/// Plans the chords of the record that plays.
#[derive(Default)]
pub struct Chords {
    /// The record's hash, and who plans; nobody where it knows no chords.
    planner: Option<(String, Option<Composer>)>,
}

impl Chords {
    /// Follows the record; says whether it knows chords.
    pub fn update(&mut self, record: Option<&RecordFacts>) -> bool {
        let Some(facts) = record.filter(|it| it.chords) else {
            self.planner = None;
            return false;
        };
        if self.planner.as_ref().is_none_or(|it| it.0 != facts.hash) {
            let planner = store::in_use(&facts.hash).map(Composer::new);
            self.planner = Some((facts.hash.clone(), planner));
        }
        self.planner.as_ref().is_some_and(|it| it.1.is_some())
    }

    /// The names of the chords of a bar's halves in a key that lies so many semitones above C; the second is
    /// `None` where it is the first. `number` is that of the bar in its loop, or in the song.
    pub fn of(
        &mut self,
        bar: BarSlot,
        number: u32,
        settings: &ComposerSettings,
        shift: i32,
    ) -> Option<(String, Option<String>)> {
        let planner = self.planner.as_mut()?.1.as_mut()?;
        let [first, second] = planner.chords(BarSlot { number, ..bar }, settings);
        let sharps = ((shift * 7 + 5).rem_euclid(12) - 5) as i8;
        let key = KeySignature { sharps, minor: false };
        let name = |chord: Option<Chord>| {
            let moved = chord.map(|it| it.transposed((shift % 12) as i8).short_in(key));
            moved.unwrap_or_else(|| "N.C.".to_owned())
        };
        Some((name(first), (second != first).then(|| name(second))))
    }
}
