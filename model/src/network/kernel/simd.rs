//! One copy of a kernel for each set of vectors that processors have; the one to run is chosen when it is
//! called.

use pulp::{Arch, Simd, WithSimd};

/// Calls `function` with its arguments, compiled for the widest vectors of the processor: AVX-512 or AVX2 on
/// x86-64, and elsewhere what every processor has. The compiler makes its loops into vectors.
///
/// The function must be `#[inline(always)]`: called, not inlined, it would be compiled for the narrowest.
#[inline(always)]
pub(crate) fn vectorized<A, R>(function: impl FnOnce(A) -> R, arguments: A) -> R {
    Arch::new().dispatch(Call(function, arguments))
}

struct Call<F, A>(F, A);

impl<A, R, F: FnOnce(A) -> R> WithSimd for Call<F, A> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> R {
        (self.0)(self.1)
    }
}
