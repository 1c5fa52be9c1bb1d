//! The sheet of a song as it is read: the section and the chords of each of its bars.

use std::sync::Arc;

use jukebox_model::composer::Composer;
use jukebox_model::meter::BarSlot;
use jukebox_model::record::Record;
use jukebox_model::vocabulary::BarChords;

use super::{CompositionSettings, HeardInput, SheetByHand, Song};

/// The section and the chords of a bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BarSheet {
    /// The letter of its section, and whether it is varied, where the song has sections that were asked for.
    pub section: Option<(char, bool)>,
    /// The chords of its halves, in the white-key frame: those that the record plays, or that were heard; none where
    /// the record knows none, or plays none.
    pub chords: BarChords,
}

/// Reads the sheet bar by bar, each once.
#[derive(Default)]
pub struct SheetReader {
    /// What the bars were read with.
    record: Option<Arc<Record>>,
    written: SheetByHand,
    input: HeardInput,
    bars: Vec<(BarSlot, CompositionSettings, BarSheet)>,
}

impl SheetReader {
    /// The sheet of the bars that a song has.
    pub fn read(&mut self, song: &Song, composer: Option<&mut Composer>) -> Vec<BarSheet> {
        let count = song.take.bars().len();
        let Some(composer) = composer else { return vec![BarSheet::default(); count] };
        let same_record = self.record.as_ref().is_some_and(|it| Arc::ptr_eq(it, composer.record()));
        let same_chords = Arc::ptr_eq(&self.input.chords, &song.edits.input.chords);
        if !same_record || self.written != song.edits.sheet || !same_chords {
            self.bars.clear();
            self.record = Some(Arc::clone(composer.record()));
            self.written = song.edits.sheet.clone();
            self.input = song.edits.input.clone();
        }
        self.bars.truncate(count);
        for number in 0..count as u32 {
            let settings = song.plan.at(number).unwrap_or_default();
            // The bars of a loop are those of its first round.
            let slot = song.take.bars()[number as usize].slot;
            let slot = BarSlot { number: song.number(number), ..slot };
            let place = self.bars.get(number as usize);
            if place.is_some_and(|it| (it.0, it.1) == (slot, settings)) {
                continue;
            }
            composer.set_sheet(song.edits.sheet_for(&settings, 0));
            let section = settings.notes.form.letter(composer.sheet(), slot.number);
            let heard = self.input.track(&settings).at(slot.number);
            let chords = heard.unwrap_or_else(|| composer.chords(slot, &settings.notes));
            self.bars.truncate(number as usize);
            self.bars.push((slot, settings, BarSheet { section, chords }));
        }
        self.bars.iter().map(|it| it.2).collect()
    }
}
