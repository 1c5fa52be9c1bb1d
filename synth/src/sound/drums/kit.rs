//! The kit: what each key of General MIDI percussion is made of.

use crate::dsp::filter::Pass;
use crate::sound::StereoPlace;

pub const TONES: usize = 3;
pub const BURSTS: usize = 2;

/// A hit's parts.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    pub tones: [Option<Tone>; TONES],
    pub bursts: [Option<Burst>; BURSTS],
    pub clang: Option<Clang>,
    pub place: StereoPlace,
    pub choke: Option<u8>,
    pub seconds_to_yield: f32,
}

/// A mode: hertz, loudness, and the seconds in which it falls by 60 dB.
#[derive(Clone, Copy, Debug)]
pub struct Tone {
    pub hertz: f32,
    pub level: f32,
    pub seconds: f32,
    /// By how many times its hertz it begins higher, and in what time that falls by 60 dB.
    pub bend: f32,
    pub bend_seconds: f32,
}

/// A noise: its filter, loudness and times in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Burst {
    pub pass: Pass,
    pub hertz: f32,
    pub resonance: f32,
    pub level: f32,
    pub seconds: f32,
    pub attack: f32,
    /// How often it comes once more, after how many seconds each.
    pub repeats: u32,
    pub gap: f32,
}

/// Square waves through a filter.
#[derive(Clone, Copy, Debug)]
pub struct Clang {
    pub hertz: [f32; 6],
    pub pass: Pass,
    pub cut: f32,
    pub resonance: f32,
    pub level: f32,
    pub seconds: f32,
}

/// Six frequencies that share no divisor: those of the TR-808's hi-hats and cymbal.
const PLATE: [f32; 6] = [205.3, 304.4, 369.6, 522.7, 540.0, 800.0];

const HATS: u8 = 1;
const WHISTLES: u8 = 2;
const GUIROS: u8 = 3;
const CUICAS: u8 = 4;
const TRIANGLES: u8 = 5;

impl Recipe {
    /// What a key sounds like. One that General MIDI leaves free sounds as a neighbour in kind.
    pub fn of(key: u8) -> Self {
        match key {
            ..27 | 35 => kick(46.0, 0.55, 0.25),
            27 | 33 | 34 => block(1900.0, 0.25),
            31 | 37 => rim(),
            28 | 39 => clap(),
            29 | 30 | 73 => guiro(0.09).choked(GUIROS),
            32 | 75 | 85 => claves(),
            36 => kick(52.0, 0.5, 0.4),
            38 => snare(188.0, 0.24, 1.0),
            40 => snare(224.0, 0.17, 0.8),
            41 | 87 => tom(82.0, 0.75, 0.5),
            43 => tom(98.0, 0.7, 0.4),
            45 => tom(123.0, 0.6, 0.2),
            47 => tom(147.0, 0.55, 0.0),
            48 => tom(175.0, 0.5, -0.15),
            50 => tom(208.0, 0.45, -0.3),
            42 => hat(0.075, 0.85),
            44 => hat(0.055, 0.6),
            46 => hat(0.9, 0.8),
            49 => cymbal(2.6, 3_200.0, 0.3),
            52 => cymbal(1.8, 2_300.0, -0.45),
            55 => cymbal(1.1, 4_800.0, -0.2),
            57 => cymbal(2.9, 2_900.0, -0.4),
            51 => ride(0.16, 0.35),
            59 => ride(0.2, 0.25),
            53 => ride(1.0, 0.35),
            54 | 83 => tambourine(),
            56 => cowbell(),
            58 => rattle(0.9),
            60 => skin(400.0, 0.2, -0.25),
            61 => skin(290.0, 0.28, -0.2),
            62 => skin(330.0, 0.1, 0.2),
            63 => skin(310.0, 0.35, 0.25),
            64 | 86 => skin(205.0, 0.4, 0.3),
            65 => tom(340.0, 0.35, -0.3).brighter(),
            66 => tom(245.0, 0.4, -0.2).brighter(),
            67 => bell(1180.0, 0.35),
            68 => bell(820.0, 0.4),
            69 => shaker(0.02, 0.09, 6_200.0, -0.3),
            70 | 82 => shaker(0.006, 0.06, 7_800.0, 0.3),
            71 => whistle(0.12).choked(WHISTLES),
            72 => whistle(0.45).choked(WHISTLES),
            74 => guiro(0.35).choked(GUIROS),
            76 => block(1_020.0, 0.35),
            77 => block(720.0, 0.35),
            78 => cuica(420.0, -0.3).choked(CUICAS),
            79 => cuica(260.0, 0.45).choked(CUICAS),
            80 => triangle(0.12).choked(TRIANGLES),
            81 | 84 => triangle(2.2).choked(TRIANGLES),
            88.. => shaker(0.002, 0.05, 7_000.0, 0.0),
        }
    }

