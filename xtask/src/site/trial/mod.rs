//! The site in Chromium without a screen: every page is looked at, and the front page played.

mod base64;
mod devtools;
mod looks;
mod play;

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use self::devtools::Browser;
use super::output::Output;
use super::picture::with_palette;
use super::weight;

/// Reports are pages of their own, which `jukebox report` writes.
const FRONT: &str = "index.html";

/// Tries the site at an address. With `pictures` it draws those of docs/images, too.
///
/// # Errors
/// Says what is wrong with which page.
pub fn run(site: &str, output: &Output, pictures: bool) -> Result<()> {
    let Some(program) = devtools::find() else {
        println!(
            "The trial in a browser is left out: no Chromium is on the path, nor named by CHROMIUM."
        );
        return Ok(());
    };
    let mut browser = Browser::start(&program)?;
    let texts = look(&mut browser, site, output)?;
    println!(
        "{} pages load at 360 and 1440 px, dark and light, without an error and with nothing from elsewhere; \
         {texts} texts have a contrast of 4.5 and more",
        output.pages.len()
    );
    let loaded = looks::open(&mut browser, site, FRONT)?;
    let sounds = loaded.iter().filter(|it| it.0.ends_with(".mp3")).count();
    let bytes: u64 = loaded.iter().map(|it| it.1).sum();
    ensure!(sounds == 0, "sound is loaded before anybody wants to hear any");
    ensure!(bytes > 0 && bytes < weight::MOST, "{bytes} bytes came before any sound");
    let after = play::with_pointer(&mut browser)?;
    println!(
        "{bytes} bytes came before any sound; the band was heard {:.1} s after a click",
        after.as_secs_f64()
    );
    play::with_keyboard(&mut browser)?;
    let named = play::with_screen_reader(&mut browser)?;
    println!(
        "it plays, stops and seeks by keyboard; {named} buttons, links and pictures have names"
    );
    looks::faults(&browser.take_events(), site, FRONT)?;
    if pictures {
        draw(&mut browser, site)?;
    }
    Ok(())
}

/// Looks at every page on every screen; gives how many texts were looked at.
fn look(browser: &mut Browser, site: &str, output: &Output) -> Result<u64> {
    let mut texts = 0;
    for size in looks::SCREENS {
        looks::screen(browser, size)?;
        for page in output.pages.keys() {
            looks::open(browser, site, page)?;
            // What can be unfolded is read, too.
            browser.evaluate(
                "for (const it of document.querySelectorAll('details')) it.open = true",
            )?;
            for scheme in looks::SCHEMES {
                looks::prefer(browser, scheme)?;
                texts += looks::check(browser, page, size.0, scheme)?;
            }
            looks::faults(&browser.take_events(), site, page)?;
        }
    }
    Ok(texts)
}

/// Draws the front page as it is met, while it plays.
fn draw(browser: &mut Browser, site: &str) -> Result<()> {
    for (name, size, scheme) in [
        ("site", (1440, 1000), "dark"),
        ("site-light", (1440, 1000), "light"),
        ("site-phone", (360, 740), "dark"),
    ] {
        looks::screen(browser, size)?;
        looks::prefer(browser, scheme)?;
        looks::open(browser, site, FRONT)?;
        play::stand_at(browser, 4.74)?;
        let shot = browser.call("Page.captureScreenshot", &json!({ "format": "png" }))?;
        let bytes = base64::decode(shot["data"].as_str().context("no picture came")?);
        let path = format!("docs/images/{name}.png");
        let bytes = with_palette(&bytes)?;
        fs::write(&path, &bytes).with_context(|| format!("cannot write {path}"))?;
        println!("{path}: {} bytes", bytes.len());
    }
    Ok(())
}
