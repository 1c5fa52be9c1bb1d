//! Chromium without a screen, told what to do by the DevTools protocol over two pipes: messages of JSON that end with
//! a zero byte (`--remote-debugging-pipe`). That is all the protocol needs: no port, no WebSocket.

use std::collections::VecDeque;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What browsers of the family are called.
const NAMES: [&str; 5] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// The longest that an answer or a page may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page.
pub struct Browser {
    process: Child,
    orders: ChildStdin,
    news: Receiver<Value>,
    events: VecDeque<Value>,
    session: Option<String>,
    number: u64,
    _profile: TempDir,
}

/// The browser that is installed: the one that `CHROMIUM` names, or one on the path.
pub fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let all = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    all.into_iter().find(|it| it.is_file())
}

impl Browser {
    /// Starts it.
    ///
    /// # Errors
    /// Where it does not start or answer.
    pub fn start(program: &PathBuf) -> Result<Self> {
        let profile = tempfile::tempdir().context("cannot make a temporary folder")?;
        // The protocol's pipes are descriptors 3 and 4, which a shell can lay.
        let mut process = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1"])
            .arg(program)
            .args(["--headless", "--remote-debugging-pipe", "--no-first-run", "--hide-scrollbars"])
            // In a container there is no sandbox to be had, and little shared memory; nothing but our own pages is opened.
            .args(["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let orders = process.stdin.take().context("no way to the browser")?;
        let answers = process.stdout.take().context("no way from the browser")?;
        let (sender, news) = channel();
        thread::spawn(move || {
            let messages = BufReader::new(answers).split(0);
            for message in messages.map_while(Result::ok) {
                if serde_json::from_slice(&message).is_ok_and(|it| sender.send(it).is_err()) {
                    break;
                }
            }
        });
        let mut browser = Self {
            process,
            orders,
            news,
            events: VecDeque::new(),
            session: None,
            number: 0,
            _profile: profile,
        };
        let page = browser.call("Target.createTarget", &json!({ "url": "about:blank" }))?;
        let attach = json!({ "targetId": page["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", &attach)?["sessionId"].clone();
        browser.session = session.as_str().map(str::to_owned);
        for part in ["Page", "Runtime", "Log", "Network", "Accessibility"] {
            browser.call(&format!("{part}.enable"), &json!({}))?;
        }
        Ok(browser)
    }

    /// Calls a method of the protocol, and gives what it returns.
    ///
    /// # Errors
    /// Where the browser says so, or is gone.
    pub fn call(&mut self, method: &str, parameters: &Value) -> Result<Value> {
        self.number += 1;
        let number = self.number;
        let mut message = json!({ "id": number, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        let mut bytes = serde_json::to_vec(&message)?;
        bytes.push(0);
        self.orders
            .write_all(&bytes)
            .with_context(|| format!("the browser is gone at {method}"))?;
        let until = Instant::now() + PATIENCE;
        loop {
            let mut message = self.next(until).with_context(|| format!("no answer to {method}"))?;
            if message["id"] == number {
                if let Some(error) = message.get("error") {
                    bail!("{method}: {}", error["message"]);
                }
                return Ok(message["result"].take());
            }
            self.events.push_back(message);
        }
    }

    /// Waits for an event, and gives it with all that came before it.
    ///
    /// # Errors
    /// Where it does not come.
    pub fn wait_for(&mut self, event: &str) -> Result<Vec<Value>> {
        let until = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            let message = match self.events.pop_front() {
                Some(message) => message,
                None => self.next(until).with_context(|| format!("{event} does not come"))?,
            };
            let found = message["method"] == event;
            seen.push(message);
            if found {
                return Ok(seen);
            }
        }
    }

    /// The events since they were last asked for.
    pub fn take_events(&mut self) -> Vec<Value> {
        self.events.extend(self.news.try_iter());
        self.events.drain(..).collect()
    }

    /// What an expression of JavaScript gives in the page; promises are waited for.
    ///
    /// # Errors
    /// Where it throws.
    pub fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let asked =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut given = self.call("Runtime.evaluate", &asked)?;
        if let Some(thrown) = given.get("exceptionDetails") {
            bail!("{}: {thrown}", expression.lines().next().unwrap_or_default());
        }
        Ok(given["result"]["value"].take())
    }

    fn next(&mut self, until: Instant) -> Result<Value> {
        let left = until.saturating_duration_since(Instant::now());
        self.news.recv_timeout(left).context("the browser says nothing")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends by itself when asked; its helpers end with it.
        self.session = None;
        if self.call("Browser.close", &json!({})).is_err() {
            self.process.kill().unwrap_or_default();
        }
        let _ = self.process.wait();
    }
}
