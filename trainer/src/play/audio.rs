//! The system's audio device.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{FromSample, SampleFormat, SizedSample, StreamConfig};

use super::is_stopped;
use super::performance::Performance;

/// Samples of a side that are rendered at once.
const BLOCK: usize = 1024;
/// How long the device may still play what it was given.
const LAST_BUFFERS: Duration = Duration::from_millis(300);
/// How often it is looked whether all was played.
const PAUSE: Duration = Duration::from_millis(50);

/// Why there is no sound, and what to do.
fn silent(why: impl Display) -> anyhow::Error {
    anyhow!(
        "no sound comes out of this machine: {}. Connect or choose an audio device, name a MIDI port with --midi, or \
         write a file: `jukebox compose RECORD --wav tune.wav`",
        why.to_string().trim_end_matches('.')
    )
}

/// Plays on the default device what is made for its sample rate, to the end or until Ctrl-C.
///
/// # Errors
/// Where there is no device, it refuses, or it goes away.
pub fn play(perform: impl FnOnce(u32) -> Performance) -> Result<()> {
    let device = cpal::default_host().default_output_device();
    let device = device.ok_or_else(|| silent("it has no audio device"))?;
    let supported = device.default_output_config().map_err(silent)?;
    let format = supported.sample_format();
    let config: StreamConfig = supported.into();
    let performance = perform(config.sample_rate);
    match format {
        SampleFormat::F32 => stream::<f32>(&device, config, performance),
        SampleFormat::F64 => stream::<f64>(&device, config, performance),
        SampleFormat::I16 => stream::<i16>(&device, config, performance),
        SampleFormat::I32 => stream::<i32>(&device, config, performance),
        SampleFormat::U8 => stream::<u8>(&device, config, performance),
        SampleFormat::U16 => stream::<u16>(&device, config, performance),
        other => bail!(silent(format!("its device wants samples of the type {other}"))),
    }
}

fn stream<T: SizedSample + FromSample<f32>>(
    device: &cpal::Device,
    config: StreamConfig,
    mut performance: Performance,
) -> Result<()> {
    let over = Arc::new(AtomicBool::new(false));
    let (failed, failure) = mpsc::channel();
    let channels = usize::from(config.channels).max(1);
    let mut sides = [[0.0; BLOCK]; 2];
    let fill = {
        let over = Arc::clone(&over);
        move |samples: &mut [T], _: &cpal::OutputCallbackInfo| {
            for block in samples.chunks_mut(BLOCK * channels) {
                let [left, right] = sides.each_mut().map(|it| &mut it[..block.len() / channels]);
                performance.render(left, right);
                interleave(block, channels, left, right);
            }
            over.store(performance.is_over(), Ordering::Relaxed);
        }
    };
    let told = move |error: cpal::Error| match error.kind() {
        // It plays on.
        cpal::ErrorKind::Xrun
        | cpal::ErrorKind::RealtimeDenied
        | cpal::ErrorKind::DeviceChanged => {}
        // Whoever waits for it may have gone.
        _ => drop(failed.send(error)),
    };
    let stream = device.build_output_stream(config, fill, told, None).map_err(silent)?;
    stream.play().map_err(silent)?;
    while !over.load(Ordering::Relaxed) && !is_stopped() {
        if let Ok(error) = failure.recv_timeout(PAUSE) {
            return Err(error).context("the audio device has stopped");
        }
    }
    std::thread::sleep(LAST_BUFFERS);
    Ok(())
}

/// Both sides as a device with so many channels wants them: one gets their mean, more than two are silent.
fn interleave<T: SizedSample + FromSample<f32>>(
    frames: &mut [T],
    channels: usize,
    left: &[f32],
    right: &[f32],
) {
    for ((frame, &left), &right) in frames.chunks_mut(channels).zip(left).zip(right) {
        frame.fill(T::EQUILIBRIUM);
        match frame {
            [both] => *both = T::from_sample((left + right) / 2.0),
            [first, second, ..] => {
                *first = T::from_sample(left);
                *second = T::from_sample(right);
            }
            [] => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_channels_is_served() {
        let (left, right) = ([0.5, -1.0], [0.0, 1.0]);
        let mut frames = [9.0_f32; 6];
        interleave(&mut frames, 3, &left, &right);
        assert_eq!(frames, [0.5, 0.0, 0.0, -1.0, 1.0, 0.0]);
        let mut one = [9.0_f32; 2];
        interleave(&mut one, 1, &left, &right);
        assert_eq!(one, [0.25, 0.0]);
        let mut unsigned = [9_u8; 4];
        interleave(&mut unsigned, 2, &left, &right);
        assert_eq!(unsigned, [192, 128, 0, 255]);
    }
}
