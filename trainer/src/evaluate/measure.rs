//! The measurement: the network, its motif memory and the baselines on the same events.

use indicatif::ProgressBar;
use jukebox_model::motif;
use jukebox_model::network::Head;
use jukebox_model::record::Record;
use jukebox_model::vocabulary::Encoded;
use rayon::prelude::*;

use super::future;
use super::motifs::MotifScorer;
use super::ngram::Baselines;
use super::scoring::{PieceScores, Predictions, Scorer};
use super::sheet::SheetNats;
use super::tally::Tally;
use crate::dataset::learnt::LearntPieces;
use crate::dataset::segments::segments;

/// Longest segment that is read in one go, in notes, and notes whose probabilities are held at a time. It bounds
/// the memory; the first notes of a segment, which are read without a past, weigh nothing.
const LONGEST: usize = 16 * 1024;

/// What some pieces cost.
#[derive(Clone, Debug, Default)]
pub struct Measures {
    /// Notes in the pieces.
    pub notes: usize,
    /// Onsets: notes that sound together have one.
    pub onsets: usize,
    /// The network alone, no future known.
    pub network: Tally,
    /// The network alone, no future known, by the part that plays; nothing where notes choose none.
    pub parts: Vec<PartMeasures>,
    /// The network with its motif memory.
    pub motif: Tally,
    /// The weights of the motif memory that fit these pieces.
    pub motif_weights: motif::MotifWeights,
    /// Nats of the network with a future known, in the order of [`future::ALL`]; nothing where only the
    /// network was asked for.
    pub future: Option<[f64; future::ALL.len()]>,
    /// What the network costs with other chords known; nothing where it reads none, or only the network was asked
    /// for.
    pub sheet: Option<SheetNats>,
    /// The baselines, where it is known what was learnt and more than the network was asked for.
    pub baselines: Option<Baselines>,
}

/// What the notes of a part cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PartMeasures {
    /// Its notes.
    pub notes: usize,
    /// What they cost.
    pub tally: Tally,
    /// What they cost with the other parts known; `None` where only the network was asked for.
    pub known: Option<Tally>,
}

/// How much work is done, and how it is shown and stopped.
pub struct MeasureTask<'w> {
    /// Whether to measure the network and its motif memory alone, at a quarter of the cost.
    pub brief: bool,
    /// Moves on as notes are read.
    pub bar: ProgressBar,
    /// Whether to stop.
    pub stop: &'w (dyn Fn() -> bool + Sync),
}

