//! Numbers and tables as text, the same way in every command.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use jukebox_model::composer::UsualSettings;
use jukebox_model::format::thousands;
use jukebox_model::network::Head;
use jukebox_model::piece::{Piece, Tick};

/// Characters across a table: fits most terminals, and reads well in a file.
const TABLE_WIDTH: u16 = 100;

/// A number with its thousands set apart: "12,345".
pub fn count(number: usize) -> String {
    thousands(number as u64)
}

/// A number with what it counts: "1 piece", "2 pieces".
pub fn counted(number: usize, singular: &str) -> String {
    counted_as(number, singular, &format!("{singular}s"))
}

/// The same, for what does not just take an s: "1 pitch", "2 pitches".
pub fn counted_as(number: usize, singular: &str, plural: &str) -> String {
    format!("{} {}", count(number), if number == 1 { singular } else { plural })
}

/// A share of 0 to 1 in percent, to a tenth: "12.5 %".
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// The same in as few digits as tell it: a tenth below 1 percent, else whole ones; without the sign, for
/// where it stands but once.
pub fn short_percent(share: f64) -> String {
    match 100.0 * share {
        small @ ..1.0 => format!("{small:.1}"),
        percent => format!("{percent:.0}"),
    }
}

/// Usual settings in a line; one temperature where that of all heads is the same.
pub fn usual_settings(usual: &UsualSettings, heads: &[Head]) -> String {
    let of = |head: &Head| usual.temperature[*head as usize];
    let temperatures: Vec<String> = match heads.iter().all(|head| of(head) == usual.temperature[0])
    {
        true => vec![format!("{:.2}", usual.temperature[0])],
        false => heads.iter().map(|it| format!("{} {:.2}", it.name(), of(it))).collect(),
    };
    let UsualSettings { top_p, motif, .. } = usual;
    format!("temperature {}; top-p {top_p:.2}; motif {motif:.2}", temperatures.join(", "))
}

/// A span of time in seconds as people say it: "48 s", "3 min 20 s", "1 h 05 min".
pub fn span(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A piece in a line: tempo and meter at a tick, key, bars, notes.
pub fn piece_line(piece: &Piece, at: Tick) -> String {
    let mut parts =
        vec![format!("{:.0} bpm", piece.tempo_at(at)), piece.meters.bar_at(at).meter.to_string()];
    parts.extend(piece.key.map(|key| format!("key of {key}")));
    let last = piece.meters.bar_at(piece.end().saturating_sub(1)).number;
    parts.push(counted(last as usize + 1, "bar"));
    parts.push(counted(piece.notes.len(), "note"));
    parts.join("  ·  ")
}

/// A table of two columns, what and value.
pub fn facts_table(title: &str) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(TABLE_WIDTH)
        .set_header(["", title]);
    table
}

/// A table of figures, with a name for each row and each column.
pub fn figures_table(title: &str, columns: impl IntoIterator<Item = impl Into<String>>) -> Table {
    let names = columns.into_iter().map(Into::into);
    let mut table = facts_table("");
    table.set_header([title.to_owned()].into_iter().chain(names));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!([0, 999, 1000, 465_123].map(count), ["0", "999", "1,000", "465,123"]);
        assert_eq!(counted(1, "piece"), "1 piece");
        assert_eq!(counted(2679, "piece"), "2,679 pieces");
        assert_eq!(
            [4.4, 59.6, 200.0, 3900.0].map(span),
            ["4 s", "1 min 00 s", "3 min 20 s", "1 h 05 min"]
        );
    }

    #[test]
    fn one_temperature_is_told_once() {
        let mut usual = UsualSettings::default();
        let told = |usual| usual_settings(&usual, Head::choosing(false));
        assert_eq!(told(usual), "temperature 0.90; top-p 0.95; motif 0.30");
        // A head that does not choose does not count.
        usual.temperature[Head::Part as usize] = 2.0;
        assert_eq!(told(usual), "temperature 0.90; top-p 0.95; motif 0.30");
        usual.temperature[Head::Pitch as usize] = 1.2;
        assert!(told(usual).starts_with("temperature step 0.90, pitch 1.20, "));
    }

    #[test]
    fn shares_are_percents_to_a_tenth_or_shorter() {
        assert_eq!([0.0, 0.125, 1.0].map(percent), ["0.0 %", "12.5 %", "100.0 %"]);
        assert_eq!([0.0, 0.0042, 0.126, 1.0].map(short_percent), ["0.0", "0.4", "13", "100"]);
    }
}
