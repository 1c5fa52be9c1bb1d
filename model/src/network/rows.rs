//! Which rows of the embedding tables an event, a place and a time select.
//!
//! What the network reads beside its states are sums of table rows. Each table is one tensor;
//! this file is the only place that knows how its rows are divided.
//!
//! | table | rows, in order |
//! | --- | --- |
//! | `embed` | steps + "none", pitches + "none", durations + "none", velocities + "none", places, parts + "none" |
//! | `heads.step` | places (of the previous onset), time left, ensembles |
//! | `heads.part` | places (of the new onset), time left, steps, ensembles |
//! | `heads.pitch` | places, time left, steps, parts, harmonies |
//! | `heads.duration` | places, time left, steps, parts, pitches |
//! | `heads.velocity` | the same, then durations |
//!
//! Pitches are all pitch entries of the vocabulary, drum keys too. There are no rows of parts, and no head
//! of them, where the vocabulary has fewer than two, and none of harmonies or ensembles where it has no chords
//! or sets of parts.

use std::ops::Deref;

use super::Head;
use crate::piece::Tick;
use crate::vocabulary::{
    BarPosition, BarPositionRows, KnownSheet, NoteEvent, StandIns, Vocabulary,
};

/// Most rows that an event selects in the embedding: with its part.
pub const EVENT_FIELDS: usize = 5 + BarPositionRows::FIELDS;
/// Most rows that a head sums.
pub const HEAD_FIELDS: usize = BarPositionRows::FIELDS + Head::COUNT;

/// The division of every table, for one vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    steps: u32,
    /// 0 where notes choose no part.
    parts: u32,
    pitches: u32,
    durations: u32,
    velocities: u32,
    places: u32,
    /// 0 where no chords are read.
    harmonies: u32,
    /// 0 where it is not read who plays in a bar.
    ensembles: u32,
}

impl Rows {
    /// The division for a vocabulary.
    pub fn new(vocabulary: &Vocabulary) -> Self {
        Self {
            steps: vocabulary.steps.len() as u32,
            parts: if vocabulary.has_parts() { vocabulary.parts.len() as u32 } else { 0 },
            pitches: vocabulary.keys() as u32,
            durations: vocabulary.durations.len() as u32,
            velocities: vocabulary.velocities.len() as u32,
            places: BarPositionRows::count(vocabulary.meters.len()) as u32,
            harmonies: vocabulary.harmonies() as u32,
            ensembles: vocabulary.ensemble_rows() as u32,
        }
    }

