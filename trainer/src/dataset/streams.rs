//! How the events of pieces are laid into batches.
//!
//! A batch has lanes. Each lane reads whole pieces one after another, a window of events at a time;
//! the network's state goes on from window to window and starts anew with each piece. The order of
//! an epoch is a function of the seed and the epoch's number: to go on from the middle of an epoch
//! no random state need be kept.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::ops::Range;

use super::random::{RandomPurpose, generator, shuffle};

/// Neighbouring events of one piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceSlice {
    /// Index of the piece.
    pub piece: usize,
    /// Which of its events: from 0 on, the network's state starts anew; else it goes on from the
    /// lane's last slice.
    pub events: Range<usize>,
}

/// One batch: for each lane, the slices that it reads one after another.
pub type BatchLayout = Vec<Vec<PieceSlice>>;

/// How pieces of given lengths are laid into lanes.
#[derive(Clone, Debug)]
pub struct Streams {
    lengths: Vec<usize>,
    lanes: usize,
    sequence: usize,
}

impl Streams {
    /// Streams over pieces of these lengths in events, with at most `lanes` lanes and windows of
    /// `sequence` events.
    pub fn new(lengths: Vec<usize>, lanes: usize, sequence: usize) -> Self {
        let lanes = lanes.min(lengths.len()).max(1);
        Self { lengths, lanes, sequence }
    }

    /// The longest piece that keeps all lanes busy to the end of an epoch over that many events: no
    /// lane should play on alone when the others have finished.
    pub fn balanced(events: usize, lanes: usize, sequence: usize) -> usize {
        (events / (4 * lanes)).max(4 * sequence)
    }

    /// Lanes that every window has.
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// The windows of a training epoch, in an order of its own.
    pub fn shuffled(&self, seed: u64, epoch: u32) -> Vec<BatchLayout> {
        let mut order: Vec<usize> = (0..self.lengths.len()).collect();
        shuffle(&mut order, &mut generator(seed, RandomPurpose::Order { epoch }));
        self.lay(order)
    }

    /// The windows for a validation: the longest pieces first, so that lanes end together.
    pub fn longest_first(&self) -> Vec<BatchLayout> {
        let mut order: Vec<usize> = (0..self.lengths.len()).collect();
        order.sort_by_key(|&piece| Reverse(self.lengths[piece]));
        self.lay(order)
    }

    /// Lays pieces into lanes: whichever lane is free takes the next one.
    fn lay(&self, order: Vec<usize>) -> Vec<BatchLayout> {
        let mut queue: VecDeque<PieceSlice> = order
            .into_iter()
            .map(|piece| PieceSlice { piece, events: 0..self.lengths[piece] })
            .collect();
        let mut playing: Vec<Option<PieceSlice>> = vec![None; self.lanes];
        let mut windows = Vec::new();
        while !queue.is_empty() || playing.iter().any(Option::is_some) {
            let fill = |lane: &mut Option<PieceSlice>| {
                let (mut slices, mut room) = (Vec::new(), self.sequence);
                while let Some(PieceSlice { piece, events }) =
                    lane.take().or_else(|| queue.pop_front())
                {
                    let end = events.end.min(events.start + room);
                    room -= end - events.start;
                    slices.push(PieceSlice { piece, events: events.start..end });
                    *lane =
                        (end < events.end).then_some(PieceSlice { piece, events: end..events.end });
                    if room == 0 {
                        break;
                    }
                }
                slices
            };
            windows.push(playing.iter_mut().map(fill).collect());
        }
        windows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTHS: [usize; 6] = [5, 300, 1, 40, 77, 129];

    #[test]
    fn an_epoch_plays_every_event_once() {
        let streams = Streams::new(LENGTHS.to_vec(), 3, 16);
        let all: Vec<(usize, usize)> = LENGTHS
            .iter()
            .enumerate()
            .flat_map(|(piece, &length)| (0..length).map(move |event| (piece, event)))
            .collect();
        for windows in [streams.shuffled(7, 1), streams.longest_first()] {
            let mut played: Vec<(usize, usize)> = windows
                .iter()
                .flatten()
                .flatten()
                .flat_map(|slice| slice.events.clone().map(|event| (slice.piece, event)))
                .collect();
            played.sort_unstable();
            assert_eq!(played, all);
        }
    }

    #[test]
    fn a_lane_goes_on_where_it_stopped_and_starts_with_the_start_of_a_piece() {
        let mut next: Vec<Option<(usize, usize)>> = vec![None; 2];
        for window in Streams::new(LENGTHS.to_vec(), 2, 16).shuffled(1, 2) {
            for (lane, slices) in window.iter().enumerate() {
                assert!(slices.iter().map(|slice| slice.events.len()).sum::<usize>() <= 16);
                for slice in slices {
                    if slice.events.start > 0 {
                        assert_eq!(next[lane], Some((slice.piece, slice.events.start)));
                    }
                    next[lane] = Some((slice.piece, slice.events.end));
                }
            }
        }
    }

    #[test]
    fn lanes_are_full_until_the_pieces_run_out() {
        let windows = Streams::new(vec![50; 64], 8, 16).shuffled(1, 1);
        let full = |window: &BatchLayout| {
            window.iter().flatten().map(|slice| slice.events.len()).sum::<usize>() == 8 * 16
        };
        assert!(windows[..windows.len() - 4].iter().all(full));
    }

    #[test]
    fn the_order_depends_on_seed_and_epoch_alone() {
        let streams = Streams::new(vec![10; 40], 4, 16);
        assert_eq!(streams.shuffled(1, 1), streams.shuffled(1, 1));
        assert_ne!(streams.shuffled(1, 1), streams.shuffled(1, 2));
        assert_ne!(streams.shuffled(1, 1), streams.shuffled(2, 1));
    }

    #[test]
    fn a_single_note_is_a_stream() {
        let windows = Streams::new(vec![1], 64, 128).shuffled(1, 1);
        assert_eq!(windows, [[[PieceSlice { piece: 0, events: 0..1 }]]]);
    }
}
