//! The lead sheet: where each bar of a song comes from, planned before its notes.
//!
//! ```text
//! pieces -> BarNotes, BarHistory -> origins of their bars -> FormModel (counts)
//! FormModel + take -> FormPlan -> origin of bar n: new, or like bar n - b, exactly or by so much
//! ```
//!
//! A plan is a pure function of the model, the take and the bar's number: the same in every instance and in
//! every render, whatever was composed before. The composer plays it: it repeats a bar, varies it, or makes a
//! new one and sees to it that it is none of the earlier ones (see [`crate::composer`]).

mod arrangement;
mod bar_notes;
mod chart;
mod chords;
mod counts;
mod form;
mod heard;
mod letters;
mod plan;
mod song_form;
mod written;

pub use bar_notes::{BarHistory, BarNotes, KEPT};
pub use chart::{Chart, ChartError};
pub use form::{Form, FormModel, MOST_BACK, MOST_BARS, Origin, Resemblance};
pub use heard::{heard_chord, heard_chords};
pub use letters::FormLetters;
pub use plan::FormPlan;
pub use song_form::{FirstRound, SongForm};
pub use written::{ChordTrack, WrittenSheet};
