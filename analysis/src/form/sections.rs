//! Sections: blocks of bars that return, earlier or later, and their letters.

use super::{Bar, LOOK_BACK, MOVED, Section, bars_of};
use crate::notes::Heard;

/// Lengths of sections in bars, and what each costs: eights are usual.
const LENGTHS: [(usize, f64); 8] =
    [(8, 0.5), (4, 0.9), (16, 1.05), (12, 1.2), (6, 1.6), (2, 2.0), (3, 2.2), (1, 2.5)];

/// A bar of music that does not return is worth as much as one of this likeness.
const NEW: f64 = 0.45;

/// Likeness of sections of one letter, and of those that are not even varied.
const SAME: f64 = 0.5;
const EXACT: f64 = 0.85;

/// What a block that another one stands on may be less like it than the likest bars anywhere.
const ALIGNED: f64 = 0.1;

/// Likeness from which a block tells where others begin and end.
const CLEAR: f64 = 0.7;

/// Moved copies of a bar that are looked at, earlier and later ones.
const COPIES: usize = 16;

/// Likenesses of all bars to those before them.
struct Likenesses {
    bars: Vec<Bar>,
    /// For each bar and distance back, the sum of the likenesses of all bars up to it at that distance.
    sums: Vec<Vec<f32>>,
    /// For each bar those that it may be a moved copy of, the nearest of all earlier and later ones.
    moved: Vec<Vec<usize>>,
    look_back: usize,
}

/// A block's like.
#[derive(Clone, Copy, Debug)]
struct Match {
    /// Its first bar.
    start: usize,
    /// Mean likeness of the bars.
    mean: f64,
}

impl Likenesses {
    fn of(bars: Vec<Bar>) -> Self {
        let look_back = bars.len().min(LOOK_BACK);
        let mut sums: Vec<Vec<f32>> = Vec::with_capacity(bars.len());
        for bar in 0..bars.len() {
            let of_distance = |back: usize| {
                let before = bar.checked_sub(1).and_then(|it| sums[it].get(back)).unwrap_or(&0.0);
                before + if back == 0 { 1.0 } else { bars[bar].like(&bars[bar - back], 0) as f32 }
            };
            let row = (0..=bar.min(look_back)).map(of_distance).collect();
            sums.push(row);
        }
        let moved = (0..bars.len()).map(|bar| moved_copies(&bars, bar, look_back)).collect();
        Self { bars, sums, moved, look_back }
    }

    /// Mean likeness of two blocks of a length; 0 where they overlap or lie too far apart.
    fn mean(&self, a: usize, b: usize, length: usize) -> f64 {
        let (first, second) = (a.min(b), a.max(b));
        let back = second - first;
        if back < length || back > self.look_back || second + length > self.bars.len() {
            return 0.0;
        }
        let until = self.sums[second + length - 1][back];
        let before = second.checked_sub(1).and_then(|it| self.sums[it].get(back)).unwrap_or(&0.0);
        f64::from(until - before) / length as f64
    }

    /// Likewise, one of them moved by the distance of their first notes.
    fn mean_moved(&self, a: usize, b: usize, length: usize) -> f64 {
        if a.abs_diff(b) < length || a.max(b) + length > self.bars.len() {
            return 0.0;
        }
        let moved = self.bars[a].distance(&self.bars[b]);
        if moved == 0 {
            return 0.0;
        }
        let bars = 0..length;
        let sum: f64 = bars.map(|it| self.bars[a + it].like(&self.bars[b + it], moved)).sum();
        sum / length as f64 - MOVED
    }

    /// Mean likeness of two blocks, moved or not.
    fn best(&self, a: usize, b: usize, length: usize) -> f64 {
        let mean = self.mean(a, b, length);
        if mean < SAME { mean.max(self.mean_moved(a, b, length)) } else { mean }
    }

    /// The bars that a block is likest to, the nearest of equals.
    fn likest(&self, start: usize, length: usize) -> Match {
        let from = start.saturating_sub(self.look_back);
        let until = (start + self.look_back).min(self.bars.len().saturating_sub(length));
        let mut best = Match { start, mean: 0.0 };
        let mut consider = |other: usize, mean: f64| {
            let nearer = other.abs_diff(start) < best.start.abs_diff(start);
            if mean > best.mean + 1e-4 || (mean > best.mean - 1e-4 && mean > 0.0 && nearer) {
                best = Match { start: other, mean };
            }
        };
        (from..=until).rev().for_each(|other| consider(other, self.mean(start, other, length)));
        for &other in &self.moved[start] {
            consider(other, self.mean_moved(start, other, length));
        }
        best
    }
}

/// The bars that a bar may be a moved copy of, or they of it.
fn moved_copies(bars: &[Bar], bar: usize, look_back: usize) -> Vec<usize> {
    let is_copy = |&other: &usize| {
        let moved = bars[bar].distance(&bars[other]);
        moved != 0 && bars[bar].like(&bars[other], moved) >= SAME
    };
    let before = (bar.saturating_sub(look_back)..bar).rev();
    let after = bar + 1..(bar + look_back).min(bars.len());
    let mut copies: Vec<usize> = before.filter(is_copy).take(COPIES).collect();
    copies.extend(after.filter(is_copy).take(COPIES));
    copies
}

