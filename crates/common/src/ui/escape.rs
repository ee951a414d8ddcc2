//! Escapes text from outside for a terminal: a key may hold characters that move the cursor, change
//! colours or reverse the reading direction.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with control characters, reading-direction marks and invisible characters escaped:
/// `\n`, `\t`, `\r`, otherwise `\u{202e}`. Everything else is unchanged, also backslashes: people
/// read this text, no program parses it.
pub fn escape_for_terminal(text: &str) -> Cow<'_, str> {
    escape(text, |escaped, unseen| {
        let _ = match unseen {
            '\n' => escaped.write_str("\\n"),
            '\r' => escaped.write_str("\\r"),
            '\t' => escaped.write_str("\\t"),
            other => write!(escaped, "\\u{{{:x}}}", u32::from(other)),
        };
    })
}

/// Text of the service or of another program as part of a sentence: escaped, on one line, and of
/// limited length.
pub(crate) fn one_line(text: &str) -> String {
    const LIMIT_CHARS: usize = 300;
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(LIMIT_CHARS) {
        line.truncate(cut);
        line.push('…');
    }
    escape_for_terminal(&line).into_owned()
}

/// JSON with the same characters written as `\uXXXX`. Outside of strings JSON has none of
/// them, so the meaning stays the same.
pub fn escape_json_for_terminal(json: &str) -> Cow<'_, str> {
    escape(json, |escaped, unseen| {
        for unit in unseen.encode_utf16(&mut [0; 2]) {
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    })
}

fn escape(text: &str, write: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        || !text.chars().any(changes_what_is_seen)
    {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if changes_what_is_seen(letter) {
            write(&mut escaped, letter);
        } else {
            escaped.push(letter);
        }
    }
    Cow::Owned(escaped)
}

/// Control characters; the bidi controls of Unicode (UAX #9, "Trojan Source"); line and paragraph
/// separators; invisible characters, among them the tag characters that can hide whole sentences.
/// Joiners are not escaped, because scripts and emoji need them.
fn changes_what_is_seen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_move_the_cursor_or_turn_the_text_is_written_out() {
        assert_eq!(escape_for_terminal("a\x1b[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(escape_for_terminal("a\nb\tc\r"), "a\\nb\\tc\\r");
        assert_eq!(escape_for_terminal("\u{202e}gpj.exe"), "\\u{202e}gpj.exe");
        assert_eq!(escape_for_terminal("\u{9b}31m\u{7f}"), "\\u{9b}31m\\u{7f}");
        assert_eq!(escape_for_terminal("\u{e0041}"), "\\u{e0041}");
    }

    #[test]
    fn ordinary_names_of_all_languages_stay_as_they_are() {
        for name in [
            "a b%20\\c",
            "naïve",
            "日本語.txt",
            "שלום",
            "👩\u{200d}👩\u{200d}👧",
            "e\u{301}",
        ] {
            assert!(matches!(escape_for_terminal(name), Cow::Borrowed(text) if text == name));
        }
    }

    #[test]
    fn escaped_json_means_the_same() {
        let name = "\u{202e}a\u{e0041}\u{85}\u{7f}";
        let json = serde_json::to_string(name).unwrap();
        let escaped = escape_json_for_terminal(&json).into_owned();
        assert_eq!(escaped, "\"\\u202ea\\udb40\\udc41\\u0085\\u007f\"");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), name);
    }
}
