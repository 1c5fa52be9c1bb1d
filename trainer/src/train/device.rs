//! Where training computes: on the processor, or on a GPU that the program was built for.

use anyhow::{Context, Result, bail};
use candle_core::Device;
use clap::ValueEnum;

/// A device to compute on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DeviceName {
    /// The processor
    Cpu,
    /// An NVIDIA card, where the program was built with the feature cuda
    Cuda,
    /// An Apple chip, where the program was built with the feature metal
    Metal,
}

impl DeviceName {
    /// Opens the device.
    ///
    /// # Errors
    /// Where the program was built without it, or there is none. No other device takes its place.
    pub fn open(self) -> Result<Device> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda => {
                built("cuda", cfg!(feature = "cuda"))?;
                Device::new_cuda(0).context(missing("NVIDIA card"))
            }
            Self::Metal => {
                built("metal", cfg!(feature = "metal"))?;
                Device::new_metal(0).context(missing("Apple GPU"))
            }
        }
    }
}

/// Fails where the program was built without a feature.
fn built(feature: &str, is_built: bool) -> Result<()> {
    if !is_built {
        bail!(
            "this jukebox was built without {feature}: build it with `cargo build --release -p \
             jukebox-trainer --features {feature}`, or leave --device away to train on the processor"
        );
    }
    Ok(())
}

fn missing(device: &str) -> String {
    format!("no {device} can be used here: leave --device away to train on the processor")
}
