//! Renders a note of the score: when it sounds, at which key and how loud. Pure functions of the note, its
//! bar and the performance settings, so that a place in the song sounds the same however the playhead came
//! there.

use jukebox_model::meter::BarSlot;
use jukebox_model::piece::{Note, Tick};
use jukebox_model::pitch_classes::PitchClasses;
use jukebox_model::random::splitmix64;

use super::feel::MOST_LEAN;
use super::parts::Playing;
use super::performance::{Chords, PerformanceSettings, SwingGrid, Timing, Touch};
use super::song_clock::FINE;
use crate::song::Band;

/// Fine ticks by which humanise moves an onset at most: a 64th note.
pub const MOST_STRAY: i64 = FINE * 3 / 2;
/// Fine ticks by which an onset comes early at most: by humanise and by groove.
pub const MOST_EARLY: i64 = MOST_STRAY + MOST_LEAN;
/// Fine ticks by which an onset comes late at most: by swing, a quarter of a quarter note, by humanise and by
/// groove.
pub const MOST_LATE: i64 = FINE * 6 + MOST_EARLY;
/// What humanise adds to a velocity, or takes from it, at most.
pub const MOST_LOUDER: i64 = 24;
/// The velocity that no amount moves: mezzo forte.
pub const MIDDLE: i64 = 80;

/// When a note sounds, in fine ticks of the song.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Its onset.
    pub on: i64,
    /// Its release, a tick later at least.
    pub off: i64,
}

/// Who plays a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voice {
    /// Whether it is a drum hit.
    pub drums: bool,
    /// The MIDI channel, counted from 0, where nobody has chosen another.
    pub channel: u8,
    /// Whether it plays at all.
    pub plays: bool,
}

impl Voice {
    /// Who plays a note of a band, of which some parts play.
    pub fn of(note: &Note, band: &Band, playing: Playing) -> Self {
        let plays = playing.has(note.part);
        Self { drums: band.is_drum(note), channel: band.channel(note), plays }
    }
}

/// What a note's place in its bar makes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Whether it starts on a beat that is felt.
    pub strong: bool,
    /// The accent at all of *Groove*.
    pub louder: i64,
}

/// A note as it is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderedNote {
    /// MIDI channel, counted from 0.
    pub channel: u8,
    /// MIDI key number.
    pub key: u8,
    /// 1 to 127.
    pub velocity: u8,
}

/// A bar as far as timing is concerned.
#[derive(Clone, Copy, Debug)]
pub struct BarLines {
    start: i64,
    end: i64,
    /// Length of the bars after it, as if its meter went on.
    length: i64,
}

impl BarLines {
    /// A bar that ends at a tick, which a meter change may bring forward.
    pub fn new(slot: BarSlot, end: Tick) -> Self {
        Self {
            start: i64::from(slot.start) * FINE,
            end: i64::from(end) * FINE,
            length: i64::from(slot.meter.bar()).max(1) * FINE,
        }
    }
}

impl SwingGrid {
    /// Fine ticks of a note value.
    fn half(self) -> i64 {
        match self {
            Self::Eighths => FINE * 12,
            Self::Sixteenths => FINE * 6,
        }
    }
}

/// When a note sounds that its place makes late, by so many fine ticks at all of *Groove*. Onsets keep within their
/// bar.
pub fn times(note: &Note, bar: BarLines, timing: &Timing, late: i64) -> Times {
    let onset = i64::from(note.onset) * FINE;
    let length = i64::from(note.duration) * FINE * i64::from(timing.gate) / 100;
    let straight = swung(onset, bar, timing);
    let late = late * i64::from(timing.groove) / 100;
    let on = (straight + offset(note, timing) + late).min(bar.end - 1).max(bar.start);
    let off = swung(onset + length, bar, timing) + on - straight;
    Times { on, off: off.max(on + FINE) }
}

