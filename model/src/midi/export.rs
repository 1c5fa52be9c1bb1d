//! From a piece to a MIDI file.

use midly::num::{u15, u24, u28};
use midly::{
    Format, Header, MetaMessage, MidiMessage, Smf, Timing, Track, TrackEvent, TrackEventKind,
};

use super::{DRUM_CHANNEL, text};
use crate::meter::Meter;
use crate::piece::{Note, Piece, TICKS_PER_QUARTER, Tick, channel_of, tidy};

/// Parts of a quarter note in the files that we write.
const DIVISION: u16 = 480;

/// Parts in a tick.
const PARTS: u64 = DIVISION as u64 / TICKS_PER_QUARTER as u64;

/// What plays a piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Instrument {
    /// The channel, 0 to 15; `None` for the first, or the tenth for drums, which General MIDI keeps for them.
    pub channel: Option<u8>,
    /// The program, 0 to 127, as in General MIDI: 0 is a grand piano.
    pub program: u8,
}

/// A piece as the bytes of a MIDI file: format 1, 480 ticks a quarter note. The first track holds
/// title, meters, key and tempi; the second holds the notes, on channel 1, or 10 for drums, and lasts
/// to the end of the last bar. A piece with parts has a track for each, named after it, with its program, on
/// a channel of its own as long as there are any (drums share 10). [`import`](super::import) of the bytes gives
/// the same piece, but that a first bar which is shorter than those after it is a pickup there, and that parts
/// without notes are gone.
pub fn export(piece: &Piece) -> Vec<u8> {
    export_for(piece, Instrument::default())
}

/// What stands above the bars of a file: the name of a section, or of a chord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where it stands, in ticks of the piece.
    pub at: Tick,
    /// What it says.
    pub text: String,
    /// Whether it names a section, which is written as a marker; else it is a chord's, written as text.
    pub is_section: bool,
}

/// [`export()`] for an instrument, which plays pieces without parts. Notes on the tenth channel are read as
/// drums, on any other as pitches.
pub fn export_for(piece: &Piece, instrument: Instrument) -> Vec<u8> {
    export_marked(piece, instrument, &[])
}

/// [`export_for`] with marks, in order.
pub fn export_marked(piece: &Piece, instrument: Instrument, marks: &[Mark]) -> Vec<u8> {
    let title = text::one_line(piece.title.chars());
    let header = Header::new(Format::Parallel, Timing::Metrical(u15::new(DIVISION)));
    let mut tracks = vec![conductor_track(piece, &title, marks)];
    if piece.parts.is_empty() {
        let usual = if piece.drums { DRUM_CHANNEL } else { 0 };
        let channel = instrument.channel.unwrap_or(usual);
        let name = if piece.drums { "Drums" } else { "Notes" };
        tracks.push(note_track(piece, 0, name, channel, Some(instrument.program)));
    }
    let names: Vec<String> =
        piece.parts.iter().map(|part| text::one_line(part.name.chars())).collect();
    for ((number, part), name) in (0..=u8::MAX).zip(&piece.parts).zip(&names) {
        let channel = channel_of(&piece.parts, number.into());
        tracks.push(note_track(piece, number, name, channel, part.program));
    }
    let mut bytes = Vec::new();
    let smf = Smf { header, tracks };
    smf.write(&mut bytes).expect("tracks below 4 GB fit a MIDI file");
    bytes
}

fn conductor_track<'a>(piece: &Piece, title: &'a str, marks: &'a [Mark]) -> Track<'a> {
    let mut events = Vec::new();
    if !title.is_empty() {
        events.push((0, MetaMessage::TrackName(title.as_bytes())));
    }
    for bar in piece.meters.changes() {
        events.push((bar.start, time_signature(bar.meter)));
    }
    if piece.notes.iter().all(|note| note.onset >= piece.meters.bar_end(piece.meters.bar(0))) {
        // The rest belongs to the piece: import would leave it out.
        events.push((0, MetaMessage::Marker(b"Start")));
    }
    if let Some(key) = piece.key {
        events.push((0, MetaMessage::KeySignature(key.sharps, key.minor)));
    }
    for change in &piece.tempi {
        let micros = change.micros().clamp(1, u24::max_value().as_int());
        events.push((change.at, MetaMessage::Tempo(u24::new(micros))));
    }
    events.extend(marks.iter().map(|Mark { at, text, is_section }| {
        let text = text.as_bytes();
        (*at, if *is_section { MetaMessage::Marker(text) } else { MetaMessage::Text(text) })
    }));
    events.sort_by_key(|&(at, _)| at);
    let end = events.last().map_or(0, |&(at, _)| at);
    track(events.into_iter().map(|(at, meta)| (at, TrackEventKind::Meta(meta))), end)
}

fn time_signature(meter: Meter) -> MetaMessage<'static> {
    // A click each beat, in MIDI clocks, which are ticks; eight 32nds in a quarter note.
    let power = meter.denominator().ilog2() as u8;
    MetaMessage::TimeSignature(meter.numerator(), power, meter.beat() as u8, 8)
}

/// The track of a part.
fn note_track<'a>(
    piece: &Piece,
    part: u8,
    name: &'a str,
    channel: u8,
    program: Option<u8>,
) -> Track<'a> {
    let channel = channel.min(15).into();
    let event = |message| TrackEventKind::Midi { channel, message };
    let mut notes: Vec<Note> = piece.notes.iter().filter(|it| it.part == part).copied().collect();
    tidy(&mut notes);
    let on = |note: &Note| MidiMessage::NoteOn {
        key: note.pitch.into(),
        vel: note.velocity.clamp(1, 127).into(),
    };
    let off = |note: &Note| MidiMessage::NoteOff { key: note.pitch.into(), vel: 64.into() };

    // At one tick releases come before onsets, so that a repeated note is struck again.
    let mut messages: Vec<(Tick, bool, MidiMessage)> = notes
        .iter()
        .flat_map(|note| [(note.onset, true, on(note)), (note.end(), false, off(note))])
        .collect();
    messages.sort_by_key(|&(at, starts, _)| (at, starts));
    let name = (!name.is_empty()).then_some(MetaMessage::TrackName(name.as_bytes()));
    let program = program
        .map(|program| event(MidiMessage::ProgramChange { program: program.min(127).into() }));
    let setup = name.map(TrackEventKind::Meta).into_iter().chain(program).map(|kind| (0, kind));
    let last = piece.bars().saturating_sub(1);
    let end = piece.meters.bar_end(piece.meters.bar(last)).max(piece.end());
    let played = messages.into_iter().map(|(at, _, message)| (at, event(message)));
    track(setup.chain(played), end)
}

/// A track of events at ticks, in order, that ends at a tick.
fn track<'a>(events: impl Iterator<Item = (Tick, TrackEventKind<'a>)>, end: Tick) -> Track<'a> {
    let longest = u64::from(u28::max_value().as_int());
    let mut track = Vec::with_capacity(events.size_hint().0 + 1);
    let mut now = 0;
    let end = (end, TrackEventKind::Meta(MetaMessage::EndOfTrack));
    for (at, kind) in events.chain([end]) {
        let mut delta = u64::from(at) * PARTS - now;
        now += delta;
        while delta > longest {
            let pause = TrackEventKind::Meta(MetaMessage::Text(b""));
            track.push(TrackEvent { delta: u28::max_value(), kind: pause });
            delta -= longest;
        }
        track.push(TrackEvent { delta: u28::new(delta as u32), kind });
    }
    track
}
