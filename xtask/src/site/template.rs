//! Templates: files of `site/` with `{{places}}` to fill.

use std::fs;

use anyhow::{Context, Result, bail};

/// Where the templates, styles and scripts lie, from the root of the workspace.
pub const FOLDER: &str = "site";

/// A file with places.
pub struct Template {
    name: String,
    text: String,
}

impl Template {
    /// Reads one of `site/`.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn load(name: &str) -> Result<Self> {
        let path = format!("{FOLDER}/{name}");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        Ok(Self { name: path, text })
    }

    /// The text with each place filled, as HTML: [`escape`] what is none.
    ///
    /// # Errors
    /// Where a place is not closed, or nothing is given for it.
    pub fn fill(&self, values: &[(&str, &str)]) -> Result<String> {
        let mut pieces = self.text.split("{{");
        let mut filled = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let Some((place, rest)) = piece.split_once("}}") else {
                bail!("{}: a place is not closed: {{{{{}", self.name, first_line(piece));
            };
            let value = values.iter().find(|(name, _)| *name == place);
            let (_, value) =
                value.with_context(|| format!("{}: nothing fills {{{{{place}}}}}", self.name))?;
            filled += value;
            filled += rest;
        }
        Ok(filled)
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Text as it is written in HTML, in attributes too.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Template {
        Template { name: "test".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn places_are_filled() {
        let filled = template("<p>{{who}} plays {{what}}, {{who}}</p>");
        let values = [("who", "She"), ("what", &*escape("R&B <\"live\">"))];
        assert_eq!(
            filled.fill(&values).unwrap(),
            "<p>She plays R&amp;B &lt;&quot;live&quot;&gt;, She</p>"
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = |text: &str| template(text).fill(&[("a", "1")]).unwrap_err().to_string();
        assert!(error("{{a}} {{b}}").contains("nothing fills {{b}}"));
        assert!(error("{{a}} {{a").contains("not closed"));
    }
}
