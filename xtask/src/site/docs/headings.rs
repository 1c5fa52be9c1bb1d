//! The names that headings are linked to by, as GitHub gives them.

use std::collections::BTreeMap;

/// The name of a heading: small letters, digits, hyphens and underscores; hyphens for spaces.
pub fn slug(heading: &str) -> String {
    let letters = heading.trim().chars().flat_map(char::to_lowercase);
    letters
        .filter_map(|it| match it {
            ' ' => Some('-'),
            '-' | '_' => Some(it),
            _ => it.is_alphanumeric().then_some(it),
        })
        .collect()
}

/// The names of a document's headings, each another.
#[derive(Default)]
pub struct Slugs(BTreeMap<String, usize>);

impl Slugs {
    /// The name of the next heading: one that was there gets a number.
    pub fn next(&mut self, heading: &str) -> String {
        let slug = slug(heading);
        let before = self.0.entry(slug.clone()).or_default();
        *before += 1;
        if *before == 1 { slug } else { format!("{slug}-{}", *before - 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_the_names_that_links_use() {
        let mut slugs = Slugs::default();
        assert_eq!(slugs.next("celtic.zip"), "celticzip");
        assert_eq!(
            slugs.next("What hosts do, and what the plugin does"),
            "what-hosts-do-and-what-the-plugin-does"
        );
        assert_eq!(slugs.next("celtic.zip"), "celticzip-1");
    }
}
