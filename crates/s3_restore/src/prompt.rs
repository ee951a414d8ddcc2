//! Asks a person for a name until it exists. No other file uses the line editor.

use std::io;

use common::Result;
use common::ToError as _;
use common::ui::{Ui, escape_for_terminal, human_size, local_time};
use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{Behavior, CompletionType, Config, Context, Editor, Helper};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::store::{Missing, Store, Which};
use crate::suggest;

/// The choice of a person.
pub(crate) struct Choice {
    /// The name.
    pub(crate) name: String,
    /// Which version: of a deleted object, the last one.
    pub(crate) which: Which,
}

type Lines = Editor<Names, DefaultHistory>;

/// Asks until a name exists. `None` if the person ended the input.
///
/// # Errors
/// A failure that concerns every name: the bucket does not exist, or access is denied.
pub(crate) async fn ask(
    store: &Store,
    which: &Which,
    ui: &Ui,
    cancel: &CancellationToken,
) -> Result<Option<Choice>> {
    if let Err(failure) = store.peek("").await {
        let context = store.at.context.clone().to(common::failure::Access::List);
        return Err(failure.into_error("list", store.at.subject(""), &context));
    }
    let Ok(mut lines) = lines(store) else {
        return Ok(None);
    };
    ui.note("Tab completes a name, `?PREFIX` lists names, Ctrl-D ends");
    let prompt = format!("file to restore from s3://{}: ", store.at.bucket);
    loop {
        let answer = read(lines, prompt.clone(), cancel).await;
        let Some((editor, typed)) = answer else {
            return Ok(None);
        };
        lines = editor;
        let name = typed.as_str();
        if name.is_empty() {
            continue;
        }
        if let Some(prefix) = name.strip_prefix('?') {
            let prefix = prefix.trim_start();
            show(ui, prefix, &suggest::below(store, prefix).await);
            continue;
        }
        match store.look(name, which).await {
            Ok(_) => return Ok(Some(chosen(name, which.clone()))),
            Err(Missing::Fatal(error)) => return Err(error),
            Err(Missing::Deleted {
                when,
                last: Some(last),
            }) => {
                let question = format!(
                    "{} was deleted at {}; restore its last version, of {} ({})? [y/N] ",
                    escape_for_terminal(name),
                    local_time(when),
                    local_time(last.last_modified),
                    human_size(last.size),
                );
                let Some((editor, answer)) = read(lines, question, cancel).await else {
                    return Ok(None);
                };
                lines = editor;
                if matches!(answer.trim(), "y" | "Y" | "yes") {
                    let which = Which::Version(last.version_id);
                    return Ok(Some(chosen(name, which)));
                }
            }
            Err(missing) => ui.fail_with(&explain(store, name, missing).await, None),
        }
    }
}

fn chosen(name: &str, which: Which) -> Choice {
    Choice {
        name: name.to_owned(),
        which,
    }
}

/// The message about a name that cannot be found.
async fn explain(store: &Store, name: &str, missing: Missing) -> String {
    match missing {
        Missing::Hidden(_) => format!("{name}: not there, or this key may not see it"),
        Missing::Directory => format!(
            "{name} is a directory; `?{}/` lists it",
            name.trim_end_matches('/')
        ),
        Missing::Deleted { when, .. } => {
            let when = local_time(when);
            format!("{name} was deleted at {when}, and no version is left")
        }
        Missing::Nowhere(cause) => match suggest::alternatives(&suggest::near(store, name).await) {
            Some(names) => format!("{name}: {cause}; did you mean {names}?"),
            None => format!("{name}: {cause}"),
        },
        Missing::Fatal(error) => error.to_string(),
    }
}

fn show(ui: &Ui, prefix: &str, names: &[String]) {
    if names.is_empty() {
        ui.fail_with(&format!("no key begins with `{prefix}`"), None);
    }
    for name in names {
        ui.draw(&format!("  {}\n", escape_for_terminal(name)));
    }
}

fn lines(store: &Store) -> rustyline::Result<Lines> {
    let config = Config::builder()
        // stdout is for data, so the question is written to the terminal itself.
        .behavior(Behavior::PreferTerm)
        .completion_type(CompletionType::List)
        .build();
    let mut lines = Editor::with_config(config)?;
    lines.set_helper(Some(Names {
        store: store.clone(),
        runtime: Handle::current(),
    }));
    Ok(lines)
}

/// Reads one line. `None` at the end of input (Ctrl-D), or if the program must end; then the
/// terminal is as it was before.
async fn read(
    mut lines: Lines,
    prompt: String,
    cancel: &CancellationToken,
) -> Option<(Lines, String)> {
    let before = tcgetattr(io::stdin()).ok();
    let reading = tokio::task::spawn_blocking(move || {
        let line = lines.readline(&prompt);
        if let Ok(line) = &line {
            let _ = lines.add_history_entry(line.as_str());
        }
        (lines, line)
    });
    let read = tokio::select! {
        read = reading => read.ok(),
        () = cancel.cancelled() => {
            if let Some(before) = before {
                let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
            }
            None
        }
    };
    match read? {
        (lines, Ok(line)) => Some((lines, line)),
        (_, Err(ReadlineError::Interrupted)) => {
            // The editor has taken Ctrl-C as input. The waiting shell must see the signal.
            let _ = kill_process(getpid(), Signal::INT);
            cancel.cancelled().await;
            None
        }
        (_, Err(_)) => None,
    }
}

/// Completes names with Tab.
struct Names {
    store: Store,
    runtime: Handle,
}

impl Completer for Names {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = line.get(..position).unwrap_or_default();
        // The editor runs on its own thread, where blocking is allowed.
        let names = self.runtime.block_on(suggest::below(&self.store, typed));
        // A name with control characters cannot be typed, so it is not offered.
        let shown =
            |name: &String| matches!(escape_for_terminal(name), std::borrow::Cow::Borrowed(_));
        Ok((0, names.into_iter().filter(shown).collect()))
    }
}

impl Hinter for Names {
    type Hint = String;
}
impl Highlighter for Names {}
impl Validator for Names {}
impl Helper for Names {}
