//! The state that a plugin saves, opened: how a record gets into the plugin without its window.
//!
//! The framework writes JSON: `{"version": …, "params": {id: {type: value}}, "fields": {name: JSON in
//! a string}}`. In CLAP, whose streams do not know their length, eight bytes of length come before it,
//! least significant first.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// A saved state.
#[derive(Clone, Debug)]
pub struct SavedState {
    json: Value,
}

impl SavedState {
    /// Opens the bytes that a CLAP plugin saved.
    ///
    /// # Errors
    /// Where they are not such a state.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        Self::parse_vst3(bytes.get(8..).context("a state has at least eight bytes")?)
    }

    /// Opens the bytes that a VST3 plugin saved.
    ///
    /// # Errors
    /// Where they are not such a state.
    pub fn parse_vst3(bytes: &[u8]) -> Result<Self> {
        Ok(Self { json: serde_json::from_slice(bytes)? })
    }

    /// The bytes for a VST3 plugin to load.
    pub fn to_vst3(&self) -> Vec<u8> {
        self.json.to_string().into_bytes()
    }

    /// The bytes for a CLAP plugin to load.
    pub fn to_bytes(&self) -> Vec<u8> {
        let json = self.json.to_string();
        let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
        bytes.extend(json.as_bytes());
        bytes
    }

    /// The song that the plugin saved: its record, its meters, its plan and its bars.
    ///
    /// # Errors
    /// Where there is none.
    pub fn song(&self) -> Result<Value> {
        let text = self.json["fields"]["song"].as_str().context("the state holds no song")?;
        Ok(serde_json::from_str(text)?)
    }

    /// Sets the song.
    pub fn set_song(&mut self, song: &Value) {
        self.json["fields"]["song"] = Value::String(song.to_string());
    }

    /// Sets the record's file, whatever the file holds when the plugin loads it, and forgets the
    /// bars of the old one.
    ///
    /// # Errors
    /// Where the state holds no song.
    pub fn set_record(&mut self, path: &Path) -> Result<()> {
        let mut song = self.song()?;
        song["record"]["path"] = path.to_string_lossy().into();
        song["record"]["hash"] = "".into();
        song["bars"] = Value::Array(Vec::new());
        self.set_song(&song);
        Ok(())
    }

    /// Sets a parameter that counts.
    pub fn set_param(&mut self, id: &str, value: i32) {
        self.json["params"][id] = serde_json::json!({ "i32": value });
    }
}
