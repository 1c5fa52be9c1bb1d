//! What training and evaluation read: collections of MIDI files, divided, encoded and laid out.
//!
//! ```text
//! files --sources--> Collection --split--> training and validation pieces
//!                     |   near_duplicates     |
//!                   summary            training_data: events, vocabulary --streams--> windows
//!                                             |
//!                                           learnt: what a record has read
//! ```

pub mod chords;
mod collection;
pub mod common_parts;
pub mod groove;
pub mod learnt;
mod leftover;
pub mod near_duplicates;
mod note_counts;
pub mod parts_file;
pub mod provenance;
pub mod random;
pub mod reading;
pub mod record_parts;
pub mod segments;
mod sources;
pub mod split;
pub mod streams;
mod summary;
pub mod training_data;

pub use collection::{Collection, Duplicate, Skipped, SourcePiece};
pub use note_counts::NoteCounts;
pub use sources::{LONGEST_FILE, NOTATION, is_archive, is_notation};
pub use summary::{Summary, VocabularySizes};
