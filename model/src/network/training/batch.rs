//! A batch: windows of pieces, side by side in lanes, as the indices that the network reads.

use std::sync::Arc;

use super::lstm::Keep;
use crate::network::rows::{HEAD_FIELDS, Rows, TimeLeft};
use crate::network::{Head, Masks};
use crate::vocabulary::{Encoded, KnownSheet, Vocabulary};

/// Numbers in a [`HeadRows`](crate::network::rows::HeadRows).
pub(super) const HEAD_STRIDE: usize = HEAD_FIELDS;

/// Consecutive events of a piece.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// The piece.
    pub piece: &'a Encoded,
    /// The first event.
    pub start: usize,
    /// Number of events.
    pub events: usize,
}

/// What of the future a lane's choices may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foresight {
    /// Nothing.
    Hidden,
    /// All events of the window from so many ahead on; 1 starts at the very next.
    Events(usize),
    /// All notes of some parts, a bit for each part, from the very next on. Then of those notes only when they
    /// come is to be chosen, step and part: the rest is known.
    Parts(u32),
}

/// One lane of a batch: windows one after another. A window that starts inside its piece goes on
/// with the state that the lane carries.
#[derive(Clone, Debug)]
pub struct Lane<'a> {
    /// The windows, together at most as long as the batch.
    pub windows: Vec<Window<'a>>,
    /// What its choices may know.
    pub foresight: Foresight,
    /// Whether they know the chords and who plays.
    pub knows_sheet: bool,
}

/// The choice that a head has to make in each row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Targets {
    /// The entry that was chosen in the piece.
    pub chosen: Vec<u32>,
    /// The first entry that may be chosen: those before it are masked out.
    pub lowest: Vec<u32>,
    /// Which entries may be chosen, by part; empty where all may.
    pub allowed: Arc<Vec<bool>>,
    /// The part, where `allowed` says something.
    pub part: Vec<u32>,
    /// How much the row counts: 0 for padding.
    pub weight: Vec<f32>,
}

impl Targets {
    /// Which of so many entries may be chosen in a row, beside those before the lowest; `None` where all may.
    #[inline(always)]
    pub(super) fn allowed(&self, row: usize, entries: usize) -> Option<&[bool]> {
        let part = *self.part.get(row)? as usize;
        Some(&self.allowed[part * entries..][..entries])
    }
}

/// A batch of T steps by B lanes, as indices. Row n is step n / B of lane n mod B.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Lanes, B.
    pub lanes: usize,
    /// Steps, T.
    pub steps: usize,
    /// Events in it; the other rows are padding.
    pub notes: usize,
    /// Whether any lane knows any of its future.
    pub(super) foresees: bool,
    /// Embedding rows for the forward direction and, where any lane foresees, for the backward one.
    pub(super) inputs: Arc<Vec<u32>>,
    /// Where each direction forgets.
    pub(super) keep: Vec<Keep>,
    /// For each row the row whose backward state it may read, or T B where it knows nothing.
    pub(super) future: Arc<Vec<u32>>,
    /// Table rows of each head; none for one that does not choose.
    pub(super) heads: [Arc<Vec<u32>>; Head::COUNT],
    /// What each head has to choose.
    pub(super) targets: [Arc<Targets>; Head::COUNT],
}

impl Batch {
    /// Puts lanes together, of `steps` events each; shorter ones are padded.
    ///
    /// # Panics
    /// Where a lane is longer than `steps`, or a window reaches beyond its piece.
    pub fn new(vocabulary: &Vocabulary, steps: usize, lanes: &[Lane<'_>]) -> Self {
        let foresees = lanes.iter().any(|lane| lane.foresight != Foresight::Hidden);
        let masks = Masks::new(vocabulary);
        let mut batch = Builder::new(vocabulary, &masks, steps, lanes.len());
        for (lane, content) in lanes.iter().enumerate() {
            let mut step = 0;
            for window in &content.windows {
                batch.add(lane, step, window, content);
                step += window.events;
            }
        }
        batch.finish(foresees)
    }
}

struct Builder<'v> {
    vocabulary: &'v Vocabulary,
    masks: &'v Masks,
    rows: Rows,
    steps: usize,
    lanes: usize,
    notes: usize,
    inputs: [Vec<u32>; 2],
    keep: [Vec<f32>; 2],
    future: Vec<u32>,
    heads: [Vec<u32>; Head::COUNT],
    targets: [Targets; Head::COUNT],
}

impl<'v> Builder<'v> {
    fn new(vocabulary: &'v Vocabulary, masks: &'v Masks, steps: usize, lanes: usize) -> Self {
        let (rows, count) = (Rows::new(vocabulary), steps * lanes);
        let (mut heads, mut targets): ([Vec<u32>; _], [Targets; _]) = Default::default();
        for &head in rows.choosing() {
            heads[head as usize] = vec![0; count * HEAD_STRIDE];
            let targets = &mut targets[head as usize];
            (targets.chosen, targets.lowest) = (vec![0; count], vec![0; count]);
            targets.weight = vec![0.0; count];
        }
        let masked = masks.rows();
        if !masked.is_empty() {
            let targets = &mut targets[Head::Pitch as usize];
            targets.allowed = Arc::new(masked.to_vec());
            targets.part = vec![0; count];
        }
        Self {
            vocabulary,
            masks,
            rows,
            steps,
            lanes,
            notes: 0,
            inputs: std::array::from_fn(|_| vec![0; count * rows.event_fields()]),
            keep: std::array::from_fn(|_| vec![0.0; count]),
            future: vec![count as u32; count],
            heads,
            targets,
        }
    }

