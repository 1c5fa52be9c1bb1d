//! What musicians of a style keep to, held by every song.

mod common;

use common::{Bar, drums, songs};
use jukebox_songbook::song::{Force, Part, Song, Span, Written};

/// The chord at a place.
fn chord_at(song: &Song, at: u32) -> &Span {
    let next = song.chords.partition_point(|span| span.start <= at);
    &song.chords[next - 1]
}

/// Whether a key is a tone of a chord, or a ninth, eleventh or thirteenth that goes with it.
fn goes_with(song: &Song, span: &Span, key: u8) -> bool {
    let above = (i32::from(key) - song.tonic - span.chord.root).rem_euclid(12);
    [1, 3, 5, 7, 9, 11, 13].iter().any(|&it| span.chord.tone(it, song.mode) == Some(above))
}

/// Chords are heard as they are written: each note of them is a tone of the chord that sounds, or of the next one
/// where it comes early.
#[test]
fn comping_plays_the_chords() {
    for (style, song) in songs() {
        for note in song.written.iter().filter(|it| [Part::Chords, Part::Pad].contains(&it.player))
        {
            let span = chord_at(&song, note.at);
            let next = chord_at(
                &song,
                (note.at + note.length).min(song.chords[song.chords.len() - 1].start),
            );
            let next = song.chords.iter().find(|it| it.start > note.at).unwrap_or(next);
            let early = next.start <= note.at + song.meter.beat();
            let fits =
                goes_with(&song, span, note.key) || (early && goes_with(&song, next, note.key));
            assert!(fits, "{style}: {} has {} over {}", song.title, note.key, span.chord.text);
        }
    }
}

/// The first note of the bass under a chord is its root, or what the chord wants in the bass.
#[test]
fn the_bass_begins_each_chord_on_its_root() {
    for (style, song) in songs() {
        let bass: Vec<&Written> =
            song.written.iter().filter(|it| it.player == Part::Bass).collect();
        let mut begun = 0;
        for span in &song.chords {
            let Some(first) = bass.iter().find(|it| it.at >= span.start) else { continue };
            let early = bass
                .iter()
                .rfind(|it| it.at < span.start)
                .filter(|it| it.at + it.length > span.start);
            let note = early.unwrap_or(first);
            if note.at >= span.end {
                continue;
            }
            begun += 1;
            let class = (i32::from(note.key) - song.tonic).rem_euclid(12);
            let wanted = (span.chord.root + span.chord.bass).rem_euclid(12);
            assert_eq!(
                class, wanted,
                "{style}: {} at {} under {}",
                song.title, note.at, span.chord.text
            );
        }
        assert!(begun > 0, "{style}: {} has no bass", song.title);
    }
}

/// Strong and long notes of the lead are tones of the chord that sounds, or of the one that they lead into.
#[test]
fn the_lead_rests_on_chord_tones() {
    for (style, song) in songs() {
        let beat = song.meter.beat();
        let lead = song.written.iter().filter(|it| it.player == Part::Lead);
        for note in lead.filter(|it| it.length >= beat) {
            let above = i32::from(note.key) - song.tonic;
            let span = chord_at(&song, note.at);
            let next = song
                .chords
                .iter()
                .find(|it| it.start > note.at && it.start <= note.at + note.length / 2);
            let fits = span.chord.has(above) || next.is_some_and(|it| it.chord.has(above));
            assert!(fits, "{style}: {} at {} over {}", song.title, note.at, span.chord.text);
        }
    }
}

/// No two parts hold notes a semitone apart for two beats in a row while both move: what is sour once may be a
/// colour of a chord, what goes on in parallel is a fault.
#[test]
fn no_parts_move_in_parallel_semitones() {
    for (style, song) in songs() {
        let beat = song.meter.beat();
        let held: Vec<&Written> = song
            .written
            .iter()
            .filter(|it| it.player != Part::Drums && it.length >= beat)
            .collect();
        let end = song.sections.last().unwrap().end;
        let mut before: Vec<(Part, u8, Part, u8)> = Vec::new();
        for at in (0..end).step_by(beat as usize) {
            let sounding: Vec<&&Written> =
                held.iter().filter(|it| it.at <= at && at < it.at + it.length).collect();
            let mut clashes = Vec::new();
            for low in &sounding {
                for high in sounding.iter().filter(|it| it.player > low.player) {
                    if low.key.abs_diff(high.key) == 1 {
                        clashes.push((low.player, low.key, high.player, high.key));
                    }
                }
            }
            for clash in &clashes {
                let parallel = before.iter().any(|it| {
                    let same = (it.0, it.2) == (clash.0, clash.2);
                    same && it.1 != clash.1 && it.1.cmp(&clash.1) == it.3.cmp(&clash.3)
                });
                assert!(!parallel, "{style}: {} at {at}: {clash:?} after {before:?}", song.title);
            }
            before = clashes;
        }
    }
}

