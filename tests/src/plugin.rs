//! A plugin in the host's hands: loading, parameters and state. All of it is the main thread's.

use std::cell::Cell;
use std::ffi::{CStr, CString};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use clack_extensions::gui::HostGui;
use clack_extensions::params::{
    HostParams, HostParamsImplMainThread, HostParamsImplShared, ParamClearFlags, ParamInfoBuffer,
    ParamRescanFlags, PluginParams,
};
use clack_extensions::render::{PluginRender, RenderMode};
use clack_extensions::state::{HostState, HostStateImpl, PluginState};
use clack_host::entry::EntryDescriptor;
use clack_host::prelude::*;

/// A CLAP plugin file (or a linked entry) from which instances are made.
#[derive(Clone)]
pub struct Bundle {
    entry: PluginEntry,
    id: CString,
}

impl Bundle {
    /// Loads the first plugin of a bundled `.clap`.
    ///
    /// # Errors
    /// Where the file is missing or is no CLAP plugin.
    pub fn load(path: &Path) -> Result<Self> {
        // SAFETY: loading a plugin runs its code; the user names the plugin to run.
        let entry = unsafe { PluginEntry::load(path) };
        Self::from_entry(entry.with_context(|| format!("{}: cannot be loaded", path.display()))?)
    }

    /// Takes the first plugin of an entry that is linked into this program.
    ///
    /// # Errors
    /// Where the entry holds no plugin.
    pub fn linked(entry: &'static EntryDescriptor) -> Result<Self> {
        // SAFETY: the entry is a static of a linked crate; its functions live as long as we do.
        Self::from_entry(unsafe { PluginEntry::load_from_raw(entry, c"linked.clap") }?)
    }

    fn from_entry(entry: PluginEntry) -> Result<Self> {
        let factory = entry.get_plugin_factory().context("the file offers no plugins")?;
        let id = factory.plugin_descriptor(0).and_then(|plugin| plugin.id().map(CStr::to_owned));
        let id = id.context("the file holds no plugin")?;
        Ok(Self { entry, id })
    }

    /// Makes an instance.
    ///
    /// # Errors
    /// Where the plugin refuses.
    pub fn open(&self) -> Result<Plugin> {
        let info =
            HostInfo::new("AI Jukebox headless host", "AI Jukebox", "", env!("CARGO_PKG_VERSION"))?;
        let mut instance = PluginInstance::new(
            |_| Shared::default(),
            |_| MainThread::default(),
            &self.entry,
            &self.id,
            &info,
        )?;
        let handle = instance.plugin_handle();
        let params = handle.get_extension().context("the plugin has no parameters")?;
        let state = handle.get_extension().context("the plugin keeps no state")?;
        let render = handle.get_extension().context("the plugin knows no render modes")?;
        Ok(Plugin { instance, params, state, render })
    }
}

/// An instance of a plugin.
pub struct Plugin {
    pub(crate) instance: PluginInstance<Handlers>,
    params: PluginParams,
    state: PluginState,
    render: PluginRender,
}

/// A parameter as the plugin describes it.
#[derive(Clone, Debug)]
pub struct Param {
    /// The number by which the host addresses it.
    pub id: ClapId,
    /// The name that the user reads.
    pub name: String,
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// The value of a fresh instance.
    pub default: f64,
}

impl Plugin {
    /// All parameters in the plugin's order.
    pub fn params(&mut self) -> Vec<Param> {
        let handle = self.instance.plugin_handle();
        let mut buffer = ParamInfoBuffer::new();
        let mut params = Vec::new();
        for index in 0..self.params.count(&handle) {
            let Some(info) = self.params.get_info(&handle, index, &mut buffer) else { continue };
            params.push(Param {
                id: info.id,
                name: String::from_utf8_lossy(info.name).into_owned(),
                min: info.min_value,
                max: info.max_value,
                default: info.default_value,
            });
        }
        params
    }

    /// The parameter of a name, as the user reads it.
    ///
    /// # Errors
    /// Where there is none.
    pub fn param(&mut self, name: &str) -> Result<Param> {
        let found = self.params().into_iter().find(|param| param.name == name);
        found.with_context(|| format!("the plugin has no parameter \"{name}\""))
    }

