//! Long pieces in segments, so that no lane of a batch is kept busy by one piece alone.

use jukebox_model::vocabulary::Encoded;

/// Cuts pieces that are longer than `longest` events into segments that are not, between onsets where
/// that is possible. Each segment starts at the bar position where the one before it ends. The order of
/// the events stays, and none is lost.
pub fn segments(pieces: Vec<Encoded>, longest: usize) -> Vec<Encoded> {
    let mut segments = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let length = piece.events.len();
        if length <= longest {
            segments.push(piece);
            continue;
        }
        let mut from = 0;
        while from < length {
            let to = (from + longest).min(length);
            // Back to the start of a chord, unless it is longer than all.
            let chord = |&at: &usize| at == length || piece.events[at].step != 0;
            let to = (from + 1..=to).rev().find(chord).unwrap_or(to);
            segments.push(segment(&piece, from, to));
            from = to;
        }
    }
    segments
}

fn segment(piece: &Encoded, from: usize, to: usize) -> Encoded {
    let (start, first) = match from.checked_sub(1) {
        Some(before) => (piece.places[before], piece.onsets[before]),
        None => (piece.start, 0),
    };
    Encoded {
        events: piece.events[from..to].to_vec(),
        places: piece.places[from..to].to_vec(),
        harmonies: piece.harmonies.get(from..to).unwrap_or_default().to_vec(),
        ensembles: piece.ensembles.get(from..to).unwrap_or_default().to_vec(),
        onsets: piece.onsets[from..to].iter().map(|onset| onset - first).collect(),
        start,
    }
}

#[cfg(test)]
mod tests {
    use jukebox_model::piece::{Note, Piece};
    use jukebox_model::vocabulary::Vocabulary;

    use super::*;

    #[test]
    fn a_long_piece_is_cut_between_chords_and_loses_nothing() {
        let note = |i: u32| Note {
            onset: i / 3 * 24,
            part: 0,
            pitch: 60 + (i % 3) as u8,
            duration: 24,
            velocity: 80,
        };
        let piece = Piece { notes: (0..30).map(note).collect(), ..Piece::default() };
        let vocabulary = Vocabulary::learn([&piece]).unwrap();
        let (encoded, _) = vocabulary.encode(&piece);
        let parts = segments(vec![encoded.clone()], 8);
        assert!(parts.iter().all(|part| part.events.len() == 6));
        let events: Vec<_> = parts.iter().flat_map(|part| part.events.clone()).collect();
        assert_eq!(events, encoded.events);
        for pair in parts.windows(2) {
            assert_eq!(Some(&pair[1].start), pair[0].places.last());
            assert_eq!(pair[1].onsets[0], 24, "counted from the onset before");
        }
        let whole = [encoded];
        assert_eq!(segments(whole.to_vec(), 30), whole);
        assert_eq!(segments(whole.to_vec(), 2).len(), 20, "a chord that is too long is cut");
    }
}
