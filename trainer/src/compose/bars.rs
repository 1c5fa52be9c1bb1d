//! Bars that somebody names.

use std::ops::Range;
use std::str::FromStr;

use anyhow::{Result, ensure};

use crate::format::counted;

/// Bars of a prompt, counted from 1: `5-8`, or `5` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bars {
    first: u32,
    last: u32,
}

impl FromStr for Bars {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (first.trim().parse(), last.trim().parse()) {
            (Ok(first), Ok(last)) if (1..=last).contains(&first) => Ok(Self { first, last }),
            _ => Err("bars, counted from 1, such as 5-8"),
        }
    }
}

impl Bars {
    /// The index of the first.
    pub(super) fn first(self) -> u32 {
        self.first - 1
    }

    /// Their indices in a prompt of so many bars.
    ///
    /// # Errors
    /// Where it has not all of them.
    pub(super) fn of(self, bars: usize) -> Result<Range<usize>> {
        let Self { first, last } = self;
        ensure!(
            last as usize <= bars,
            "there are no bars {first}-{last} to fill: the prompt has {}",
            counted(bars, "bar")
        );
        Ok(first as usize - 1..last as usize)
    }
}