    /// The heads that choose.
    pub fn choosing(&self) -> &'static [Head] {
        Head::choosing(self.parts > 0)
    }

    /// The place of a head among those that choose.
    pub fn order(&self, head: Head) -> usize {
        head as usize - usize::from(self.parts == 0 && head != Head::Step)
    }

    /// Rows of the event embedding.
    pub fn embedding(&self) -> usize {
        let parts = if self.parts > 0 { self.parts + 1 } else { 0 };
        let choices = self.steps + self.pitches + self.durations + self.velocities + 4;
        (choices + self.places + parts) as usize
    }

    /// Rows of a head's table.
    pub fn head(&self, head: Head) -> usize {
        let before = &self.choosing()[..self.order(head)];
        let choices: usize = before.iter().map(|&head| self.choices(head)).sum();
        (self.places + TimeLeft::ROWS + self.sheet(head)) as usize + choices
    }

    /// Rows of what a head reads of the sheet: the step and the part who plays in the bar, the pitch the chord.
    fn sheet(&self, head: Head) -> u32 {
        match head {
            Head::Step | Head::Part => self.ensembles,
            Head::Pitch => self.harmonies,
            Head::Duration | Head::Velocity => 0,
        }
    }

    /// Entries that a head chooses from; 0 for the part where notes choose none.
    pub fn choices(&self, head: Head) -> usize {
        let count = match head {
            Head::Step => self.steps,
            Head::Part => self.parts,
            Head::Pitch => self.pitches,
            Head::Duration => self.durations,
            Head::Velocity => self.velocities,
        };
        count as usize
    }

    /// Number of rows that a head sums.
    pub fn head_fields(&self, head: Head) -> usize {
        BarPositionRows::FIELDS + 1 + self.order(head) + usize::from(self.sheet(head) > 0)
    }

    /// Number of rows that an event selects in the embedding.
    pub fn event_fields(&self) -> usize {
        EVENT_FIELDS - usize::from(self.parts == 0)
    }

    /// The embedding rows of an event at a place. `step` stands in for the event's own step: the
    /// backward LSTM reads the step that follows the event, since the one before it is not known
    /// where a gap ends; `None` where nothing follows.
    pub fn event(&self, event: NoteEvent, step: Option<u16>, place: BarPosition) -> EventRows {
        let [a, b, c, d] = self.fields();
        let fields = [
            a + step.map_or(self.steps, u32::from),
            b + u32::from(event.pitch),
            c + u32::from(event.duration),
            d + u32::from(event.velocity),
        ];
        self.with_place(fields, u32::from(event.part), place)
    }

    /// The embedding rows that stand before the first event of a piece.
    pub fn start(&self, place: BarPosition) -> EventRows {
        let [a, b, c, d] = self.fields();
        let none = [a + self.steps, b + self.pitches, c + self.durations, d + self.velocities];
        self.with_place(none, self.parts, place)
    }

    /// Whether an embedding row is that of a step, or of "none" in its place: every event selects
    /// exactly one of them.
    pub(crate) fn is_step(&self, row: usize) -> bool {
        row <= self.steps as usize
    }

    /// The first embedding row of each field of an event but the part.
    fn fields(&self) -> [u32; 4] {
        let pitch = self.steps + 1;
        let duration = pitch + self.pitches + 1;
        let velocity = duration + self.durations + 1;
        [0, pitch, duration, velocity]
    }

    fn with_place(&self, fields: [u32; 4], part: u32, place: BarPosition) -> EventRows {
        let first = self.fields()[3] + self.velocities + 1;
        let place = place.rows().map(|row| first + row);
        let part = first + self.places + part;
        let rows = [
            fields[0], fields[1], fields[2], fields[3], place[0], place[1], place[2], place[3],
            place[4], part,
        ];
        EventRows { rows, fields: self.event_fields() }
    }

    /// The rows that the heads sum, for an event after `before` (the place of the previous onset)
    /// at `place`; `left` holds the time left from the previous onset and from the new one, and `sheet` is
    /// what it is played to. Each head reads the first [`Rows::head_fields`] of its array.
    pub fn heads(
        &self,
        event: NoteEvent,
        before: BarPosition,
        place: BarPosition,
        left: [TimeLeft; 2],
        sheet: KnownSheet,
    ) -> [HeadRows; Head::COUNT] {
        let step = self.places + TimeLeft::ROWS;
        let part = step + self.steps;
        let pitch = part + self.parts;
        let duration = pitch + self.pitches;
        // Where a table has the rows of the sheet, they take the place of the choice that comes next.
        let ensemble = u32::from(sheet.ensemble.row());
        let (step_sheet, part_sheet) = (step + ensemble, part + ensemble);
        let pitch_sheet = pitch + u32::from(sheet.harmony.row());
        let [step, part, pitch, duration] = [
            step + u32::from(event.step),
            part + u32::from(event.part),
            pitch + u32::from(event.pitch),
            duration + u32::from(event.duration),
        ];
        let chosen = match self.parts {
            0 => [step, pitch, duration, 0],
            _ => [step, part, pitch, duration],
        };
        let row = |place: BarPosition, left: TimeLeft| {
            let [a, b, c, d, e] = place.rows();
            let [p, q, r, s] = chosen;
            [a, b, c, d, e, self.places + left.0, p, q, r, s]
        };
        let (old, new) = (row(before, left[0]), row(place, left[1]));
        let with = |mut rows: HeadRows, head: Head, sheet: u32| {
            if self.sheet(head) > 0 {
                rows[self.head_fields(head) - 1] = sheet;
            }
            rows
        };
        [
            with(old, Head::Step, step_sheet),
            with(new, Head::Part, part_sheet),
            with(new, Head::Pitch, pitch_sheet),
            new,
            new,
        ]
    }
}

/// The embedding rows that an event selects: as many as [`Rows::event_fields`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventRows {
    rows: [u32; EVENT_FIELDS],
    fields: usize,
}

impl Deref for EventRows {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        &self.rows[..self.fields]
    }
}

/// The rows that a head sums: the first [`Rows::head_fields`] hold.
pub type HeadRows = [u32; HEAD_FIELDS];

/// The rows of an extended vocabulary's tables, as rows of the known one's: each entry by what stands in
/// for it, and what no vocabulary divides by itself.
pub(super) struct Origins<'s> {
    known: Rows,
    stand_ins: &'s StandIns,
}

impl<'s> Origins<'s> {
    /// The origins in the tables of a vocabulary.
    pub(super) fn new(known: &Vocabulary, stand_ins: &'s StandIns) -> Self {
        Self { known: Rows::new(known), stand_ins }
    }

    /// Those of the event embedding.
    pub(super) fn embedding(&self) -> Vec<usize> {
        let StandIns { steps, pitches, durations, velocities, .. } = self.stand_ins;
        let [a, b, c, d] = self.known.fields().map(|first| first as usize);
        let mut rows = Vec::new();
        for (first, list, none) in [
            (a, steps, self.known.steps),
            (b, pitches, self.known.pitches),
            (c, durations, self.known.durations),
            (d, velocities, self.known.velocities),
        ] {
            rows.extend(list.iter().map(|row| first + row));
            rows.push(first + none as usize);
        }
        let places = d + self.known.velocities as usize + 1;
        rows.extend(self.places(places));
        // Parts stay as they are.
        let parts = places + self.known.places as usize;
        rows.extend(parts..self.known.embedding());
        rows
    }

