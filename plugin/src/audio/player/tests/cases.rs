//! Single moments that hosts are known for.

use super::host::Host;
use super::*;
use crate::song::Band;

#[test]
fn an_onset_on_the_first_sample_of_a_block_sounds_there() {
    let score = quarters(2);
    let mut player = Player::default();
    assert_eq!(play(&mut player, &score, &block(24_000, 0.0)), [on(0, 48)]);
    assert_eq!(play(&mut player, &score, &block(24_000, 1.0)), [off(0, 48), on(0, 49)]);
}

#[test]
fn rounding_errors_at_a_block_border_neither_double_nor_lose() {
    let score = quarters(2);
    for error in [-1e-9, 1e-9] {
        let mut player = Player::default();
        assert_eq!(play(&mut player, &score, &block(24_000, 0.0)), [on(0, 48)]);
        let second = play(&mut player, &score, &block(24_000, 1.0 + error));
        assert_eq!(second, [off(0, 48), on(0, 49)]);
    }
}

#[test]
fn nothing_sounds_in_a_count_in() {
    let score = quarters(2);
    let mut player = Player::default();
    assert_eq!(play(&mut player, &score, &block(24_000, -2.0)), []);
    assert_eq!(play(&mut player, &score, &block(36_000, -1.0)), [on(24_000, 48)]);
}

#[test]
fn a_one_bar_loop_at_300_bpm_in_blocks_of_16_plays_every_note_in_every_round() {
    let score = quarters(2);
    let mut host = Host::new(48_000.0, 300.0);
    let mut player = Player::default();
    host.loop_range = Some((4.0, 8.0));
    host.seek(4.0);
    // A bar is 38,400 samples: 2,400 blocks.
    for _ in 0..10 * 2_400 {
        host.block(&mut player, &score, 16);
    }
    let starts =
        host.events.iter().filter(|(_, event)| matches!(event, PlayerEvent::NoteOn { .. }));
    assert_eq!(starts.count(), 40);
    host.check(&mut player, &score);
}

#[test]
fn a_loop_wraps_inside_a_block_more_than_once() {
    let score = quarters(2);
    let mut player = Player::default();
    // Two quarters of 24,000 samples.
    let block = Block { loop_range: Some((1.0, 3.0)), ..block(120_000, 1.0) };
    let events = play(&mut player, &score, &block);
    let round = |start: u32| [on(start, 49), off(start + 24_000, 49), on(start + 24_000, 50)];
    let mut expected = round(0).to_vec();
    expected.push(off(48_000, 50));
    expected.extend(round(48_000));
    expected.push(off(96_000, 50));
    expected.push(on(96_000, 49));
    assert_eq!(events, expected);
}

#[test]
fn a_loop_that_the_host_wraps_itself_releases_at_the_wrap() {
    let score = score(2, &[note(0, 60, 96)]);
    let mut player = Player::default();
    let looped = |position| Block { loop_range: Some((0.0, 2.0)), ..block(48_000, position) };
    assert_eq!(play(&mut player, &score, &looped(0.0)), [on(0, 60)]);
    assert_eq!(play(&mut player, &score, &looped(0.0)), [off(0, 60), on(0, 60)]);
}

#[test]
fn a_loop_that_makes_no_sense_is_no_loop() {
    let score = quarters(2);
    for loop_range in
        [(2.0, 1.0), (1.0, 1.0), (1.0, 1.0 + 1e-6), (f64::NAN, 2.0), (0.0, f64::INFINITY)]
    {
        let block = Block { loop_range: Some(loop_range), ..block(24_000, 0.0) };
        assert_eq!(play(&mut Player::default(), &score, &block), [on(0, 48)]);
    }
}

#[test]
fn a_stop_and_a_seek_release_what_sounds() {
    let score = score(4, &[note(0, 60, 300), note(192, 62, 24)]);
    let mut player = Player::default();
    play(&mut player, &score, &block(64, 0.0));
    assert_eq!(play(&mut player, &score, &block(64, 8.0)), [off(0, 60), on(0, 62)]);
    assert_eq!(play(&mut player, &score, &stopped()), [off(0, 62)]);
    assert_eq!(play(&mut player, &score, &stopped()), []);
}

#[test]
fn a_reset_releases_in_the_next_block() {
    let score = score(4, &[note(0, 60, 300)]);
    for next in [block(64, 0.5), stopped()] {
        let mut player = Player::default();
        play(&mut player, &score, &block(64, 0.0));
        player.reset();
        assert_eq!(play(&mut player, &score, &next), [off(0, 60)]);
    }
}

#[test]
fn a_bypass_releases_and_goes_on_later_with_what_lies_ahead() {
    let score = quarters(2);
    let mut player = Player::default();
    play(&mut player, &score, &block(12_000, 0.0));
    let silent = PerformanceSettings { silent: true, ..PerformanceSettings::default() };
    let events = play_as(&mut player, &score, &block(12_000, 0.5), &silent);
    assert_eq!(events, [off(0, 48)]);
    assert_eq!(play_as(&mut player, &score, &block(24_000, 1.0), &silent), []);
    assert_eq!(
        play(&mut player, &score, &block(36_000, 2.0)),
        [on(0, 50), off(24_000, 50), on(24_000, 51)]
    );
}