/// The blocks that are worth most together: the first bar of each.
fn blocks(like: &Likenesses) -> Vec<usize> {
    let count = like.bars.len();
    let mut value = vec![f64::NEG_INFINITY; count + 1];
    let mut last = vec![1usize; count + 1];
    value[0] = 0.0;
    for start in 0..count {
        for (length, cost) in LENGTHS {
            let end = start + length;
            if end > count {
                continue;
            }
            let mean = like.likest(start, length).mean;
            let worth = value[start] + mean.max(NEW) * length as f64 - cost;
            if worth > value[end] {
                (value[end], last[end]) = (worth, length);
            }
        }
    }
    let mut starts = Vec::new();
    let mut end = count;
    while end > 0 {
        end -= last[end];
        starts.push(end);
    }
    starts.reverse();
    starts
}

/// Lets blocks begin wherever the like of them does: what comes back alone is a block everywhere.
fn agree(like: &Likenesses, starts: &[usize]) -> Vec<usize> {
    let count = like.bars.len();
    let mut begins = vec![false; count + 1];
    for &start in starts.iter().chain([&count]) {
        begins[start] = true;
    }
    let ends = starts.iter().skip(1).copied().chain([count]);
    let spans: Vec<(usize, usize)> = starts.iter().copied().zip(ends).collect();
    let pairs: Vec<(usize, usize, usize)> = spans
        .iter()
        .filter_map(|&(start, end)| {
            let length = end - start;
            let free = like.likest(start, length);
            let aligned = spans
                .iter()
                .filter(|it| it.0 != start && it.1 - it.0 == length)
                .map(|it| Match { start: it.0, mean: like.best(start, it.0, length) })
                .max_by(|a, b| a.mean.total_cmp(&b.mean));
            let aligned = aligned.filter(|it| it.mean >= SAME && it.mean >= free.mean - ALIGNED);
            let found = aligned.unwrap_or(free);
            (found.mean >= CLEAR).then_some((start, found.start, length))
        })
        .collect();
    loop {
        let mut changed = false;
        for &(a, b, length) in &pairs {
            for offset in 0..=length {
                for (from, to) in [(a + offset, b + offset), (b + offset, a + offset)] {
                    let near = begins[to.saturating_sub(1)..=(to + 1).min(count)].contains(&true);
                    if begins[from] && !near {
                        begins[to] = true;
                        changed = true;
                    }
                }
            }
        }
        if !changed {
            return (0..count).filter(|&bar| begins[bar]).collect();
        }
    }
}

/// Bars of silence that are a section of their own.
const SILENCE: usize = 4;

/// Blocks with each long silence as one.
fn silences_whole(bars: &[Bar], mut starts: Vec<usize>) -> Vec<usize> {
    let mut from = 0;
    for run in bars.chunk_by(|a, b| a.0.is_empty() == b.0.is_empty()) {
        let until = from + run.len();
        if run[0].0.is_empty() && run.len() >= SILENCE {
            starts.retain(|start| !(from..until).contains(start));
            starts.extend([from, until].into_iter().filter(|&it| it < bars.len()));
        }
        from = until;
    }
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// The sections of a piece. `lines` are the indices of the beats that begin bars.
pub fn sections(notes: &[Heard], beats: &[f64], lines: &[usize]) -> Vec<Section> {
    let mut bars = bars_of(notes, beats, lines);
    let all = bars.len();
    // In the last bars the last notes may only end: they belong to what they end.
    while bars.last().is_some_and(|bar| bar.0.is_empty()) {
        bars.pop();
    }
    let like = Likenesses::of(bars);
    let count = like.bars.len();
    let mut starts = agree(&like, &blocks(&like));
    if starts.len() > 1 && starts[starts.len() - 1] + 1 == count {
        starts.pop();
    }
    let starts = silences_whole(&like.bars, starts);
    let mut sections: Vec<Section> = Vec::new();
    let mut letters = 0;
    let ends = starts.iter().skip(1).copied().chain([count]);
    for (from_bar, until_bar) in starts.iter().copied().zip(ends) {
        let length = until_bar - from_bar;
        let earlier = sections.iter().map(|earlier| {
            let common = length.min(earlier.until_bar - earlier.from_bar);
            // Half of a section may come back alone.
            let enough = 2 * common >= length.max(earlier.until_bar - earlier.from_bar);
            let mean = if enough { like.best(from_bar, earlier.from_bar, common) } else { 0.0 };
            (mean, earlier.letter)
        });
        let best = earlier.fold((0.0, 0), |best, it| if it.0 > best.0 { it } else { best });
        let section = if best.0 >= SAME {
            let varied = best.0 < EXACT;
            Section { from_bar, until_bar, letter: best.1, varied }
        } else {
            letters += 1;
            Section { from_bar, until_bar, letter: letters - 1, varied: false }
        };
        sections.push(section);
    }
    if let Some(last) = sections.last_mut() {
        last.until_bar = all;
    }
    sections
}
