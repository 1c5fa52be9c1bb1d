//! What a part costs where the other parts are known, as when it is written anew among them.
//!
//! The backward LSTM reads the notes of the other parts, from the end of the piece back to now; the forward one
//! reads all that was before. Only the part's own notes are counted.

use jukebox_model::network::rows::TimeLeft;
use jukebox_model::network::step::Direction;
use jukebox_model::vocabulary::Encoded;

use super::scoring::Scorer;
use super::tally::Tally;

impl Scorer<'_> {
    /// What the notes of a part cost in a piece of which all others are known.
    pub fn score_part(&self, piece: &Encoded, part: u16) -> Tally {
        let Encoded { events, places, onsets, start, .. } = piece;
        let (network, rows) = (&*self.network, *self.network.rows());
        let mut scratch = network.scratch();
        let known: Vec<usize> = (0..events.len()).filter(|&it| events[it].part != part).collect();

        let mut state = network.initial();
        let mut following = None;
        let mut futures: Vec<Vec<f32>> = Vec::with_capacity(known.len());
        for &index in known.iter().rev() {
            let step = following.map(|onset| {
                let ticks = onset - onsets[index];
                self.vocabulary.nearest_step(ticks, ticks == 0) as u16
            });
            let read = rows.event(events[index], step, places[index]);
            network.read(Direction::Backward, &read, &mut state, &mut scratch);
            futures.push(network.future(Some(&state)));
            following = Some(onsets[index]);
        }
        futures.reverse();

        let mut tally = Tally::default();
        let mut probabilities = Vec::new();
        let mut state = network.initial();
        network.read(Direction::Forward, &rows.start(*start), &mut state, &mut scratch);
        let (mut before, mut from, mut previous) = (*start, 0, None);
        for (index, event) in events.iter().enumerate() {
            if event.part == part {
                let ahead = known.partition_point(|&known| known < index);
                let left = [from, onsets[index]].map(|from| {
                    let known = known.get(ahead);
                    known.map_or(TimeLeft::NOTHING, |&it| TimeLeft::new(onsets[it] - from))
                });
                let heads = rows.heads(*event, before, places[index], left, piece.sheet(index));
                let future = futures.get(ahead).unwrap_or(&self.nothing);
                network.attend(&state, future, &mut scratch);
                for &head in rows.choosing() {
                    let selected = &heads[head as usize];
                    self.probabilities(
                        head,
                        event,
                        previous,
                        selected,
                        &mut scratch,
                        &mut probabilities,
                    );
                    tally.count(head, &probabilities, event.chosen(head).into());
                }
            }
            let read = rows.event(*event, Some(event.step), places[index]);
            network.read(Direction::Forward, &read, &mut state, &mut scratch);
            (before, from, previous) = (places[index], onsets[index], Some(event));
        }
        tally
    }
}
