//! Forms as a musician writes them: letters of sections.

use std::fmt;
use std::str::FromStr;

use super::bar_notes::KEPT;

/// Letters of sections, each varied or not: `AABA`, or `A A' B A`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormLetters(pub Vec<(char, bool)>);

impl FormLetters {
    /// The bars of each section of so many bars in all.
    ///
    /// # Errors
    /// In words, where they do not divide, or a section comes back from farther than bars are kept.
    pub fn section(&self, bars: u32) -> Result<u32, String> {
        let Self(letters) = self;
        let sections = letters.len() as u32;
        if !bars.is_multiple_of(sections) {
            let whole = bars.next_multiple_of(sections);
            return Err(format!(
                "{bars} bars do not divide into {sections} sections of like length; {whole} do"
            ));
        }
        let each = bars / sections;
        let first = |letter: char| letters.iter().position(|it| it.0 == letter).unwrap_or(0);
        let farthest = (0..).zip(letters).map(|(at, it): (usize, _)| at - first(it.0)).max();
        if farthest.unwrap_or(0) * each as usize > KEPT {
            return Err(format!(
                "a section comes back from {KEPT} bars at most: write fewer sections, or shorter ones"
            ));
        }
        Ok(each)
    }
}

impl fmt::Display for FormLetters {
    /// Writes them as they are read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stroke = |varied| if varied { "'" } else { "" };
        self.0.iter().try_for_each(|&(letter, varied)| write!(f, "{letter}{}", stroke(varied)))
    }
}

impl FromStr for FormLetters {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = || "letters of sections, such as AABA or A A' B A".to_owned();
        let mut letters: Vec<(char, bool)> = Vec::new();
        for letter in text.chars().filter(|it| !it.is_whitespace() && !"-|,".contains(*it)) {
            match (letter, letters.last_mut()) {
                ('\'' | '′' | '’', Some(last)) if !last.1 => last.1 = true,
                (letter, _) if letter.is_ascii_alphabetic() => {
                    letters.push((letter.to_ascii_uppercase(), false));
                }
                _ => return Err(error()),
            }
        }
        if letters.is_empty() || letters.len() > 64 { Err(error()) } else { Ok(Self(letters)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_letters() {
        let letters = |text: &str| text.parse::<FormLetters>().map(|it| it.0);
        assert_eq!(
            letters("AA'ba").unwrap(),
            [('A', false), ('A', true), ('B', false), ('A', false)]
        );
        assert_eq!(letters("A - B").unwrap(), [('A', false), ('B', false)]);
        assert_eq!(FormLetters(letters("AA'ba").unwrap()).to_string(), "AA'BA");
        let section = |text: &str, bars| text.parse::<FormLetters>().unwrap().section(bars);
        assert_eq!(section("AABA", 32).unwrap(), 8);
        assert!(section("AAB", 16).unwrap_err().contains("18 do"));
        assert!(section("ABA", 195).unwrap_err().contains("128 bars at most"));
        for text in ["", "A1", "'A", "A''"] {
            assert!(letters(text).is_err(), "{text}");
        }
    }
}
