//! The tables that results are printed in.

use comfy_table::{ContentArrangement, Table, presets};

/// Characters across: fits most terminals, and reads well in a file.
const WIDTH: u16 = 100;

/// A table of two columns, what and value.
pub fn new(title: &str) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(["", title]);
    table
}
