//! The built-in instrument of AI Jukebox: whoever inserts the plugin hears music at once, and
//! `jukebox compose --wav` renders with the same.
//!
//! [`Instrument`] is all there is to play. It has [`PLAYERS`] players, each with a timbre and a level. It runs
//! on the audio thread: [`Instrument::new`] makes the memory, and nothing after it allocates, frees, locks,
//! waits or calls the system.
//!
//! # The way of the sound
//!
//! ```text
//! note_on --> voice (48, and 32 that make way) -------+--> sides ------------> + --> level --> limiter
//!              one mono sound, its place, its end,     |                        |
//!              its player's level                      +--> room, both sides ---+
//! ```
//!
//! All players share the voices, the room and the limiter.
//!
//! # The timbres
//!
//! | timbre | how it is made | after |
//! | --- | --- | --- |
//! | electric piano | a tine as a decaying sine before a magnetic pickup, whose bent flux curve makes it bark when it is struck hard; the tine's overtones at 6.27 and 17.55 times its fundamental; the hammer's thump | Falaize and Hélie, JSV 390 (2017); Fletcher and Rossing, *The Physics of Musical Instruments*, 2.15 |
//! | pluck | a delay loop, tuned with an allpass and damped with a lowpass, fed with the rectangle that a pulled string gives | Karplus and Strong, Computer Music Journal 7:2 (1983); Jaffe and Smith, same issue |
//! | flute | seven harmonics that grow with the wind, breath round the fundamental, chiff, a late vibrato | Fletcher and Rossing, 16.10; Verge, Hirschberg and Caussé, JASA 101 (1997) |
//! | bass | saw tooth and sine through a lowpass with an envelope, saturated | Välimäki, Pekonen and Nam, JASA 131 (2012), for the saw; Zavalishin, *The Art of VA Filter Design*, 4, for the filter |
//! | piano | sixteen partials of a stiff string, fewer when struck softly, that fall fast at first and slowly later; the knock of hammer and key | Fletcher and Rossing, 12.3; Weinreich, JASA 62 (1977) |
//! | organ | six drawbars of sines over an octave below the key, a tremulant | Pekonen, Pihlajamäki and Välimäki, DAFx (2011) |
//! | strings | three saw teeth a few cents apart through a lowpass that the bow opens | Fletcher and Rossing, 10.5; Välimäki, Pekonen and Nam, JASA 131 (2012) |
//! | lead | a square wave and a saw tooth through a lowpass, a late vibrato | Zavalishin, 4; Risset and Mathews, Physics Today 22:2 (1969) |
//! | drums | modes of skins, filtered noises, and six square waves as metal, in a table of General MIDI's keys | Fletcher and Rossing, 18.1; Werner, Abel and Smith, ICMC and DAFx (2014); Reid, *Synth Secrets* (2002) |
//!
//! The room is a feedback delay network of eight lines (Jot and Chaigne, AES 90, 1991). The modules say
//! more.
//!
//! # What always holds
//!
//! 1. The same notes at the same samples give the same sound, bit for bit, however the sound is cut into
//!    blocks, and on every processor: sines are polynomials, and the functions that are needed when a note
//!    begins are `libm`'s, written in Rust.
//! 2. A note sounds the same whatever was played before it. Even its noise is that of its key.
//! 3. Every sample is a number within ±1; none is subnormal.
//! 4. After the last note and its room there is exact silence, and it costs nothing.
//! 5. Keys are in tune to two cents, at every sample rate. A key whose tone would be below 20 Hz or above
//!    a quarter of the sample rate sounds in the nearest octave that is not.
//! 6. Velocity makes a note louder (half of it is 7 to 11 dB less) and brighter.

mod dsp;
mod instrument;
mod pitch;
mod sound;
mod timbre;
mod voice;

pub use instrument::{Instrument, PLAYERS, POLYPHONY};
pub use timbre::{Timbre, UnknownTimbre};