    const fn at(side: f32, room: f32) -> Self {
        Self {
            tones: [None; TONES],
            bursts: [None; BURSTS],
            clang: None,
            place: StereoPlace { side, room },
            choke: None,
            seconds_to_yield: 0.05,
        }
    }

    const fn choked(mut self, group: u8) -> Self {
        self.choke = Some(group);
        self
    }

    /// A skin of metal or thin plastic: more stick.
    const fn brighter(mut self) -> Self {
        self.bursts[1] = Some(burst(Pass::Band, 2_600.0, 0.3, 0.05));
        self
    }
}

const fn tone(hertz: f32, level: f32, seconds: f32) -> Tone {
    Tone { hertz, level, seconds, bend: 0.0, bend_seconds: 0.05 }
}

impl Tone {
    const fn bent(self, bend: f32, bend_seconds: f32) -> Self {
        Self { bend, bend_seconds, ..self }
    }
}

const fn burst(pass: Pass, hertz: f32, level: f32, seconds: f32) -> Burst {
    Burst { pass, hertz, resonance: 0.8, level, seconds, attack: 0.0, repeats: 0, gap: 0.0 }
}

fn kick(hertz: f32, seconds: f32, click: f32) -> Recipe {
    Recipe {
        tones: [
            Some(tone(hertz, 1.0, seconds).bent(3.2, 0.11)),
            Some(tone(2.1 * hertz, 0.25, 0.12).bent(1.5, 0.06)),
            None,
        ],
        bursts: [Some(burst(Pass::Low, 3_500.0, click, 0.018)), None],
        ..Recipe::at(0.0, 0.04)
    }
}

fn snare(hertz: f32, wires: f32, body: f32) -> Recipe {
    Recipe {
        tones: [
            Some(tone(hertz, 0.5 * body, 0.17).bent(0.45, 0.06)),
            Some(tone(1.59 * hertz, 0.3 * body, 0.11).bent(0.3, 0.05)),
            Some(tone(2.14 * hertz, 0.12 * body, 0.07)),
        ],
        bursts: [
            Some(burst(Pass::High, 1_500.0, 0.42, wires)),
            Some(burst(Pass::Band, 3_400.0, 0.5, 0.045)),
        ],
        ..Recipe::at(0.0, 0.14)
    }
}

fn rim() -> Recipe {
    Recipe {
        tones: [Some(tone(1_720.0, 0.4, 0.035)), Some(tone(480.0, 0.45, 0.045)), None],
        bursts: [Some(burst(Pass::Band, 2_800.0, 0.6, 0.02)), None],
        ..Recipe::at(-0.15, 0.14)
    }
}

fn clap() -> Recipe {
    let hands =
        Burst { resonance: 1.6, repeats: 3, gap: 0.0105, ..burst(Pass::Band, 1_150.0, 1.5, 0.19) };
    Recipe {
        bursts: [Some(hands), Some(burst(Pass::High, 3_000.0, 0.08, 0.12))],
        ..Recipe::at(0.1, 0.3)
    }
}

fn tom(hertz: f32, seconds: f32, side: f32) -> Recipe {
    Recipe {
        tones: [
            Some(tone(hertz, 0.75, seconds).bent(0.5, 0.16)),
            Some(tone(1.59 * hertz, 0.28, 0.5 * seconds).bent(0.35, 0.1)),
            Some(tone(2.14 * hertz, 0.12, 0.3 * seconds)),
        ],
        bursts: [Some(burst(Pass::Low, 1_800.0, 0.3, 0.05)), None],
        seconds_to_yield: 0.08,
        ..Recipe::at(side, 0.14)
    }
}

