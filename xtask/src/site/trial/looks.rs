//! How each page looks: on a telephone and on a desk, by night and by day. It loads, nothing fails and nothing comes
//! from elsewhere, nothing is wider than the screen, and all texts can be read.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::devtools::Browser;

/// Widths and heights of screens.
pub const SCREENS: [(u32, u32); 2] = [(360, 740), (1440, 900)];

/// Colours that people prefer.
pub const SCHEMES: [&str; 2] = ["dark", "light"];

/// Least contrast of a text.
const CONTRAST: f64 = 4.5;

/// Makes the screen so wide and high.
pub fn screen(browser: &mut Browser, (width, height): (u32, u32)) -> Result<()> {
    let metrics =
        json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
    browser.call("Emulation.setDeviceMetricsOverride", &metrics).map(|_| ())
}

/// Prefers dark or light colours.
pub fn prefer(browser: &mut Browser, scheme: &str) -> Result<()> {
    let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
    browser.call("Emulation.setEmulatedMedia", &features).map(|_| ())
}

/// Opens a page of a site, and gives the bytes that came for it, by address.
///
/// # Errors
/// Where something fails, is missing, or is fetched from elsewhere.
pub fn open(browser: &mut Browser, site: &str, page: &str) -> Result<Vec<(String, u64)>> {
    browser.take_events();
    // From elsewhere, so that a page is loaded anew even where only the place in it is another.
    browser.call("Page.navigate", &json!({ "url": "about:blank" }))?;
    browser.wait_for("Page.loadEventFired")?;
    browser.call("Page.navigate", &json!({ "url": format!("{site}{page}") }))?;
    let events = browser.wait_for("Page.loadEventFired")?;
    faults(&events, site, page)?;
    let mut loaded: Vec<(Value, String, u64)> = Vec::new();
    for event in events {
        let told = &event["params"];
        match event["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                let address = told["request"]["url"].as_str().unwrap_or_default();
                loaded.push((told["requestId"].clone(), address.to_owned(), 0));
            }
            Some("Network.loadingFinished") => {
                if let Some(it) = loaded.iter_mut().find(|it| it.0 == told["requestId"]) {
                    it.2 = told["encodedDataLength"].as_f64().unwrap_or(0.0) as u64;
                }
            }
            _ => {}
        }
    }
    Ok(loaded.into_iter().map(|(_, address, bytes)| (address, bytes)).collect())
}

/// Whether anything went wrong: errors of scripts, messages of error on the console, what could not be fetched or was
/// fetched from elsewhere.
///
/// # Errors
/// Names all that did.
pub fn faults(events: &[Value], site: &str, page: &str) -> Result<()> {
    let told = |event: &Value| -> Option<String> {
        let it = &event["params"];
        match event["method"].as_str()? {
            "Runtime.exceptionThrown" => Some(format!("{}", it["exceptionDetails"])),
            "Runtime.consoleAPICalled" if it["type"] == "error" => Some(format!("{}", it["args"])),
            "Log.entryAdded" if it["entry"]["level"] == "error" => {
                Some(format!("{} {}", it["entry"]["text"], it["entry"]["url"]))
            }
            "Network.requestWillBeSent" => {
                let address = it["request"]["url"].as_str()?;
                let own = address.starts_with(site) || address.starts_with("about:");
                (!own).then(|| format!("{address} is fetched from elsewhere"))
            }
            _ => None,
        }
    };
    let faults: Vec<String> = events.iter().filter_map(told).collect();
    ensure!(faults.is_empty(), "{page}: {}", faults.join("; "));
    Ok(())
}

/// Whether the page that is open fits the screen, and its texts can be read; gives their number.
///
/// # Errors
/// Names what is wrong.
pub fn check(browser: &mut Browser, page: &str, width: u32, scheme: &str) -> Result<u64> {
    let how = format!("{width} px, {scheme}");
    // A telephone widens its window to what is too wide: the screen is what is asked for.
    let wide = browser.evaluate(&format!(
        "(() => {{ const most = {width}; if (document.documentElement.scrollWidth <= most) return ''; \
         const all = [...document.querySelectorAll('body *:not(.roll *, .wide *, pre *)')].filter((it) => it.getBoundingClientRect().right > most + 1); \
         return all.map((it) => `${{it.tagName}}.${{it.className}}`).slice(0, 8).join(', ') || 'something'; }})()"
    ))?;
    ensure!(wide == "", "{page}, {how}: wider than the screen: {wide}");
    let contrast = include_str!("contrast.js").trim_end();
    let (_, function) = contrast.split_at(contrast.find("(least)").unwrap_or(0));
    let found = browser.evaluate(&format!("({function})({CONTRAST})"))?;
    ensure!(
        found["faint"].as_array().is_some_and(Vec::is_empty),
        "{page}, {how}: texts whose contrast is less than {CONTRAST}: {}",
        found["faint"]
    );
    Ok(found["texts"].as_u64().unwrap_or(0))
}
