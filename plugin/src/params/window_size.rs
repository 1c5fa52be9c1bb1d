//! How large the editor's window is: saved with the project.

use nice_plug::editor::dpi::LogicalSize;
use serde::{Deserialize, Serialize};

/// The window's size in points, as it is saved with the project.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowSize {
    /// Points from left to right.
    pub width: f32,
    /// Points from top to bottom.
    pub height: f32,
}

impl WindowSize {
    /// The smallest window in which everything can be read.
    pub const SMALLEST: LogicalSize<f32> = LogicalSize::new(880.0, 560.0);
    /// The largest window.
    pub const LARGEST: LogicalSize<f32> = LogicalSize::new(3840.0, 2160.0);

    /// A size that fits a screen, whatever was saved.
    pub fn points(self) -> LogicalSize<f32> {
        let within = |value: f32, least: f32, most: f32| value.max(least).min(most);
        LogicalSize::new(
            within(self.width, Self::SMALLEST.width, Self::LARGEST.width),
            within(self.height, Self::SMALLEST.height, Self::LARGEST.height),
        )
    }
}

impl Default for WindowSize {
    fn default() -> Self {
        Self { width: 1120.0, height: 720.0 }
    }
}
