//! All settings, each in one place of the window, with a sentence on what it does.

use std::borrow::Cow;

use jukebox_model::piece::Part;

use super::control::Control;
use super::roll::part_name;
use crate::params::{JukeboxParams, Mode, PartParams};

/// The pages of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// What is turned most.
    #[default]
    Play,
    /// What is composed.
    Steer,
    /// How it is played.
    Perform,
    /// How it sounds.
    Sound,
    /// What comes in and goes out.
    Midi,
    /// Records of one's own.
    Learn,
}

impl Tab {
    /// In their order.
    pub const ALL: [Self; 6] =
        [Self::Play, Self::Steer, Self::Perform, Self::Sound, Self::Midi, Self::Learn];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Play => "Play",
            Self::Steer => "Steer",
            Self::Perform => "Perform",
            Self::Sound => "Sound",
            Self::Midi => "MIDI",
            Self::Learn => "Learn",
        }
    }

    /// What is on it.
    pub fn tip(self) -> &'static str {
        match self {
            Self::Play => "What is turned most.",
            Self::Steer => "What is composed. Acts on bars to come.",
            Self::Perform => "How it is played. Acts at once.",
            Self::Sound => "How the built-in instrument sounds.",
            Self::Midi => "What comes in and what goes out.",
            Self::Learn => "A record from your own MIDI files.",
        }
    }
}

/// A setting.
pub struct Setting<'a> {
    /// Where it stands; beside the roll where on no page.
    pub tab: Option<Tab>,
    /// The group that it stands in there.
    pub group: &'static str,
    /// What the window calls it.
    pub label: Cow<'a, str>,
    /// What turns it.
    pub control: &'a dyn Control,
    /// What it does, in a sentence.
    pub tip: &'static str,
}

/// All settings but the record, which has a list of its own, for a band. Those of [`Tab::Play`] are, in their order:
/// what runs the song, how daring, how dense, how much comes back, both ends of the register, the groove, the length.
pub fn settings<'a>(params: &'a JukeboxParams, band: &'a [Part]) -> Vec<Setting<'a>> {
    let mut all = Vec::with_capacity(48);
    play(params, &mut all);
    steer(params, &mut all);
    perform(params, &mut all);
    sound(params, &mut all);
    midi(params, &mut all);
    parts(params, band, &mut all);
    all
}

/// Settings of a group, by what the host calls them.
fn group<'a>(
    all: &mut Vec<Setting<'a>>,
    tab: Tab,
    group: &'static str,
    settings: impl IntoIterator<Item = (&'a dyn Control, &'static str)>,
) {
    let setting = |(control, tip): (&'a dyn Control, _)| Setting {
        tab: Some(tab),
        group,
        label: control.name().into(),
        control,
        tip,
    };
    all.extend(settings.into_iter().map(setting));
}

/// A setting of each part of a band, by the part's name.
fn by_part<'a>(
    all: &mut Vec<Setting<'a>>,
    (tab, group): (Option<Tab>, &'static str),
    (params, band): (&'a JukeboxParams, &'a [Part]),
    control: impl Fn(&'a PartParams) -> &'a dyn Control,
    tip: &'static str,
) {
    let setting = |(number, (params, part))| {
        let label = part_name(part, number).into();
        Setting { tab, group, label, control: control(params), tip }
    };
    all.extend((0..).zip(params.parts.each.iter().zip(band)).map(setting));
}

fn parts<'a>(params: &'a JukeboxParams, band: &'a [Part], all: &mut Vec<Setting<'a>>) {
    if band.len() < 2 {
        return;
    }
    let band = (params, band);
    let tip = "Moves the part by octaves; drums stay.";
    by_part(all, (Some(Tab::Perform), "Octaves of the parts"), band, |it| &it.octave, tip);
    let tip = "How loud the part's voice of the built-in instrument plays.";
    by_part(all, (Some(Tab::Sound), "Levels of the parts"), band, |it| &it.level, tip);
    let tip = "The part's MIDI channel; Auto counts the parts up from 1, drums on 10.";
    by_part(all, (Some(Tab::Midi), "Channels of the parts"), band, |it| &it.channel, tip);
    by_part(all, (None, "Mute"), band, |it| &it.mute, "Silences the part.");
    by_part(all, (None, "Solo"), band, |it| &it.solo, "Silences the parts without a solo.");
}

fn play<'a>(params: &'a JukeboxParams, all: &mut Vec<Setting<'a>>) {
    let (it, performance) = (&params.composition, &params.performance);
    let mut add = |label: &'a str, control: &'a dyn Control, tip| {
        all.push(Setting { tab: Some(Tab::Play), group: "", label: label.into(), control, tip });
    };
    add("Run", &performance.run, "Plays with the host, or while the host stands, too.");
    add(
        "Dare",
        &it.temperature,
        "How daring: 0 plays the likeliest note, 1 as the collection does.",
    );
    add("Density", &it.density, "Fewer or more notes than the record has learnt.");
    add("Motif", &it.motif, "How much the music returns to what it has played.");
    add("Lowest", &it.low, "The lowest note, before key and octave.");
    add("Highest", &it.high, "The highest note, before key and octave.");
    add(
        "Groove",
        &performance.groove,
        "How much early, late and loud places are brought out: as the record has learnt it, or the meter's accents.",
    );
    add("Length", &it.length, "Endless, or a loop whose end leads back to its start.");
}

