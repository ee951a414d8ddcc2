//! The progress line: the last line of the terminal, with percentage, files, bytes, rate and the
//! time left, or how long nothing has come. The only file that knows the progress-bar crate.
//!
//! The line is written through [`Ui`] and steps aside for whatever else is written, so that no
//! message lands in the middle of a frame.

mod line;
mod recent;

use std::fmt::{self, Write as _};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use common::ui::{Overlay, Ui};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};
use s3_client::Client;

use crate::monitor::Counts;
use line::Line;
use recent::{Bytes, Recent};

/// How often the line is drawn: often enough to look alive, seldom enough for a slow line.
const FRAMES_PER_SECOND: u8 = 8;

/// Returns the number of the attempt that requests are at, and how many there are.
type Attempt = Box<dyn Fn() -> (u32, u32) + Send + Sync>;

/// Draws the progress line. The line goes away with it.
pub struct Progress {
    ui: Ui,
    counts: Arc<Counts>,
}

impl Progress {
    /// A line on this terminal. Where no person reads stderr, where the terminal cannot move its
    /// cursor, with `-q`, or if `declined` (`--no-progress`), nothing is drawn. The line says so if
    /// this client gets no response for long.
    pub fn new(ui: &Ui, declined: bool, client: &Client) -> Self {
        let client = client.clone();
        Self::with(ui, declined, Box::new(move || client.attempt_under_way()))
    }

    fn with(ui: &Ui, declined: bool, attempt: Attempt) -> Self {
        let counts = Arc::default();
        if ui.can_draw() && !ui.quiet() && !declined {
            draw(ui, &counts, attempt);
        }
        Self {
            ui: ui.clone(),
            counts,
        }
    }

    /// What is planned and done, as the line shows it.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Takes the line away: the run is over.
    pub fn clear(&self) {
        self.ui.end_overlay();
    }
}

fn draw(ui: &Ui, counts: &Arc<Counts>, attempt: Attempt) {
    let pen = Pen {
        ui: ui.clone(),
        frame: Mutex::default(),
        drawn: AtomicU64::default(),
    };
    let target = ProgressDrawTarget::term_like_with_hz(Box::new(pen), FRAMES_PER_SECOND);
    let bar = ProgressBar::with_draw_target(None, target).with_style(style(ui, counts, attempt));
    ui.set_overlay(Some(Arc::new(Bar(bar.clone()))));
    bar.enable_steady_tick(Duration::from_secs(1) / u32::from(FRAMES_PER_SECOND));
}

/// The template is a constant, so that the fallback is never seen; a test draws it.
fn style(ui: &Ui, counts: &Arc<Counts>, attempt: Attempt) -> ProgressStyle {
    let (ui, counts, attempt) = (ui.clone(), Arc::clone(counts), Arc::new(attempt));
    let (began, recent) = (Instant::now(), Arc::new(Mutex::new(Recent::default())));
    let text = move |_: &ProgressState, out: &mut dyn fmt::Write| {
        let mut recent = recent.lock().unwrap_or_else(PoisonError::into_inner);
        let line = line(&counts, &mut recent, began.elapsed(), attempt());
        let _ = out.write_str(&line.text(usize::from(ui.stderr_size().columns)));
    };
    ProgressStyle::with_template("{line}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("line", text)
}

fn line(counts: &Counts, recent: &mut Recent, now: Duration, attempt: (u32, u32)) -> Line {
    let bytes = Bytes {
        moved: counts.moved_bytes.load(Relaxed),
        compared: counts.compared_bytes.load(Relaxed),
    };
    let finished_files = counts.finished_files.load(Relaxed);
    let shown = recent.sample(now, bytes, finished_files);
    Line {
        finished_files,
        planned_files: counts.planned_files.load(Relaxed),
        done_bytes: bytes.moved + bytes.compared,
        planned_bytes: counts.planned_bytes.load(Relaxed),
        is_planned: counts.is_planned.load(Relaxed),
        is_comparing: shown.is_comparing,
        bytes_per_second: shown.bytes_per_second,
        silent_for: shown.silent_for,
        attempt,
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
    /// Columns of the line on the screen.
    drawn: AtomicU64,
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
        // Without the spaces that fill the line: behind them, the `^C` of a terminal would stand on the
        // next line, and this one would stay.
        let text = text.trim_end();
        self.frame().push_str(text);
        self.drawn.fetch_add(text.len() as u64, Relaxed);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        // A terminal that became narrower has wrapped the line into several.
        let columns = u64::from(self.width()).max(1);
        let drawn = self.drawn.swap(0, Relaxed);
        let wrapped = drawn.saturating_sub(1) / columns;
        self.go(usize::try_from(wrapped).unwrap_or_default(), 'A')?;
        self.frame()
            .push_str(if wrapped > 0 { "\r\x1b[J" } else { "\r\x1b[2K" });
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
    fn the_line_shows_files_bytes_and_rate() {
        let (ui, said) = Ui::captured("program", true);
        let progress = Progress::with(&ui, false, Box::new(|| (1, 10)));
        progress.counts().planned(5000, 3 << 30);
        progress.counts().moved(1 << 30);
        progress.counts().moved_back(1 << 29);
        progress.counts().finished(1234);
        thread::sleep(Duration::from_millis(300));
        let line = screen(&said.stderr()).pop().unwrap();
        assert!(
            line.contains("1,234/5,000+ files  0.5/3.0+ GiB  "),
            "{line:?}"
        );
        progress.counts().listing_done();
        thread::sleep(Duration::from_millis(300));
        let line = screen(&said.stderr()).pop().unwrap();
        assert!(
            line.contains("1,234/5,000 files  0.5/3.0 GiB  "),
            "{line:?}"
        );
        assert!(line.starts_with("16%  [=>            ]  "), "{line:?}");
    }

    #[test]
    fn nothing_is_drawn_behind_the_end_of_the_line() {
        let (ui, said) = Ui::captured("program", true);
        let progress = Progress::with(&ui, false, Box::new(|| (1, 10)));
        progress.counts().planned(5000, 3 << 30);
        thread::sleep(Duration::from_millis(300));
        let drawn = said.stderr();
        assert!(drawn.contains("0/5,000+ files"), "{drawn:?}");
        assert!(!drawn.ends_with(' '), "{drawn:?}");
    }

    #[test]
    fn messages_from_many_threads_are_whole_lines_and_the_line_is_gone_at_the_end() {
        let (ui, said) = Ui::captured("program", true);
        let progress = Progress::with(&ui, false, Box::new(|| (1, 10)));
        thread::scope(|scope| {
            for number in 0..4 {
                let (ui, progress) = (&ui, &progress);
                scope.spawn(move || {
                    for turn in 0..50 {
                        progress.counts().planned(1, 1000);
                        ui.warn(&format!("{number} {turn}"));
                        progress.counts().moved(1000);
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
        let progress = Progress::with(&ui, false, Box::new(|| (1, 10)));
        progress.counts().planned(1, 10);
        progress.counts().moved(10);
        ui.warn("the clock is wrong");
        thread::sleep(Duration::from_millis(300));
        drop(progress);
        assert_eq!(said.stderr(), "program: warning: the clock is wrong\n");
    }
}
