//! The two rings between the audio thread and the conductor. Scores go one way, messages and retired
//! scores the other: memory is made and freed on the conductor's side alone.

use std::collections::VecDeque;
use std::sync::Arc;

use jukebox_model::meter::{BarSlot, Meter};
use jukebox_model::piece::{Note, Tick};
use rtrb::{Consumer, Producer, RingBuffer};

use crate::audio::player::parts::MOST_PARTS;
use crate::shared::Score;
use crate::song::{CompositionSettings, PlayedNote};

/// Scores that may wait for an audio thread that does not run.
const SCORES: usize = 64;
/// Messages that may wait for a conductor that loads a record; every waiting score fits as well.
const MESSAGES: usize = 256;
/// News that may wait for room in that ring.
const BACKLOG: usize = 256;
/// How much of the backlog may hold what is played; the rest is kept for settings and meters.
const BACKLOG_PLAYED: usize = BACKLOG / 2;

/// What comes from the audio thread.
pub enum Message {
    /// A score that it has done with.
    Retired(Arc<Score>),
    /// Something that the next score must take into account.
    News {
        /// What.
        news: News,
        /// The state that was loaded when it was read from the host.
        generation: u64,
    },
}

/// What the host does that concerns the conductor.
#[derive(Clone, Copy, Debug)]
pub enum News {
    /// The composition settings in force have changed.
    Settings {
        /// The new ones.
        settings: CompositionSettings,
        /// From where on they act.
        when: When,
    },
    /// The host's bar does not lie on the score's grid.
    Meter {
        /// Where a bar of the meter starts.
        at: Tick,
        /// The host's meter.
        meter: Meter,
    },
    /// Somebody has played a note to the song, in ticks of the song, in the white-key frame.
    PlayedNote(Note),
    /// A key was held on the input where the song plays to it: its note so far, or to its end.
    HeardNote(PlayedNote),
    /// A bar in which somebody plays to the song is nearly over, or over.
    HeardBar(HeardBar),
    /// The playhead was put elsewhere: what was played before does not go on.
    HeardAnew,
    /// The time to play a phrase is over: from one bar line to another.
    Phrase {
        /// Tick of its first bar line.
        start: Tick,
        /// Tick from which on notes come too late.
        until: Tick,
        /// Tick of the bar line at which the answer begins.
        end: Tick,
    },
}

/// A bar in which somebody plays to the song.
#[derive(Clone, Copy, Debug)]
pub struct HeardBar {
    /// Tick from which on it was heard.
    pub from: Tick,
    /// Tick of the next bar line.
    pub end: Tick,
    /// The tick that has been reached: before the bar's end, or that.
    pub tick: Tick,
    /// The pass that it belongs to.
    pub pass: u64,
    /// Semitones from the white keys to the key that is heard.
    pub shift: i32,
    /// Octaves by which the parts are moved.
    pub octaves: [i8; MOST_PARTS],
}

/// From where on a change of the settings acts, so that automation renders the same every time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The transport stands: in the whole song.
    Everywhere,
    /// The song has just been started, or the playhead put, here: from this tick's bar on.
    Here {
        /// The tick.
        tick: Tick,
    },
    /// The playhead passes this tick: from the second bar after its bar on, in the order of play.
    Ahead {
        /// The tick.
        tick: Tick,
        /// The pass that it belongs to.
        pass: u64,
        /// Where the playhead will go back to, if it is in a loop.
        loop_start: Option<Tick>,
    },
}

/// The audio thread's end.
pub struct AudioEnd {
    score: Arc<Score>,
    scores: Consumer<Arc<Score>>,
    wire: Wire,
    /// The last settings and meter that were sent, each with the state's generation.
    settings: Option<(CompositionSettings, u64)>,
    meter: Option<(Tick, Meter, u64)>,
    /// The bar of the score that was asked for last, and its end, so that most blocks need not look
    /// for theirs.
    here: Option<(BarSlot, Tick)>,
}

/// The way from the audio thread to the conductor.
struct Wire {
    messages: Producer<Message>,
    /// News that found the ring full, each with the state's generation, oldest first. Its memory is
    /// made with the link and never grows.
    backlog: VecDeque<(News, u64)>,
    /// How much news was accepted: what is in the backlog counts.
    told: u64,
}

/// The conductor's end.
pub struct ConductorEnd {
    /// To the audio thread.
    pub scores: Producer<Arc<Score>>,
    /// From it.
    pub messages: Consumer<Message>,
}

/// A new pair of ends.
pub fn link() -> (AudioEnd, ConductorEnd) {
    let (to_audio, scores) = RingBuffer::new(SCORES);
    let (messages, from_audio) = RingBuffer::new(MESSAGES);
    let wire = Wire { messages, backlog: VecDeque::with_capacity(BACKLOG), told: 0 };
    let audio =
        AudioEnd { score: Arc::default(), scores, wire, settings: None, meter: None, here: None };
    (audio, ConductorEnd { scores: to_audio, messages: from_audio })
}

impl AudioEnd {
    /// The newest score that [`AudioEnd::receive`] found.
    pub fn score(&self) -> &Score {
        &self.score
    }

