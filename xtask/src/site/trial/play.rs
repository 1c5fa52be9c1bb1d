//! How the front page plays, for the pointer, for the keyboard and for those who listen to the screen.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::devtools::Browser;

/// The longest that the page is waited for, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the page shows of its sound.
const STATE: &str = "(() => { \
    const sound = document.querySelector('audio'); \
    const deck = document.querySelector('[data-plays]') ?? document.querySelector('.hero'); \
    const head = deck.querySelector('.playhead').getBoundingClientRect().x - deck.querySelector('.strip').getBoundingClientRect().x; \
    return { time: sound.currentTime, plays: !sound.paused, file: sound.src.split('/').pop(), head, \
      slider: Number(deck.querySelector('input').value), says: deck.querySelector('input').getAttribute('aria-valuetext') }; \
    })()";

/// Plays with a click, and tells after how long it was heard.
///
/// # Errors
/// Where nothing is heard, or the playhead does not follow.
pub fn with_pointer(browser: &mut Browser) -> Result<Duration> {
    let begun = Instant::now();
    click(browser, ".hear")?;
    let heard = wait(browser, "sound", |state| number(state, "time") > 1.0)?;
    let after = begun.elapsed();
    let file = heard["file"].as_str().unwrap_or_default().to_owned();
    let loud = browser.evaluate(&format!(
        "fetch('docs/gallery/{file}').then((it) => it.arrayBuffer()) \
         .then((it) => new OfflineAudioContext(1, 1, 44100).decodeAudioData(it)) \
         .then((it) => Math.max(...it.getChannelData(0).subarray(0, 441000).filter((_, at) => at % 10 === 0)))"
    ))?;
    ensure!(loud.as_f64().is_some_and(|it| it > 0.1), "{file} begins with silence: {loud}");

    // The slider is moved a few times a second, the playhead with every picture.
    wait(browser, "a playhead and a slider that move", |state| {
        number(state, "head") > number(&heard, "head") + 5.0
            && number(state, "slider") > number(&heard, "slider")
    })?;
    // The playhead stands where the sound is: the width of the strip is the take's length.
    let place = "(() => { const deck = document.querySelector('[data-plays]'), sound = document.querySelector('audio'); \
        const head = deck.querySelector('.playhead').getBoundingClientRect().x, strip = deck.querySelector('.strip'); \
        return [(head - strip.getBoundingClientRect().x) / strip.clientWidth, Number(deck.querySelector('input').value) / deck.querySelector('input').max]; })()";
    let places = browser.evaluate(place)?;
    let [head, slider] = [0, 1].map(|at| places[at].as_f64().unwrap_or(f64::NAN));
    ensure!((head - slider).abs() < 0.02, "playhead at {head}, slider at {slider}");

    click(browser, ".hear")?;
    wait(browser, "a pause", |state| state["plays"] == false)?;
    Ok(after)
}

/// Plays another take by the keys of the keyboard alone, and moves in it.
///
/// # Errors
/// Where it does not answer.
pub fn with_keyboard(browser: &mut Browser) -> Result<()> {
    let takes = "[...document.querySelectorAll('[data-take]')]";
    let last = browser.evaluate(&format!("{takes}.at(-1).focus(); {takes}.at(-1).dataset.take"))?;
    let last = last.as_str().unwrap_or_default().to_owned();
    key(browser, "Enter", "\r")?;
    let state =
        wait(browser, "the last take", |it| it["plays"] == true && number(it, "time") > 0.2)?;
    ensure!(state["file"] == format!("{last}.mp3"), "{last} was asked for: {state}");

    browser.evaluate("document.querySelector('[data-plays] input').focus()")?;
    let before = number(&browser.evaluate(STATE)?, "slider");
    for _ in 0..8 {
        key(browser, "ArrowRight", "")?;
    }
    let on = wait(browser, "a place further on", |it| number(it, "slider") >= before + 8.0 * 24.0)?;
    let says = on["says"].as_str().unwrap_or_default();
    ensure!(says.starts_with("bar ") && !says.starts_with("bar 1 "), "the slider says {says}");
    browser.evaluate("document.querySelector('[data-plays] .play').focus()")?;
    key(browser, " ", " ")?;
    wait(browser, "a pause by the space bar", |state| state["plays"] == false).map(|_| ())
}

/// Whether all that can be pressed or moved has a name, and the rolls say what they show. Gives how many there are.
///
/// # Errors
/// Names what has none.
pub fn with_screen_reader(browser: &mut Browser) -> Result<usize> {
    let tree = browser.call("Accessibility.getFullAXTree", &json!({}))?;
    let nodes = tree["nodes"].as_array().cloned().unwrap_or_default();
    let (mut named, mut rolls) = (0, 0);
    for node in nodes.iter().filter(|it| it["ignored"] == false) {
        let (role, name) = (&node["role"]["value"], node["name"]["value"].as_str().unwrap_or(""));
        if ["button", "slider", "link", "image"].iter().any(|it| role == it) {
            ensure!(!name.trim().is_empty() || role == "image", "a {role} has no name: {node}");
            named += 1;
        }
        rolls += usize::from(name.starts_with("Piano roll of") && name.contains("bars at"));
    }
    let decks = browser.evaluate("document.querySelectorAll('[data-deck]').length")?;
    ensure!(decks == rolls, "{rolls} of {decks} rolls say what they show");
    Ok(named)
}

/// Plays, and stops at a place, in seconds, with what sounds there still alight.
///
/// # Errors
/// Where it does not play.
pub fn stand_at(browser: &mut Browser, seconds: f64) -> Result<()> {
    click(browser, ".hear")?;
    wait(browser, "sound", |state| number(state, "time") > 0.3)?;
    browser.evaluate(&format!(
        "(async () => {{ const sound = document.querySelector('audio'); sound.currentTime = {seconds}; scrollTo(0, 0); \
         await new Promise((done) => setTimeout(done, 200)); window.requestAnimationFrame = () => 0; \
         document.documentElement.style.scrollBehavior = 'auto'; }})()"
    ))?;
    Ok(())
}

/// Waits until the page is as asked.
fn wait(browser: &mut Browser, what: &str, as_asked: impl Fn(&Value) -> bool) -> Result<Value> {
    let until = Instant::now() + PATIENCE;
    loop {
        let state = browser.evaluate(STATE)?;
        if as_asked(&state) {
            return Ok(state);
        }
        ensure!(Instant::now() < until, "{what} did not come: {state}");
        sleep(Duration::from_millis(50));
    }
}

fn number(state: &Value, what: &str) -> f64 {
    state[what].as_f64().unwrap_or(f64::NAN)
}

/// Clicks in the middle of the first element that a selector finds.
fn click(browser: &mut Browser, selector: &str) -> Result<()> {
    let place = browser.evaluate(&format!(
        "(() => {{ const it = document.querySelector('{selector}'); it.scrollIntoView({{ block: 'center', behavior: 'instant' }}); \
         const box = it.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
    ))?;
    for kind in ["mousePressed", "mouseReleased"] {
        let event = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
        browser.call("Input.dispatchMouseEvent", &event)?;
    }
    Ok(())
}

/// Presses a key.
fn key(browser: &mut Browser, name: &str, text: &str) -> Result<()> {
    let code = match name {
        "Enter" => 13,
        "ArrowRight" => 39,
        _ => 32,
    };
    for kind in ["keyDown", "keyUp"] {
        let text = if kind == "keyDown" { text } else { "" };
        let event =
            json!({ "type": kind, "key": name, "text": text, "windowsVirtualKeyCode": code });
        browser.call("Input.dispatchKeyEvent", &event)?;
    }
    Ok(())
}