/// Where swing moves a moment, from the bar line of its bar. Straight pairs stay as they are.
fn swung(fine: i64, bar: BarLines, timing: &Timing) -> i64 {
    let (start, length) = if fine < bar.end {
        (bar.start, bar.end - bar.start)
    } else {
        let bars = (fine - bar.end) / bar.length;
        (bar.end + bars * bar.length, bar.length)
    };
    let half = timing.grid.half();
    let (pair, within) = ((fine - start) / (2 * half), (fine - start) % (2 * half));
    if (pair + 1) * 2 * half > length {
        // The bar ends before the pair does: there is no second note to delay.
        return fine;
    }
    let second = 2 * half * i64::from(timing.swing) / 1000;
    let moved = if within < half {
        within * second / half
    } else {
        second + (within - half) * (2 * half - second) / half
    };
    start + pair * 2 * half + moved
}

/// Fine ticks by which any onset comes early and late at most, with a timing.
pub fn reach(timing: &Timing) -> (i64, i64) {
    let stray = MOST_STRAY * i64::from(timing.humanise) + MOST_LEAN * i64::from(timing.groove);
    let early = (stray + 99) / 100;
    let half = timing.grid.half();
    (early, early + 2 * half * i64::from(timing.swing) / 1000 - half)
}

/// How much earlier or later a note comes: mostly a little, seldom much.
fn offset(note: &Note, timing: &Timing) -> i64 {
    let dice = hash(note, timing.take);
    let (one, other) = (dice & 0xffff, dice >> 16 & 0xffff);
    let triangular = one as i64 + other as i64 - 0xffff;
    triangular * MOST_STRAY * i64::from(timing.humanise) / (0xffff * 100)
}

/// What sounds when a note starts while a chord is held; `None` where it is left out.
pub fn render(
    note: &Note,
    place: Place,
    voice: Voice,
    performance: &PerformanceSettings,
    chord: PitchClasses,
) -> Option<RenderedNote> {
    let velocity = velocity(note, place, &performance.touch);
    let chosen = performance.parts.channel(note.part).or(performance.channel);
    let channel = chosen.unwrap_or(voice.channel);
    let key = if voice.drums { note.pitch } else { key(note, place.strong, performance, chord)? };
    (voice.plays && key < 128).then_some(RenderedNote { channel, key, velocity })
}

/// The key that a note of the white-key frame is heard at.
fn key(
    note: &Note,
    strong: bool,
    performance: &PerformanceSettings,
    chord: PitchClasses,
) -> Option<u8> {
    let key = performance.pitch_of(note)?;
    let restricted = match performance.chords {
        Chords::Off => false,
        Chords::StrongBeats => strong,
        Chords::Everywhere => true,
    };
    let key = if restricted { chord.nearest(key) } else { key };
    u8::try_from(key).ok()
}

/// Whether a note starts on a beat that is felt.
pub fn is_strong(note: &Note, slot: BarSlot) -> bool {
    note.onset.saturating_sub(slot.start).is_multiple_of(slot.meter.beat().max(1))
}

/// How loud a note is, 1 to 127.
fn velocity(note: &Note, place: Place, touch: &Touch) -> u8 {
    let amount = i64::from(touch.amount);
    let accent = place.louder * i64::from(touch.groove) / 100;
    let scaled = MIDDLE + (i64::from(note.velocity) - MIDDLE) * amount / 100 + accent;
    let curved = if touch.curve == 0 {
        scaled
    } else {
        // A power from 4 (softest) over 1 to 1/4 (hardest) bends the way from 0 to 127.
        let power = 4f64.powf(-f64::from(touch.curve) / 100.0);
        (127.0 * (scaled.clamp(1, 127) as f64 / 127.0).powf(power)).round() as i64
    };
    // The half of the dice that the timing does not use.
    let dice = hash(note, touch.take) >> 32 & 0xffff;
    let louder = (2 * dice as i64 - 0xffff) * MOST_LOUDER * i64::from(touch.humanise);
    (curved + louder / (0xffff * 100)).clamp(1, 127) as u8
}

/// Evenly spread bits of a note's place and a take.
fn hash(note: &Note, take: u32) -> u64 {
    let place = u64::from(note.onset) << 7 | u64::from(note.pitch & 127);
    splitmix64(place ^ u64::from(take) << 40)
}
