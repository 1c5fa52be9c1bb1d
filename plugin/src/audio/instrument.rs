//! The built-in sound: what is sent to the host is played by a small instrument as well, so that a
//! take is heard without another plugin. Part of the audio thread, but for [`Sound::activate`].

use jukebox_synth::{Instrument, PLAYERS, Timbre};
use nice_plug::prelude::Enum;
use nice_plug::prelude::util::db_to_gain;

use crate::audio::input::{CHANNELS, KEYS};
use crate::audio::player::PlayerEvent;
use crate::audio::player::parts::{MOST_PARTS, settings_of};
use crate::song::Band;

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
    /// How loud each part of a band is, in dB.
    pub levels: [f32; MOST_PARTS],
}

impl SoundSettings {
    /// The timbre of a part. One that is chosen plays all, but for the drums of a band.
    fn timbre(&self, band: &Band, part: usize) -> Timbre {
        let (part, alone) = match band.parts.len() {
            0 | 1 => (None, true),
            _ => (band.parts.get(part), band.parts.iter().all(|part| part.drums)),
        };
        let drums = part.map_or(band.drums, |part| part.drums);
        match self.timbre {
            _ if drums && !alone => Timbre::Drums,
            TimbreChoice::Auto => match part {
                Some(part) => Timbre::for_part(&part.name, part.program, part.drums),
                None => Timbre::for_record(band.drums),
            },
            TimbreChoice::ElectricPiano => Timbre::ElectricPiano,
            TimbreChoice::Pluck => Timbre::Pluck,
            TimbreChoice::Flute => Timbre::Flute,
            TimbreChoice::Bass => Timbre::Bass,
            TimbreChoice::Drums => Timbre::Drums,
        }
    }

    /// The level of a part as a factor: parts are about equally loud, and the more there are, the softer.
    fn factor(&self, band: &Band, part: usize, timbre: Timbre) -> f32 {
        let level = db_to_gain(self.levels[settings_of(part)]);
        level * timbre.level_among(band.parts.len())
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
    /// The player of each key of each channel that is down.
    players: Box<[[u8; KEYS as usize]; CHANNELS as usize]>,
    /// The player of what comes in from outside.
    guest: u8,
}

impl Default for Sound {
    fn default() -> Self {
        let nothing = PlayerEvent::NoteOff { timing: 0, channel: 0, key: 0 };
        Self {
            instrument: None,
            rate: 0.0,
            events: Box::new([nothing; MOST]),
            count: 0,
            on: false,
            players: Box::new([[0; KEYS as usize]; CHANNELS as usize]),
            guest: 0,
        }
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
        let (PlayerEvent::NoteOn { channel, key, .. } | PlayerEvent::NoteOff { channel, key, .. }) =
            event;
        let Some(player) = self
            .players
            .get_mut(usize::from(channel))
            .and_then(|keys| keys.get_mut(usize::from(key)))
        else {
            return;
        };
        match event {
            PlayerEvent::NoteOn { velocity, part, .. } => {
                *player = part.unwrap_or(self.guest).min(PLAYERS as u8 - 1);
                instrument.note_on((*player).into(), key, velocity);
            }
            PlayerEvent::NoteOff { .. } => instrument.note_off((*player).into(), key),
        }
    }

    /// Gives each part of a band its voice. What comes in is played by the part that this instance plays, or by the
    /// first that has pitches.
    fn seat(&mut self, settings: &SoundSettings, band: &Band, only: Option<u8>) {
        let Some(instrument) = &mut self.instrument else { return };
        for player in 0..band.parts.len().clamp(1, PLAYERS) {
            let timbre = settings.timbre(band, player);
            instrument.set_player(player, timbre, settings.factor(band, player, timbre));
        }
        let pitched = || band.parts.iter().position(|part| !part.drums);
        self.guest = only.or_else(|| pitched().map(|part| part as u8)).unwrap_or(0);
    }

    /// Renders the block over what the two channels hold. `only` is the part that plays, where one does alone.
    pub fn render(
        &mut self,
        settings: &SoundSettings,
        band: &Band,
        only: Option<u8>,
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
        self.seat(settings, band, only);
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
    use jukebox_model::piece::Part;
    use nice_plug::prelude::util::MINUS_INFINITY_DB;

    use super::*;

    const ON: SoundSettings = SoundSettings {
        on: true,
        level: 0.0,
        timbre: TimbreChoice::Auto,
        levels: [0.0; MOST_PARTS],
    };

    fn sound() -> Sound {
        let mut sound = Sound::default();
        sound.activate(48_000.0, true);
        sound
    }

    fn peak(sound: &mut Sound, settings: SoundSettings, blocks: usize) -> f32 {
        let (mut left, mut right, mut peak) = ([0.0; 480], [0.0; 480], 0.0f32);
        for _ in 0..blocks {
            sound.render(&settings, &Band::default(), None, &mut left, &mut right);
            peak = left.iter().chain(&right).fold(peak, |peak, sample| peak.max(sample.abs()));
        }
        peak
    }

    fn on(timing: u32) -> PlayerEvent {
        PlayerEvent::NoteOn { timing, channel: 0, key: 69, velocity: 0.8, part: Some(0) }
    }

    #[test]
    fn a_note_sounds_from_its_sample_on() {
        let mut sound = sound();
        sound.push(on(300));
        let (mut left, mut right) = ([1.0; 480], [1.0; 480]);
        sound.render(&ON, &Band::default(), None, &mut left, &mut right);
        assert!(left[..300].iter().all(|sample| *sample == 0.0));
        assert!(peak(&mut sound, ON, 10) > 0.01);
        sound.push(PlayerEvent::NoteOff { timing: 0, channel: 0, key: 69 });
        peak(&mut sound, ON, 1000);
        assert_eq!(peak(&mut sound, ON, 10), 0.0, "silence in the end");
    }

    #[test]
    fn each_part_has_its_voice_and_its_level() {
        let part = |name: &str, drums| Part { name: name.into(), program: None, drums };
        let parts = [part("Bass", false), part("Drums", true), part("Melody", false)];
        let band = Band { parts: parts.into(), ..Band::default() };
        let heard = |part: u8, settings: SoundSettings| {
            let mut sound = sound();
            let key = 50;
            sound.push(PlayerEvent::NoteOn {
                timing: 0,
                channel: part,
                key,
                velocity: 0.8,
                part: Some(part),
            });
            sound.push(PlayerEvent::NoteOff { timing: 400, channel: part, key });
            let (mut left, mut right) = ([0.0; 4_800], [0.0; 4_800]);
            sound.render(&settings, &band, None, &mut left, &mut right);
            left
        };
        let peak = |sound: &[f32]| sound.iter().fold(0.0f32, |peak, it| peak.max(it.abs()));
        let voices = [0, 1, 2].map(|part| heard(part, ON));
        assert!(voices.iter().all(|voice| peak(voice) > 0.01));
        assert!(voices[0] != voices[1] && voices[1] != voices[2] && voices[0] != voices[2]);
        let mut softer = ON;
        softer.levels[1] = -20.0;
        assert_eq!(heard(0, softer), voices[0]);
        let ratio = peak(&heard(1, softer)) / peak(&voices[1]);
        assert!((0.08..0.12).contains(&ratio), "{ratio}");
        softer.levels[1] = MINUS_INFINITY_DB;
        assert_eq!(peak(&heard(1, softer)), 0.0);
        // What is chosen plays all but the drums.
        let chosen = SoundSettings { timbre: TimbreChoice::Flute, ..ON };
        assert_eq!(heard(1, chosen), voices[1]);
        assert_ne!(heard(0, chosen), voices[0]);
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
