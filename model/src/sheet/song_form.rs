//! The forms that a song can be asked for.

use serde::{Deserialize, Serialize};

use super::form::{FormModel, Origin, Resemblance};
use super::plan::FormPlan;
use super::written::WrittenSheet;
use crate::meter::Meter;

/// The form of a song, in sections of [`SongForm::SECTION`] bars. Its sections go round: in the second round and
/// those after it each is played once more, varied where it came first in the round before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SongForm {
    /// As the collection's songs have it.
    #[default]
    AsLearnt,
    /// Nothing comes back.
    EndlessNew,
    /// A tune, again, a bridge, and the tune.
    Aaba,
    /// Two tunes, each twice.
    Aabb,
    /// A tune that comes back after each of two others.
    Abac,
    /// A verse, varied each time, and a chorus that stays.
    VerseChorus,
    /// As the [`WrittenSheet`] says; as learnt where it has no letters.
    Written,
}

impl SongForm {
    /// Bars of a section.
    pub const SECTION: u32 = 8;

    /// The sections of a round, each varied or not; none where there are no sections.
    fn sections(self, written: &WrittenSheet) -> &[(char, bool)] {
        const A: (char, bool) = ('A', false);
        const B: (char, bool) = ('B', false);
        match self {
            Self::AsLearnt | Self::EndlessNew => &[],
            Self::Aaba => &[A, A, B, A],
            Self::Aabb => &[A, A, B, B],
            Self::Abac => &[A, B, A, ('C', false)],
            Self::VerseChorus => &[A, B, ('A', true), B],
            Self::Written => &written.letters,
        }
    }

    /// The letter of the section that a bar lies in, counted from the song's first bar, and whether it is varied;
    /// `None` where there are no sections.
    pub fn letter(self, written: &WrittenSheet, bar: u32) -> Option<(char, bool)> {
        let sections = self.sections(written);
        let number = (bar / Self::SECTION) as usize;
        let section = number.checked_rem(sections.len())?;
        let (letter, varied) = sections[section];
        let again = number >= sections.len() && self.varies(sections, section);
        Some((letter, varied || again))
    }

    /// Whether a section is varied in each further round: where a letter comes first, but for a chorus.
    fn varies(self, sections: &[(char, bool)], section: usize) -> bool {
        let stays = self == Self::VerseChorus && sections[section].0 == 'B';
        is_first(sections, section) && !stays
    }

    /// Where a bar, counted from the song's first, comes from; `None` where the record says.
    pub fn origin(
        self,
        first: &mut FirstRound,
        written: &WrittenSheet,
        model: &FormModel,
        (meter, take): (Meter, u32),
        bar: u32,
    ) -> Option<Origin> {
        let sections = self.sections(written);
        if sections.is_empty() {
            return (self == Self::EndlessNew).then_some(Origin::New);
        }
        let round = sections.len() as u32 * Self::SECTION;
        let within = bar % round;
        let section = (within / Self::SECTION) as usize;
        if bar >= round && is_first(sections, section) {
            let resemblance = match self.varies(sections, section) {
                true => Resemblance::Close,
                false => Resemblance::Exact,
            };
            return Some(Origin::Like { back: round, resemblance });
        }
        first.reach(sections, model, meter, take).get(within as usize).copied()
    }
}

/// The first round of the sections that were asked for last: where its bars come from.
#[derive(Clone, Debug, Default)]
pub struct FirstRound {
    sections: Vec<(char, bool)>,
    meter: Meter,
    take: u32,
    origins: Vec<Origin>,
}

impl FirstRound {
    /// The origins of the bars of sections.
    fn reach(
        &mut self,
        sections: &[(char, bool)],
        model: &FormModel,
        meter: Meter,
        take: u32,
    ) -> &[Origin] {
        if (self.sections.as_slice(), self.meter, self.take) != (sections, meter, take) {
            let origins = FormPlan::sections(model, meter, take, sections, SongForm::SECTION);
            *self = Self { sections: sections.to_vec(), meter, take, origins };
        }
        &self.origins
    }
}

/// Whether no section before has the same letter.
fn is_first(sections: &[(char, bool)], section: usize) -> bool {
    sections.iter().position(|it| it.0 == sections[section].0) == Some(section)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(form: SongForm, bar: u32) -> Option<Origin> {
        let (written, model) = (WrittenSheet::default(), FormModel::default());
        form.origin(&mut FirstRound::default(), &written, &model, (Meter::COMMON, 1), bar)
    }

    fn like(back: u32, resemblance: Resemblance) -> Option<Origin> {
        Some(Origin::Like { back, resemblance })
    }

    #[test]
    fn sections_come_back_as_their_letters_say() {
        use Resemblance::{Close, Exact};
        use SongForm::{Aaba, AsLearnt, EndlessNew, VerseChorus};
        assert_eq!([0, 700].map(|bar| origin(AsLearnt, bar)), [None; 2]);
        assert_eq!([0, 700].map(|bar| origin(EndlessNew, bar)), [Some(Origin::New); 2]);
        assert_eq!(origin(Aaba, 3), Some(Origin::New));
        assert_eq!([8, 31].map(|bar| origin(Aaba, bar)), [like(8, Exact), like(16, Exact)]);
        // The second round varies each tune where it comes first.
        assert_eq!(
            [32, 40, 48, 56].map(|bar| origin(Aaba, bar)),
            [like(32, Close), like(8, Exact), like(32, Close), like(16, Exact)]
        );
        assert_eq!(
            [16, 24, 32, 40].map(|bar| origin(VerseChorus, bar)),
            [like(16, Close), like(16, Exact), like(32, Close), like(32, Exact)]
        );
    }

    #[test]
    fn bars_know_their_letters() {
        let written = WrittenSheet { letters: [('C', false)].into(), ..WrittenSheet::default() };
        assert_eq!(SongForm::Written.letter(&written, 9), Some(('C', true)));
        assert_eq!(SongForm::Written.letter(&WrittenSheet::default(), 9), None);
        let letters = |form: SongForm| {
            (0..8).map(|it| form.letter(&written, 8 * it + 3)).collect::<Option<Vec<_>>>().map(
                |letters| {
                    let name = |(letter, varied): (char, bool)| match varied {
                        true => format!("{letter}'"),
                        false => letter.to_string(),
                    };
                    letters.into_iter().map(name).collect::<Vec<_>>().join(" ")
                },
            )
        };
        assert_eq!(letters(SongForm::Aaba).unwrap(), "A A B A A' A B' A");
        assert_eq!(letters(SongForm::VerseChorus).unwrap(), "A B A' B A' B A' B");
        assert_eq!(letters(SongForm::AsLearnt), None);
    }

    #[test]
    fn forms_are_saved_by_name() {
        assert_eq!(serde_json::to_string(&SongForm::VerseChorus).unwrap(), "\"verse-chorus\"");
    }
}