    /// Adds a window to a lane, from a step on.
    fn add(&mut self, lane: usize, first: usize, window: &Window<'_>, content: &Lane<'_>) {
        let Encoded { events, places, onsets, start, .. } = window.piece;
        let foresight = content.foresight;
        let fields = self.rows.event_fields();
        let end = window.start + window.events;
        assert!(
            end <= events.len() && first + window.events <= self.steps,
            "windows fit pieces and lanes"
        );
        let foreseen = self.foresee(lane, first, window, foresight);
        // From where on events are known to a choice.
        let reach = |index: usize| match foresight {
            Foresight::Hidden => end,
            Foresight::Events(ahead) => index + ahead,
            Foresight::Parts(_) => index,
        };
        let mut ahead = 0;
        for index in window.start..end {
            let step = first + index - window.start;
            let row = step * self.lanes + lane;
            let event = events[index];
            let previous = index.checked_sub(1);
            let before = previous.map_or(*start, |previous| places[previous]);
            let from = previous.map_or(0, |previous| onsets[previous]);

            let input = match previous {
                Some(previous) => {
                    self.rows.event(events[previous], Some(events[previous].step), before)
                }
                None => self.rows.start(*start),
            };
            self.inputs[0][row * fields..][..fields].copy_from_slice(&input);
            self.keep[0][row] = f32::from(u8::from(previous.is_some()));

            // The next event that is known, this one or a later one.
            while foreseen.get(ahead).is_some_and(|&known| known < reach(index)) {
                ahead += 1;
            }
            let mut left = [TimeLeft::NOTHING; 2];
            if let Some(&known) = foreseen.get(ahead) {
                self.future[row] = ((first + ahead) * self.lanes + lane) as u32;
                left = [from, onsets[index]].map(|from| TimeLeft::new(onsets[known] - from));
            }
            let sheet = match content.knows_sheet {
                true => window.piece.sheet(index),
                false => KnownSheet::UNKNOWN,
            };
            let heads = self.rows.heads(event, before, places[index], left, sheet);
            let before = previous.map(|previous| &events[previous]);
            for &head in self.rows.choosing() {
                let selected = &heads[head as usize];
                self.heads[head as usize][row * HEAD_STRIDE..][..HEAD_STRIDE]
                    .copy_from_slice(selected);
                let targets = &mut self.targets[head as usize];
                targets.chosen[row] = u32::from(event.chosen(head));
                targets.lowest[row] = self.masks.lowest(head, &event, before) as u32;
                let is_known = matches!(foresight, Foresight::Parts(parts) if event.is_of(parts));
                let open = matches!(head, Head::Step | Head::Part) || !is_known;
                targets.weight[row] = f32::from(u8::from(open));
                if let Some(part) = targets.part.get_mut(row) {
                    *part = u32::from(event.part);
                }
            }
        }
        self.notes += window.events;
    }

    /// Lets the backward direction read what a window's choices may know, one known event after another from
    /// the lane's step `first` on. Gives their indices in the piece.
    fn foresee(
        &mut self,
        lane: usize,
        first: usize,
        window: &Window<'_>,
        foresight: Foresight,
    ) -> Vec<usize> {
        let Encoded { events, places, onsets, .. } = window.piece;
        let known = |&index: &usize| match foresight {
            Foresight::Parts(parts) => events[index].is_of(parts),
            _ => true,
        };
        let known: Vec<usize> =
            (window.start..window.start + window.events).filter(known).collect();
        let fields = self.rows.event_fields();
        for (place, &index) in known.iter().enumerate() {
            let row = (first + place) * self.lanes + lane;
            let following = known.get(place + 1).map(|&next| match foresight {
                Foresight::Parts(_) => {
                    let ticks = onsets[next] - onsets[index];
                    self.vocabulary.nearest_step(ticks, ticks == 0) as u16
                }
                _ => events[next].step,
            });
            let input = self.rows.event(events[index], following, places[index]);
            self.inputs[1][row * fields..][..fields].copy_from_slice(&input);
            self.keep[1][row] = f32::from(u8::from(following.is_some()));
        }
        known
    }

    fn finish(self, foresees: bool) -> Batch {
        let [mut inputs, backward] = self.inputs;
        let [forward_keep, backward_keep] = self.keep;
        let mut keep = vec![Arc::new(forward_keep)];
        if foresees {
            inputs.extend(backward);
            keep.push(Arc::new(backward_keep));
        }
        Batch {
            lanes: self.lanes,
            steps: self.steps,
            notes: self.notes,
            foresees,
            inputs: Arc::new(inputs),
            keep,
            future: Arc::new(self.future),
            heads: self.heads.map(Arc::new),
            targets: self.targets.map(Arc::new),
        }
    }
}
