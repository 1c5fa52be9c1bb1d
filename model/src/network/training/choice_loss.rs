//! What choices cost: cross entropies, and their gradients in the place of the logits.

use std::ops::Range;

use super::batch::Targets;
use crate::network::Head;
use crate::network::kernel::activation::exp;

/// What a head's choices cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ChoiceLoss {
    /// Sum of -ln P(chosen) over the rows, each times its weight.
    pub nats: f64,
    /// Sum of the weights of the rows whose likeliest entry was the one chosen.
    pub hits: f64,
}

/// What each head's choices cost, in the order of [`Head::ALL`]; nothing where a head does not choose.
pub type Choices = [ChoiceLoss; Head::COUNT];

/// Replaces the logits of some rows, `entries` a row, by the gradient of their loss times `scale`, and gives
/// what the choices cost. `rows` says which of the targets are theirs.
#[inline(always)]
pub(super) fn cross_entropy_rows(
    (logits, entries, (targets, rows, scale)): (&mut [f32], usize, (&Targets, Range<usize>, f32)),
) -> ChoiceLoss {
    let mut sum = ChoiceLoss::default();
    for (row, logits) in rows.zip(logits.chunks_exact_mut(entries)) {
        let weight = targets.weight[row];
        if weight == 0.0 {
            logits.fill(0.0);
            continue;
        }
        let (chosen, lowest) = (targets.chosen[row] as usize, targets.lowest[row] as usize);
        let allowed = targets.allowed(row, entries);
        if let Some(allowed) = allowed {
            mask(logits, allowed, f32::NEG_INFINITY);
        }
        let (nats, hit) = cross_entropy(logits, chosen, lowest, weight * scale);
        if let Some(allowed) = allowed {
            mask(logits, allowed, 0.0);
        }
        sum.nats += f64::from(weight * nats);
        sum.hits += f64::from(weight) * f64::from(u8::from(hit));
    }
    sum
}

/// Sets the numbers of what may not be chosen.
#[inline(always)]
fn mask(numbers: &mut [f32], allowed: &[bool], to: f32) {
    for (number, &allowed) in numbers.iter_mut().zip(allowed) {
        *number = if allowed { *number } else { to };
    }
}

/// Replaces logits by the gradient of `scale` * -ln P(chosen), and gives -ln P(chosen) and whether the
/// chosen entry was the likeliest. Entries before `lowest` are masked out.
#[inline(always)]
fn cross_entropy(logits: &mut [f32], chosen: usize, lowest: usize, scale: f32) -> (f32, bool) {
    let target = logits[chosen];
    let (masked, logits) = logits.split_at_mut(lowest);
    masked.fill(0.0);
    let best = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for logit in logits.iter_mut() {
        *logit = exp(*logit - best);
    }
    let sum: f32 = logits.iter().sum();
    for probability in logits.iter_mut() {
        *probability *= scale / sum;
    }
    logits[chosen - lowest] -= scale;
    (best + sum.ln() - target, target >= best)
}
