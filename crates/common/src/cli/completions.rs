//! Completions for bash, zsh and fish, from the table of flags.
//!
//! clap 2 can generate completions, but they are wrong: bash offers `<LOCAL>` as a word, and zsh
//! runs parts of the help as commands.

use std::fmt::Write as _;
use std::str::FromStr;

use super::table::{Flag, Table, Value, Word};

/// Any text is allowed as a storage class, since some services have their own. These are the
/// classes of AWS.
const STORAGE_CLASSES: &str = "STANDARD STANDARD_IA ONEZONE_IA INTELLIGENT_TIERING GLACIER_IR \
                               GLACIER DEEP_ARCHIVE REDUCED_REDUNDANCY";

/// A shell that completions are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionShell {
    Bash,
    Zsh,
    Fish,
}

impl CompletionShell {
    pub(super) const NAMES: [&'static str; 3] = ["bash", "zsh", "fish"];
}

impl FromStr for CompletionShell {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "bash" => Ok(Self::Bash),
            "zsh" => Ok(Self::Zsh),
            "fish" => Ok(Self::Fish),
            _ => Err(format!("`{text}` is none of {}", Self::NAMES.join(", "))),
        }
    }
}

/// The possible values of a flag or argument.
enum Choice {
    Words(String),
    Directories,
    Files,
    /// Values that the shell cannot know.
    Free,
}

fn choice(name: &str, choices: &[String]) -> Choice {
    match name {
        "FILE" | "PATH" | "LOCAL" => Choice::Files,
        "DIR" | "DEST" => Choice::Directories,
        "CLASS" => Choice::Words(STORAGE_CLASSES.to_owned()),
        "0|1" => Choice::Words("0 1".to_owned()),
        _ if choices.is_empty() => Choice::Free,
        _ => Choice::Words(choices.join(" ")),
    }
}

impl Value {
    fn choice(&self) -> Choice {
        choice(&self.name, &self.choices)
    }
}

impl Word {
    fn choice(&self) -> Choice {
        choice(&self.name, &[])
    }
}

/// The completion script for a shell.
pub(super) fn script(program: &str, table: &Table, shell: CompletionShell) -> String {
    match shell {
        CompletionShell::Bash => bash(program, table),
        CompletionShell::Zsh => zsh(program, table),
        CompletionShell::Fish => fish(program, table),
    }
}

/// In bash `=` is a separate word. The script also runs in bash 3.2 of macOS.
fn bash(program: &str, table: &Table) -> String {
    let mut cases = String::new();
    let mut all = Vec::new();
    for flag in &table.flags {
        let long = format!("--{}", flag.long);
        if let Some(value) = &flag.value {
            let short = flag
                .short
                .map_or(String::new(), |short| format!("|-{short}"));
            let before = match value.only_after_equals {
                true => format!("{long}="),
                false => format!("{long}{short}|{long}="),
            };
            let reply = bash_reply(&value.choice());
            let _ = writeln!(cases, "        {before}) {reply}; return ;;");
        }
        all.push(long);
        all.extend(flag.short.map(|short| format!("-{short}")));
    }
    let flags = bash_reply(&Choice::Words(all.join(" ")));
    let local = table.words.iter().map(Word::choice);
    let words = local
        .filter(|choice| !matches!(choice, Choice::Free))
        .map(|choice| bash_reply(&choice))
        .next()
        .unwrap_or_else(|| ":".to_owned());
    format!(
        "_{program}() {{
    local IFS=$'\\n' cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
    COMPREPLY=()
    if [[ $cur == = ]]; then
        cur= prev=$prev=
    elif [[ $prev == = ]]; then
        prev=${{COMP_WORDS[COMP_CWORD-2]}}=
    fi
    case $prev in
{cases}    esac
    if [[ $cur == -* ]]; then
        {flags}
    else
        {words}
    fi
}}
complete -F _{program} {program}
"
    )
}

