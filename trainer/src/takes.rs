//! Takes like given pieces: in their meters and as many bars, to be held against them.

use std::sync::Arc;

use jukebox_model::composer::{Composer, ComposerSettings};
use jukebox_model::meter::MeterMap;
use jukebox_model::piece::{Note, Piece};
use jukebox_model::record::Record;
use jukebox_model::take::Take;
use rayon::prelude::*;

/// The first bars of a piece. A note that sounds beyond them is cut there.
pub fn excerpt(piece: &Piece, bars: u32) -> Piece {
    Piece { notes: first_bars(&piece.notes, &piece.meters, bars), ..piece.clone() }
}

fn first_bars(notes: &[Note], meters: &MeterMap, bars: u32) -> Vec<Note> {
    let end = meters.bar(bars).start;
    let cut = |note: &Note| Note { duration: note.duration.min(end - note.onset), ..*note };
    notes.iter().take_while(|note| note.onset < end).map(cut).collect()
}

/// Composes so many takes, numbered from that of the settings on: in the meters and bars of the first of
/// the pieces, of the second, and so on round. `None` where `stop` asked to stop; it is asked before each take, from
/// several threads.
pub fn compose(
    record: &Arc<Record>,
    like: &[Piece],
    takes: usize,
    settings: ComposerSettings,
    stop: &(dyn Fn() -> bool + Sync),
) -> Option<Vec<Piece>> {
    let compose = |composer: &mut Composer, index: usize| {
        if stop() {
            return None;
        }
        let model = &like[index % like.len()];
        let mut take = Take::new(model.meters.clone());
        let settings = ComposerSettings { take: settings.take + index as u32, ..settings };
        let bars = model.bars();
        for _ in 0..bars {
            take.compose_next(composer, &settings);
        }
        Some(Piece {
            title: format!("take {}", settings.take),
            meters: model.meters.clone(),
            drums: record.vocabulary().drums,
            parts: record.vocabulary().parts.clone(),
            notes: first_bars(&take.notes(), &model.meters, bars),
            ..Piece::default()
        })
    };
    (0..takes).into_par_iter().map_init(|| Composer::new(Arc::clone(record)), compose).collect()
}
