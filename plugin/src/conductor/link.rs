//! The two rings between the audio thread and the conductor. Scores go one way, messages and worn
//! scores the other: memory is made and freed on the conductor's side alone.

use std::ops::Range;
use std::sync::Arc;

use jukebox_model::meter::{BarSlot, Meter};
use jukebox_model::piece::{Note, Tick};
use rtrb::{Consumer, Producer, RingBuffer};

use crate::player::Score;
use crate::song::Brief;

/// Scores that may wait for an audio thread that does not run.
const SCORES: usize = 64;
/// Messages that may wait for a conductor that loads a record; every waiting score fits as well.
const MESSAGES: usize = 256;

/// What comes from the audio thread.
pub enum Message {
    /// A score that it has done with.
    Worn(Arc<Score>),
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
    Brief {
        /// The new ones.
        brief: Brief,
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
    Played(Note),
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
    /// The last brief and meter that were sent, each with the state's generation.
    brief: Option<(Brief, u64)>,
    meter: Option<(Tick, Meter, u64)>,
    /// The bar of the score that was asked for last, and its end, so that most blocks need not look
    /// for theirs.
    here: Option<(BarSlot, Tick)>,
}

/// The way from the audio thread to the conductor.
struct Wire {
    messages: Producer<Message>,
    /// How much news was sent.
    told: u64,
}

/// The conductor's end.
pub struct DeskEnd {
    /// To the audio thread.
    pub scores: Producer<Arc<Score>>,
    /// From it.
    pub messages: Consumer<Message>,
}

/// A new pair of ends.
pub fn link() -> (AudioEnd, DeskEnd) {
    let (to_audio, scores) = RingBuffer::new(SCORES);
    let (messages, from_audio) = RingBuffer::new(MESSAGES);
    let wire = Wire { messages, told: 0 };
    let audio =
        AudioEnd { score: Arc::default(), scores, wire, brief: None, meter: None, here: None };
    (audio, DeskEnd { scores: to_audio, messages: from_audio })
}

impl AudioEnd {
    /// The newest score that [`AudioEnd::receive`] found.
    pub fn score(&self) -> &Score {
        &self.score
    }

    /// Takes up the newest score, as long as the worn ones can be sent back.
    pub fn receive(&mut self) {
        while !self.scores.is_empty()
            && self.wire.messages.slots() > 0
            && let Ok(score) = self.scores.pop()
        {
            let worn = std::mem::replace(&mut self.score, score);
            self.here = None;
            // There is a free slot, and nobody else fills it.
            let _ = self.wire.messages.push(Message::Worn(worn));
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

    /// Whether the score takes into account all that was sent.
    pub fn is_answered(&self) -> bool {
        self.score.answered >= self.wire.told
    }

    /// Sends the settings in force where they, or the loaded state, have changed.
    pub fn report_brief(&mut self, brief: Brief, when: When, generation: u64) {
        if self.brief != Some((brief, generation))
            && self.wire.send(News::Brief { brief, when }, generation)
        {
            self.brief = Some((brief, generation));
        }
    }

    /// Sends the host's bar where the score's grid has another, once.
    pub fn report_meter(&mut self, at: Tick, meter: Meter, generation: u64) {
        let agrees = |bar: BarSlot| (bar.start, bar.meter) == (at, meter);
        if !self.bar_at(at).is_some_and(agrees)
            && self.meter != Some((at, meter, generation))
            && self.wire.send(News::Meter { at, meter }, generation)
        {
            self.meter = Some((at, meter, generation));
        }
    }

    /// Where the score listens, and a way to send what is played to it.
    pub fn listening(&mut self, generation: u64) -> (&[Range<Tick>], impl FnMut(News)) {
        let Self { score, wire, .. } = self;
        let tell = move |news| {
            // What does not fit is not heard: a conductor that far behind answers nothing.
            wire.send(news, generation);
        };
        (&score.listens, tell)
    }
}

impl Wire {
    /// Sends news; what does not fit is sent again in the next block.
    fn send(&mut self, news: News, generation: u64) -> bool {
        let sent = self.messages.push(Message::News { news, generation }).is_ok();
        self.told += u64::from(sent);
        sent
    }
}
