//! A number that never jumps: a control that is moved while sound passes.

/// Moves in a straight line, and arrives exactly.
#[derive(Clone, Copy, Debug)]
pub struct Ramp {
    value: f32,
    target: f32,
    step: f32,
    left: u32,
}

impl Ramp {
    /// Stands at a value.
    pub fn new(value: f32) -> Self {
        Self { value, target: value, step: 0.0, left: 0 }
    }

    /// Where it is going to be.
    pub fn target(&self) -> f32 {
        self.target
    }

    /// Sets out for a value, to be there in some samples; 0 is at once.
    pub fn go(&mut self, target: f32, samples: u32) {
        self.target = target;
        self.left = samples;
        if samples == 0 {
            self.value = target;
        } else {
            self.step = (target - self.value) / samples as f32;
        }
    }

    /// It has arrived at a value.
    pub fn is_at(&self, value: f32) -> bool {
        self.left == 0 && self.value == value
    }

    /// The value now, then a sample later.
    pub fn next(&mut self) -> f32 {
        let now = self.value;
        if self.left > 0 {
            self.left -= 1;
            self.value = if self.left == 0 { self.target } else { self.value + self.step };
        }
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_arrives_exactly_and_in_small_steps() {
        let mut ramp = Ramp::new(0.3);
        ramp.go(0.9, 100);
        let mut before = ramp.next();
        for _ in 0..100 {
            let now = ramp.next();
            assert!((0.0..0.0061).contains(&(now - before)));
            before = now;
        }
        assert_eq!(before, 0.9);
        assert_eq!(ramp.next(), 0.9);
    }
}
