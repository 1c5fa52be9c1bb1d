//! The parameters. Their ids are stable; `docs/parameters.md` names them all.

mod composition;
mod performance;

use std::sync::Arc;

use jukebox_model::piece::Tick;
use nice_plug::prelude::*;
use parking_lot::RwLock;

pub use composition::{Anchor, CompositionParams, Length, Mode};
pub use performance::{PerformanceParams, Root};

use crate::conductor::Shared;
use crate::editor::WindowSize;
use crate::player::Performance;
use crate::song::Brief;
use crate::state::SongField;

/// All that a host can automate, and what it saves.
#[derive(Params)]
pub struct JukeboxParams {
    /// The song: record, take and plan.
    #[persist = "song"]
    song: SongField,
    /// The editor's window.
    #[persist = "window"]
    pub window: Arc<RwLock<WindowSize>>,

    /// What is composed.
    #[nested(group = "Composition")]
    pub composition: CompositionParams,
    /// How it is played.
    #[nested(group = "Performance")]
    pub performance: PerformanceParams,
    /// Releases every note and is silent.
    #[id = "bypass"]
    pub bypass: BoolParam,
}

impl JukeboxParams {
    /// The parameters at their defaults, over one instance's song.
    pub fn new(shared: Arc<Shared>) -> Self {
        Self {
            song: SongField(shared),
            window: Arc::default(),
            composition: CompositionParams::default(),
            performance: PerformanceParams::default(),
            bypass: BoolParam::new("Bypass", false).make_bypass(),
        }
    }

    /// The composition settings in force. `host_loop` is the tick at which the host's loop starts.
    pub fn brief(&self, host_loop: Option<Tick>) -> Brief {
        self.composition.brief(host_loop)
    }

    /// The performance settings in force.
    pub fn performance(&self) -> Performance {
        Performance {
            shift: self.performance.shift(),
            silent: self.bypass.value(),
            ..Performance::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_composer() {
        let params = JukeboxParams::new(Arc::default());
        assert_eq!(params.brief(None), Brief::default());
        assert_eq!(params.performance(), Performance::default());
    }
}
