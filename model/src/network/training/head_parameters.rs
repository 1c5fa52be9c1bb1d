//! Where the tensors of the heads lie in the one variable that holds them all.

use crate::network::rows::Rows;
use crate::network::{Config, Head};

/// Where each tensor of the heads lies in the one variable that holds them all, and its shape, by the
/// record's names.
pub(super) fn layout(config: &Config, rows: &Rows) -> Vec<(String, [usize; 2])> {
    let &Config { hidden, head: width, .. } = config;
    let name = |head: Head, part: &str| format!("heads.{}.{part}", head.name());
    let choosing = rows.choosing().iter().copied();
    let contexts = choosing.clone().map(|head| (name(head, "context.weight"), [width, 2 * hidden]));
    let mut layout: Vec<_> = contexts.collect();
    layout.push(("future.unknown".to_owned(), [1, hidden]));
    for head in choosing {
        layout.push((name(head, "table"), [rows.head(head), width]));
        layout.push((name(head, "output.weight"), [rows.choices(head), width]));
        layout.push((name(head, "output.bias"), [1, rows.choices(head)]));
    }
    layout
}

/// The first element of each tensor among the parameters.
#[derive(Clone, Copy, Default)]
pub(super) struct Offsets {
    pub unknown: usize,
    pub table: [usize; Head::COUNT],
    pub output: [usize; Head::COUNT],
    pub bias: [usize; Head::COUNT],
    pub end: usize,
}

impl Offsets {
    pub fn new(config: &Config, rows: &Rows) -> Self {
        let mut starts = Vec::new();
        let mut end = 0;
        for (_, shape) in layout(config, rows) {
            starts.push(end);
            end += shape[0] * shape[1];
        }
        let heads = rows.choosing().len();
        let mut offsets = Self { unknown: starts[heads], end, ..Self::default() };
        let of_heads = starts[heads + 1..].chunks_exact(3);
        for (&head, starts) in rows.choosing().iter().zip(of_heads) {
            let head = head as usize;
            (offsets.table[head], offsets.output[head]) = (starts[0], starts[1]);
            offsets.bias[head] = starts[2];
        }
        offsets
    }
}
