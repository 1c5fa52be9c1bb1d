//! What a user writes of a sheet.

use std::sync::Arc;

use super::form::Origin;
use crate::vocabulary::BarChords;

/// Chords and form that a user has written; what is left out is planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenSheet {
    /// The chords of bars, in the white-key frame, again and again; none where they are planned.
    pub chords: Arc<[BarChords]>,
    /// The bar that has the first of them, and with which the song form begins; those before it have none.
    pub first: u32,
    /// The sections of a round, each varied or not (see [`SongForm`](super::SongForm)).
    pub letters: Arc<[(char, bool)]>,
    /// Where the song's first bars come from. Bars after them are planned.
    pub origins: Vec<Origin>,
}

impl WrittenSheet {
    /// The chords written for a bar.
    pub fn chords(&self, bar: u32) -> Option<BarChords> {
        let place = (bar.checked_sub(self.first)? as usize).checked_rem(self.chords.len())?;
        self.chords.get(place).copied()
    }

    /// The origin written for a bar.
    pub fn origin(&self, bar: u32) -> Option<Origin> {
        self.origins.get(bar as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_go_round_and_origins_end() {
        let chord = |text: &str| [Some(text.parse().unwrap()); 2];
        let sheet = WrittenSheet {
            chords: [chord("Am"), chord("F")].into(),
            origins: vec![Origin::New],
            first: 2,
            ..WrittenSheet::default()
        };
        assert_eq!(
            [1, 2, 5].map(|it| sheet.chords(it)),
            [None, Some(chord("Am")), Some(chord("F"))]
        );
        assert_eq!((sheet.origin(0), sheet.origin(1)), (Some(Origin::New), None));
        assert_eq!(WrittenSheet::default().chords(0), None);
    }
}
