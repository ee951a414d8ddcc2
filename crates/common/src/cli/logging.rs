//! The log. It is written through the one terminal writer, and is nearly silent by default.
//! Warnings and what `-v` tells are sentences for people; what `-vv` adds has times and modules.

use std::io::{self, Write as _};
use std::time::Instant;

use env_logger::{Builder, Target};
use log::{Level, LevelFilter};

use super::args::CommonArgs;
use crate::ui::Ui;

/// Crates whose log contains commands, responses and providers with secrets, and repeats failures
/// that we report ourselves. They are not logged at any level.
const NEVER_HEARD: [&str; 2] = ["reqsign", "rusoto"];

/// Starts logging. The level is that of `-q`, `-v` or `-vv`, else of RUST_LOG, else warnings.
pub(super) fn start(ui: &Ui, common: &CommonArgs, rust_log: Option<&str>) {
    let mut builder = Builder::new();
    match (common.quiet, common.verbose, rust_log) {
        (true, _, _) => builder.filter_level(LevelFilter::Error),
        (false, 0, None) => builder.filter_level(LevelFilter::Warn),
        (false, 0, Some(wanted)) => builder.parse_filters(&understood(ui, wanted)),
        (false, verbose, _) => {
            let level = if verbose == 1 {
                LevelFilter::Info
            } else {
                LevelFilter::Debug
            };
            // What other crates debug is theirs to read.
            builder.filter_level(LevelFilter::Warn);
            for ours in ["s3_client", "common", "transfer", ui.program()] {
                builder.filter_module(ours, level);
            }
            &mut builder
        }
    };
    let (program, began) = (ui.program(), Instant::now());
    builder.format(move |line, record| {
        if NEVER_HEARD
            .iter()
            .any(|name| record.target().starts_with(name))
        {
            return Ok(());
        }
        let text = record.args();
        let level = match record.level() {
            Level::Error => return writeln!(line, "{program}: {text}"),
            Level::Warn => return writeln!(line, "{program}: warning: {text}"),
            Level::Info => return writeln!(line, "{program}: {text}"),
            Level::Debug => "debug",
            Level::Trace => "trace",
        };
        let seconds = began.elapsed().as_secs_f64();
        writeln!(
            line,
            "{program}: {level} {seconds:.3}: {}: {text}",
            record.target()
        )
    });
    builder.target(Target::Pipe(Box::new(Lines(ui.clone()))));
    // Only tests start a second logger in one process; the first one stays.
    let _ = builder.try_init();
}

/// The parts of RUST_LOG that name a level. env_logger would complain about the others on stderr.
fn understood(ui: &Ui, wanted: &str) -> String {
    let (levels, pattern) = wanted
        .split_once('/')
        .map_or((wanted, None), |(l, p)| (l, Some(p)));
    if pattern.is_some() {
        ui.warn("RUST_LOG: a `/pattern` is not supported, ignoring it");
    }
    let mut kept = Vec::new();
    for part in levels
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match part.split_once('=') {
            Some((_, level)) if level.trim().parse::<LevelFilter>().is_err() => {
                ui.warn(&format!("RUST_LOG: `{part}` names no level, ignoring it"));
            }
            _ => kept.push(part),
        }
    }
    kept.join(",")
}

/// Writes each line of the log as one message.
struct Lines(Ui);

impl io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if !line.is_empty() {
            self.0
                .log(String::from_utf8_lossy(line).trim_end_matches('\n'));
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_rust_log_that_names_no_level_is_left_out_with_a_warning() {
        let (ui, said) = Ui::captured("program", false);
        assert_eq!(
            understood(&ui, "debug, common=trace,hyper=loud/x"),
            "debug,common=trace"
        );
        assert_eq!(
            said.stderr(),
            "program: warning: RUST_LOG: a `/pattern` is not supported, ignoring it\n\
             program: warning: RUST_LOG: `hyper=loud` names no level, ignoring it\n"
        );
    }
}