    /// What a parameter shows now.
    ///
    /// # Errors
    /// Where there is no parameter of that name.
    pub fn shown(&mut self, name: &str) -> Result<String> {
        let id = self.param(name)?.id;
        let handle = self.instance.plugin_handle();
        let value = self.params.get_value(&handle, id);
        let value = value.with_context(|| format!("the plugin tells no value of \"{name}\""))?;
        let mut buffer = [0; 256];
        let text = self.params.value_to_text(&handle, id, value, &mut buffer)?;
        Ok(String::from_utf8_lossy(text).into_owned())
    }

    /// The value of a parameter that the user would type as this text.
    pub(crate) fn typed(&mut self, name: &str, text: &str) -> Result<(ClapId, f64)> {
        let id = self.param(name)?.id;
        let typed = CString::new(text)?;
        let value = self.params.text_to_value(&self.instance.plugin_handle(), id, &typed);
        Ok((id, value.with_context(|| format!("\"{name}\" takes no \"{text}\""))?))
    }

    /// The state that the host would put into its project.
    ///
    /// # Errors
    /// Where the plugin fails to write it.
    pub fn save(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.state.save(&self.instance.plugin_handle(), &mut bytes)?;
        Ok(bytes)
    }

    /// Gives the plugin a state from the host's project.
    ///
    /// # Errors
    /// Where the plugin refuses it.
    pub fn load(&mut self, mut state: &[u8]) -> Result<()> {
        self.state.load(&self.instance.plugin_handle(), &mut state)?;
        self.idle();
        Ok(())
    }

    /// Tells the plugin, before it is activated, whether the host renders faster or slower than
    /// time passes.
    pub(crate) fn set_offline(&mut self, offline: bool) -> Result<()> {
        let mode = if offline { RenderMode::Offline } else { RenderMode::Realtime };
        self.render.set(&self.instance.plugin_handle(), mode)?;
        Ok(())
    }

    /// What a host does in its main loop: grants the callbacks that the plugin asked for.
    pub fn idle(&mut self) {
        if self.asked(|shared| &shared.callback) {
            self.instance.call_on_main_thread_callback();
        }
    }

    /// Whether the plugin asked to be deactivated and activated again since the last time.
    pub(crate) fn wants_restart(&self) -> bool {
        self.asked(|shared| &shared.restart)
    }

    fn asked(&self, flag: impl FnOnce(&Shared) -> &AtomicBool) -> bool {
        self.instance.access_shared_handler(|shared| flag(shared).swap(false, Ordering::AcqRel))
    }

    /// Whether the plugin told the host since the last time that its state has changed.
    pub fn is_dirty(&self) -> bool {
        self.instance.access_handler(|main| main.dirty.take())
    }

    pub(crate) fn activate(
        &mut self,
        sample_rate: f64,
        max_block: u32,
    ) -> Result<StartedPluginAudioProcessor<Handlers>> {
        let configuration = PluginAudioConfiguration {
            sample_rate,
            min_frames_count: 1,
            max_frames_count: max_block,
        };
        let stopped = self.instance.activate(|_, _| (), configuration)?;
        let Ok(started) = stopped.start_processing() else {
            bail!("the plugin refuses to start processing");
        };
        Ok(started)
    }
}

/// The host's side of the plugin's requests.
pub(crate) struct Handlers;

impl HostHandlers for Handlers {
    type Shared<'a> = Shared;
    type MainThread<'a> = MainThread;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<'_, Self>, _: &Shared) {
        builder.register::<HostGui>().register::<HostParams>().register::<HostState>();
    }
}

#[derive(Default)]
pub(crate) struct Shared {
    callback: AtomicBool,
    restart: AtomicBool,
}

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {
        self.restart.store(true, Ordering::Release);
    }

    fn request_process(&self) {}

    fn request_callback(&self) {
        self.callback.store(true, Ordering::Release);
    }
}

impl HostParamsImplShared for Shared {
    fn request_flush(&self) {}
}

#[derive(Default)]
pub(crate) struct MainThread {
    dirty: Cell<bool>,
}

impl MainThreadHandler<'_> for MainThread {}

impl HostParamsImplMainThread for MainThread {
    fn rescan(&self, _: ParamRescanFlags) {}

    fn clear(&self, _: ClapId, _: ParamClearFlags) {}
}

impl HostStateImpl for MainThread {
    fn mark_dirty(&self) {
        self.dirty.set(true);
    }
}
