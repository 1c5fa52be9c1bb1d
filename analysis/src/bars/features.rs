//! What tells strong beats from weak ones, at each point of a grid of half beats.

use crate::notes::Heard;

/// Number of features.
pub const FEATURES: usize = 16;

/// Features of each point, each with mean 0 and variance 1 over the piece.
///
/// The cues are those of metrical preference rules (Lerdahl, Jackendoff, A Generative Theory of Tonal
/// Music, 1983, rules MPR 2 to 9; Temperley 2001, chapter 2): events, stress, length, bass, change of
/// harmony, and where there are drums, who strikes.
pub fn features(notes: &[Heard], points: &[f64]) -> Vec<[f64; FEATURES]> {
    let count = points.len();
    let mut rows = vec![[0.0; FEATURES]; count];
    if count < 3 {
        return rows;
    }
    let spacing = |i: usize| {
        let i = i.clamp(1, count - 1);
        points[i] - points[i - 1]
    };
    let chroma = chroma(notes, points);
    for (i, row) in rows.iter_mut().enumerate() {
        for (feature, width) in [(2, 2), (3, 4), (4, 8)] {
            row[feature] = change(&chroma, i, width);
        }
    }
    // Onsets near a point.
    let mut velocities = vec![(0.0, 0.0); count];
    let mut lowest = vec![f64::INFINITY; count];
    let mut next = 0;
    for note in notes {
        while next + 1 < count
            && (points[next + 1] - note.from).abs() <= (points[next] - note.from).abs()
        {
            next += 1;
        }
        let i = next;
        let half = spacing(i + 1);
        if (points[i] - note.from).abs() > 0.3 * half {
            continue;
        }
        let row = &mut rows[i];
        let beats = (note.duration() / (2.0 * half)).min(4.0);
        if note.drum {
            let drum = match note.pitch {
                35 | 36 => 7,
                37..=40 => 8,
                49 | 52 | 55 | 57 => 9,
                _ => continue,
            };
            row[drum] = 1.0;
            continue;
        }
        row[0] += 0.3 + beats.sqrt();
        row[5] = row[5].max(beats.ln_1p());
        row[13] += 1.0;
        velocities[i].0 += f64::from(note.velocity);
        velocities[i].1 += 1.0;
        lowest[i] = lowest[i].min(f64::from(note.pitch));
    }
    // The bass: onsets that nothing in the beat around is lower than.
    let mut bass_before = None;
    for i in 0..count {
        let around = lowest[i.saturating_sub(2)..(i + 3).min(count)].iter();
        let low = around.fold(f64::INFINITY, |low, &it| low.min(it));
        if lowest[i] <= low && lowest[i] < 60.0 {
            rows[i][1] = 0.5 + rows[i][5];
            let class = lowest[i] as i64 % 12;
            rows[i][12] = f64::from(bass_before != Some(class));
            bass_before = Some(class);
        }
    }
    // Onsets in time.
    let mut onsets: Vec<f64> = notes.iter().filter(|it| !it.drum).map(|it| it.from).collect();
    onsets.dedup_by(|a, b| *a - *b < 0.03);
    for i in 0..count {
        let row = &mut rows[i];
        let half = spacing(i + 1);
        let here = onsets.partition_point(|&at| at < points[i] - 0.3 * half);
        if row[13] > 0.0 && here < onsets.len() {
            let gap = if here > 0 { onsets[here] - onsets[here - 1] } else { 8.0 * half };
            row[10] = (gap / half).min(8.0).ln_1p();
            let next = onsets[here..].iter().find(|&&at| at > points[i] + 0.3 * half);
            row[11] = next.map_or(4.0, |at| (at - onsets[here]) / half).min(8.0).ln_1p();
            row[14] = -lowest[i];
        } else {
            row[14] = -84.0;
        }
        let window = &velocities[i.saturating_sub(8)..(i + 9).min(count)];
        let (sum, n) = window.iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        if velocities[i].1 > 0.0 {
            row[6] = (velocities[i].0 / velocities[i].1 - sum / n) / 20.0;
        }
        row[0] = row[0].ln_1p();
        row[13] = row[13].ln_1p();
        row[15] = row[4] * f64::from(row[1] > 0.0);
    }
    normalise(&mut rows);
    rows
}

/// Points for which a held sound counts: more than music has in three seconds, and few where a file's
/// tempo is millions of beats a minute.
const HELD_POINTS: usize = 256;

/// Sounding time of each pitch class between a point and the next.
pub fn chroma(notes: &[Heard], points: &[f64]) -> Vec<[f64; 12]> {
    let mut chroma = vec![[0.0; 12]; points.len()];
    if points.is_empty() {
        return chroma;
    }
    let mut first = 0;
    for note in notes.iter().filter(|note| !note.drum) {
        while first + 1 < points.len() && points[first + 1] <= note.from {
            first += 1;
        }
        // A held sound fades: it counts for three seconds.
        let until = note.sounds_until.min(note.until.max(note.from + 1.5)).min(note.from + 3.0);
        let mut i = first;
        let last = (points.len() - 1).min(first + HELD_POINTS);
        while i < last && points[i] < until {
            let sounding = until.min(points[i + 1]) - note.from.max(points[i]);
            chroma[i][usize::from(note.pitch % 12)] += sounding.max(0.0);
            i += 1;
        }
    }
    chroma
}

/// How different the harmony is before and after a point, in points.
fn change(chroma: &[[f64; 12]], at: usize, width: usize) -> f64 {
    let sum = |from: usize, to: usize| {
        let mut sum = [0.0; 12];
        for row in &chroma[from..to] {
            for (total, value) in sum.iter_mut().zip(row) {
                *total += value;
            }
        }
        sum
    };
    let before = sum(at.saturating_sub(width), at);
    let after = sum(at, (at + width).min(chroma.len()));
    1.0 - cosine(&before, &after)
}

/// Cosine of the angle between two vectors; 0 where one is 0.
pub fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let norm = (dot(a, a) * dot(b, b)).sqrt();
    if norm > 0.0 { dot(a, b) / norm } else { 0.0 }
}

fn normalise(rows: &mut [[f64; FEATURES]]) {
    let n = rows.len() as f64;
    for feature in 0..FEATURES {
        let mean = rows.iter().map(|row| row[feature]).sum::<f64>() / n;
        let variance =
            rows.iter().map(|row| (row[feature] - mean) * (row[feature] - mean)).sum::<f64>() / n;
        let scale = 1.0 / variance.sqrt().max(0.05);
        for row in &mut *rows {
            row[feature] = (row[feature] - mean) * scale;
        }
    }
}
