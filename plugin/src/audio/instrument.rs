//! The built-in sound: what is sent to the host is played by a small instrument as well, so that a
//! take is heard without another plugin. Part of the audio thread, but for [`Sound::activate`].

use jukebox_synth::{Instrument, Timbre};
use nice_plug::prelude::Enum;
use nice_plug::prelude::util::db_to_gain;

use crate::audio::player::PlayerEvent;

/// Most events that are placed at their own samples in a block; the others act at once.
const MOST: usize = 1024;

/// Which instrument plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum TimbreChoice {
    /// The one that suits the record.
    #[id = "auto"]
    Auto,
    /// An electric piano.
    #[id = "electric-piano"]
    #[name = "Electric piano"]
    ElectricPiano,
    /// A plucked string.
    #[id = "pluck"]
    Pluck,
    /// A flute.
    #[id = "flute"]
    Flute,
    /// A bass.
    #[id = "bass"]
    Bass,
    /// A drum kit.
    #[id = "drums"]
    #[name = "Drum kit"]
    Drums,
}

/// How it sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoundSettings {
    /// Whether it sounds at all.
    pub on: bool,
    /// How loud, in dB.
    pub level: f32,
    /// What plays.
    pub timbre: TimbreChoice,
}

impl SoundSettings {
    /// The instrument for a record.
    fn timbre(&self, drums: bool) -> Timbre {
        match self.timbre {
            TimbreChoice::Auto => Timbre::for_record(drums),
            TimbreChoice::ElectricPiano => Timbre::ElectricPiano,
            TimbreChoice::Pluck => Timbre::Pluck,
            TimbreChoice::Flute => Timbre::Flute,
            TimbreChoice::Bass => Timbre::Bass,
            TimbreChoice::Drums => Timbre::Drums,
        }
    }
}

/// The instrument, and what it is to play in a block.
pub struct Sound {
    /// `None` where the host wants no audio.
    instrument: Option<Box<Instrument>>,
    rate: f32,
    events: Box<[PlayerEvent; MOST]>,
    count: usize,
    /// Whether it was on in the last block.
    on: bool,
}

impl Default for Sound {
    fn default() -> Self {
        let nothing = PlayerEvent::NoteOff { timing: 0, channel: 0, key: 0 };
        Self { instrument: None, rate: 0.0, events: Box::new([nothing; MOST]), count: 0, on: false }
    }
}

impl Sound {
    /// Makes the instrument for a sample rate, where there is audio to make. Not on the audio thread.
    pub fn activate(&mut self, rate: f32, audible: bool) {
        if !audible {
            self.instrument = None;
        } else if self.instrument.is_none() || self.rate != rate {
            self.instrument = Some(Box::new(Instrument::new(rate)));
        }
        self.rate = rate;
    }

    /// Stops at once.
    pub fn reset(&mut self) {
        self.count = 0;
        if let Some(instrument) = &mut self.instrument {
            instrument.reset();
        }
    }

    /// Adds an event of the block, in order of time.
    pub fn push(&mut self, event: PlayerEvent) {
        if let Some(place) = self.events.get_mut(self.count) {
            *place = event;
            self.count += 1;
        } else {
            self.play(event);
        }
    }

    fn play(&mut self, event: PlayerEvent) {
        let Some(instrument) = &mut self.instrument else { return };
        match event {
            PlayerEvent::NoteOn { key, velocity, .. } => instrument.note_on(0, key, velocity),
            PlayerEvent::NoteOff { key, .. } => instrument.note_off(0, key),
        }
    }

    /// Renders the block over what the two channels hold.
    pub fn render(
        &mut self,
        settings: SoundSettings,
        drums: bool,
        left: &mut [f32],
        right: &mut [f32],
    ) {
        let count = std::mem::take(&mut self.count);
        let Some(instrument) = &mut self.instrument else { return };
        let was_on = std::mem::replace(&mut self.on, settings.on);
        if !was_on && !settings.on && instrument.is_silent() {
            return;
        }
        if !settings.on && was_on {
            instrument.all_off();
        }
        instrument.set_level(db_to_gain(settings.level));
        instrument.set_player(0, settings.timbre(drums), 1.0);
        let mut from = 0;
        for place in 0..count {
            let event = self.events[place];
            let Some(instrument) = self.instrument.as_mut() else { return };
            let to = (event.timing() as usize).clamp(from, left.len());
            instrument.render(&mut left[from..to], &mut right[from..to]);
            from = to;
            if settings.on || matches!(event, PlayerEvent::NoteOff { .. }) {
                self.play(event);
            }
        }
        if let Some(instrument) = &mut self.instrument {
            instrument.render(&mut left[from..], &mut right[from..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON: SoundSettings = SoundSettings { on: true, level: 0.0, timbre: TimbreChoice::Auto };

    fn sound() -> Sound {
        let mut sound = Sound::default();
        sound.activate(48_000.0, true);
        sound
    }

    fn peak(sound: &mut Sound, settings: SoundSettings, blocks: usize) -> f32 {
        let (mut left, mut right, mut peak) = ([0.0; 480], [0.0; 480], 0.0f32);
        for _ in 0..blocks {
            sound.render(settings, false, &mut left, &mut right);
            peak = left.iter().chain(&right).fold(peak, |peak, sample| peak.max(sample.abs()));
        }
        peak
    }

    fn on(timing: u32) -> PlayerEvent {
        PlayerEvent::NoteOn { timing, channel: 0, key: 69, velocity: 0.8 }
    }

    #[test]
    fn a_note_sounds_from_its_sample_on() {
        let mut sound = sound();
        sound.push(on(300));
        let (mut left, mut right) = ([1.0; 480], [1.0; 480]);
        sound.render(ON, false, &mut left, &mut right);
        assert!(left[..300].iter().all(|sample| *sample == 0.0));
        assert!(peak(&mut sound, ON, 10) > 0.01);
        sound.push(PlayerEvent::NoteOff { timing: 0, channel: 0, key: 69 });
        peak(&mut sound, ON, 1000);
        assert_eq!(peak(&mut sound, ON, 10), 0.0, "silence in the end");
    }

    #[test]
    fn switched_off_it_fades_and_stays_silent() {
        let mut sound = sound();
        sound.push(on(0));
        assert!(peak(&mut sound, ON, 10) > 0.01);
        let off = SoundSettings { on: false, ..ON };
        peak(&mut sound, off, 1000);
        sound.push(on(0));
        assert_eq!(peak(&mut sound, off, 10), 0.0);
    }

    #[test]
    fn no_number_of_events_is_too_many() {
        let mut sound = sound();
        for round in 0..3 * MOST as u32 {
            sound.push(on(round % 480));
            sound.push(PlayerEvent::NoteOff { timing: 0, channel: 0, key: 69 });
        }
        assert!(peak(&mut sound, ON, 1) <= 1.0);
    }
}