    /// Those of a head's table.
    pub(super) fn head(&self, head: Head) -> Vec<usize> {
        let time = self.known.places as usize;
        let mut first = time + TimeLeft::ROWS as usize;
        let mut rows: Vec<usize> = self.places(0).chain(time..first).collect();
        for &before in &self.known.choosing()[..self.known.order(head)] {
            rows.extend(self.choices(before).iter().map(|row| first + row));
            first += self.known.choices(before);
        }
        let sheet = match head {
            Head::Step | Head::Part => &self.stand_ins.ensembles[..],
            Head::Pitch => &self.stand_ins.harmonies,
            Head::Duration | Head::Velocity => &[],
        };
        if self.known.sheet(head) > 0 {
            rows.extend(sheet.iter().map(|row| first + row));
        }
        rows
    }

    /// Those of a head's choices.
    pub(super) fn choices(&self, head: Head) -> &'s [usize] {
        match head {
            Head::Step => &self.stand_ins.steps,
            Head::Part => &self.stand_ins.parts,
            Head::Pitch => &self.stand_ins.pitches,
            Head::Duration => &self.stand_ins.durations,
            Head::Velocity => &self.stand_ins.velocities,
        }
    }

    /// Those of a place, whose rows begin at `first`: the meters come last.
    fn places(&self, first: usize) -> impl Iterator<Item = usize> + use<'s> {
        let meters = first + BarPositionRows::count(0);
        (first..meters).chain(self.stand_ins.meters.iter().map(move |row| meters + row))
    }
}

/// Time until what is known to come, as a row: fine where it is near, coarse where it is far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLeft(u32);

impl TimeLeft {
    /// Number of rows.
    pub const ROWS: u32 = 57;
    /// Nothing is known to come.
    pub const NOTHING: Self = Self(Self::ROWS - 1);

    /// The row of a number of ticks: 32nds up to a whole note, then quarters up to four whole
    /// notes, then whole notes.
    pub fn new(ticks: Tick) -> Self {
        Self(match ticks {
            0..=96 => ticks / 3,
            97..=384 => 33 + (ticks - 97) / 24,
            _ => (45 + (ticks - 385) / 96).min(Self::ROWS - 2),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Meter;
    use crate::piece::Part;
    use crate::vocabulary::PartSet;

    fn vocabulary(parts: usize, chords: &[&str]) -> Vocabulary {
        Vocabulary {
            steps: vec![0, 12, 24],
            pitches: vec![60, 62],
            durations: vec![12, 24],
            velocities: vec![80],
            meters: vec![Meter::COMMON],
            parts: vec![Part::default(); parts],
            part_keys: if parts > 1 { vec![vec![60, 62]; parts] } else { Vec::new() },
            chords: chords.iter().map(|it| it.parse().unwrap()).collect(),
            ensembles: if parts > 1 && !chords.is_empty() { vec![1, 7] } else { Vec::new() },
            ..Vocabulary::default()
        }
    }

    #[test]
    fn every_selected_row_exists() {
        for (parts, chords) in [(0, &[][..]), (1, &[]), (3, &[]), (0, &["C"]), (3, &["C", "G"])] {
            let vocabulary = vocabulary(parts, chords);
            vocabulary.validate().unwrap();
            let rows = Rows::new(&vocabulary);
            let part = parts.saturating_sub(1) as u16 * u16::from(parts > 1);
            let last = NoteEvent { step: 2, part, pitch: 1, duration: 1, velocity: 0 };
            let place = BarPosition { within: 71, beat: 15, left: 15, meter: 0, phrase: 7 };
            let most = rows.embedding() as u32;
            for selected in
                [rows.event(last, Some(2), place), rows.event(last, None, place), rows.start(place)]
            {
                assert_eq!(selected.len(), if parts > 1 { 10 } else { 9 });
                assert!(selected.iter().all(|&row| row < most));
            }
            assert_eq!(*rows.start(place).iter().max().unwrap(), most - 1);
            let sheet = KnownSheet {
                harmony: vocabulary.harmony(vocabulary.chords.last().copied()),
                ensemble: vocabulary.ensemble(PartSet(7)),
            };
            let heads = rows.heads(last, place, place, [TimeLeft::NOTHING; 2], sheet);
            for &head in rows.choosing() {
                let read = &heads[head as usize][..rows.head_fields(head)];
                assert_eq!(*read.iter().max().unwrap() as usize, rows.head(head) - 1, "{head:?}");
            }
        }
    }

    #[test]
    fn time_left_grows_with_the_ticks_and_never_reads_as_nothing() {
        let row = |ticks| TimeLeft::new(ticks).0;
        assert!(
            (0..5000).all(|ticks| row(ticks) <= row(ticks + 1) && row(ticks + 1) - row(ticks) <= 1)
        );
        assert!(row(Tick::MAX) < TimeLeft::NOTHING.0);
    }
}
