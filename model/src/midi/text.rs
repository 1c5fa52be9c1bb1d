//! Names in MIDI files, which say nothing of their encoding.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, WINDOWS_1252};

/// Longest name that is kept, in characters.
const MAX_CHARS: usize = 120;

/// Bytes that tell a file's encoding, at most.
const MAX_BYTES: usize = 1 << 16;

/// Finds the encoding that a file's names, lyrics and remarks share: the more is heard, the surer it is.
pub(super) struct Encodings {
    detector: EncodingDetector,
    heard: usize,
}

impl Encodings {
    pub fn new() -> Self {
        Self { detector: EncodingDetector::new(Iso2022JpDetection::Deny), heard: 0 }
    }

    /// Takes a text of the file into account.
    pub fn hear(&mut self, text: &[u8]) {
        if text.is_ascii() || self.heard > MAX_BYTES || std::str::from_utf8(text).is_ok() {
            return;
        }
        let text = &text[..text.len().min(MAX_BYTES)];
        self.detector.feed(text, false);
        self.detector.feed(b"\n", false);
        self.heard += text.len();
    }

    /// The encoding of what is not UTF-8; Windows-1252, which holds Latin-1, where nothing tells.
    pub fn found(mut self) -> &'static Encoding {
        if self.heard == 0 {
            return WINDOWS_1252;
        }
        self.detector.feed(b"", true);
        self.detector.guess(None, Utf8Detection::Deny)
    }
}

/// A name from a file: UTF-8 where it is that, else in the file's encoding; brought to [`one_line`].
pub(super) fn decode(bytes: &[u8], encoding: &'static Encoding) -> String {
    // Four bytes a character and generous white space: the rest of a huge text is not even looked at.
    let bytes = &bytes[..bytes.len().min(16 * MAX_CHARS)];
    match std::str::from_utf8(bytes) {
        Ok(text) => one_line(text.chars()),
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => {
            // Cut inside a character, here or by the file.
            one_line(String::from_utf8_lossy(&bytes[..error.valid_up_to()]).chars())
        }
        Err(_) => one_line(encoding.decode_without_bom_handling(bytes).0.chars()),
    }
}
/// Whether a character turns the direction of what follows: a name must not rearrange the line that it stands in.
fn is_turn(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One line of bounded length: white space, control characters and turns of direction become single spaces.
pub(super) fn one_line(chars: impl Iterator<Item = char>) -> String {
    let blank = |c: char| c.is_whitespace() || c.is_control() || is_turn(c);
    let line: String = chars.map(|c| if blank(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = line.split_whitespace().collect();
    let tidied: String = words.join(" ").chars().take(MAX_CHARS).collect();
    tidied.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name in a file of its own.
    fn alone(bytes: &[u8]) -> String {
        let mut encodings = Encodings::new();
        encodings.hear(bytes);
        decode(bytes, encodings.found())
    }

    #[test]
    fn a_name_is_read_in_its_own_encoding() {
        assert_eq!(alone("Caf\u{e9} \u{2669}".as_bytes()), "Caf\u{e9} \u{2669}");
        assert_eq!(alone(b"Caf\xe9 au lait"), "Caf\u{e9} au lait");
        assert_eq!(alone(b"F\xfcr Elise"), "F\u{fc}r Elise");
        assert_eq!(alone(b"It\x92s late \x96 2"), "It\u{2019}s late \u{2013} 2");
        // Shift-JIS: piano, strings.
        assert_eq!(alone(b"\x83s\x83A\x83m"), "\u{30d4}\u{30a2}\u{30ce}");
        assert_eq!(
            alone(b"\x83X\x83g\x83\x8a\x83\x93\x83O\x83X"),
            "\u{30b9}\u{30c8}\u{30ea}\u{30f3}\u{30b0}\u{30b9}"
        );
        // GBK: jasmine.
        assert_eq!(alone(b"\xdc\xd4\xc0\xf2\xbb\xa8"), "\u{8309}\u{8389}\u{82b1}");
        assert_eq!(alone(b"  two\r\n lines\0\0"), "two lines");
        assert_eq!(alone("abc\u{202e}fdp.mid".as_bytes()), "abc fdp.mid");
        assert_eq!(alone(b""), "");
    }

    #[test]
    fn all_texts_of_a_file_tell_its_encoding() {
        let mut encodings = Encodings::new();
        for text in [&b"\x89\xb9"[..], b"\x83h\x83\x89\x83\x80", b"plain", b"\x83x\x81[\x83X"] {
            encodings.hear(text);
        }
        assert_eq!(decode(b"\x89\xb9", encodings.found()), "\u{97f3}");
    }

    #[test]
    fn a_name_has_a_bounded_length() {
        assert_eq!(alone(&[b'x'; 1_000_000]).chars().count(), MAX_CHARS);
        let long = "\u{e9}".repeat(20 * MAX_CHARS);
        assert_eq!(alone(long.as_bytes()), "\u{e9}".repeat(MAX_CHARS));
        assert_eq!(alone(&long.as_bytes()[1..]).chars().count(), MAX_CHARS);
    }
}
