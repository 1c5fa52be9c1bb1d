//! A VST3 bundle: its library, its entry points and its factory.

use std::env::consts::ARCH;
use std::ffi::c_void;
use std::mem::zeroed;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use libloading::Library;
use vst3::Steinberg::{IPluginFactory, IPluginFactoryTrait, PClassInfo, TUID, kResultOk};
use vst3::{ComPtr, Interface};

use super::plugin::Plugin;

/// What the library calls when it is loaded and before it is unloaded.
#[cfg(all(unix, not(target_os = "macos")))]
const ENTRY: [&str; 2] = ["ModuleEntry", "ModuleExit"];
#[cfg(target_os = "macos")]
const ENTRY: [&str; 2] = ["bundleEntry", "bundleExit"];
#[cfg(windows)]
const ENTRY: [&str; 2] = ["InitDll", "ExitDll"];

#[cfg(not(windows))]
type Enter = unsafe extern "C" fn(handle: *mut c_void) -> bool;
#[cfg(windows)]
type Enter = unsafe extern "system" fn() -> bool;
type Exit = unsafe extern "system" fn() -> bool;
type Factory = unsafe extern "system" fn() -> *mut IPluginFactory;

/// The plugin of a bundled `.vst3`, from which instances are made.
#[derive(Clone)]
pub struct Module(Arc<Loaded>);

struct Loaded {
    class: TUID,
    // Before the library: fields are dropped in order.
    factory: ComPtr<IPluginFactory>,
    _library: Entered,
}

impl Module {
    /// Loads the first plugin of a bundle.
    ///
    /// # Errors
    /// Where there is no library for this system in it, or it holds no VST3 plugin.
    pub fn load(bundle: &Path) -> Result<Self> {
        let path = library(bundle)?;
        let problem = || format!("{}: cannot be loaded", path.display());
        // SAFETY: loading a plugin runs its code; the user names the plugin to run.
        let library = unsafe { Library::new(&path) }.with_context(problem)?;
        let library = Entered::enter(library).with_context(problem)?;
        // SAFETY: the symbol's type is VST3's.
        let factory = unsafe {
            let factory = library.0.get::<Factory>(b"GetPluginFactory").with_context(problem)?;
            ComPtr::from_raw(factory())
        };
        let factory = factory.context("the file offers no plugins")?;
        let class = class(&factory).context("the file holds no plugin")?;
        Ok(Self(Arc::new(Loaded { class, factory, _library: library })))
    }

    /// Makes an instance.
    ///
    /// # Errors
    /// Where the plugin refuses.
    pub fn open(&self) -> Result<Plugin> {
        Plugin::open(self.clone())
    }

    /// Makes an object of the plugin's class with this interface.
    pub(super) fn create<I: Interface>(&self) -> Option<ComPtr<I>> {
        let mut object = null_mut();
        let Loaded { class, factory, .. } = &*self.0;
        // SAFETY: both ids live through the call, which writes a counted pointer to the interface.
        unsafe {
            let id = class.as_ptr();
            factory.createInstance(id, I::IID.as_ptr().cast(), &mut object);
            ComPtr::from_raw(object.cast())
        }
    }
}

/// The id of the first class that processes audio.
fn class(factory: &ComPtr<IPluginFactory>) -> Option<TUID> {
    // SAFETY: the factory lives, and the structure is plain data.
    let infos = unsafe { 0..factory.countClasses() }.filter_map(|index| unsafe {
        let mut info: PClassInfo = zeroed();
        (factory.getClassInfo(index, &mut info) == kResultOk).then_some(info)
    });
    let processes = |info: &PClassInfo| {
        let category = info.category.iter().map(|&unit| unit as u8).take_while(|&unit| unit > 0);
        category.eq(*b"Audio Module Class")
    };
    infos.into_iter().find(processes).map(|info| info.cid)
}

/// A library that has been entered; it is left before it is unloaded.
struct Entered(Library);

impl Entered {
    fn enter(library: Library) -> Result<Self> {
        // SAFETY: the symbol's type is VST3's. The handle serves libraries that look for resources in
        // their bundle; this host cannot offer it on every system, and the plugin has none.
        let entered = unsafe {
            let enter = library.get::<Enter>(ENTRY[0].as_bytes())?;
            #[cfg(not(windows))]
            let entered = enter(null_mut());
            #[cfg(windows)]
            let entered = enter();
            entered
        };
        ensure!(entered, "its entry fails");
        Ok(Self(library))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // SAFETY: the symbol's type is VST3's; nothing of the library is in use any more.
        unsafe {
            if let Ok(exit) = self.0.get::<Exit>(ENTRY[1].as_bytes()) {
                exit();
            }
        }
    }
}

/// Where a bundle keeps its library for this system.
fn library(bundle: &Path) -> Result<PathBuf> {
    let name = bundle.file_stem().context("a bundle has a name")?;
    let (folder, extension) = if cfg!(target_os = "macos") {
        ("MacOS".to_owned(), "")
    } else if cfg!(windows) {
        (format!("{ARCH}-win"), "vst3")
    } else {
        (format!("{ARCH}-linux"), "so")
    };
    let path = bundle.join("Contents").join(folder).join(name).with_extension(extension);
    ensure!(path.is_file(), "{}: not in this bundle", path.display());
    Ok(path)
}
