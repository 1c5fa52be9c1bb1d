//! What `jukebox inspect --json` says of a collection, or of one MIDI file.

use jukebox_model::format::thousands;
use serde::Deserialize;

/// What is in a collection.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Import {
    /// Pieces that can be learnt; of one file none is told.
    #[serde(default)]
    pub pieces: Option<u64>,
    /// Their notes.
    #[serde(default)]
    pub notes: u64,
    /// Their bars.
    #[serde(default)]
    pub bars: u64,
    /// Files that cannot be used, and why.
    #[serde(default)]
    pub skipped: Vec<Skipped>,
    /// The parts that the pieces have in common.
    #[serde(default)]
    parts: serde_json::Value,
}

/// A file that cannot be used.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Skipped {
    /// Its path.
    pub file: String,
    /// Why.
    pub reason: String,
}

impl Import {
    /// Reads what the command printed.
    ///
    /// # Errors
    /// Where it is something else, such as what is said of a record.
    pub fn parse(text: &str) -> Result<Self, String> {
        let import: Self = serde_json::from_str(text)
            .map_err(|error| format!("the command does not say what was found ({error})"))?;
        if import.notes == 0 {
            return Err(match import.skipped.first() {
                Some(first) => format!("nothing to learn from: {}: {}", first.file, first.reason),
                None => "nothing to learn from: no MIDI files with notes lie there".to_owned(),
            });
        }
        Ok(import)
    }

    /// The names of its parts; of one file none are told.
    pub fn parts(&self) -> Vec<&str> {
        let parts = self.parts.as_array().map(Vec::as_slice).unwrap_or_default();
        parts.iter().filter_map(|part| part.get("name")?.as_str()).collect()
    }

    /// Pieces, notes and bars, in a line.
    pub fn line(&self) -> String {
        let pieces = match self.pieces {
            Some(1) | None => "1 piece".to_owned(),
            Some(pieces) => format!("{} pieces", thousands(pieces)),
        };
        format!("{pieces}, {} notes, {} bars", thousands(self.notes), thousands(self.bars))
    }

    /// What else there is to know: parts, what is left out, and whether it is little.
    pub fn remark(&self) -> String {
        let mut remarks = Vec::new();
        match self.parts().len() {
            0 | 1 => {}
            parts => remarks.push(format!("{parts} parts")),
        }
        match self.skipped.len() {
            0 => {}
            1 => remarks.push("1 file left out".to_owned()),
            files => remarks.push(format!("{files} files left out")),
        }
        if self.notes < 5_000 {
            remarks.push("little to learn from: it may copy".to_owned());
        }
        remarks.join(", ")
    }

    /// The parts, and the first of the files that are left out, each with its reason.
    pub fn details(&self) -> String {
        let mut lines = Vec::new();
        if self.parts().len() > 1 {
            lines.push(format!("Parts: {}", self.parts().join(", ")));
        }
        let skipped = self.skipped.iter().take(8);
        lines.extend(skipped.map(|it| format!("Left out: {}: {}", it.file, it.reason)));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_is_told_in_words() {
        let import = Import::parse(
            r#"{"name":"a","files":4,"pieces":3,"notes":1234,"bars":56,"new":[],
            "skipped":[{"file":"x.mid","reason":"no notes"}],
            "parts":[{"name":"bass","drums":false},{"name":"drums","drums":true}]}"#,
        )
        .unwrap();
        assert_eq!(import.line(), "3 pieces, 1,234 notes, 56 bars");
        let remark = "2 parts, 1 file left out, little to learn from: it may copy";
        assert_eq!(import.remark(), remark);
        assert_eq!(import.details(), "Parts: bass, drums\nLeft out: x.mid: no notes");
    }

    #[test]
    fn one_file_has_parts_of_another_kind() {
        let text = r#"{"notes":524,"bars":9,"parts":{"pitched":524,"drums":451}}"#;
        let import = Import::parse(text).unwrap();
        assert_eq!(
            (import.line().as_str(), import.parts().len()),
            ("1 piece, 524 notes, 9 bars", 0)
        );
    }

    #[test]
    fn what_cannot_be_learnt_says_why() {
        let error = |text: &str| Import::parse(text).unwrap_err();
        assert!(error("").contains("does not say"));
        assert!(error("7").contains("does not say"));
        assert!(error(r#"{"notes":0,"pieces":0}"#).contains("no MIDI files"));
        let skipped = r#"{"notes":0,"skipped":[{"file":"x.mid","reason":"no notes"}]}"#;
        assert_eq!(error(skipped), "nothing to learn from: x.mid: no notes");
    }
}
