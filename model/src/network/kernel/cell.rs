//! The cells of an LSTM layer in training, for all lanes of a step: forward, and back.
//!
//! Each loop goes over few slices of one known length, so that it becomes vectors.

use super::activation::{activate_gates, tanh};
use super::simd::vectorized;

/// The four gates of a lane.
#[inline(always)]
fn quarters(gates: &mut [f32], hidden: usize) -> [&mut [f32]; 4] {
    let (i, rest) = gates.split_at_mut(hidden);
    let (f, rest) = rest.split_at_mut(hidden);
    let (g, o) = rest.split_at_mut(hidden);
    [i, f, g, &mut o[..hidden]]
}

/// One step of all lanes: gates become their activations; `before` is the cell state before it.
pub fn activate(
    hidden: usize,
    gates: &mut [f32],
    before: &[f32],
    cells: &mut [f32],
    out: &mut [f32],
) {
    vectorized(activate_lanes, (hidden, gates, before, cells, out));
}

type Activate<'a> = (usize, &'a mut [f32], &'a [f32], &'a mut [f32], &'a mut [f32]);

#[inline(always)]
fn activate_lanes((hidden, gates, before, cells, out): Activate<'_>) {
    let lanes = gates.chunks_exact_mut(4 * hidden).zip(before.chunks_exact(hidden));
    let states = cells.chunks_exact_mut(hidden).zip(out.chunks_exact_mut(hidden));
    for ((gates, before), (cells, out)) in lanes.zip(states) {
        // One slice at a time: loops over many at once do not vectorise.
        activate_gates(gates);
        let [i, f, g, o] = quarters(gates, hidden);
        for ((cell, before), (i, (f, g))) in
            cells.iter_mut().zip(before).zip(i.iter().zip(f.iter().zip(g.iter())))
        {
            *cell = f * before + i * g;
        }
        for (out, cell) in out.iter_mut().zip(cells.iter()) {
            *out = tanh(*cell);
        }
        for (out, o) in out.iter_mut().zip(o.iter()) {
            *out *= o;
        }
    }
}

/// The step back: activations become gradients of the gates before them. `dh` and `dc` hold what
/// later steps ask for, and receive in `dc` what the step before is asked for.
pub fn differentiate(
    hidden: usize,
    gates: &mut [f32],
    [cells, before]: [&[f32]; 2],
    [grad, dh]: [&[f32]; 2],
    dc: &mut [f32],
) {
    vectorized(differentiate_lanes, (hidden, gates, [cells, before], [grad, dh], dc));
}

type Differentiate<'a> = (usize, &'a mut [f32], [&'a [f32]; 2], [&'a [f32]; 2], &'a mut [f32]);

#[inline(always)]
fn differentiate_lanes((hidden, gates, [cells, before], [grad, dh], dc): Differentiate<'_>) {
    let lanes = gates
        .chunks_exact_mut(4 * hidden)
        .zip(cells.chunks_exact(hidden))
        .zip(before.chunks_exact(hidden));
    let grads =
        grad.chunks_exact(hidden).zip(dh.chunks_exact(hidden)).zip(dc.chunks_exact_mut(hidden));
    let mut tanhs = vec![0.0f32; hidden];
    for (((gates, cells), before), ((grad, dh), dc)) in lanes.zip(grads) {
        for (t, cell) in tanhs.iter_mut().zip(cells) {
            *t = tanh(*cell);
        }
        let [i, f, g, o] = quarters(gates, hidden);
        for unit in 0..hidden {
            let dh = grad[unit] + dh[unit];
            let t = tanhs[unit];
            let d = dc[unit] + dh * o[unit] * (1.0 - t * t);
            dc[unit] = d * f[unit];
            let (di, df, dg) = (d * g[unit], d * before[unit], d * i[unit]);
            o[unit] = dh * t * o[unit] * (1.0 - o[unit]);
            i[unit] = di * i[unit] * (1.0 - i[unit]);
            f[unit] = df * f[unit] * (1.0 - f[unit]);
            g[unit] = dg * (1.0 - g[unit] * g[unit]);
        }
    }
}