fn skin(hertz: f32, seconds: f32, side: f32) -> Recipe {
    Recipe {
        tones: [
            Some(tone(hertz, 0.7, seconds).bent(0.12, 0.06)),
            Some(tone(1.59 * hertz, 0.18, 0.4 * seconds)),
            None,
        ],
        bursts: [Some(burst(Pass::Band, 1_600.0, 0.4, 0.03)), None],
        ..Recipe::at(side, 0.16)
    }
}

fn hat(seconds: f32, level: f32) -> Recipe {
    Recipe {
        bursts: [
            Some(burst(Pass::High, 7_500.0, 0.3 * level, seconds)),
            Some(burst(Pass::Band, 5_200.0, 0.2 * level, 0.02)),
        ],
        clang: Some(Clang {
            hertz: PLATE,
            pass: Pass::High,
            cut: 7_200.0,
            resonance: 0.9,
            level: 0.3 * level,
            seconds,
        }),
        seconds_to_yield: 0.03,
        ..Recipe::at(-0.3, 0.06)
    }
    .choked(HATS)
}

fn cymbal(seconds: f32, cut: f32, side: f32) -> Recipe {
    Recipe {
        bursts: [
            Some(burst(Pass::High, cut, 0.26, seconds)),
            Some(burst(Pass::Band, 0.6 * cut, 0.45, 0.25)),
        ],
        clang: Some(Clang {
            hertz: PLATE.map(|hertz| 1.37 * hertz),
            pass: Pass::High,
            cut,
            resonance: 0.7,
            level: 0.06,
            seconds: 0.8 * seconds,
        }),
        seconds_to_yield: 0.3,
        ..Recipe::at(side, 0.12)
    }
}

fn ride(bell: f32, side: f32) -> Recipe {
    Recipe {
        tones: [
            Some(tone(1_310.0, 0.2 * bell, 1.1)),
            Some(tone(2_163.0, 0.16 * bell, 0.9)),
            Some(tone(5_340.0, 0.09, 0.5)),
        ],
        bursts: [
            Some(burst(Pass::High, 5_500.0, 0.09, 1.4)),
            Some(burst(Pass::Band, 6_000.0, 0.3, 0.035)),
        ],
        clang: Some(Clang {
            hertz: PLATE.map(|hertz| 1.71 * hertz),
            pass: Pass::High,
            cut: 5_000.0,
            resonance: 0.7,
            level: 0.06,
            seconds: 1.6,
        }),
        seconds_to_yield: 0.3,
        ..Recipe::at(side, 0.1)
    }
}

fn tambourine() -> Recipe {
    let jingles = Burst { repeats: 2, gap: 0.016, ..burst(Pass::High, 7_000.0, 0.42, 0.22) };
    Recipe {
        tones: [Some(tone(8_230.0, 0.05, 0.25)), Some(tone(9_910.0, 0.04, 0.2)), None],
        bursts: [Some(jingles), Some(burst(Pass::Band, 900.0, 0.3, 0.03))],
        ..Recipe::at(0.3, 0.12)
    }
}

fn cowbell() -> Recipe {
    Recipe {
        clang: Some(Clang {
            hertz: [540.0, 800.0, 0.0, 0.0, 0.0, 0.0],
            pass: Pass::Band,
            cut: 1_100.0,
            resonance: 1.4,
            level: 0.42,
            seconds: 0.32,
        }),
        bursts: [Some(burst(Pass::Band, 3_000.0, 0.3, 0.015)), None],
        ..Recipe::at(0.2, 0.1)
    }
}

fn bell(hertz: f32, side: f32) -> Recipe {
    Recipe {
        tones: [
            Some(tone(hertz, 0.42, 0.45)),
            Some(tone(1.51 * hertz, 0.2, 0.3)),
            Some(tone(2.73 * hertz, 0.1, 0.18)),
        ],
        bursts: [Some(burst(Pass::Band, 4_000.0, 0.25, 0.012)), None],
        ..Recipe::at(side, 0.14)
    }
}

