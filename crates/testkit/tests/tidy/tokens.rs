//! The paths in a piece of Rust, as far as the rules need them: no types, no macros, no strings.

use std::iter::Peekable;
use std::vec::IntoIter;

/// One mention of something else.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// `a::b::c` in the code.
    Path(Vec<String>),
    /// One name that a `use` brings in.
    Import {
        name: String,
        path: Vec<String>,
        public: bool,
    },
}

pub(crate) fn paths_and_imports(code: &str) -> Vec<Token> {
    let mut words = words(code).into_iter().peekable();
    let mut found = Vec::new();
    let mut before = String::new();
    while let Some(word) = words.next() {
        let next_is_path = words.peek().is_some_and(|next| next == "::");
        // `use<'a>` is a bound.
        let is_bound = words.peek().is_some_and(|next| next == "<");
        if word == "use" && !is_bound {
            // `pub use` and `pub(crate) use`.
            let public = matches!(before.as_str(), "pub" | ")");
            import(&mut words, Vec::new(), public, &mut found);
        } else if is_name(&word) && next_is_path && before != "::" {
            let mut path = vec![word.clone()];
            while words.next_if(|next| next == "::").is_some() {
                path.extend(words.next_if(|next| is_name(next)));
            }
            found.push(Token::Path(path));
        }
        before = word;
    }
    found
}

/// The rest of a `use`, or of one branch of it.
fn import(
    words: &mut Peekable<IntoIter<String>>,
    mut path: Vec<String>,
    public: bool,
    found: &mut Vec<Token>,
) {
    while let Some(word) = words.next_if(|next| next != "}" && next != "," && next != ";") {
        if word == "{" {
            loop {
                if words.next_if(|next| next == "}").is_some() {
                    return;
                }
                import(words, path.clone(), public, found);
                let more = words.next_if(|next| next == ",").is_some();
                if !more {
                    words.next();
                    return;
                }
            }
        }
        if word == "as" {
            let name = words.next().unwrap_or_default();
            found.push(Token::Import { name, path, public });
            return;
        }
        if is_name(&word) && (word != "self" || path.is_empty()) {
            path.push(word);
        }
    }
    let name = path.last().cloned().unwrap_or_default();
    found.push(Token::Import { name, path, public });
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Names, `::`, and every other character by itself; without comments, strings and characters.
fn words(code: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            string_length(rest)
        } else if let Some(escaped) = rest.strip_prefix("'\\") {
            escaped.find('\'').map_or(2, |end| end + 3).max(4)
        } else if first == '\'' && rest.chars().nth(2) == Some('\'') {
            rest.char_indices().nth(3).map_or(rest.len(), |(at, _)| at)
        } else if is_name(rest) {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            let name = &rest[..end.unwrap_or(rest.len())];
            words.push(name.to_owned());
            name.len()
        } else if rest.starts_with("::") {
            words.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                words.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    words
}

/// The length of the string that the text begins with, its quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

#[test]
fn branches_aliases_and_paths_are_found_and_strings_are_not() {
    let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
    let import = |name: &str, full: &str, public| Token::Import {
        name: name.to_owned(),
        path: path(full),
        public,
    };
    let code = "pub(crate) use a::{self, b::C, d as e};\nuse super::f;\n\
        fn g() -> h::I { \"no::path\"; 'x'; // no::path\n crate::j::k() }";
    assert_eq!(
        paths_and_imports(code),
        [
            import("a", "a", true),
            import("C", "a::b::C", true),
            import("e", "a::d", true),
            import("f", "super::f", false),
            Token::Path(path("h::I")),
            Token::Path(path("crate::j::k")),
        ]
    );
}
