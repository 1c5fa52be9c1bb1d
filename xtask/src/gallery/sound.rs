//! A take as an MP3 file: what every browser and player opens, in a fortieth of the WAV file's bytes.
//!
//! One channel, since at this size a player gains more from cleaner sound than from two sides. Each take
//! is brought to the same peak: a lone melody is as easy to hear as a band, and what the encoding adds to
//! the highest peak does not clip.

use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use hound::{SampleFormat, WavReader};
use rusty_mp3::{Error, Mp3Encoder, Mp3EncoderConfig};

/// Thousands of bits a second: a take of half a minute has a quarter of a megabyte.
const BITRATE: u32 = 56;

/// The highest sample of each take before it is encoded.
const PEAK: f32 = 0.8;

/// The sound of a WAV file as an MP3 file.
///
/// # Errors
/// Where the file cannot be read, or there is nothing to be heard in it.
pub fn encode(wav: &Path) -> Result<Vec<u8>> {
    let name = wav.display();
    let file = WavReader::open(wav).with_context(|| format!("cannot read {name}"))?;
    let spec = file.spec();
    ensure!(spec.sample_format == SampleFormat::Int, "{name}: not of whole numbers");
    let samples: Vec<i32> =
        file.into_samples().collect::<hound::Result<_>>().with_context(|| name.to_string())?;
    let mut sound: Vec<f32> = samples
        .chunks_exact(spec.channels.into())
        .map(|sides| sides.iter().map(|&side| side as f32).sum())
        .collect();
    let peak = sound.iter().fold(0.0_f32, |peak, it| peak.max(it.abs()));
    ensure!(peak > 0.0, "{name} is silent");
    for sample in &mut sound {
        *sample *= PEAK / peak;
    }
    packets(&sound, spec.sample_rate).with_context(|| format!("cannot encode {name}"))
}

/// One channel as the packets of an MP3 file, the head with its exact length first.
fn packets(sound: &[f32], rate: u32) -> Result<Vec<u8>> {
    let config = Mp3EncoderConfig { bitrate_kbps: BITRATE, vbr_quality: None };
    let mut encoder = Mp3Encoder::new(config);
    let failed = |error: Error| anyhow!("{error}");
    encoder.push_pcm_f32(sound, 1, rate).map_err(failed)?;
    encoder.finish();
    let mut bytes = Vec::new();
    loop {
        match encoder.next_packet() {
            Ok(packet) => bytes.extend(packet),
            Err(Error::Eof) => return Ok(bytes),
            Err(error) => return Err(failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use hound::{WavSpec, WavWriter};
    use jukebox_synth::{Instrument, Timbre};
    use nanomp3::Channels;
    use tempfile::{TempDir, tempdir};

    use super::*;

    const SPEC: WavSpec = WavSpec {
        channels: 2,
        sample_rate: 48_000,
        bits_per_sample: 24,
        sample_format: SampleFormat::Int,
    };

    /// Writes both sides into a WAV file of a folder.
    fn write(folder: &TempDir, name: &str, sides: &[[f32; 2]]) -> PathBuf {
        let path = folder.path().join(name);
        let mut file = WavWriter::create(&path, SPEC).unwrap();
        for side in sides.as_flattened() {
            file.write_sample((side * 8_388_607.0) as i32).unwrap();
        }
        file.finalize().unwrap();
        path
    }

    /// A chord on the built-in instrument, until it has rung out.
    fn chord() -> Vec<[f32; 2]> {
        let mut instrument = Instrument::new(SPEC.sample_rate as f32);
        instrument.set_player(0, Timbre::Pluck, 1.0);
        for key in [48, 64, 67] {
            instrument.note_on(0, key, 0.6);
        }
        let mut sides = Vec::new();
        // A length that no number of MP3 frames has.
        while sides.len() < 50_003 {
            let (mut left, mut right) = ([0.0; 101], [0.0; 101]);
            instrument.render(&mut left, &mut right);
            sides.extend(left.into_iter().zip(right).map(|(left, right)| [left, right]));
        }
        sides
    }

    #[test]
    fn what_is_decoded_is_the_chord_at_the_same_peak() {
        let sides = chord();
        let folder = tempdir().unwrap();
        let wav = write(&folder, "chord.wav", &sides);
        let mp3 = encode(&wav).unwrap();
        assert!(mp3.len() * 30 < sides.len() * 6, "{} bytes are many", mp3.len());
        assert_eq!(mp3, encode(&wav).unwrap(), "not the same bytes each time");

        // By other people than those who encode.
        let decoded = nanomp3::decode_all::<f32>(&mp3);
        let heard = decoded.samples;
        assert_eq!(
            (decoded.channels, decoded.sample_rate),
            (Some(Channels::Mono), SPEC.sample_rate)
        );
        assert_eq!(heard.len(), sides.len());
        let peak = heard.iter().fold(0.0_f32, |peak, it| peak.max(it.abs()));
        assert!((peak - PEAK).abs() < 0.05, "{peak}");

        let played = sides.iter().map(|[left, right]| f64::from(left + right));
        let (mut both, mut one, mut other) = (0.0, 0.0, 0.0);
        for (played, heard) in played.zip(heard.iter().map(|&it| f64::from(it))) {
            both += played * heard;
            one += played * played;
            other += heard * heard;
        }
        let likeness = both / (one * other).sqrt();
        assert!(likeness > 0.99, "{likeness}");
    }

    #[test]
    fn a_silent_take_is_an_error() {
        let folder = tempdir().unwrap();
        let wav = write(&folder, "silence.wav", &[[0.0; 2]; 4800]);
        let error = format!("{:#}", encode(&wav).unwrap_err());
        assert!(error.contains("silent") && error.contains("silence.wav"), "{error}");
    }

    #[test]
    fn a_file_that_is_cut_off_is_an_error() {
        let folder = tempdir().unwrap();
        let wav = write(&folder, "cut.wav", &[[0.5; 2]; 480]);
        let bytes = fs::read(&wav).unwrap();
        fs::write(&wav, &bytes[..bytes.len() / 2]).unwrap();
        let error = format!("{:#}", encode(&wav).unwrap_err());
        assert!(error.contains("cut.wav"), "{error}");
    }
}
