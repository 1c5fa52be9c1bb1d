//! A note plugin that does nothing: what the framework and the host cost by themselves. It takes and
//! sends notes and has the outputs that AI Jukebox has.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::{Arc, LazyLock};

use nice_plug::prelude::*;
use nice_plug::wrapper::clap::{
    CLAP_PLUGIN_FACTORY_ID, CLAP_VERSION, PluginDescriptor, Wrapper, clap_host, clap_plugin,
    clap_plugin_descriptor, clap_plugin_entry, clap_plugin_factory,
};

/// Passes notes on, and is silent.
#[derive(Default)]
pub struct Empty {
    params: Arc<NoParams>,
}

#[derive(Default, Params)]
struct NoParams {}

impl Plugin for Empty {
    const NAME: &'static str = "Empty";
    const VENDOR: &'static str = "AI Jukebox";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = ai_jukebox::AiJukebox::AUDIO_IO_LAYOUTS;
    const MIDI_INPUT: MidiConfig = ai_jukebox::AiJukebox::MIDI_INPUT;
    const MIDI_OUTPUT: MidiConfig = ai_jukebox::AiJukebox::MIDI_OUTPUT;

    type Editor = ();
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        Arc::clone(&self.params) as Arc<dyn Params>
    }

    fn process(
        &mut self,
        buffer: &mut Buffer<'_>,
        _aux: &mut AuxiliaryBuffers<'_>,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        for channel in buffer.as_slice() {
            channel.fill(0.0);
        }
        while let Some(event) = context.next_event() {
            // A host without room loses its own notes.
            let _ = context.try_send_event(event);
        }
        ProcessStatus::KeepAlive
    }
}

impl ClapPlugin for Empty {
    const CLAP_ID: &'static str = "org.ai-jukebox.empty";
    const CLAP_DESCRIPTION: Option<&'static str> = None;
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = ai_jukebox::AiJukebox::CLAP_FEATURES;
}

/// Its entry. `nice_export_clap` would give it the symbol that AI Jukebox's has.
pub static ENTRY: clap_plugin_entry = clap_plugin_entry {
    clap_version: CLAP_VERSION,
    init: Some(init),
    deinit: Some(deinit),
    get_factory: Some(get_factory),
};

static FACTORY: clap_plugin_factory = clap_plugin_factory {
    get_plugin_count: Some(get_plugin_count),
    get_plugin_descriptor: Some(get_plugin_descriptor),
    create_plugin: Some(create_plugin),
};

static DESCRIPTOR: LazyLock<PluginDescriptor> =
    LazyLock::new(PluginDescriptor::for_plugin::<Empty>);

extern "C" fn init(_path: *const c_char) -> bool {
    true
}

extern "C" fn deinit() {}

unsafe extern "C" fn get_factory(id: *const c_char) -> *const c_void {
    // SAFETY: the host gives a string that ends with 0.
    if unsafe { CStr::from_ptr(id) } == CLAP_PLUGIN_FACTORY_ID {
        ptr::from_ref(&FACTORY).cast()
    } else {
        ptr::null()
    }
}

unsafe extern "C" fn get_plugin_count(_factory: *const clap_plugin_factory) -> u32 {
    1
}

unsafe extern "C" fn get_plugin_descriptor(
    _factory: *const clap_plugin_factory,
    _index: u32,
) -> *const clap_plugin_descriptor {
    DESCRIPTOR.clap_plugin_descriptor()
}

unsafe extern "C" fn create_plugin(
    _factory: *const clap_plugin_factory,
    host: *const clap_host,
    _id: *const c_char,
) -> *const clap_plugin {
    // SAFETY: the host lives as long as its plugins, and gives the pointer back to `destroy`, which
    // frees what is leaked here.
    unsafe { (*Arc::into_raw(Wrapper::<Empty>::new(host))).clap_plugin.as_ptr() }
}
