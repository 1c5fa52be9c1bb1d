//! Takes as the scripts read them: JSON, but for the notes, which are letters, since there are thousands.
//!
//! A note is four numbers: ticks since the onset before, key, length, half the velocity. A number is a letter each, from `#`
//! for 0 on; `~` adds 90 to the number that follows it. The backslash, which JSON would double, is written `}`.

use serde_json::{Value, json};

use super::midi::{Note, Take};

/// Numbers of one letter are less.
const MOST: u32 = 90;

/// What the scripts get of a take.
pub fn data(take: &Take) -> Value {
    let parts = take.parts.iter().enumerate().map(|(place, part)| {
        json!({
            "name": part.name,
            "drums": part.drums,
            "colour": part.colour(place),
            "notes": notes(&part.notes),
        })
    });
    json!({
        "quarter": f64::from(take.quarter) / 1e6,
        "bar": take.bar,
        "bars": take.bars,
        "parts": parts.collect::<Vec<_>>(),
        "chords": take.chords,
        "sections": take.sections,
    })
}

fn notes(notes: &[Note]) -> String {
    let mut text = String::new();
    let mut before = 0;
    for note in notes {
        for number in
            [note.onset - before, note.key.into(), note.length, u32::from(note.velocity / 2)]
        {
            push(&mut text, number);
        }
        before = note.onset;
    }
    text
}

fn push(text: &mut String, mut number: u32) {
    while number >= MOST {
        text.push('~');
        number -= MOST;
    }
    text.push(match char::from(b'#' + number as u8) {
        '\\' => '}',
        letter => letter,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_letters_that_json_leaves_as_they_are() {
        let text = |number| {
            let mut text = String::new();
            push(&mut text, number);
            text
        };
        assert_eq!([text(0), text(1), text(89), text(90), text(185)], ["#", "$", "|", "~#", "~~("]);
        let all: String = (0..MOST).map(text).collect();
        assert_eq!(all.chars().collect::<std::collections::BTreeSet<_>>().len(), 90);
        assert_eq!(serde_json::to_string(&all).unwrap().len(), 92, "something is escaped");
    }

    #[test]
    fn onsets_are_told_as_steps() {
        let note = |onset, key| Note { onset, key, length: 2, velocity: 7 };
        assert_eq!(notes(&[note(1, 36), note(1, 40), note(4, 36)]), "$G%&#K%&&G%&");
    }
}
