//! A song as the bytes of a MIDI file.

use midly::num::{u15, u24, u28};
use midly::{
    Format, Header, MetaMessage, MidiMessage, Smf, Timing, Track, TrackEvent, TrackEventKind,
};

use crate::PULSES_PER_QUARTER;
use crate::song::Song;
use crate::stroke::Player;
use crate::style::Style;

/// The channel that General MIDI keeps for drums, counted from 0.
const DRUM_CHANNEL: u8 = 9;

/// Writes a song as a file of format 1: a track with title, meter, key, tempo and the sections as markers, then
/// one for each part, with its name and program.
pub fn write(style: &Style, song: &Song) -> Vec<u8> {
    let header =
        Header::new(Format::Parallel, Timing::Metrical(u15::new(PULSES_PER_QUARTER as u16)));
    let markers: Vec<String> =
        song.sections.iter().map(|it| format!("{} {}", it.kind, it.letter)).collect();
    let mut tracks = vec![conductor(song, &markers)];
    for (channel, part) in (0..).zip(&style.parts) {
        let channel = if part.player == Player::Drums { DRUM_CHANNEL } else { channel };
        if song.notes.iter().any(|note| note.player == part.player) {
            tracks.push(notes(song, part.player, &part.name, part.program, channel));
        }
    }
    let mut bytes = Vec::new();
    Smf { header, tracks }.write(&mut bytes).expect("a song is far below 4 GB");
    bytes
}

fn conductor<'a>(song: &'a Song, markers: &'a [String]) -> Track<'a> {
    let clocks = song.meter.beat() * 24 / PULSES_PER_QUARTER;
    let power = song.meter.denominator.ilog2() as u8;
    let (sharps, minor) = signature(song);
    let micros = 60_000_000 / song.bpm as u32;
    let mut events = vec![
        (0, MetaMessage::TrackName(song.title.as_bytes())),
        (0, MetaMessage::TimeSignature(song.meter.numerator as u8, power, clocks as u8, 8)),
        (0, MetaMessage::KeySignature(sharps, minor)),
        (0, MetaMessage::Tempo(u24::new(micros))),
    ];
    let starts = song.sections.iter().map(|it| it.start);
    events.extend(starts.zip(markers).map(|(at, text)| (at, MetaMessage::Marker(text.as_bytes()))));
    track(events.into_iter().map(|(at, meta)| (at, TrackEventKind::Meta(meta))), end(song))
}

/// Sharps (flats are negative) and whether the key is minor. Other modes have the signature of their notes.
fn signature(song: &Song) -> (i8, bool) {
    let major = (song.tonic + song.mode.major_tonic()).rem_euclid(12);
    let fifths = (major * 7).rem_euclid(12);
    ((if fifths > 6 { fifths - 12 } else { fifths }) as i8, song.mode.is_minor())
}

fn end(song: &Song) -> u32 {
    let last = song.sections.last().map_or(0, |it| it.end);
    song.notes.iter().map(|it| it.at + it.length).max().unwrap_or(0).max(last)
}

fn notes<'a>(song: &Song, player: Player, name: &'a str, program: u8, channel: u8) -> Track<'a> {
    let event = |message| TrackEventKind::Midi { channel: channel.into(), message };
    let mut events = vec![(0, 0, TrackEventKind::Meta(MetaMessage::TrackName(name.as_bytes())))];
    if player != Player::Drums {
        events.push((0, 0, event(MidiMessage::ProgramChange { program: program.into() })));
    }
    for note in song.notes.iter().filter(|it| it.player == player) {
        let (key, vel) = (note.key.into(), note.velocity.into());
        events.push((note.at, 2, event(MidiMessage::NoteOn { key, vel })));
        events.push((
            note.at + note.length,
            1,
            event(MidiMessage::NoteOff { key, vel: 64.into() }),
        ));
    }
    events.sort_by_key(|&(at, order, _)| (at, order));
    track(events.into_iter().map(|(at, _, kind)| (at, kind)), end(song))
}

/// A track of events at pulses, in order.
fn track<'a>(events: impl Iterator<Item = (u32, TrackEventKind<'a>)>, end: u32) -> Track<'a> {
    let mut now = 0;
    let last = (end, TrackEventKind::Meta(MetaMessage::EndOfTrack));
    events
        .chain([last])
        .map(|(at, kind)| {
            let delta = u28::new(at - now);
            now = at;
            TrackEvent { delta, kind }
        })
        .collect()
}
