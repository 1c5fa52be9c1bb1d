//! What is taken from counts, and the probabilities that are left.

/// What a context knows of a choice.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContextCounts {
    /// How often it was made there.
    pub count: u32,
    /// How often anything was.
    pub total: u32,
    /// As `total`, of what is not forbidden.
    pub allowed: u32,
    /// Entries that were counted once, twice, and more often.
    pub entries: [u32; 3],
    /// As `entries`, of what is not forbidden.
    pub allowed_entries: [u32; 3],
}

/// Probabilities in a context as linear functions of those in the next shorter one: what they are where
/// that is 0, and the slope, which is the same for all.
#[derive(Clone, Copy, Debug)]
pub struct Interpolation {
    /// Of the choice.
    pub choice: f64,
    /// Of all that is not forbidden.
    pub allowed: f64,
    /// The slope.
    pub slope: f64,
}

impl ContextCounts {
    /// The probabilities with some discounts.
    pub fn interpolation(&self, discounts: &[f64; 3]) -> Interpolation {
        let taken = |entries: &[u32; 3]| -> f64 {
            entries.iter().zip(discounts).map(|(&it, d)| f64::from(it) * d).sum()
        };
        let total = f64::from(self.total);
        Interpolation {
            choice: (f64::from(self.count) - discount(discounts, self.count)) / total,
            allowed: (f64::from(self.allowed) - taken(&self.allowed_entries)) / total,
            slope: taken(&self.entries) / total,
        }
    }
}

/// What is taken from a count.
pub fn discount(discounts: &[f64; 3], count: u32) -> f64 {
    match count {
        0 => 0.0,
        count => discounts[count.min(3) as usize - 1],
    }
}

/// What is taken from counts of 1, of 2, and of 3 or more (equation 26 of the paper). Where a level has
/// too little for a discount that leaves something, half of the count is taken.
pub fn formula(frequencies: &[u64; 4]) -> [f64; 3] {
    let n = frequencies.map(|frequency| frequency as f64);
    let y = n[0] / (n[0] + 2.0 * n[1]);
    [1.0, 2.0, 3.0].map(|count| {
        let index = count as usize;
        let discount = count - (count + 1.0) * y * n[index] / n[index - 1];
        if discount > 0.0 && discount < count { discount } else { count / 2.0 }
    })
}
