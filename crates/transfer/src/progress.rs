//! The monitor that a person sees: one bar over the last line of the terminal, with files,
//! bytes, rate and remaining time. The only file that knows the progress-bar crate.
//!
//! The bar writes through [`Ui`] and steps aside for whatever else is written, so that no
//! message lands in the middle of a frame. Where no bar is wanted, warnings still arrive.

use std::fmt::{self, Write as _};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use common::ui::{Numbers, Overlay, Ui, human_size};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

use crate::monitor::Monitor;

/// How often the bar is drawn: often enough to look alive, seldom enough for a slow line.
const FRAMES_PER_SECOND: u8 = 8;

/// The bar's length beyond what is planned: a bar of length 0 would be drawn as full.
const BEFORE_THE_PLAN: u64 = 1;

/// A [`Monitor`] that draws a bar. The bar goes away with it.
pub struct Progress {
    ui: Ui,
    bar: ProgressBar,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    planned_files: AtomicU64,
    planned_bytes: AtomicU64,
    finished_files: AtomicU64,
    listing_done: AtomicBool,
}

impl Progress {
    /// A monitor on this terminal. Where no person reads stderr, with `-q`, or if `declined`
    /// (`--no-progress`), it draws nothing and only warns.
    pub fn new(ui: &Ui, declined: bool) -> Self {
        let counts = Arc::new(Counts::default());
        let shown = ui.stderr_is_terminal() && !ui.quiet() && !declined;
        let bar = if shown {
            drawn_bar(ui, &counts)
        } else {
            ProgressBar::hidden()
        };
        Self {
            ui: ui.clone(),
            bar,
            counts,
        }
    }

    /// Takes the bar away: the run is over.
    pub fn clear(&self) {
        self.ui.end_overlay();
    }
}

fn drawn_bar(ui: &Ui, counts: &Arc<Counts>) -> ProgressBar {
    let pen = Pen {
        ui: ui.clone(),
        frame: Mutex::default(),
    };
    let target = ProgressDrawTarget::term_like_with_hz(Box::new(pen), FRAMES_PER_SECOND);
    let bar =
        ProgressBar::with_draw_target(Some(BEFORE_THE_PLAN), target).with_style(style(counts));
    ui.set_overlay(Some(Arc::new(Bar(bar.clone()))));
    bar.enable_steady_tick(Duration::from_secs(1) / u32::from(FRAMES_PER_SECOND));
    bar
}

