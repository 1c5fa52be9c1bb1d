//! Why a file cannot be imported, in words for its owner.

use super::{MAX_NOTES, PartChoice};

/// Why a file cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// Something else than MIDI.
    #[error("not a MIDI file: it {0}")]
    Foreign(String),
    /// A MIDI file whose header cannot be used.
    #[error("the header of this MIDI file is damaged: {0}")]
    Header(String),
    /// A MIDI file that breaks off before it has given a note.
    #[error("the file is cut off or damaged before its first note")]
    Truncated,
    /// A sound MIDI file without notes.
    #[error("the file holds no notes")]
    NoNotes,
    /// More notes than any piece.
    #[error("the file holds more than {MAX_NOTES} notes: split it")]
    TooManyNotes,
    /// Notes, but none in the part that was asked for.
    #[error("no notes in the part {part}: {advice}")]
    EmptyPart {
        /// The part that was asked for.
        part: PartChoice,
        /// What the file has.
        advice: String,
    },
}

impl ImportError {
    /// What kind of file well-known bytes begin.
    pub(super) fn kind_of(bytes: &[u8]) -> Option<&'static str> {
        const KINDS: [(&[u8], &str); 15] = [
            (b"PK\x03\x04", "a zip archive"),
            (b"\x1f\x8b", "a gzip archive"),
            (b"Rar!", "a RAR archive"),
            (b"7z\xbc\xaf", "a 7z archive"),
            (b"%PDF", "a PDF document"),
            (b"\x89PNG", "a PNG image"),
            (b"\xff\xd8\xff", "a JPEG image"),
            (b"GIF8", "a GIF image"),
            (b"OggS", "an Ogg sound file"),
            (b"fLaC", "a FLAC sound file"),
            (b"ID3", "an MP3 sound file"),
            (b"FORM", "an AIFF sound file"),
            (b"RIFF", "a WAV or other RIFF file without MIDI"),
            (b"<", "a web page or XML"),
            (b"{", "JSON text"),
        ];
        KINDS.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|&(_, kind)| kind)
    }

    /// The error for bytes that do not start as MIDI files do: says what they look like.
    pub(super) fn foreign(bytes: &[u8]) -> Self {
        let start = &bytes[..bytes.len().min(512)];
        let looks = if let Some(kind) = notation(start) {
            format!("looks like {kind}: write it as MIDI first, with a notation program or music21")
        } else if let Some(kind) = Self::kind_of(start) {
            format!("looks like {kind}")
        } else if start.iter().all(|&byte| byte == 0) {
            "holds only zeros at its start".to_owned()
        } else if is_text(start) {
            "looks like text".to_owned()
        } else {
            let bytes: Vec<String> =
                start.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            format!("starts with the bytes {}, not with \"MThd\"", bytes.join(" "))
        };
        Self::Foreign(looks)
    }
}

/// What kind of written music some bytes begin.
fn notation(start: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with("X:") || text.starts_with("%abc") {
        Some("ABC notation")
    } else if text.starts_with('<') && text.contains("<score-") {
        Some("MusicXML")
    } else {
        None
    }
}

/// Whether bytes read as UTF-8 without control characters; a character may be cut at their end.
fn is_text(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    text.chars().all(|c| !c.is_control() || c.is_whitespace())
}
