//! The plugin's editor inside a window of the host's. All of it is the main thread's.

use anyhow::{Context, Result};
use clack_extensions::gui::{
    GuiApiType, GuiConfiguration, GuiSize, HostGuiImpl, PluginGui, Window,
};
use clack_host::prelude::*;

use crate::plugin::{Plugin, Shared};

impl Plugin {
    /// Opens the editor inside an X11 window, which must live until the editor is closed. Returns
    /// the editor's size.
    ///
    /// # Errors
    /// Where the plugin has no editor, or it does not open: no X server, no OpenGL.
    pub fn open_editor(&mut self, parent: u32) -> Result<GuiSize> {
        let gui = self.gui()?;
        let handle = self.instance.plugin_handle();
        gui.create(&handle, GuiConfiguration { api_type: GuiApiType::X11, is_floating: false })?;
        let size = gui.get_size(&handle).context("the editor tells no size")?;
        // SAFETY: X11 windows are numbers; the server answers one that is gone with an error.
        unsafe { gui.set_parent(&handle, Window::from_x11_handle(parent.into())) }?;
        gui.show(&handle)?;
        Ok(size)
    }

    /// Resizes the open editor as near to a size as it likes. Returns its new size.
    ///
    /// # Errors
    /// Where there is no open editor, or it refuses.
    pub fn resize_editor(&mut self, wanted: GuiSize) -> Result<GuiSize> {
        let gui = self.gui()?;
        let handle = self.instance.plugin_handle();
        let size = gui.adjust_size(&handle, wanted).context("the editor cannot be resized")?;
        gui.set_size(&handle, size)?;
        Ok(size)
    }

    /// Closes the editor.
    ///
    /// # Errors
    /// Where the plugin has none.
    pub fn close_editor(&mut self) -> Result<()> {
        self.gui()?.destroy(&self.instance.plugin_handle());
        Ok(())
    }

    fn gui(&mut self) -> Result<PluginGui> {
        self.instance.plugin_handle().get_extension().context("the plugin has no editor")
    }
}

/// The editor of this plugin asks its host for nothing; the framework insists on being able to.
impl HostGuiImpl for Shared {
    fn resize_hints_changed(&self) {}

    fn request_resize(&self, _: GuiSize) -> Result<(), HostError> {
        Ok(())
    }

    fn request_show(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn request_hide(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn closed(&self, _: bool) {}
}
