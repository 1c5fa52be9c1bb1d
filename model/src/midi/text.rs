//! Names in MIDI files, which say nothing of their encoding.

/// Longest name that is kept, in characters.
const MAX_CHARS: usize = 120;

/// A name from a file: UTF-8 where it is that, else Latin-1; brought to [`one_line`].
pub(super) fn decode(bytes: &[u8]) -> String {
    // Four bytes a character and generous white space: the rest of a huge text is not even looked at.
    let bytes = &bytes[..bytes.len().min(16 * MAX_CHARS)];
    match std::str::from_utf8(bytes) {
        Ok(text) => one_line(text.chars()),
        Err(error) if error.error_len().is_none() => {
            // Cut inside a character, here or by the file.
            one_line(String::from_utf8_lossy(&bytes[..error.valid_up_to()]).chars())
        }
        Err(_) => one_line(bytes.iter().map(|&byte| char::from(byte))),
    }
}

/// One line of bounded length: white space and control characters become single spaces.
pub(super) fn one_line(chars: impl Iterator<Item = char>) -> String {
    let blank = |c: char| c.is_whitespace() || c.is_control();
    let line: String = chars.map(|c| if blank(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = line.split_whitespace().collect();
    let tidied: String = words.join(" ").chars().take(MAX_CHARS).collect();
    tidied.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_in_utf_8_or_latin_1() {
        assert_eq!(decode("Caf\u{e9} \u{2669}".as_bytes()), "Caf\u{e9} \u{2669}");
        assert_eq!(decode(b"Caf\xe9 au lait"), "Caf\u{e9} au lait");
        assert_eq!(decode(b"  two\r\n lines\0\0"), "two lines");
        assert_eq!(decode(b""), "");
    }

    #[test]
    fn a_name_has_a_bounded_length() {
        assert_eq!(decode(&[b'x'; 1_000_000]).chars().count(), MAX_CHARS);
        let long = "\u{e9}".repeat(20 * MAX_CHARS);
        assert_eq!(decode(long.as_bytes()), "\u{e9}".repeat(MAX_CHARS));
        assert_eq!(decode(&long.as_bytes()[1..]).chars().count(), MAX_CHARS);
    }
}
