//! How the parts of a band are played: which of them play, on which channels, in which octaves.

/// Parts that have settings of their own. Those beyond go with the last of these, so that as many instances play all.
pub const MOST_PARTS: usize = 16;

/// Whose settings are those of a part.
pub fn settings_of(part: usize) -> usize {
    part.min(MOST_PARTS - 1)
}

/// The parts that some stand for, a bit for each: those beyond the last that has settings go with it.
fn with_those_beyond(parts: u32) -> u32 {
    let beyond = u32::MAX << MOST_PARTS;
    if parts >> (MOST_PARTS - 1) & 1 == 1 { parts | beyond } else { parts & !beyond }
}

/// How each part is played. Parts are counted from 0; a band of one line has only the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartSettings {
    /// The one part that plays; `None` for all.
    pub only: Option<u8>,
    /// The parts that are silent, a bit for each.
    pub muted: u32,
    /// The parts beside which others are silent, a bit for each.
    pub solo: u32,
    /// MIDI channels, counted from 0, where one was chosen.
    pub channels: [Option<u8>; MOST_PARTS],
    /// Octaves up or down. Drums ignore them.
    pub octaves: [i8; MOST_PARTS],
}

impl PartSettings {
    /// Which parts of a band of so many play. Solos of parts that it does not have count for nothing.
    pub fn playing(&self, parts: usize) -> Playing {
        let all = u32::MAX >> (32 - parts.clamp(1, 32));
        let solo = if self.solo & all == 0 { all } else { with_those_beyond(self.solo) };
        let only = self.only.map_or(all, |part| with_those_beyond(1 << part.min(31)));
        Playing(all & solo & only & !with_those_beyond(self.muted))
    }

    /// The channel that was chosen for a part.
    pub fn channel(&self, part: u8) -> Option<u8> {
        self.channels[settings_of(part.into())]
    }

    /// Octaves by which a part is moved.
    pub fn octave(&self, part: u8) -> i32 {
        self.octaves[settings_of(part.into())].into()
    }
}

/// The parts of a band that play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Playing(u32);

impl Playing {
    /// Whether a part plays.
    pub fn has(self, part: u8) -> bool {
        self.0 >> u32::from(part.min(31)) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn playing(settings: PartSettings, parts: usize) -> Vec<u8> {
        let playing = settings.playing(parts);
        (0..32).filter(|&part| playing.has(part)).collect()
    }

    #[test]
    fn parts_play_that_are_chosen_and_not_muted() {
        let settings = |only, muted, solo| PartSettings { only, muted, solo, ..Default::default() };
        assert_eq!(playing(settings(None, 0, 0), 4), [0, 1, 2, 3]);
        assert_eq!(playing(settings(None, 0, 0), 0), [0], "one line is the first part");
        assert_eq!(playing(settings(None, 0b10, 0), 4), [0, 2, 3]);
        assert_eq!(playing(settings(None, 0b10, 0b110), 4), [2], "a solo that is muted is silent");
        assert_eq!(playing(settings(Some(3), 0, 0), 4), [3]);
        assert_eq!(playing(settings(Some(3), 0, 0b1), 4), [0u8; 0], "another part has a solo");
        assert_eq!(playing(settings(Some(7), 0, 0), 4), [0u8; 0], "there is no such part");
        assert_eq!(
            playing(settings(None, 0, 1 << 9), 4).len(),
            4,
            "the solo of a part that is not there"
        );
        assert_eq!(playing(settings(None, 0, 0), 32).len(), 32);
    }

    #[test]
    fn parts_beyond_the_last_go_with_it() {
        let only = |part| PartSettings { only: Some(part), ..PartSettings::default() };
        let mut all: Vec<u8> = (0..16).flat_map(|part| playing(only(part), 20)).collect();
        assert_eq!(playing(only(15), 20), [15, 16, 17, 18, 19]);
        all.dedup();
        assert_eq!(all, (0..20).collect::<Vec<u8>>(), "sixteen instances play them all");
        let mut last = PartSettings { muted: 1 << 15, ..PartSettings::default() };
        assert_eq!(playing(last, 20), (0..15).collect::<Vec<u8>>());
        (last.channels[15], last.octaves[15], last.muted) = (Some(4), -1, 0);
        last.solo = 1 << 15;
        assert_eq!(playing(last, 18), [15, 16, 17]);
        assert_eq!([14, 15, 31].map(|part| last.channel(part)), [None, Some(4), Some(4)]);
        assert_eq!([14, 15, 31].map(|part| last.octave(part)), [0, -1, -1]);
    }
}
