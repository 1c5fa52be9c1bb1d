//! What is wrong in a style file is said in words, with its place.

use jukebox_songbook::{STYLES, Style};

/// The error of a style file of ours in which a text stands for another.
fn error(style: &str, from: &str, to: &str) -> String {
    let (name, text) = STYLES.into_iter().find(|it| it.0 == style).unwrap();
    assert!(text.contains(from), "{style} has no {from:?}");
    let changed = text.replacen(from, to, 1);
    Style::read(&format!("{name}.toml"), &changed).expect_err("it is wrong").to_string()
}

#[test]
fn errors_say_what_and_where() {
    let cases = [
        ("name = \"House\"", "title = \"House\"", ["house.toml", "name is missing"]),
        (
            "humanise = 4",
            "humanise = 400",
            ["band", "humanise must be a whole number from 0 to 20"],
        ),
        ("humanise = 4", "humanize = 4", ["band", "humanise is missing"]),
        (
            "meter = \"4/4\"",
            "meter = \"four\"",
            ["feel 1 (straight)", "meter must be such as \"4/4\""],
        ),
        (
            "kick = \"x...x...x...x...\"",
            "kick = \"x...x...x...y...\"",
            ["drums 1 (kick alone)", "\"y\" in"],
        ),
        (
            "kick = \"x...x...x...x...\"",
            "kick = \"x...x...x...x.\"",
            ["kick alone", "do not divide the bar"],
        ),
        (
            "kick = \"x...x...x...x...\"",
            "timpani = \"x...\"",
            ["kick alone", "no such drum in [kit]"],
        ),
        (
            "figure = \"..R...R...R...R.\"",
            "figure = \"..R...Q...R...R.\"",
            ["bass 1 (offbeats)", "\"Q\" in"],
        ),
        (
            "bars = \"i9 | % | % | %\"",
            "bars = \"viii9 | %\"",
            ["progressions 1 (one chord)", "\"viii9\" is no chord"],
        ),
        ("bars = \"i9 | % | % | %\"", "bars = \"i9 | | %\"", ["one chord", "0 chords"]),
        ("mode = \"minor\"", "mode = \"moll\"", ["one chord", "mode \"moll\" is none of major"]),
        ("level = \"1\"", "level = \"9\"", ["kick alone", "level \"9\" must be such as"]),
        (
            "intro A: 4 bars, level 1, drums bass",
            "intro A: 4 bars, level 1, tuba",
            ["club track", "who is \"tuba\""],
        ),
        ("steps = [0, 1, 0]", "steps = [0, 1]", ["motifs 1", "here are 3 and 2"]),
        ("plan = \"a . a' b\"", "plan = \"a q\"", ["phrases 1", "\"q\" in a plan is no motif"]),
        ("tones = \"3 5 7 9\"", "tones = \"3 5 8\"", ["voicings 1", "tones must be"]),
        ("[parts.pad]", "[parts.choir]", ["parts: choir", "parts are drums, bass"]),
        ("name = \"House\"", "name = House", ["house.toml", "line 10"]),
    ];
    for (from, to, wanted) in cases {
        let said = error("house", from, to);
        for part in wanted {
            assert!(said.contains(part), "{from:?} -> {to:?} says: {said}");
        }
    }
}

#[test]
fn an_unknown_style_names_those_there_are() {
    let said = jukebox_songbook::style("polka").unwrap_err().to_string();
    assert!(said.contains("polka") && said.contains("house"), "{said}");
}
