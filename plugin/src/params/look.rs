//! What the window remembers of how somebody likes it: saved with the project.

use serde::{Deserialize, Serialize};

/// Most takes that are starred.
pub const MOST_STARS: usize = 500;

/// Most letters of a starred take's name.
const LONGEST_NAME: usize = 24;

/// The window's habits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Whether the colours are the light ones.
    pub light: bool,
    /// The starred takes, in the order in which they were.
    pub stars: Vec<Star>,
}

/// A take that somebody wants to find again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Star {
    /// Its number.
    pub take: u32,
    /// The hash of the record that it was heard with.
    pub record: String,
    /// What somebody calls it; empty where nobody does.
    pub name: String,
}

impl Look {
    /// Whether a take of a record is starred.
    pub fn has_star(&self, record: &str, take: u32) -> bool {
        self.stars.iter().any(|star| star.take == take && star.record == record)
    }

    /// The starred takes of a record, in the order in which they were starred.
    pub fn takes_of(&self, record: &str) -> Vec<u32> {
        self.stars.iter().filter(|star| star.record == record).map(|star| star.take).collect()
    }

    /// What a starred take is called; nothing where it has no name.
    pub fn name_of(&self, record: &str, take: u32) -> &str {
        let mut stars = self.stars.iter();
        let star = stars.find(|star| star.take == take && star.record == record);
        star.map_or("", |star| star.name.as_str())
    }

    /// Gives a starred take a name.
    pub fn rename(&mut self, record: &str, take: u32, name: &str) {
        let mut stars = self.stars.iter_mut();
        if let Some(star) = stars.find(|star| star.take == take && star.record == record) {
            star.name = name.trim().chars().take(LONGEST_NAME).collect();
        }
    }

    /// Stars a take of a record, or takes its star away.
    pub fn toggle_star(&mut self, record: &str, take: u32) {
        let before = self.stars.len();
        self.stars.retain(|star| star.take != take || star.record != record);
        if self.stars.len() == before && before < MOST_STARS {
            self.stars.push(Star { take, record: record.to_owned(), ..Star::default() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_belong_to_a_record() {
        let mut look = Look::default();
        look.toggle_star("a", 3);
        look.toggle_star("b", 3);
        look.toggle_star("a", 7);
        look.toggle_star("b", 3);
        assert!(look.has_star("a", 3) && look.has_star("a", 7) && !look.has_star("b", 3));
        look.rename("a", 7, "  The one with the long bridge in it ");
        look.rename("b", 7, "nobody's");
        assert_eq!(look.name_of("a", 7), "The one with the long br");
        assert_eq!((look.name_of("a", 3), look.name_of("b", 7)), ("", ""));
        assert_eq!(look.takes_of("a"), [3, 7]);
        let saved = serde_json::to_string(&look).unwrap();
        assert_eq!(serde_json::from_str::<Look>(&saved).unwrap(), look);
        assert_eq!(serde_json::from_str::<Look>("{}").unwrap(), Look::default());
    }
}
