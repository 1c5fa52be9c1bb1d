//! The key, section by section.
//!
//! Temperley's model (Music and Probability, 2007, chapter 6): in each bar each pitch class is there or
//! not, with a probability that depends on the key; keys seldom change. Viterbi's algorithm finds the
//! best keys.

use std::sync::LazyLock;

use jukebox_model::key::KeySignature;

use crate::notes::Heard;

/// Probability that a pitch class, counted from the tonic, is in a segment (Temperley 2007, figure 6.2,
/// from the Kostka-Payne corpus).
const MAJOR: [f64; 12] =
    [0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400];
const MINOR: [f64; 12] =
    [0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330];

/// For major and minor, and each pitch class from the tonic: what it adds to a bar's score to be there, and not
/// to be.
static LOGARITHMS: LazyLock<[[[f64; 2]; 12]; 2]> = LazyLock::new(|| {
    [MAJOR, MINOR].map(|profile| profile.map(|p| [TRUST * p.ln(), TRUST * (1.0 - p).ln()]))
});

/// Cost of a change of key. A passing chord of another key does not pay for it, four bars do.
const CHANGE: f64 = 9.0;

/// A bar's evidence is softened: neighbours are alike.
const TRUST: f64 = 0.7;

/// Seconds from which a pitch class is there, as a share of a bar.
const PRESENT: f64 = 0.04;

/// Seconds, and bars, for which a held note counts: one that is never released would else be in every
/// bar.
const HELD: f64 = 3.0;
const HELD_BARS: usize = 32;

/// A stretch in one key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeySpan {
    /// Index of its first bar.
    pub from_bar: usize,
    /// Index of the bar after its last.
    pub until_bar: usize,
    /// The key.
    pub key: KeySignature,
    /// How much better than the next best key it is over its bars, 0 to 1.
    pub confidence: f64,
}

/// The signature of a tonic's key, with the fewest accidentals; Gb and Eb minor, not F# and D# minor.
fn signature(root: usize, minor: bool) -> KeySignature {
    let major = if minor { (root + 3) % 12 } else { root };
    let sharps = (major * 7 % 12) as i8;
    KeySignature { sharps: if sharps > 5 { sharps - 12 } else { sharps }, minor }
}

/// The keys of bars, whose lines and end are given in seconds; none without pitched notes.
pub fn keys(notes: &[Heard], lines: &[f64]) -> Vec<KeySpan> {
    let bars = lines.len().saturating_sub(1);
    if bars == 0 || notes.iter().all(|note| note.drum) {
        return Vec::new();
    }
    let mut sounding = vec![[0.0; 12]; bars];
    for note in notes.iter().filter(|note| !note.drum) {
        let mut bar = lines.partition_point(|&at| at <= note.from).max(1) - 1;
        let until = note.until.min(note.from + HELD);
        let last = bars.min(bar + HELD_BARS);
        while bar < last && lines[bar] < until {
            let time = until.min(lines[bar + 1]) - note.from.max(lines[bar]);
            sounding[bar][usize::from(note.pitch % 12)] += time.max(0.0);
            bar += 1;
        }
    }
    let scores: Vec<[f64; 24]> = sounding
        .iter()
        .zip(lines.windows(2))
        .map(|(bar, line)| {
            let mut scores = [0.0; 24];
            if bar.iter().sum::<f64>() > 0.0 {
                for (key, score) in scores.iter_mut().enumerate() {
                    for class in 0..12 {
                        let [there, not] = LOGARITHMS[key / 12][(class + 12 - key % 12) % 12];
                        *score +=
                            if bar[class] > PRESENT * (line[1] - line[0]) { there } else { not };
                    }
                }
            }
            scores
        })
        .collect();
    let mut best = scores[0];
    let mut before = vec![[0usize; 24]; bars];
    for bar in 1..bars {
        let from = highest(&best);
        let reach = best[from] - CHANGE;
        for key in 0..24 {
            let stays = best[key] >= reach;
            before[bar][key] = if stays { key } else { from };
            best[key] = best[key].max(reach) + scores[bar][key];
        }
    }
    let mut key = highest(&best);
    let mut path = vec![0; bars];
    for bar in (0..bars).rev() {
        path[bar] = key;
        key = before[bar][key];
    }
    let mut spans = Vec::new();
    let mut from = 0;
    for bar in 1..=bars {
        if bar < bars && path[bar] == path[from] {
            continue;
        }
        let key = path[from];
        let total = |key: usize| scores[from..bar].iter().map(|it| it[key]).sum::<f64>();
        let rival = (0..24).filter(|&it| it != key).map(total).fold(f64::NEG_INFINITY, f64::max);
        let ahead = (total(key) - rival).max(0.0);
        spans.push(KeySpan {
            from_bar: from,
            until_bar: bar,
            key: signature(key % 12, key >= 12),
            confidence: ahead / (ahead + 3.0),
        });
        from = bar;
    }
    spans
}

fn highest(scores: &[f64; 24]) -> usize {
    (0..24).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bars of a second, four chords each, a quarter of a second each.
    fn bars(count: usize, from: usize, chords: [[u8; 3]; 4]) -> Vec<Heard> {
        let mut notes = Vec::new();
        for bar in from..from + count {
            for (quarter, chord) in chords.iter().enumerate() {
                for &pitch in chord {
                    let at = bar as f64 + 0.25 * quarter as f64;
                    notes.push(Heard {
                        from: at,
                        until: at + 0.24,
                        sounds_until: at + 0.24,
                        quarter: at,
                        pitch,
                        velocity: 80,
                        drum: false,
                        part: 0,
                    });
                }
            }
        }
        notes
    }

    const C: [[u8; 3]; 4] = [[60, 64, 67], [60, 65, 69], [62, 67, 71], [60, 64, 67]];

    #[test]
    fn a_change_of_key_is_found_where_it_is() {
        let mut notes = bars(12, 0, C);
        notes.extend(bars(12, 12, C.map(|chord| chord.map(|pitch| pitch + 3))));
        let lines: Vec<f64> = (0..=24).map(f64::from).collect();
        let spans = keys(&notes, &lines);
        let found: Vec<_> =
            spans.iter().map(|it| (it.from_bar, it.until_bar, it.key.to_string())).collect();
        assert_eq!(found, [(0, 12, "C".to_owned()), (12, 24, "Eb".to_owned())]);
    }

    #[test]
    fn minor_is_told_from_its_relative_major() {
        let minor = [[57, 60, 64], [57, 62, 65], [56, 64, 71], [57, 60, 64]];
        let lines: Vec<f64> = (0..=8).map(f64::from).collect();
        assert_eq!(keys(&bars(8, 0, minor), &lines)[0].key.to_string(), "Am");
        assert_eq!(keys(&bars(8, 0, C), &lines)[0].key.to_string(), "C");
    }

    #[test]
    fn keys_have_the_fewest_accidentals() {
        let names = |minor| {
            (0..12).map(|root| signature(root, minor).to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(false), "C Db D Eb E F Gb G Ab A Bb B");
        assert_eq!(names(true), "Cm C#m Dm Ebm Em Fm F#m Gm G#m Am Bbm Bm");
    }

    #[test]
    fn one_borrowed_chord_changes_no_key() {
        let mut notes = bars(8, 0, C);
        notes.extend(bars(1, 8, [[56, 60, 63], [58, 62, 65], [56, 60, 63], [58, 62, 65]]));
        notes.extend(bars(8, 9, C));
        let lines: Vec<f64> = (0..=17).map(f64::from).collect();
        assert_eq!(keys(&notes, &lines).len(), 1);
    }
}
