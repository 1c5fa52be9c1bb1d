//! What the window remembers of how somebody likes it: saved with the project.

use serde::{Deserialize, Serialize};

/// Most takes that are starred.
pub const MOST_STARS: usize = 500;

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

    /// Stars a take of a record, or takes its star away.
    pub fn toggle_star(&mut self, record: &str, take: u32) {
        let before = self.stars.len();
        self.stars.retain(|star| star.take != take || star.record != record);
        if self.stars.len() == before && before < MOST_STARS {
            self.stars.push(Star { take, record: record.to_owned() });
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
        assert_eq!(look.takes_of("a"), [3, 7]);
        let saved = serde_json::to_string(&look).unwrap();
        assert_eq!(serde_json::from_str::<Look>(&saved).unwrap(), look);
        assert_eq!(serde_json::from_str::<Look>("{}").unwrap(), Look::default());
    }
}
