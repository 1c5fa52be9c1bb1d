//! A server of files for one's own machine: what GitHub Pages does, without its cache.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};

/// A server that runs until the program ends.
pub struct Server {
    address: SocketAddr,
    thread: JoinHandle<()>,
}

impl Server {
    /// Serves a folder on a port of this machine alone; 0 takes any that is free.
    ///
    /// # Errors
    /// Where the port is taken.
    pub fn start(folder: &Path, port: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .with_context(|| format!("cannot listen on port {port}"))?;
        let address = listener.local_addr().context("cannot tell the port")?;
        let folder = folder.to_owned();
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let folder = folder.clone();
                // A browser that goes away in the middle is none of the others' business.
                thread::spawn(move || answer(stream, &folder).unwrap_or_default());
            }
        });
        Ok(Self { address, thread })
    }

    /// Where it is found.
    pub fn address(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Serves on.
    pub fn wait(self) {
        self.thread.join().unwrap_or_default();
    }
}

/// Answers one request, for a file or a range of it.
fn answer(mut stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let asked = line.split(' ').nth(1).unwrap_or("/").to_owned();
    let mut range = None;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("range")
        {
            range = from_to(value.trim());
        }
    }
    let Some((path, bytes)) = file(folder, &asked) else {
        let head = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        return stream.write_all(head.as_bytes());
    };
    let last = bytes.len().saturating_sub(1);
    let (from, to) =
        range.map_or((0, last), |(from, to)| (from.min(last), to.unwrap_or(last).min(last)));
    let part = bytes.get(from..=to).unwrap_or_default();
    let status = match range {
        Some(_) => {
            format!("206 Partial Content\r\nContent-Range: bytes {from}-{to}/{}", bytes.len())
        }
        None => "200 OK".to_owned(),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\nAccept-Ranges: bytes\r\nConnection: close\r\n\r\n",
        kind(&path),
        part.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(part)
}

/// The bytes of `bytes=FROM-TO` or `bytes=FROM-`.
fn from_to(range: &str) -> Option<(usize, Option<usize>)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    Some((from.parse().ok()?, to.parse().ok()))
}

/// A file of the folder, or the index of a folder in it.
fn file(folder: &Path, asked: &str) -> Option<(PathBuf, Vec<u8>)> {
    let path = Path::new(asked.split(['?', '#']).next()?.trim_start_matches('/'));
    let inside = path.components().all(|it| matches!(it, Component::Normal(_)));
    let mut path = inside.then(|| folder.join(path))?;
    if path.is_dir() {
        path.push("index.html");
    }
    let bytes = fs::read(&path).ok()?;
    Some((path, bytes))
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|it| it.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("mp3") => "audio/mpeg",
        Some("mid") => "audio/midi",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_understood_and_nothing_above_the_folder_is_given() {
        assert_eq!(from_to("bytes=5-9"), Some((5, Some(9))));
        assert_eq!(from_to("bytes=5-"), Some((5, None)));
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        fs::create_dir(&site).unwrap();
        fs::write(folder.path().join("secret"), "1").unwrap();
        fs::write(site.join("index.html"), "2").unwrap();
        assert_eq!(file(&site, "/").unwrap().1, b"2");
        assert!(file(&site, "/../secret").is_none());
        assert!(file(&site, "/none").is_none());
    }
}
