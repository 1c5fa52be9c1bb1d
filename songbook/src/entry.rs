//! A table of a style file that is being read, so that an error names its place.

use toml::{Table, Value};

use crate::style::StyleError;

/// A table; what is read is taken out, so that what is left at the end is unknown.
pub struct Entry {
    place: String,
    table: Table,
}

impl Entry {
    /// A table at a place that a reader of the file finds.
    pub fn new(place: String, table: Table) -> Self {
        Self { place, table }
    }

    /// An error at this place.
    pub fn error(&self, problem: impl Into<String>) -> StyleError {
        StyleError::new(&self.place, problem)
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        self.table.remove(key)
    }

    fn wrong(&self, key: &str, wanted: &str) -> StyleError {
        self.error(format!("{key} must be {wanted}"))
    }

    /// A text that may be missing.
    pub fn text_if_any(&mut self, key: &str) -> Result<Option<String>, StyleError> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, "a text in quotes")),
        }
    }

    /// A text.
    pub fn text(&mut self, key: &str) -> Result<String, StyleError> {
        let text = self.text_if_any(key)?;
        text.ok_or_else(|| self.error(format!("{key} is missing")))
    }

    /// The words of a text; none where it is missing.
    pub fn words(&mut self, key: &str) -> Result<Vec<String>, StyleError> {
        let text = self.text_if_any(key)?.unwrap_or_default();
        Ok(text.split_whitespace().map(str::to_owned).collect())
    }

    /// A whole number in a range.
    pub fn number(&mut self, key: &str, low: i32, high: i32) -> Result<i32, StyleError> {
        let number = self.number_if_any(key, low, high)?;
        number.ok_or_else(|| self.error(format!("{key} is missing")))
    }

    /// A whole number in a range, which may be missing.
    pub fn number_if_any(
        &mut self,
        key: &str,
        low: i32,
        high: i32,
    ) -> Result<Option<i32>, StyleError> {
        let wrong = || self.wrong(key, &format!("a whole number from {low} to {high}"));
        match self.table.get(key) {
            None => Ok(None),
            Some(Value::Integer(number)) => match i32::try_from(*number) {
                Ok(number) if (low..=high).contains(&number) => {
                    self.table.remove(key);
                    Ok(Some(number))
                }
                _ => Err(wrong()),
            },
            Some(_) => Err(wrong()),
        }
    }

    /// Whole numbers in a range.
    pub fn numbers(&mut self, key: &str, low: i32, high: i32) -> Result<Vec<i32>, StyleError> {
        let wanted = format!("a list of whole numbers from {low} to {high}");
        let Some(Value::Array(list)) = self.take(key) else { return Err(self.wrong(key, &wanted)) };
        list.iter()
            .map(|value| {
                let number = value.as_integer().and_then(|it| i32::try_from(it).ok());
                number
                    .filter(|it| (low..=high).contains(it))
                    .ok_or_else(|| self.wrong(key, &wanted))
            })
            .collect()
    }

    /// Two numbers of which the second is not the smaller one.
    pub fn range(&mut self, key: &str, low: i32, high: i32) -> Result<(i32, i32), StyleError> {
        match self.numbers(key, low, high)?[..] {
            [from, to] if from <= to => Ok((from, to)),
            _ => Err(self.wrong(key, "two numbers, the smaller one first")),
        }
    }

    /// Whether something is so; not, where it is missing.
    pub fn flag(&mut self, key: &str) -> Result<bool, StyleError> {
        match self.take(key) {
            None => Ok(false),
            Some(Value::Boolean(is)) => Ok(is),
            Some(_) => Err(self.wrong(key, "true or false")),
        }
    }

    /// A table within this one.
    pub fn table(&mut self, key: &str) -> Result<Self, StyleError> {
        match self.take(key) {
            Some(Value::Table(table)) => Ok(Self::new(self.within(key), table)),
            _ => Err(self.error(format!("the table [{key}] is missing"))),
        }
    }

    /// The tables of a list, which may be missing. Each is named for where it stands and what it is called.
    pub fn tables(&mut self, key: &str) -> Result<Vec<Self>, StyleError> {
        let list = match self.take(key) {
            None => Vec::new(),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(self.wrong(key, &format!("a list of tables, [[{key}]]"))),
        };
        list.into_iter()
            .zip(1..)
            .map(|(value, number)| {
                let Value::Table(table) = value else {
                    return Err(self.wrong(key, &format!("a list of tables, [[{key}]]")));
                };
                let name = table.get("name").and_then(Value::as_str).unwrap_or("without a name");
                let place = self.within(&format!("{key} {number} ({name})"));
                Ok(Self::new(place, table))
            })
            .collect()
    }

    /// The texts of all that is left, in order of their keys.
    pub fn rest(mut self) -> Result<Vec<(String, String)>, StyleError> {
        let keys: Vec<String> = self.table.keys().cloned().collect();
        keys.into_iter().map(|key| self.text(&key).map(|text| (key, text))).collect()
    }

    /// The tables of all that is left, in order of their keys.
    pub fn rest_tables(mut self) -> Result<Vec<(String, Self)>, StyleError> {
        let keys: Vec<String> = self.table.keys().cloned().collect();
        keys.into_iter().map(|key| self.table(&key).map(|entry| (key, entry))).collect()
    }

    /// The end of a table, where nothing may be left.
    pub fn finish(self) -> Result<(), StyleError> {
        match self.table.keys().next() {
            Some(key) => Err(self.error(format!("\"{key}\" is not known here"))),
            None => Ok(()),
        }
    }

    fn within(&self, key: &str) -> String {
        format!("{}: {key}", self.place)
    }
}
