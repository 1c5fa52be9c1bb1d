//! Standard MIDI files: import to a [`Piece`](crate::piece::Piece), and export.