/// Voices of chords move little: from one chord to the next of a section by less than an octave each, and by
/// three semitones in the mean of a style.
#[test]
fn chords_are_led() {
    let (mut motion, mut voices) = (0, 0);
    for (style, song) in songs() {
        for section in &song.sections {
            let inside = |it: &&Written| (section.start..section.end).contains(&it.at);
            let pad = song.written.iter().filter(|it| it.player == Part::Pad).filter(inside);
            let mut chords: Vec<(u32, Vec<u8>)> = Vec::new();
            for note in pad {
                match chords.last_mut() {
                    Some((at, keys)) if *at == note.at => keys.push(note.key),
                    _ => chords.push((note.at, vec![note.key])),
                }
            }
            for pair in chords.windows(2).filter(|it| it[0].1.len() == it[1].1.len()) {
                let steps = pair[0].1.iter().zip(&pair[1].1).map(|(from, to)| from.abs_diff(*to));
                let moved: usize = steps.map(usize::from).sum();
                let number = pair[0].1.len();
                assert!(moved <= 10 * number, "{style}: {} moves {pair:?}", song.title);
                (motion, voices) = (motion + moved, voices + number);
            }
        }
    }
    assert!(voices > 1000 && motion <= 3 * voices, "{motion} semitones of {voices} voices");
}

/// Crashes mark the start of a section, and nothing else.
#[test]
fn crashes_stand_where_sections_begin() {
    let mut crashes = 0;
    for (style, song) in songs() {
        for hit in drums(&song).filter(|it| it.key == 49) {
            assert!(
                song.sections.iter().any(|it| it.start == hit.at),
                "{style}: {} at {}",
                song.title,
                hit.at
            );
            crashes += 1;
        }
    }
    assert!(crashes > 100, "there are {crashes}");
}

/// What the drums play once in a section is a fill, and ends a group of four bars or the section.
#[test]
fn fills_end_four_bars() {
    let mut fills = 0;
    for (style, song) in songs() {
        let bar = song.meter.bar();
        for section in
            song.sections.iter().filter(|it| it.kind != "build" && it.end - it.start >= 8 * bar)
        {
            let inside = |hit: &&Written| (section.start..section.end - bar).contains(&hit.at);
            let hits: Vec<&Written> = drums(&song)
                .filter(inside)
                .filter(|it| it.force != Force::Ghost && it.key != 49)
                .collect();
            for hit in &hits {
                let place = |it: &Written| ((it.at - section.start) % bar, it.key);
                let times = hits.iter().filter(|it| place(it) == place(hit)).count();
                let number = (hit.at - section.start) / bar + 1;
                if times == 1 {
                    assert_eq!(number % 4, 0, "{style}: {} at {}", song.title, hit.at);
                    fills += 1;
                }
            }
        }
    }
    assert!(fills > 100, "there are {fills}");
}

/// A drummer has two hands. House is a machine's, and hand drums and shakers are other people's.
#[test]
fn drummers_have_two_hands() {
    for (style, song) in songs().into_iter().filter(|it| it.0 != "house") {
        let others = [36, 44, 54, 63, 64, 70];
        let hands: Vec<&Written> = drums(&song).filter(|it| !others.contains(&it.key)).collect();
        for hit in &hands {
            let together = hands.iter().filter(|it| it.at == hit.at).count();
            assert!(together <= 2, "{style}: {} at {}", song.title, hit.at);
        }
    }
}

/// Sections of one letter share most of what bass and chords play; their drums and voices may differ.
#[test]
fn sections_come_back() {
    let mut returns = 0;
    for (style, song) in songs() {
        let bar = song.meter.bar();
        for (index, section) in song.sections.iter().enumerate() {
            let earlier = song.sections[..index].iter().find(|it| it.letter == section.letter);
            let Some(earlier) = earlier else { continue };
            let bars = (section.end - section.start).min(earlier.end - earlier.start) / bar;
            let both = |player: &Part| {
                section.players.contains(player) && earlier.players.contains(player)
            };
            for player in [Part::Bass, Part::Chords].iter().filter(|it| both(it)) {
                // Chords may lie higher the next time, their rhythm is the same.
                let keys = *player == Part::Bass;
                let of = |start: u32| Bar::of(&song, *player, start, bars, keys);
                let (first, second) = (of(earlier.start), of(section.start));
                let same = second.iter().filter(|it| first.contains(it)).count();
                // The last bar of a song holds its end; its chord may be led from elsewhere.
                let least = second.len().saturating_sub(1) / 2;
                assert!(
                    same >= least.min(second.len()),
                    "{style}: {} has {same} of {bars} in {}",
                    song.title,
                    section.letter
                );
                returns += 1;
            }
        }
    }
    assert!(returns > 100, "there are {returns}");
}

/// Velocities are a band's: ghosts are soft, backbeats loud, and no part is flat.
#[test]
fn dynamics_are_real() {
    for (style, song) in songs() {
        for player in [Part::Drums, Part::Chords] {
            let of =
                song.notes.iter().filter(|it| it.player == player).map(|it| i32::from(it.velocity));
            let velocities: Vec<i32> = of.collect();
            let (low, high) = (velocities.iter().min().unwrap(), velocities.iter().max().unwrap());
            assert!(high - low >= 15, "{style}: {} {player:?} is flat", song.title);
        }
    }
}