/// Measures a record and, where it is known what it has learnt, the baselines. `None` where the work
/// was stopped.
pub fn measure(
    record: &Record,
    pieces: Vec<Encoded>,
    learnt: Option<&LearntPieces>,
    work: &MeasureTask<'_>,
) -> Option<Measures> {
    let pieces = segments(pieces, LONGEST);
    let events = || pieces.iter().map(|piece| &piece.events);
    let notes: usize = events().map(Vec::len).sum();
    // The baselines take about as long as the network.
    let learnt = learnt.filter(|_| !work.brief);
    work.bar.set_length(if learnt.is_some() { 2 } else { 1 } * notes as u64);
    let mut measures = Measures { notes, onsets: onsets(&pieces), ..Measures::default() };
    if let Some(learnt) = learnt {
        work.bar.set_message("baselines");
        measures.baselines =
            Some(Baselines::measure(record.vocabulary(), learnt, &pieces, &work.bar, work.stop)?);
    }
    work.bar.set_position(work.bar.length().unwrap_or(0) - notes as u64);
    work.bar.set_message("network");
    let scorer = Scorer::new(record, !work.brief);
    let plain = Scorer::new(record, false);
    let mut future = [0.0; future::ALL.len()];
    let mut motifs = MotifScorer::new(record.vocabulary());
    let vocabulary = record.vocabulary();
    let parts = if vocabulary.has_parts() { vocabulary.parts.len() } else { 0 };
    measures.parts = vec![PartMeasures::default(); parts];
    for chunk in chunks(&pieces) {
        let scores: Option<Vec<PieceScores>> = chunk
            .par_iter()
            .map(|piece| {
                let scores = (!(work.stop)()).then(|| scorer.score(piece))?;
                work.bar.inc(piece.events.len() as u64);
                Some(scores)
            })
            .collect();
        if !work.brief && !vocabulary.chords.is_empty() {
            let nats: Vec<SheetNats> = chunk.par_iter().map(|it| plain.score_sheet(it)).collect();
            nats.into_iter().for_each(|it| *measures.sheet.get_or_insert_default() += it);
        }
        // In the order of the pieces, one after another.
        for (piece, scores) in chunk.iter().zip(scores?) {
            motifs.score(piece, &scores.predictions);
            if !work.brief {
                let known = (0..measures.parts.len() as u16).into_par_iter();
                let known: Vec<Tally> = known.map(|it| scorer.score_part(piece, it)).collect();
                for (part, tally) in measures.parts.iter_mut().zip(known) {
                    *part.known.get_or_insert_default() += tally;
                }
            }
            measures.network += scores.tally;
            measures.count_parts(piece, &scores.predictions);
            for (sum, nats) in future.iter_mut().zip(scores.future) {
                *sum += nats;
            }
        }
    }
    measures.future = (!work.brief).then_some(future);
    (measures.motif, measures.motif_weights) = (motifs.tally, motifs.weights().clone());
    Some(measures)
}

impl Measures {
    /// Counts the choices of a piece for the parts that make them.
    fn count_parts(&mut self, piece: &Encoded, predictions: &Predictions) {
        for (index, event) in piece.events.iter().enumerate() {
            let Some(part) = self.parts.get_mut(usize::from(event.part)) else { continue };
            part.notes += 1;
            for head in Head::ALL {
                part.tally.count(head, predictions.of(index, head), event.chosen(head).into());
            }
        }
    }
}

/// Onsets of pieces: the first note of a piece is one, whatever its step.
fn onsets(pieces: &[Encoded]) -> usize {
    let first = |piece: &Encoded| piece.events.first().is_some_and(|event| event.step == 0);
    let later = |piece: &Encoded| piece.events.iter().filter(|event| event.step != 0).count();
    pieces.iter().map(|piece| usize::from(first(piece)) + later(piece)).sum()
}

/// Neighbouring pieces with at most [`LONGEST`] notes together; a longer one stands alone.
fn chunks(pieces: &[Encoded]) -> Vec<&[Encoded]> {
    let mut chunks = Vec::new();
    let (mut start, mut notes) = (0, 0);
    for (index, piece) in pieces.iter().enumerate() {
        if index > start && notes + piece.events.len() > LONGEST {
            chunks.push(&pieces[start..index]);
            (start, notes) = (index, 0);
        }
        notes += piece.events.len();
    }
    if start < pieces.len() {
        chunks.push(&pieces[start..]);
    }
    chunks
}

#[cfg(test)]
mod tests {
    use jukebox_model::vocabulary::NoteEvent;

    use super::*;

    fn piece(steps: impl IntoIterator<Item = u16>) -> Encoded {
        let event = |step| NoteEvent { step, ..NoteEvent::default() };
        Encoded { events: steps.into_iter().map(event).collect(), ..Encoded::default() }
    }

    #[test]
    fn a_chord_is_one_onset() {
        assert_eq!(onsets(&[piece([0, 0, 2, 0]), piece([3, 1]), piece([])]), 4);
    }

    #[test]
    fn chunks_hold_every_piece_once_and_not_too_many_notes() {
        let pieces = [9000, 9000, 100, 16384, 1, 1].map(|notes| piece(vec![1; notes]));
        let lengths: Vec<usize> = chunks(&pieces).iter().map(|chunk| chunk.len()).collect();
        assert_eq!(lengths, [1, 2, 1, 2]);
    }
}