#[test]
fn a_key_change_still_turns_off_what_was_turned_on() {
    let score = quarters(2);
    let mut player = Player::default();
    play(&mut player, &score, &block(24_000, 0.0));
    let up = PerformanceSettings { shift: 5, ..PerformanceSettings::default() };
    assert_eq!(play_as(&mut player, &score, &block(64, 1.0), &up), [off(0, 48), on(0, 54)]);
}

#[test]
fn a_note_that_the_key_moves_onto_a_sounding_one_starts_it_again() {
    let score = score(1, &[note(0, 60, 96), note(24, 58, 24)]);
    let mut player = Player::default();
    play(&mut player, &score, &block(24_000, 0.0));
    let up = PerformanceSettings { shift: 2, ..PerformanceSettings::default() };
    assert_eq!(play_as(&mut player, &score, &block(64, 1.0), &up), [off(0, 60), on(0, 60)]);
}

#[test]
fn notes_that_a_shift_moves_off_the_keyboard_are_left_out() {
    let score = score(1, &[note(0, 2, 12), note(0, 60, 12), note(0, 126, 12)]);
    let octaves = |shift| PerformanceSettings { shift, ..PerformanceSettings::default() };
    let mut low = Player::default();
    let events = play_as(&mut low, &score, &block(64, 0.0), &octaves(-36));
    assert_eq!(events, [on(0, 24), on(0, 90)]);
    let mut high = Player::default();
    let events = play_as(&mut high, &score, &block(64, 0.0), &octaves(36));
    assert_eq!(events, [on(0, 38), on(0, 96)]);
}

#[test]
fn drums_stay_where_they_are_on_their_own_channel() {
    let score =
        Score { band: Band { drums: true, ..Band::default() }, ..score(1, &[note(0, 38, 12)]) };
    let up = PerformanceSettings { shift: 5, ..PerformanceSettings::default() };
    let events = play_as(&mut Player::default(), &score, &block(64, 0.0), &up);
    assert!(matches!(events[..], [PlayerEvent::NoteOn { channel: 9, key: 38, .. }]), "{events:?}");
}

#[test]
fn a_note_ends_even_if_its_bar_is_recomposed_under_it() {
    let mut player = Player::default();
    play(&mut player, &score(1, &[note(0, 60, 24)]), &block(12_000, 0.0));
    let other = score(1, &[note(0, 65, 96), note(12, 67, 6)]);
    assert_eq!(
        play(&mut player, &other, &block(24_000, 0.5)),
        [on(0, 67), off(6_000, 67), off(12_000, 60)]
    );
}

/// A host whose queue is full.
fn refuse(player: &mut Player, passage: &Passage, score: &Score) {
    let no_chord = &mut |_| PitchClasses::default();
    player.play(passage, score, &PerformanceSettings::default(), no_chord, &mut |_| false);
}

#[test]
fn a_host_that_takes_no_note_off_gets_it_again() {
    let score = score(1, &[note(0, 60, 12)]);
    let mut player = Player::default();
    play(&mut player, &score, &block(64, 0.0));
    let passage = player.follow(&stopped());
    refuse(&mut player, &passage, &score);
    assert_eq!(play(&mut player, &score, &stopped()), [off(0, 60)]);
}

#[test]
fn a_host_that_takes_no_note_on_gets_no_note_off() {
    let score = score(1, &[note(0, 60, 12)]);
    let mut player = Player::default();
    let passage = player.follow(&block(64, 0.0));
    refuse(&mut player, &passage, &score);
    assert_eq!(play(&mut player, &score, &stopped()), []);
}

#[test]
fn more_notes_than_the_table_holds_still_all_end() {
    let notes: Vec<_> =
        (0..4).flat_map(|i| (0..100).map(move |pitch| note(i, pitch + i as u8, 96))).collect();
    let score = score(1, &notes);
    let mut host = Host::new(48_000.0, 120.0);
    let mut player = Player::default();
    host.block(&mut player, &score, 48_000);
    host.playing = false;
    host.block(&mut player, &score, 64);
    let count = |on: bool| {
        let of_kind = |event: &PlayerEvent| matches!(event, PlayerEvent::NoteOn { .. }) == on;
        host.events.iter().filter(|(_, event)| of_kind(event)).count()
    };
    assert_eq!((count(true), count(false)), (400, 400));
}

#[test]
fn a_transport_without_position_and_tempo_plays_from_the_start_at_120() {
    let score = quarters(2);
    let mut player = Player::default();
    let blind = |frames| Block { position: None, tempo: None, ..block(frames, 0.0) };
    assert_eq!(play(&mut player, &score, &blind(24_000)), [on(0, 48)]);
    assert_eq!(play(&mut player, &score, &blind(24_000)), [off(0, 48), on(0, 49)]);
}

