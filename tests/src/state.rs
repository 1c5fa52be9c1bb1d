//! The state that a plugin saves, opened: how a record gets into the plugin without its window.
//!
//! The framework writes eight bytes of length, least significant first, and then JSON:
//! `{"version": …, "params": {id: {type: value}}, "fields": {name: JSON in a string}}`.

use anyhow::{Context, Result};
use serde_json::Value;

/// A saved state.
#[derive(Clone, Debug)]
pub struct SavedState {
    json: Value,
}

impl SavedState {
    /// Opens the bytes that a plugin saved.
    ///
    /// # Errors
    /// Where they are not such a state.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let json = bytes.get(8..).context("a state has at least eight bytes")?;
        Ok(Self { json: serde_json::from_slice(json)? })
    }

    /// The bytes for a plugin to load.
    pub fn to_bytes(&self) -> Vec<u8> {
        let json = self.json.to_string();
        let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
        bytes.extend(json.as_bytes());
        bytes
    }

    /// A persistent field.
    ///
    /// # Errors
    /// Where the state has none of that name.
    pub fn field(&self, name: &str) -> Result<Value> {
        let text = self.json["fields"][name].as_str();
        let text = text.with_context(|| format!("the state has no field \"{name}\""))?;
        Ok(serde_json::from_str(text)?)
    }

    /// Sets a persistent field.
    pub fn set_field(&mut self, name: &str, value: &Value) {
        self.json["fields"][name] = Value::String(value.to_string());
    }

    /// Sets a parameter that counts.
    pub fn set_param(&mut self, id: &str, value: i32) {
        self.json["params"][id] = serde_json::json!({ "i32": value });
    }
}
