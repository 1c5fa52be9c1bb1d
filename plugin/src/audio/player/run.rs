//! Playing on while the host's transport stands: the host's blocks become those of a transport that
//! never stops.

use nice_plug::prelude::Enum;

use super::song_clock::{Block, JUMP};

/// When the song runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum Run {
    /// While the host's transport runs.
    #[default]
    #[id = "host"]
    #[name = "With host"]
    Host,
    /// Always: while the host's transport stands, at its tempo from its playhead on.
    #[id = "always"]
    Always,
}

/// The transport that the player follows.
#[derive(Debug, Default)]
pub struct Transport {
    /// Where the host's playhead stands, while the song runs without it.
    standing: Option<Option<f64>>,
}

impl Transport {
    /// The block to play in the place of the host's.
    pub fn block(&mut self, host: &Block, run: Run) -> Block {
        if host.playing || run == Run::Host {
            self.standing = None;
            return *host;
        }
        // Without a position the clock goes on from where it is. It is told the host's where the
        // playhead has come to stand, and where a user moves it: the clock takes what lies near for
        // the same place.
        let mut block = Block { playing: true, position: None, ..*host };
        if host.frames > 0 && !self.standing.is_some_and(|at| is_near(at, host.position)) {
            self.standing = Some(host.position);
            block.position = host.position;
        }
        block
    }

    /// The next block starts afresh.
    pub fn stop(&mut self) {
        self.standing = None;
    }
}

fn is_near(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= JUMP,
        _ => one == other,
    }
}