fn steer<'a>(params: &'a JukeboxParams, all: &mut Vec<Setting<'a>>) {
    let it = &params.composition;
    group(
        all,
        Tab::Steer,
        "Tune",
        [
            (&it.take as &dyn Control, "The take number: the same one brings the same music back."),
            (&it.variety, "How many of the likely notes may be chosen."),
        ],
    );
    group(
        all,
        Tab::Steer,
        "Loop",
        [
            (
                &it.evolve as &dyn Control,
                "How much of the loop is new in every round; locked bars stay.",
            ),
            (&it.anchor, "Where loops and phrases begin: at bar 1, or with the host's loop."),
        ],
    );
    group(
        all,
        Tab::Steer,
        "Sheet",
        [
            (
                &it.form as &dyn Control,
                "Which bars come back: as learnt, in sections of eight bars, or by letters of your own.",
            ),
            (
                &it.harmony,
                "The chords: as learnt, those that you write over the roll, or those that you play on the input.",
            ),
        ],
    );
    group(
        all,
        Tab::Steer,
        "Dialogue",
        [
            (&it.mode as &dyn Control, "Plays by itself, or listens to what you play and answers."),
            (&it.phrase, "Bars to listen for, and then to answer, in Reply."),
            (
                &it.heard_as,
                "Takes what you play on the input for this part of the band: the others play to it.",
            ),
        ],
    );
}

fn perform<'a>(params: &'a JukeboxParams, all: &mut Vec<Setting<'a>>) {
    let it = &params.performance;
    group(
        all,
        Tab::Perform,
        "Pitch",
        [
            (&it.key as &dyn Control, "The key that is heard; it changes no choice."),
            (&it.octave, "Octaves up or down."),
            (&it.scale, "The scale on the key's root."),
            (&it.outside, "What becomes of notes outside the scale."),
        ],
    );
    group(
        all,
        Tab::Perform,
        "Touch",
        [
            (&it.velocity as &dyn Control, "How much loud and soft differ: 100 % as composed."),
            (&it.velocity_curve, "Softer or harder as a whole."),
            (&it.humanise_velocity, "How far velocities stray, the same way every time."),
        ],
    );
    group(
        all,
        Tab::Perform,
        "Time",
        [
            (&it.gate as &dyn Control, "How much of its length each note sounds."),
            (&it.swing, "When every second note comes: 50 % is straight, 66.7 % triplets."),
            (&it.swing_grid, "Whether eighths or sixteenths swing."),
            (&it.humanise_timing, "How far notes stray from the grid, the same way every time."),
        ],
    );
}

fn sound<'a>(params: &'a JukeboxParams, all: &mut Vec<Setting<'a>>) {
    let it = &params.sound;
    group(
        all,
        Tab::Sound,
        "Built-in instrument",
        [
            (
                &it.on as &dyn Control,
                "Plays what is sent, too: switch it off for an instrument of your own.",
            ),
            (&it.level, "How loud it plays."),
            (&it.instrument, "What plays; Auto takes the drum kit for drum records."),
        ],
    );
    group(
        all,
        Tab::Sound,
        "All",
        [(&params.bypass as &dyn Control, "Releases every note and is silent; the song runs on.")],
    );
}

fn midi<'a>(params: &'a JukeboxParams, all: &mut Vec<Setting<'a>>) {
    let it = &params.performance;
    group(
        all,
        Tab::Midi,
        "Input",
        [
            (
                &it.chords as &dyn Control,
                "Whether the chord that you hold on the input rules which notes start.",
            ),
            (&it.thru, "Passes the notes that come in on."),
        ],
    );
    group(
        all,
        Tab::Midi,
        "Output",
        [
            (
                &params.parts.part as &dyn Control,
                "The part of a band that this instance plays, by its number.",
            ),
            (
                &it.channel as &dyn Control,
                "The MIDI channel; Auto sends drums on 10 and all else on 1.",
            ),
        ],
    );
}

/// Whether a setting has to do with what somebody looks for.
pub fn matches(setting: &Setting<'_>, wanted: &str) -> bool {
    let wanted = wanted.trim().to_lowercase();
    let said = [&*setting.label, setting.control.name(), setting.group, setting.tip];
    said.iter().any(|text| text.to_lowercase().contains(&wanted))
}

/// Whether the loop's settings have no effect now: it replies, and a reply is as long as its phrase.
pub fn replies(params: &JukeboxParams) -> bool {
    params.composition.mode.value() == Mode::Reply
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use nice_plug::prelude::Params;

    use super::*;

    fn band() -> Vec<Part> {
        (0..16).map(|_| Part::default()).collect()
    }

    #[test]
    fn every_parameter_has_one_place() {
        let (params, band) = (JukeboxParams::new(Arc::default()), band());
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for setting in settings(&params, &band) {
            *places.entry(setting.control.name().to_owned()).or_default() += 1;
            assert!(setting.tip.ends_with('.'), "{}", setting.label);
        }
        for (id, param, _) in params.param_map() {
            // SAFETY: the parameters outlive the map.
            let name = unsafe { param.name() }.to_owned();
            let expected = if id == "record" { None } else { Some(1) };
            assert_eq!(places.remove(&name), expected, "{id}");
        }
        assert!(places.is_empty(), "{places:?}");
    }

    #[test]
    fn settings_are_found_by_what_they_are_called_and_do() {
        let params = JukeboxParams::new(Arc::default());
        let found = |wanted: &str| -> Vec<String> {
            let all = settings(&params, &[]).into_iter().filter(|it| matches(it, wanted));
            all.map(|it| it.label.into_owned()).collect()
        };
        assert_eq!(found("TEMPERATURE"), ["Dare"]);
        assert_eq!(found("dare"), ["Dare"]);
        assert!(found("swing").starts_with(&["Swing".to_owned(), "Swing grid".to_owned()]));
        assert_eq!(found("xylophone"), [""; 0]);
    }
}
