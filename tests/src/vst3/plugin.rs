//! A VST3 plugin in the host's hands: parameters and state. All of it is the main thread's.

use std::mem::zeroed;

use anyhow::{Context, Result};
use vst3::Steinberg::Vst::BusDirections_::{kInput, kOutput};
use vst3::Steinberg::Vst::MediaTypes_::{kAudio, kEvent};
use vst3::Steinberg::Vst::SpeakerArr::kStereo;
use vst3::Steinberg::Vst::{
    IAudioProcessor, IAudioProcessorTrait, IComponent, IComponentHandler, IComponentTrait,
    IEditController, IEditControllerTrait, IHostApplication, ParamID, ParamValue, ParameterInfo,
};
use vst3::Steinberg::{IBStream, IPluginBaseTrait, kResultOk};
use vst3::{ComPtr, ComWrapper};

use super::host::Host;
use super::module::Module;
use super::stream::Stream;
use super::{check, text};

/// An instance of a plugin.
pub struct Plugin {
    pub(super) processor: ComPtr<IAudioProcessor>,
    controller: ComPtr<IEditController>,
    pub(super) component: ComPtr<IComponent>,
    pub(super) host: ComWrapper<Host>,
    // Last: what it made must be gone before it is unloaded.
    _module: Module,
}

impl Plugin {
    pub(super) fn open(module: Module) -> Result<Self> {
        let host = ComWrapper::new(Host::default());
        let component: ComPtr<IComponent> =
            module.create().context("the plugin makes no component")?;
        let name = host.as_com_ref::<IHostApplication>().context("a host has a name")?;
        // SAFETY: the component lives, and so does the host, as long as the instance.
        check(unsafe { component.initialize(name.upcast().as_ptr()) }, "to be initialised")?;
        // A plugin may keep its controller apart; the framework's never do.
        let controller = component.cast().context("the component is not its own controller")?;
        let processor = component.cast().context("the component processes nothing")?;
        let plugin = Self { processor, controller, component, host, _module: module };
        plugin.connect()?;
        Ok(plugin)
    }

    /// Introduces the host to the controller, and switches all buses on.
    fn connect(&self) -> Result<()> {
        let handler = self.host.as_com_ref::<IComponentHandler>().context("a host handles")?;
        let (mut inputs, mut outputs) = ([], [kStereo]);
        // SAFETY: the instance lives, and so does the host; the arrangements are read in the call.
        unsafe {
            check(self.controller.setComponentHandler(handler.as_ptr()), "its host")?;
            let arranged =
                self.processor.setBusArrangements(inputs.as_mut_ptr(), 0, outputs.as_mut_ptr(), 1);
            check(arranged, "a stereo output")?;
            for media in [kAudio, kEvent] {
                for direction in [kInput, kOutput] {
                    let (media, direction) = (media as i32, direction as i32);
                    for index in 0..self.component.getBusCount(media, direction) {
                        check(self.component.activateBus(media, direction, index, 1), "a bus")?;
                    }
                }
            }
        }
        Ok(())
    }

    /// All parameters in the plugin's order: id and description.
    fn params(&self) -> Vec<ParameterInfo> {
        // SAFETY: the controller lives, and the structure is plain data.
        unsafe {
            let count = self.controller.getParameterCount();
            let info = |index| {
                let mut info: ParameterInfo = zeroed();
                let found = self.controller.getParameterInfo(index, &mut info) == kResultOk;
                found.then_some(info)
            };
            (0..count).filter_map(info).collect()
        }
    }

    /// The names of all parameters, as the user reads them.
    pub fn names(&self) -> Vec<String> {
        self.params().iter().map(|info| text(&info.title)).collect()
    }

    fn id(&self, name: &str) -> Result<ParamID> {
        let info = self.params().into_iter().find(|info| text(&info.title) == name);
        Ok(info.with_context(|| format!("the plugin has no parameter \"{name}\""))?.id)
    }

    /// What a parameter shows now.
    ///
    /// # Errors
    /// Where there is no parameter of that name.
    pub fn shown(&self, name: &str) -> Result<String> {
        let id = self.id(name)?;
        let mut shown = [0; 128];
        // SAFETY: the controller lives, and writes at most 128 units.
        let result = unsafe {
            let value = self.controller.getParamNormalized(id);
            self.controller.getParamStringByValue(id, value, &mut shown)
        };
        check(result, "to show a parameter")?;
        Ok(text(&shown))
    }

    /// The value of a parameter that the user would type as this text.
    pub(super) fn typed(&self, name: &str, typed: &str) -> Result<(ParamID, ParamValue)> {
        let id = self.id(name)?;
        let mut units: Vec<u16> = typed.encode_utf16().chain([0]).collect();
        let mut value = 0.0;
        // SAFETY: the controller lives; the text ends with a zero and is read in the call.
        let result = unsafe {
            self.controller.getParamValueByString(id, units.as_mut_ptr().cast(), &mut value)
        };
        check(result, &format!("\"{typed}\" for \"{name}\""))?;
        Ok((id, value))
    }

    /// The state that the host would put into its project.
    ///
    /// # Errors
    /// Where the plugin fails to write it.
    pub fn save(&self) -> Result<Vec<u8>> {
        let stream = Stream::new(Vec::new());
        let pointer = stream.as_com_ref::<IBStream>().context("a stream")?.as_ptr();
        // SAFETY: the instance and the stream live through the call.
        check(unsafe { self.component.getState(pointer) }, "to save its state")?;
        Ok(stream.bytes())
    }

    /// Gives the plugin a state from the host's project.
    ///
    /// # Errors
    /// Where the plugin refuses it.
    pub fn load(&self, state: &[u8]) -> Result<()> {
        // A project holds other things before the state and after it; hosts show the plugin its part.
        let stream = Stream::new(state.to_vec());
        let pointer = stream.as_com_ref::<IBStream>().context("a stream")?.as_ptr();
        // SAFETY: the instance and the streams live through the calls.
        unsafe {
            check(self.component.setState(pointer), "this state")?;
            let stream = Stream::new(state.to_vec());
            let pointer = stream.as_com_ref::<IBStream>().context("a stream")?.as_ptr();
            check(self.controller.setComponentState(pointer), "this state in its controller")
        }
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        // SAFETY: the instance lives, and nothing of it is called after this.
        unsafe {
            self.controller.setComponentHandler(std::ptr::null_mut());
            self.component.terminate();
        }
    }
}
