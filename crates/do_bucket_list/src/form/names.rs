//! `-0`: names as they are, each ended by a NUL byte.

use common::ui::Ui;

use crate::entry::Entry;

/// A name with a NUL in it would be read as two.
pub(super) fn refuses(entry: &Entry) -> Option<&'static str> {
    let is_cut = entry.name().as_bytes().contains(&0);
    is_cut.then_some("its name has a NUL byte in it, where -0 ends a name")
}

pub(super) fn print(ui: &Ui, name: &str) {
    ui.bytes(name.as_bytes());
    ui.bytes(b"\0");
}
