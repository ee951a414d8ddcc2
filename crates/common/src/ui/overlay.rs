//! What is drawn over the last lines of the terminal, and how everything else gets past it.

use std::io;
use std::sync::{Arc, PoisonError};

use super::Ui;
use super::stdout::write_fully;
use crate::env;

/// Something drawn over the last lines of the terminal, such as a progress bar.
pub trait Overlay: Send + Sync {
    /// Takes itself off the screen, calls `print`, and appears again below what was printed.
    fn aside(&self, print: &mut dyn FnMut());

    /// Takes itself off the screen for good.
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

/// Characters in a line of the terminal behind stdout; `None` where there is none.
pub(crate) fn stdout_columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|&columns| columns > 0)
}

impl Ui {
    /// Bytes for the terminal behind stderr exactly as given, without asking the overlay to
    /// step aside: how the overlay draws itself.
    pub fn draw(&self, frame: &str) {
        if self.0.stderr_is_terminal {
            let _ = write_fully(&mut **self.stderr(), frame.as_bytes());
        }
    }

    /// Whether something can be drawn over the last line: stderr is a terminal, and one that can
    /// move its cursor.
    pub fn can_draw(&self) -> bool {
        self.0.stderr_is_terminal && !env::has_dumb_terminal()
    }

    /// Puts something over the last lines of the terminal, or takes it away.
    pub fn set_overlay(&self, overlay: Option<Arc<dyn Overlay>>) {
        *self
            .0
            .overlay
            .write()
            .unwrap_or_else(PoisonError::into_inner) = overlay;
    }

    /// Takes away whatever is drawn over the last lines of the terminal, for good. First off
    /// the screen, then forgotten: what is written meanwhile must not land on it.
    pub fn end_overlay(&self) {
        if let Some(overlay) = self.overlay() {
            overlay.leave();
            self.set_overlay(None);
        }
    }

    /// The size of the terminal behind stderr now; 80 by 24 where there is none.
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

    /// Prints where nothing is drawn.
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