    /// Sends what has found the ring full, and takes up the newest score, as long as the retired ones
    /// can be sent back. Called in each block.
    pub fn receive(&mut self) {
        self.wire.flush();
        while !self.scores.is_empty()
            && self.wire.messages.slots() > 0
            && let Ok(score) = self.scores.pop()
        {
            let retired = std::mem::replace(&mut self.score, score);
            self.here = None;
            // There is a free slot, and nobody else fills it.
            let _ = self.wire.messages.push(Message::Retired(retired));
        }
    }

    /// The bar of the score that holds a tick.
    pub fn bar_at(&mut self, tick: Tick) -> Option<BarSlot> {
        if !self.here.is_some_and(|(bar, end)| (bar.start..end).contains(&tick)) {
            self.here = self.score.bar_at(tick).map(|bar| (bar.slot, bar.end));
        }
        self.here.map(|(bar, _)| bar)
    }

    /// The number of the bar that holds a tick, as if the last meter went on for ever.
    pub fn bar_number(&mut self, tick: Tick) -> u32 {
        self.bar_at(tick).map_or_else(|| self.score.bar_number(tick), |bar| bar.number)
    }

    /// Whether the score takes into account all that was reported.
    pub fn is_answered(&self) -> bool {
        self.score.answered >= self.wire.told
    }

    /// Reports the settings in force where they, or the loaded state, have changed.
    pub fn report_settings(&mut self, settings: CompositionSettings, when: When, generation: u64) {
        if self.settings != Some((settings, generation))
            && self.wire.send(News::Settings { settings, when }, generation, BACKLOG)
        {
            self.settings = Some((settings, generation));
        }
    }

    /// Reports the host's bar where the score's grid has another, once.
    pub fn report_meter(&mut self, at: Tick, meter: Meter, generation: u64) {
        let agrees = |bar: BarSlot| (bar.start, bar.meter) == (at, meter);
        if !self.bar_at(at).is_some_and(agrees)
            && self.meter != Some((at, meter, generation))
            && self.wire.send(News::Meter { at, meter }, generation, BACKLOG)
        {
            self.meter = Some((at, meter, generation));
        }
    }

    /// The score, which says where it listens, and a way to send what is played to it.
    pub fn listening(&mut self, generation: u64) -> (&Score, impl FnMut(News)) {
        let Self { score, wire, .. } = self;
        let tell = move |news| {
            // What does not fit is not heard: a conductor that far behind answers nothing.
            wire.send(news, generation, BACKLOG_PLAYED);
        };
        (score, tell)
    }
}

impl Wire {
    /// Sends news, or keeps it for the next block where the ring is full: unchanged, so that it acts
    /// from where it would have acted. Says whether it was accepted: it is not where `most` or more
    /// wait already.
    fn send(&mut self, news: News, generation: u64, most: usize) -> bool {
        self.flush();
        let accepted = self.backlog.len() < most;
        if accepted {
            self.backlog.push_back((news, generation));
            self.told += 1;
            self.flush();
        }
        accepted
    }

    /// Sends what waits, as far as there is room.
    fn flush(&mut self) {
        while self.messages.slots() > 0
            && let Some((news, generation)) = self.backlog.pop_front()
        {
            // There is a free slot, and nobody else fills it.
            let _ = self.messages.push(Message::News { news, generation });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reports composition settings with a number to know them by, and the bar's tick at which they are
    /// due.
    fn report(audio: &mut AudioEnd, number: u32) {
        let settings = CompositionSettings { length: number, ..CompositionSettings::default() };
        let tick = number * 96;
        audio.report_settings(settings, When::Ahead { tick, pass: 1, loop_start: None }, 0);
    }

    fn read(conductor: &mut ConductorEnd) -> Vec<(u32, Tick)> {
        std::iter::from_fn(|| conductor.messages.pop().ok())
            .filter_map(|message| match message {
                Message::News {
                    news: News::Settings { settings, when: When::Ahead { tick, .. } },
                    ..
                } => Some((settings.length, tick)),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn settings_that_find_the_ring_full_follow_in_order_with_their_ticks() {
        let (mut audio, mut conductor) = link();
        let reported = MESSAGES as u32 + 3;
        (0..reported).for_each(|number| report(&mut audio, number));
        let mut read_so_far = read(&mut conductor);
        assert_eq!(read_so_far.len(), MESSAGES);
        assert!(!audio.is_answered());
        audio.receive();
        read_so_far.extend(read(&mut conductor));
        let expected: Vec<_> = (0..reported).map(|number| (number, number * 96)).collect();
        assert_eq!(read_so_far, expected);
        // An offline render waits until what was kept back has been taken into account, too.
        let answered = Score { answered: u64::from(reported) - 1, ..Score::default() };
        conductor.scores.push(Arc::new(answered)).unwrap();
        audio.receive();
        assert!(!audio.is_answered());
    }

    #[test]
    fn what_is_played_leaves_room_for_settings() {
        let (mut audio, mut conductor) = link();
        let note = Note { onset: 0, part: 0, pitch: 60, duration: 1, velocity: 64 };
        let (_, mut tell) = audio.listening(0);
        (0..2 * (MESSAGES + BACKLOG)).for_each(|_| tell(News::PlayedNote(note)));
        drop(tell);
        report(&mut audio, 7);
        assert!(read(&mut conductor).is_empty());
        audio.receive();
        assert_eq!(read(&mut conductor), [(7, 7 * 96)]);
    }
}
