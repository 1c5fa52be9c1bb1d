//! Forms: sections in order, who plays in them and how densely.

use crate::stroke::Player;

/// The form of a song.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Its sections in order.
    pub sections: Vec<FormSection>,
}

/// A section of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormSection {
    /// What kind it is, such as "verse": templates may be for some kinds alone.
    pub kind: String,
    /// Its letter: sections of one letter share their music.
    pub letter: String,
    /// Bars.
    pub bars: u32,
    /// Density, 1 to 4.
    pub level: u8,
    /// Semitones by which chords and lead lie higher.
    pub lift: i32,
    /// Who plays.
    pub players: Vec<Player>,
}

impl FormSection {
    /// Reads "verse A: 8 bars, level 2, drums bass chords"; "lift 3" may stand before the players.
    ///
    /// # Errors
    /// In words.
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| {
            format!("\"{text}\": {what}; a section reads \"verse A: 8 bars, level 2, drums bass\"")
        };
        let (name, rest) = text.split_once(':').ok_or_else(|| wrong("there is no colon"))?;
        let (kind, letter) =
            name.trim().split_once(' ').ok_or_else(|| wrong("it has no letter"))?;
        let mut section = Self {
            kind: kind.to_owned(),
            letter: letter.trim().to_owned(),
            bars: 0,
            level: 0,
            lift: 0,
            players: Vec::new(),
        };
        for item in rest.split(',') {
            let words: Vec<&str> = item.split_whitespace().collect();
            match words[..] {
                [number, "bars" | "bar"] => section.bars = number.parse().unwrap_or(0),
                ["level", number] => section.level = number.parse().unwrap_or(0),
                ["lift", number] => {
                    section.lift = number.parse().map_err(|_| wrong("lift is in semitones"))?;
                }
                _ => {
                    for word in words {
                        let player = Player::ALL.into_iter().find(|it| it.name() == word);
                        section
                            .players
                            .push(player.ok_or_else(|| wrong(&format!("who is \"{word}\"?")))?);
                    }
                }
            }
        }
        match section {
            Self { bars: 1..=64, level: 1..=4, .. } if !section.players.is_empty() => Ok(section),
            Self { bars: 1..=64, level: 1..=4, .. } => Err(wrong("nobody plays")),
            Self { bars: 1..=64, .. } => Err(wrong("the level is 1 to 4")),
            _ => Err(wrong("it has 1 to 64 bars")),
        }
    }
}
