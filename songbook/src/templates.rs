//! What a style file holds many of, and how one is chosen.

use crate::dice::Dice;

/// A pattern, figure, progression, form ... of a style, and when it is for.
#[derive(Clone, Debug)]
pub struct Template<T> {
    /// What it is called.
    pub name: String,
    /// Densities that it is for, the first and the last: 1 is thin, 4 is full.
    pub level: (u8, u8),
    /// Feels that it is for.
    pub feels: Vec<String>,
    /// Kinds of sections that it is for; none for all.
    pub kinds: Vec<String>,
    /// Whether no song to learn from has it.
    pub held_out: bool,
    /// The template itself.
    pub content: T,
}

/// What a template is needed for.
#[derive(Clone, Copy, Debug)]
pub struct Need<'a> {
    /// Density.
    pub level: u8,
    /// The song's feel.
    pub feel: &'a str,
    /// Kind of section.
    pub kind: &'a str,
    /// Whether the song is held out: it is the only one that may have templates that are, and takes them
    /// where it can.
    pub held_out: bool,
}

/// Templates of a list that meet a need: those that name the kind of section before those for all kinds, of the
/// density or, where there are none, of the next one.
pub fn fitting<'t, T>(list: &'t [Template<T>], need: Need<'_>) -> Vec<&'t Template<T>> {
    let usable = |it: &&Template<T>| {
        it.feels.iter().any(|feel| feel == need.feel) && (need.held_out || !it.held_out)
    };
    let usable: Vec<&Template<T>> = list.iter().filter(usable).collect();
    let of_kind = |it: &&&Template<T>| it.kinds.iter().any(|kind| kind == need.kind);
    let mut fitting: Vec<&Template<T>> = usable.iter().filter(of_kind).copied().collect();
    if fitting.is_empty() {
        fitting = usable.into_iter().filter(|it| it.kinds.is_empty()).collect();
    }
    let distance = |it: &&Template<T>| {
        let (low, high) = it.level;
        low.saturating_sub(need.level).max(need.level.saturating_sub(high))
    };
    let nearest = fitting.iter().map(distance).min();
    fitting.retain(|it| Some(distance(it)) == nearest);
    fitting
}

/// Chooses a template; `None` where the style has none.
pub fn choose<'t, T>(
    list: &'t [Template<T>],
    need: Need<'_>,
    dice: &mut Dice,
) -> Option<&'t Template<T>> {
    among(fitting(list, need), need, dice)
}

/// Chooses one of some templates: in songs that are held out mostly one that is.
pub fn among<'t, T>(
    fitting: Vec<&'t Template<T>>,
    need: Need<'_>,
    dice: &mut Dice,
) -> Option<&'t Template<T>> {
    let held_out: Vec<&Template<T>> = fitting.iter().filter(|it| it.held_out).copied().collect();
    let prefers = dice.chance(75) && need.held_out && !held_out.is_empty();
    let list = if prefers { held_out } else { fitting };
    if list.is_empty() { None } else { Some(list[dice.below(list.len())]) }
}