#[test]
fn positions_and_tempi_that_make_no_sense_are_taken_for_missing() {
    let score = quarters(2);
    for nonsense in [f64::NAN, f64::INFINITY, 1e300, -1e300] {
        let mut player = Player::default();
        play(&mut player, &score, &block(24_000, 0.0));
        let block = Block { position: Some(nonsense), tempo: Some(nonsense), ..block(24_000, 0.0) };
        assert_eq!(play(&mut player, &score, &block), [off(0, 48), on(0, 49)]);
    }
}

#[test]
fn a_missing_bar_is_one_underrun_and_goes_on_when_it_comes() {
    let mut player = Player::default();
    let one = quarters(1);
    play(&mut player, &one, &block(96_000, 0.0));
    assert_eq!(player.underruns(), 0);
    for i in 0..3 {
        play(&mut player, &one, &block(24_000, 4.0 + f64::from(i)));
    }
    assert_eq!(player.underruns(), 1);
    assert_eq!(play(&mut player, &quarters(2), &block(24_000, 7.0)), [on(0, 55)]);
    play(&mut player, &one, &block(24_000, 8.0));
    assert_eq!(player.underruns(), 2);
}

#[test]
fn a_jump_beyond_what_is_composed_is_no_underrun_until_the_bars_have_come() {
    let mut player = Player::default();
    let none = Score::default();
    play(&mut player, &quarters(1), &block(24_000, 0.0));
    // The first block is shorter than a tick.
    play(&mut player, &none, &block(64, 20.001));
    for position in [20.001 + 64.0 / 24_000.0, 21.0, 22.0] {
        play(&mut player, &none, &block(24_000, position));
    }
    assert_eq!(player.underruns(), 0);
    play(&mut player, &quarters(6), &block(24_000, 23.0));
    play(&mut player, &quarters(6), &block(24_000, 24.0));
    assert_eq!(player.underruns(), 1);
}

#[test]
fn a_playhead_that_was_put_far_away_while_it_stood_is_excused_as_well() {
    let mut player = Player::default();
    play(&mut player, &quarters(1), &block(24_000, 0.0));
    play(&mut player, &Score::default(), &Block { playing: false, ..block(64, 20.0) });
    play(&mut player, &Score::default(), &block(24_000, 20.0));
    assert_eq!(player.underruns(), 0);
}

#[test]
fn bars_that_never_come_are_late_in_the_end() {
    let mut player = Player::default();
    player.turn_to_another_song();
    for quarter in 0..32 {
        play(&mut player, &Score::default(), &block(24_000, f64::from(quarter)));
    }
    assert_eq!(player.underruns(), 4, "of eight bars the second four");
}

#[test]
fn the_first_bar_is_an_underrun_where_it_is_not_composed() {
    let mut player = Player::default();
    play(&mut player, &Score::default(), &Block { playing: false, ..block(24_000, 3.0) });
    play(&mut player, &Score::default(), &block(24_000, 3.0));
    assert_eq!(player.underruns(), 1);
}

#[test]
fn the_end_of_a_complete_score_is_no_underrun() {
    let mut player = Player::default();
    let complete = Score { complete: true, ..quarters(1) };
    play(&mut player, &complete, &block(24_000, 8.0));
    assert_eq!(player.underruns(), 0);
}

#[test]
fn held_bars_play_until_the_playhead_leaves_them() {
    let old = quarters(4);
    let new = Score {
        held: Some(held(&old, 1..3, 1)),
        ..score(4, &[note(0, 90, 6), note(96, 91, 6), note(192, 92, 6), note(288, 93, 6)])
    };
    let keys = |player: &mut Player, from: f64| -> Vec<u8> {
        let starts = |event| match event {
            PlayerEvent::NoteOn { key, .. } => Some(key),
            PlayerEvent::NoteOff { .. } => None,
        };
        let bar = |i: f64| play(player, &new, &block(96_000, from + i * 4.0));
        [0.0, 1.0, 2.0].map(bar).concat().into_iter().filter_map(starts).collect()
    };
    let mut player = Player::default();
    assert_eq!(keys(&mut player, 4.0), [52, 53, 54, 55, 56, 57, 58, 59, 93], "in the first pass");
    assert_eq!(keys(&mut player, 4.0), [91, 92, 93], "in the next");
}

#[test]
fn a_loop_wraps_between_blocks_of_a_host_that_tells_no_position() {
    let score = quarters(2);
    let mut player = Player::default();
    let looped = |position| Block {
        loop_range: Some((1.0, 3.0)),
        ..Block { position, ..block(24_000, 0.0) }
    };
    play(&mut player, &score, &looped(Some(1.0)));
    for _ in 0..3 {
        assert_eq!(play(&mut player, &score, &looped(None)), [off(0, 49), on(0, 50)]);
        assert_eq!(play(&mut player, &score, &looped(None)), [off(0, 50), on(0, 49)]);
    }
}
