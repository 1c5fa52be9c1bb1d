//! The editor: the plugin's window. Runs on the host's GUI thread.
//!
//! It reads the conductor's [`View`](crate::shared::View) and the audio thread's
//! [`Live`](crate::shared::Live) values, and sets parameters and orders; nothing here can hold
//! up the audio thread.

mod app;
mod arranging;
mod browser;
mod catalogue;
mod clipboard;
mod control;
mod dial;
#[cfg(target_os = "linux")]
mod egl;
pub mod export;
mod exports;
mod field;
mod header;
mod help;
mod hints;
mod icons;
mod learn;
mod pages;
mod play;
mod presets;
mod records;
mod register;
mod roll;
mod sketches;
mod sleeve;
mod status;
mod takes;
#[cfg(test)]
mod tests;
mod theme;
mod watch;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use app::App;
use atomic_float::AtomicF64;
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::NativeSize;
use nice_plug::editor::{HostMethods, SpawnedEditor};
use nice_plug::prelude::*;
use nice_plug_egui::{
    EguiEditorHandle, EguiEditorState, EguiNiceSettings, RepaintNotifier, create_egui_editor,
};

use crate::params::{JukeboxParams, WindowSize};
use crate::shared::Shared;

/// How often a window asks whether the framework wants it drawn; drawn once, it draws itself again in time.
///
/// On X11 in effect never. Where a window asks for its first picture before it is mapped, baseview 0.4.2
/// does not yet listen for the answer, and the window stays blank for as long as it is open; hosts that
/// embed by XEmbed, such as Ardour, map it when they come to it. (Where a host resizes it before that,
/// baseview asks all the same.)
const ASKED: Duration = if cfg!(target_os = "linux") {
    Duration::from_secs(24 * 60 * 60)
} else {
    Duration::from_millis(16)
};

/// Shows contents in a place, whatever else is laid out.
fn within<R>(ui: &mut egui::Ui, place: egui::Rect, contents: impl FnOnce(&mut egui::Ui) -> R) -> R {
    contents(&mut ui.new_child(egui::UiBuilder::new().max_rect(place)))
}

/// Opens windows of one instance.
pub struct JukeboxEditor {
    params: Arc<JukeboxParams>,
    shared: Arc<Shared>,
    /// Pixels in a point, as the last window found them.
    scale: Arc<AtomicF64>,
}

impl JukeboxEditor {
    /// The editor of one instance, closed.
    pub fn new(params: Arc<JukeboxParams>, shared: Arc<Shared>) -> Self {
        Self { params, shared, scale: Arc::new(AtomicF64::new(1.0)) }
    }
}

impl Editor for JukeboxEditor {
    type Handle = EguiEditorHandle;

    // A new window each time: the size of the framework's own state cannot be set again when a
    // project is loaded.
    fn spawn(
        &self,
        parent: Option<ParentWindowHandle>,
        wait_for_parent: bool,
        fallback_scale_factor: Option<f64>,
        gui_context: GuiContext,
        host: Option<HostMethods>,
    ) -> Result<SpawnedEditor<Self::Handle>, Box<dyn Error>> {
        self.shared.wake();
        #[cfg(target_os = "linux")]
        egl::keep();
        let app = App::new(
            Arc::clone(&self.params),
            Arc::clone(&self.shared),
            gui_context.clone(),
            Arc::clone(&self.scale),
        );
        let settings = EguiNiceSettings::new()
            .with_tile(crate::AiJukebox::NAME)
            .with_repaint_poll_interval(ASKED)
            .with_resize_hint(self.resize_hint());
        let state = EguiEditorState::from_size(self.params.window.read().points(), 1.0);
        create_egui_editor(state, RepaintNotifier::new(), settings, app)
            .ok_or("the window could not be made")?
            .spawn(parent, wait_for_parent, fallback_scale_factor, gui_context, host)
    }

    fn size(&self) -> NativeSize<u32> {
        let points = self.params.window.read().points();
        NativeSize::from_size(points.into(), self.scale.load(Relaxed))
    }

    fn resize_hint(&self) -> ResizeHint {
        ResizeHint::RESIZABLE
            .with_min_max_logical_size(Some(WindowSize::SMALLEST), Some(WindowSize::LARGEST))
    }
}

#[cfg(test)]
mod sizes {
    use super::*;

    #[test]
    fn no_saved_size_makes_an_unusable_window() {
        for side in [f32::NAN, f32::INFINITY, -1.0, 0.0, 1e30] {
            let size = WindowSize { width: side, height: side }.points();
            assert!((WindowSize::SMALLEST.width..=WindowSize::LARGEST.width).contains(&size.width));
            assert!(
                (WindowSize::SMALLEST.height..=WindowSize::LARGEST.height).contains(&size.height)
            );
        }
    }
}
