//! The tables that results are printed in.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

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

/// A table of figures, with a name for each row and each column.
pub fn figures(title: &str, columns: impl IntoIterator<Item = impl Into<String>>) -> Table {
    let names = columns.into_iter().map(Into::into);
    let mut table = new("");
    table.set_header([title.to_owned()].into_iter().chain(names));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
