//! Numbers as people read them, the same in the command and in the window.

/// A number with its thousands set apart: "12,345".
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_in_thousands() {
        let texts = [0, 999, 1_000, 417_206, 12_345_678].map(thousands);
        assert_eq!(texts, ["0", "999", "1,000", "417,206", "12,345,678"]);
    }
}