fn bash_reply(choice: &Choice) -> String {
    match choice {
        Choice::Words(words) => {
            let lines = words.replace(' ', "\\n");
            format!("COMPREPLY=($(compgen -W $'{lines}' -- \"$cur\"))")
        }
        Choice::Directories => bash_names("-d"),
        Choice::Files => bash_names("-f"),
        Choice::Free => ":".to_owned(),
    }
}

fn bash_names(kind: &str) -> String {
    format!("compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen {kind} -- \"$cur\"))")
}

/// Quotes text for `_arguments` in zsh: in single quotes, with colons and brackets escaped.
fn zsh(program: &str, table: &Table) -> String {
    let mut lines = String::new();
    for flag in &table.flags {
        let help = escaped(flag.summary(), "\\[]:");
        let value = flag.value.as_ref().map_or_else(String::new, |value| {
            let optional = if value.only_after_equals { ":" } else { "" };
            format!(
                "{optional}:{}:{}",
                escaped(&value.name, "\\:"),
                zsh_action(&value.choice())
            )
        });
        let end = match &flag.value {
            None => "",
            Some(value) if value.only_after_equals => "=-",
            Some(_) => "=",
        };
        for name in names(flag) {
            // `-c PATH` and `--path=PATH`: a short flag takes no `=`.
            let end = if name.starts_with("--") {
                end
            } else {
                end.trim_end_matches('=')
            };
            let again = match flag.repeated {
                true => "*".to_owned(),
                false => format!("({})", names(flag).join(" ")),
            };
            let spec = quoted(&format!("{again}{name}{end}[{help}]{value}"));
            let _ = writeln!(lines, "        {spec} \\");
        }
    }
    for word in &table.words {
        let many = if word.repeated { "*" } else { "" };
        let name = escaped(&word.name, "\\:");
        let spec = quoted(&format!("{many}:{name}:{}", zsh_action(&word.choice())));
        let _ = writeln!(lines, "        {spec} \\");
    }
    format!(
        "#compdef {program}

_{program}() {{
    _arguments -s -S \\
{lines}        && return 0
}}

if [ \"$funcstack[1]\" = \"_{program}\" ]; then
    _{program} \"$@\"
else
    compdef _{program} {program}
fi
"
    )
}

fn zsh_action(choice: &Choice) -> String {
    match choice {
        Choice::Words(words) => format!("({})", escaped(words, ":")),
        Choice::Directories => "_files -/".to_owned(),
        Choice::Files => "_files".to_owned(),
        Choice::Free => " ".to_owned(),
    }
}

fn fish(program: &str, table: &Table) -> String {
    let mut text = String::new();
    if !table
        .words
        .iter()
        .any(|word| matches!(word.choice(), Choice::Files | Choice::Directories))
    {
        let _ = writeln!(text, "complete -c {program} -f");
    }
    for flag in &table.flags {
        let short = flag
            .short
            .map_or(String::new(), |short| format!(" -s {short}"));
        let value = flag.value.as_ref().map_or_else(String::new, |value| {
            match value.choice() {
                Choice::Words(words) => format!(" -x -a {}", quoted(&words)),
                Choice::Directories => " -x -a '(__fish_complete_directories)'".to_owned(),
                Choice::Files => " -r -F".to_owned(),
                // The flag may have no value.
                Choice::Free if value.only_after_equals => String::new(),
                Choice::Free => " -x".to_owned(),
            }
        });
        let help = quoted(flag.summary());
        let _ = writeln!(
            text,
            "complete -c {program}{short} -l {} -d {help}{value}",
            flag.long
        );
    }
    text
}

fn names(flag: &Flag) -> Vec<String> {
    let short = flag.short.map(|short| format!("-{short}"));
    let long = format!("--{}", flag.long);
    short.into_iter().chain([long]).collect()
}

/// Puts a backslash before each of these characters.
fn escaped(text: &str, letters: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if letters.contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// Quotes text as one word of a shell, so that nothing in it is expanded.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
