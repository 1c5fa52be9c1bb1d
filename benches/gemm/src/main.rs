//! Our matrix product beside the `gemm` crate's, which is what Candle multiplies with, at the shapes of the
//! network:
//!
//! ```text
//! cargo run --release --manifest-path benches/gemm/Cargo.toml --target-dir target/gemm -- [SECONDS]
//! ```
//!
//! prints a table in Markdown. Both run in turn for SECONDS a shape (3, where nothing is said), on one thread;
//! of each the best run counts, for it is the one that no other program has interrupted.

use std::time::{Duration, Instant};

use gemm::{Parallelism, gemm};
use jukebox_model::network::kernel::matmul::{MatrixView, PackedMatrix, Start, multiply};

/// A product of the network.
struct Shape {
    name: &'static str,
    rows: usize,
    inner: usize,
    columns: usize,
    /// Whether the left side lies by columns: a gradient of weights.
    transposed: bool,
    /// Whether it adds to what is there.
    adds: bool,
    /// Products that one packed right side serves: the steps of a batch, or its stretches.
    uses: usize,
}

const fn shape(name: &'static str, [rows, inner, columns]: [usize; 3]) -> Shape {
    Shape { name, rows, inner, columns, transposed: false, adds: false, uses: 1 }
}

const SHAPES: [Shape; 9] = [
    Shape { uses: 64, ..shape("inputs, 256 units", [96, 256, 1024]) },
    Shape { adds: true, uses: 128, ..shape("recurrence, 64 lanes of 256", [64, 256, 1024]) },
    Shape { uses: 128, ..shape("recurrence back, 64 lanes of 256", [64, 1024, 256]) },
    Shape {
        transposed: true,
        adds: true,
        ..shape("weights' gradient, 256 units", [1024, 256, 512])
    },
    Shape { uses: 32, ..shape("inputs' gradient, 256 units", [256, 1024, 256]) },
    Shape { adds: true, uses: 64, ..shape("recurrence, 16 lanes of 192", [16, 192, 768]) },
    Shape { adds: true, uses: 64, ..shape("recurrence, 4 lanes of 128", [4, 128, 512]) },
    Shape { uses: 8, ..shape("contexts, 256 units", [1024, 256, 512]) },
    shape("one large product", [8192, 512, 1024]),
];

fn main() {
    let seconds =
        std::env::args().nth(1).map_or(3.0, |it| it.parse().expect("a number of seconds"));
    let budget = Duration::from_secs_f64(seconds);
    println!("| product | size | ours, GFLOP/s | gemm, GFLOP/s | ratio |");
    println!("| --- | --- | --- | --- | --- |");
    for shape in SHAPES {
        let Shape { name, rows, inner, columns, .. } = shape;
        let [ours, theirs, ratio] = measure(&shape, budget);
        println!(
            "| {name} | {rows} x {inner} x {columns} | {ours:.0} | {theirs:.0} | {ratio:.2} |"
        );
    }
}

/// Our rate, gemm's, and the ratio. Ours counts a share of the packing that its right side needs.
fn measure(shape: &Shape, budget: Duration) -> [f64; 3] {
    let &Shape { rows, inner, columns, transposed, adds, uses, .. } = shape;
    let numbers =
        |count: usize| -> Vec<f32> { (0..count).map(|i| (i % 97) as f32 * 0.01).collect() };
    let (left, right) = (numbers(rows * inner), numbers(inner * columns));
    let left_view = match transposed {
        true => MatrixView::by_rows(&left, inner, rows, rows).transposed(),
        false => MatrixView::by_rows(&left, rows, inner, inner),
    };
    let (mut out, mut other) = (vec![0.0f32; rows * columns], vec![0.0f32; rows * columns]);
    let right_view = MatrixView::by_rows(&right, inner, columns, columns);
    let mut packed = PackedMatrix::new(right_view);
    let start = if adds { Start::Result } else { Start::Zero };
    let [row, column] = if transposed { [1, rows] } else { [inner, 1] }.map(|it| it as isize);
    let stride = columns as isize;
    let mut theirs = || {
        // SAFETY: sizes and strides are those of the three slices.
        unsafe {
            gemm(
                rows,
                columns,
                inner,
                other.as_mut_ptr(),
                1,
                stride,
                adds,
                left.as_ptr(),
                column,
                row,
                right.as_ptr(),
                1,
                stride,
                1.0,
                1.0,
                false,
                false,
                false,
                Parallelism::None,
            );
        }
    };
    let flop = 2.0 * (rows * inner * columns) as f64 / 1e9;
    let timed = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    let mut best = [f64::INFINITY; 3];
    let begin = Instant::now();
    let mut rounds = 0;
    while rounds < 5 || begin.elapsed() < budget {
        let times = [
            timed(&mut || packed.write(0, 0, right_view)),
            timed(&mut || multiply(&mut out, columns, start, left_view, &packed)),
            timed(&mut theirs),
        ];
        best.iter_mut().zip(times).for_each(|(best, time)| *best = best.min(time));
        rounds += 1;
    }
    let ours = best[1] + best[0] / uses as f64;
    [flop / ours, flop / best[2], best[2] / ours]
}
