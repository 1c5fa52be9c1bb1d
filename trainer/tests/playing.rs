//! `jukebox play`, on devices that ALSA makes of files: built with the feature `play`.
#![cfg(all(feature = "play", target_os = "linux"))]

mod common;

use std::path::{Path, PathBuf};

use common::{Place, jukebox, said};

fn celtic() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../records/celtic.safetensors")
}

#[test]
fn what_the_device_gets_is_a_tune() {
    let place = Place::new();
    let (sound, config) = (place.path("sound.raw"), place.path("alsa.conf"));
    let device = format!(
        "pcm.!default {{ type file slave.pcm {{ type null }} file \"{}\" format raw }}\n\
         pcm.null {{ type null }}\n",
        sound.display()
    );
    std::fs::write(&config, device).unwrap();
    let mut command = jukebox();
    command.arg("play").arg(celtic()).args(["--bars", "2"]).env("ALSA_CONFIG_PATH", &config);
    let output = command.assert().success();
    assert!(said(output.get_output()).contains("2 bars"));
    let sound = std::fs::read(sound).unwrap();
    let loud = sound.iter().filter(|&&byte| byte != 0).count();
    assert!(loud > 100_000, "{loud} of {} bytes", sound.len());
}

#[test]
fn without_a_device_it_is_said_what_to_do_instead() {
    let place = Place::new();
    let config = place.write("alsa.conf", b"");
    for (options, words) in
        [(&[][..], "--wav tune.wav"), (&["--midi", "synth"], "Without --midi the tune is played")]
    {
        let mut command = jukebox();
        command.arg("play").arg(celtic()).args(options).env("ALSA_CONFIG_PATH", &config);
        let output = command.assert().failure().code(1);
        let said = said(output.get_output());
        assert!(said.contains("error: ") && said.contains(words), "{options:?}: {said}");
    }
}