fn block(hertz: f32, side: f32) -> Recipe {
    Recipe {
        tones: [Some(tone(hertz, 0.6, 0.08)), Some(tone(1.48 * hertz, 0.25, 0.05)), None],
        bursts: [Some(burst(Pass::Band, 2.0 * hertz, 0.3, 0.012)), None],
        ..Recipe::at(side, 0.16)
    }
}

fn claves() -> Recipe {
    Recipe {
        tones: [Some(tone(2_480.0, 0.55, 0.09)), Some(tone(5_100.0, 0.06, 0.03)), None],
        ..Recipe::at(-0.35, 0.2)
    }
}

fn shaker(attack: f32, seconds: f32, hertz: f32, side: f32) -> Recipe {
    let grains = Burst { attack, ..burst(Pass::Band, hertz, 0.7, seconds) };
    Recipe { bursts: [Some(grains), None], ..Recipe::at(side, 0.1) }
}

fn rattle(seconds: f32) -> Recipe {
    let teeth = Burst {
        repeats: 12,
        gap: 0.028,
        resonance: 6.0,
        ..burst(Pass::Band, 2_700.0, 1.1, seconds)
    };
    Recipe { bursts: [Some(teeth), None], ..Recipe::at(-0.4, 0.18) }
}

fn guiro(seconds: f32) -> Recipe {
    let gap = 0.011;
    let repeats = (seconds / gap) as u32;
    let notches = Burst { repeats, gap, resonance: 3.0, ..burst(Pass::Band, 3_300.0, 0.9, 0.05) };
    Recipe { bursts: [Some(notches), None], ..Recipe::at(0.35, 0.12) }
}

fn whistle(seconds: f32) -> Recipe {
    let pea = Burst { resonance: 8.0, ..burst(Pass::Band, 2_350.0, 0.5, 1.5 * seconds) };
    Recipe {
        tones: [
            Some(tone(2_310.0, 0.22, 1.5 * seconds)),
            Some(tone(2_352.0, 0.22, 1.5 * seconds)),
            None,
        ],
        bursts: [Some(pea), None],
        ..Recipe::at(0.25, 0.16)
    }
}

fn cuica(hertz: f32, bend: f32) -> Recipe {
    Recipe {
        tones: [
            Some(tone(hertz, 0.5, 0.3).bent(bend, 0.25)),
            Some(tone(2.0 * hertz, 0.25, 0.25).bent(bend, 0.25)),
            Some(tone(3.0 * hertz, 0.12, 0.2).bent(bend, 0.25)),
        ],
        ..Recipe::at(-0.3, 0.14)
    }
}

fn triangle(seconds: f32) -> Recipe {
    Recipe {
        tones: [
            Some(tone(4_160.0, 0.12, 0.8 * seconds)),
            Some(tone(6_570.0, 0.16, seconds)),
            Some(tone(9_830.0, 0.1, 0.7 * seconds)),
        ],
        bursts: [Some(burst(Pass::High, 9_000.0, 0.1, 0.02)), None],
        ..Recipe::at(0.4, 0.16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_sound_that_ends() {
        for key in 0..=127 {
            let recipe = Recipe::of(key);
            let seconds = (recipe.tones.iter().flatten().map(|tone| tone.seconds))
                .chain(recipe.bursts.iter().flatten().map(|burst| burst.seconds))
                .chain(recipe.clang.iter().map(|clang| clang.seconds));
            let longest = seconds.fold(0.0, f32::max);
            assert!((0.01..3.5).contains(&longest), "key {key}: {longest} s");
            assert!(recipe.place.side.abs() <= 0.5);
        }
    }

    #[test]
    fn the_three_hi_hats_end_one_another_and_nothing_else() {
        let hats: Vec<u8> = (0..=127).filter(|&key| Recipe::of(key).choke == Some(HATS)).collect();
        assert_eq!(hats, [42, 44, 46]);
    }
}
