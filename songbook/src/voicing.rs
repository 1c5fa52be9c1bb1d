//! Which keys sound a chord: voices that move as little as they can (Piston, Harmony, on voice leading).

use crate::harmony::{Chord, Mode};

/// Which tones of a chord are played, and how they are spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voicing {
    /// Degrees of the chord: 1, 3, 5, 7, 9, 11, 13.
    pub tones: Vec<u8>,
    /// How they are spread.
    pub spread: Spread,
}

/// How the tones of a voicing lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Within an octave, in whatever inversion is nearest.
    Close,
    /// The second from the top an octave lower.
    Drop2,
    /// From the bottom up in the order in which they are written.
    AsWritten,
}

/// Where a chord is to lie.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Key of the tonic, as a pitch class.
    pub tonic: i32,
    /// The mode.
    pub mode: Mode,
    /// Lowest and highest key.
    pub range: (i32, i32),
    /// Where the middle of the chords is to be.
    pub centre: i32,
    /// Whether a bass plays below.
    pub has_bass: bool,
}

/// Keys of a chord, from the bottom up: of all ways within the range the one that is nearest to the keys
/// `before` it and to the centre, and neither muddy nor harsh, nor a semitone from what `others` hold.
pub fn voice(
    voicing: &Voicing,
    chord: &Chord,
    place: Place,
    before: Option<&[i32]>,
    others: &[i32],
) -> Vec<i32> {
    let mut tones = voicing.tones.clone();
    // Where the bass has the root, a seventh that the chord names takes its place: lines inside are heard.
    if place.has_bass
        && voicing.spread != Spread::AsWritten
        && chord.named_tone(7).is_some()
        && !tones.contains(&7)
    {
        tones.iter_mut().filter(|it| **it == 1).for_each(|it| *it = 7);
    }
    let classes: Vec<i32> = chord.voices(&tones, place.mode);
    let classes: Vec<i32> = classes.iter().map(|it| (it + place.tonic).rem_euclid(12)).collect();
    let (low, high) = place.range;
    let outside =
        |keys: &[i32]| -> i32 { keys.iter().map(|key| (low - key).max(key - high).max(0)).sum() };
    let cost = |keys: &[i32]| {
        let sum: i32 = keys.iter().sum();
        let from_centre = (sum - place.centre * keys.len() as i32).abs();
        let motion =
            before.map_or(2 * from_centre, |before| 4 * motion(before, keys) + from_centre);
        let pairs =
            keys.iter().flat_map(|key| others.iter().map(move |other| key.abs_diff(*other)));
        let sour = 60 * pairs.filter(|it| *it == 1).count() as i32;
        motion + roughness(keys) + sour + 100 * outside(keys)
    };
    let candidates = stackings(&classes, voicing.spread);
    candidates.into_iter().min_by_key(|keys| cost(keys)).unwrap_or_default()
}

/// All ways to stack pitch classes over the keyboard.
fn stackings(classes: &[i32], spread: Spread) -> Vec<Vec<i32>> {
    let mut sorted = classes.to_vec();
    sorted.sort_unstable();
    let orders: Vec<Vec<i32>> = match spread {
        Spread::AsWritten => vec![classes.to_vec()],
        Spread::Close | Spread::Drop2 => (0..sorted.len())
            .map(|turn| {
                let mut order = sorted.clone();
                order.rotate_left(turn);
                order
            })
            .collect(),
    };
    let mut stackings = Vec::new();
    for order in &orders {
        for octave in 2..=7 {
            let mut keys = vec![order[0] + 12 * octave];
            for class in &order[1..] {
                let below = keys[keys.len() - 1];
                keys.push(below + (class - below - 1).rem_euclid(12) + 1);
            }
            if spread == Spread::Drop2 && keys.len() >= 4 {
                let dropped = keys.len() - 2;
                keys[dropped] -= 12;
                keys.sort_unstable();
            }
            stackings.push(keys);
        }
    }
    stackings
}

/// Semitones that voices move: each from its own before, or where the numbers differ from the nearest.
fn motion(before: &[i32], keys: &[i32]) -> i32 {
    if before.len() == keys.len() {
        return before.iter().zip(keys).map(|(from, to)| (from - to).abs()).sum();
    }
    keys.iter().map(|to| before.iter().map(|from| (from - to).abs()).min().unwrap_or(0)).sum()
}

/// How muddy or harsh keys are: narrow intervals low down, and semitones, most of all at the top.
fn roughness(keys: &[i32]) -> i32 {
    let pairs = keys.windows(2).enumerate();
    pairs
        .map(|(index, pair)| {
            let interval = pair[1] - pair[0];
            let muddy = (pair[0] < 48 && interval < 7) || (pair[0] < 53 && interval < 3);
            let at_top = index + 2 == keys.len();
            let harsh = if interval == 1 { if at_top { 25 } else { 6 } } else { 0 };
            harsh + if muddy { 40 } else { 0 }
        })
        .sum()
}