/// The template is a constant, so that the fallback is never seen; a test draws it.
fn style(counts: &Arc<Counts>) -> ProgressStyle {
    let counts = Arc::clone(counts);
    let text = move |state: &ProgressState, out: &mut dyn fmt::Write| {
        let _ = counts.write(state, out);
    };
    ProgressStyle::with_template("{wide_bar} {text}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
        .with_key("text", text)
}

impl Counts {
    /// `1,234/5,000 files  1.2 GiB/3.4 GiB  212.0 MiB/s  0:42 left`; while the listing still
    /// goes on, what is known is marked with `+` and nobody guesses the time left.
    fn write(&self, state: &ProgressState, out: &mut dyn fmt::Write) -> fmt::Result {
        let count = |counter: &AtomicU64| Numbers::Grouped.count(counter.load(Ordering::Relaxed));
        let done = self.listing_done.load(Ordering::Relaxed);
        let more = if done { "" } else { "+" };
        write!(
            out,
            "{}/{}{more} files  {}/{}{more}  {}/s",
            count(&self.finished_files),
            count(&self.planned_files),
            human_size(state.pos()),
            human_size(self.planned_bytes.load(Ordering::Relaxed)),
            human_size(state.per_sec() as u64),
        )?;
        let left = state.eta().as_secs();
        match (left / 3600, left / 60 % 60, left % 60) {
            _ if !done || left == 0 => Ok(()),
            (0, minutes, seconds) => write!(out, "  {minutes}:{seconds:02} left"),
            (hours, minutes, seconds) => write!(out, "  {hours}:{minutes:02}:{seconds:02} left"),
        }
    }
}

impl Monitor for Progress {
    fn planned(&self, files: u64, bytes: u64) {
        self.counts
            .planned_files
            .fetch_add(files, Ordering::Relaxed);
        self.counts
            .planned_bytes
            .fetch_add(bytes, Ordering::Relaxed);
        self.bar.inc_length(bytes);
    }

    fn started(&self, _subject: &str, _bytes: u64) {}

    fn moved(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn moved_back(&self, bytes: u64) {
        self.bar.dec(bytes);
    }

    fn finished(&self, files: u64) {
        self.counts
            .finished_files
            .fetch_add(files, Ordering::Relaxed);
    }

    fn listing_done(&self) {
        self.counts.listing_done.store(true, Ordering::Relaxed);
    }

    fn warning(&self, text: &str) {
        self.ui.warn(text);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// The bar as something that steps aside.
struct Bar(ProgressBar);

impl Overlay for Bar {
    fn aside(&self, print: &mut dyn FnMut()) {
        self.0.suspend(print);
    }

    fn leave(&self) {
        self.0.finish_and_clear();
    }
}

/// Collects a frame and hands it to the terminal in one write.
struct Pen {
    ui: Ui,
    frame: Mutex<String>,
}

impl Pen {
    fn frame(&self) -> MutexGuard<'_, String> {
        self.frame.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the cursor: `count` times towards `direction` (ECMA-48 CUU, CUD, CUF, CUB).
    fn go(&self, count: usize, direction: char) -> io::Result<()> {
        if count > 0 {
            let _ = write!(self.frame(), "\x1b[{count}{direction}");
        }
        Ok(())
    }
}

impl fmt::Debug for Pen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pen")
    }
}

impl TermLike for Pen {
    fn width(&self) -> u16 {
        self.ui.stderr_size().columns
    }

    fn height(&self) -> u16 {
        self.ui.stderr_size().rows
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.go(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.go(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.go(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.go(n, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.frame().push_str(text);
        self.frame().push('\n');
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.frame().push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.frame().push_str("\r\x1b[2K");
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let frame = std::mem::take(&mut *self.frame());
        self.ui.draw(&frame);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// What a terminal shows after these bytes: only what a bar and our messages use.
    fn screen(bytes: &str) -> Vec<String> {
        let mut rows: Vec<Vec<char>> = vec![Vec::new()];
        let (mut row, mut column) = (0, 0);
        let mut letters = bytes.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\r' => column = 0,
                '\n' => {
                    (row, column) = (row + 1, 0);
                    rows.resize(rows.len().max(row + 1), Vec::new());
                }
                '\x1b' => match letters.by_ref().skip(1).find(|c| c.is_alphabetic()) {
                    Some('K') => rows[row].clear(),
                    other => panic!("the bar is one line and needs no {other:?}"),
                },
                shown => {
                    let wanted = rows[row].len().max(column + 1);
                    rows[row].resize(wanted, ' ');
                    rows[row][column] = shown;
                    column += 1;
                }
            }
        }
        rows.into_iter()
            .map(|row| row.into_iter().collect::<String>().trim_end().to_owned())
            .collect()
    }

    #[test]
    fn the_bar_shows_files_bytes_and_rate() {
        let (ui, said) = Ui::captured("program", true);
        let progress = Progress::new(&ui, false);
        progress.planned(5000, 3 << 30);
        progress.moved(1 << 30);
        progress.moved_back(1 << 29);
        progress.finished(1234);
        thread::sleep(Duration::from_millis(300));
        let line = screen(&said.stderr()).pop().unwrap();
        assert!(
            line.contains("1,234/5,000+ files  512.0 MiB/3.0 GiB+  "),
            "{line:?}"
        );
        progress.listing_done();
        thread::sleep(Duration::from_millis(300));
        let line = screen(&said.stderr()).pop().unwrap();
        assert!(
            line.contains("1,234/5,000 files  512.0 MiB/3.0 GiB  "),
            "{line:?}"
        );
        assert!(line.ends_with(" left"), "{line:?}");
    }

    #[test]
    fn messages_from_many_threads_are_whole_lines_and_the_bar_is_gone_at_the_end() {
        let (ui, said) = Ui::captured("program", true);
        let progress = Progress::new(&ui, false);
        thread::scope(|scope| {
            for number in 0..4 {
                let (ui, progress) = (&ui, &progress);
                scope.spawn(move || {
                    for turn in 0..50 {
                        progress.planned(1, 1000);
                        ui.warn(&format!("{number} {turn}"));
                        progress.moved(1000);
                        thread::sleep(Duration::from_millis(2));
                    }
                });
            }
        });
        drop(progress);
        let mut lines = screen(&said.stderr());
        assert_eq!(lines.pop().as_deref(), Some(""));
        assert_eq!(lines.len(), 200);
        for line in lines {
            let rest = line
                .strip_prefix("program: warning: ")
                .unwrap_or_else(|| panic!("{line:?}"));
            assert_eq!(
                rest.split(' ')
                    .filter(|word| word.parse::<u32>().is_ok())
                    .count(),
                2,
                "{line:?}"
            );
        }
    }

    #[test]
    fn without_a_terminal_nothing_but_warnings_is_written() {
        let (ui, said) = Ui::captured("program", false);
        let progress = Progress::new(&ui, false);
        progress.planned(1, 10);
        progress.moved(10);
        progress.warning("the clock is wrong");
        thread::sleep(Duration::from_millis(300));
        drop(progress);
        assert_eq!(said.stderr(), "program: warning: the clock is wrong\n");
    }
}
