//! The progress display on the last lines of the terminal, and how other output is printed above
//! it.

use std::io;
use std::sync::{Arc, PoisonError};

use super::Ui;
use super::stdout::write_fully;
use crate::env;

/// Something drawn over the last lines of the terminal, such as a progress bar.
pub trait Overlay: Send + Sync {
    /// Removes itself from the screen, calls `print`, and draws itself again below the output.
    fn aside(&self, print: &mut dyn FnMut());

    /// Removes itself from the screen for good.
    fn leave(&self);
}

/// The size of a terminal in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Characters in a line.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
}

/// The width of the terminal behind stdout in characters; `None` if stdout is no terminal.
pub(crate) fn stdout_columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|&columns| columns > 0)
}

impl Ui {
    /// Writes bytes to the terminal behind stderr exactly as given, without hiding the overlay: the
    /// overlay draws itself with it.
    pub fn draw(&self, frame: &str) {
        if self.0.stderr_is_terminal {
            let _ = write_fully(&mut **self.stderr(), frame.as_bytes());
        }
    }

    /// Whether an overlay can be drawn: stderr is a terminal that can move its cursor.
    pub fn can_draw(&self) -> bool {
        self.0.stderr_is_terminal && !env::has_dumb_terminal()
    }

    /// Sets or removes the overlay.
    pub fn set_overlay(&self, overlay: Option<Arc<dyn Overlay>>) {
        *self
            .0
            .overlay
            .write()
            .unwrap_or_else(PoisonError::into_inner) = overlay;
    }

    /// Removes the overlay for good. It is removed from the screen before it is forgotten, so that
    /// no other output is written over it.
    pub fn end_overlay(&self) {
        if let Some(overlay) = self.overlay() {
            overlay.leave();
            self.set_overlay(None);
        }
    }

    /// The size of the terminal behind stderr now; 80 by 24 if stderr is no terminal.
    pub fn stderr_size(&self) -> Size {
        let measured = || rustix::termios::tcgetwinsize(io::stderr()).ok();
        match measured().filter(|_| self.0.stderr_is_terminal && !self.0.captured) {
            Some(size) if size.ws_col > 0 && size.ws_row > 0 => Size {
                columns: size.ws_col,
                rows: size.ws_row,
            },
            _ => Size {
                columns: 80,
                rows: 24,
            },
        }
    }

    /// Prints, with the overlay hidden.
    pub(super) fn aside(&self, print: &mut dyn FnMut()) {
        match self.overlay() {
            Some(overlay) => overlay.aside(print),
            None => print(),
        }
    }

    fn overlay(&self) -> Option<Arc<dyn Overlay>> {
        let overlay = self.0.overlay.read();
        overlay.unwrap_or_else(PoisonError::into_inner).clone()
    }
}
