//! Protects the generated parser: our strict reader reads each document and writes it anew, without
//! anything that the parser cannot handle. Texts are percent-encoded, because the parser would lose
//! white space and fail on control characters.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::failure::Failure;
use crate::operations::xml::{Xml, malformed};

/// No S3 document is deeper. The time that the parser takes grows with the square of the depth.
const DEEPEST: u8 = 12;

/// Characters that the parser must not see.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'<').add(b'>').add(b'&');

/// The parser panics if one of these is not a number.
const NUMBERS: [&str; 8] = [
    "KeyCount",
    "MaxKeys",
    "MaxParts",
    "MaxUploads",
    "NextPartNumberMarker",
    "PartNumber",
    "PartNumberMarker",
    "Size",
];

/// The parser panics if one of these is neither true nor false. A delete marker in a list of
/// versions has children and is not checked.
const BOOLEANS: [&str; 3] = ["DeleteMarker", "IsLatest", "IsTruncated"];

/// A document for the parser.
#[derive(Debug, Default)]
pub(super) struct Rewritten {
    pub(super) document: String,
    /// The names of the root's children in their order, which the parser loses.
    pub(super) children: Option<Vec<String>>,
}

/// Writes a document anew. Its root is called `R`.
pub(super) fn rewrite(xml: &mut Xml<'_>) -> Result<Rewritten, Failure> {
    let mut document = String::from("<R>");
    let mut children = Vec::new();
    xml.children(|xml, name| {
        children.push(name.to_owned());
        element(xml, name, &mut document, DEEPEST)
    })?;
    document.push_str("</R>");
    Ok(Rewritten {
        document,
        children: Some(children),
    })
}

fn element(xml: &mut Xml<'_>, name: &str, into: &mut String, depth: u8) -> Result<(), Failure> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(malformed("it is nested too deeply"));
    };
    if !is_name(name) {
        return Err(malformed("it has an element without a name"));
    }
    let begin = into.len();
    into.push('<');
    into.push_str(name);
    into.push('>');
    let mut is_leaf = true;
    let text = xml.content(|xml, name| {
        is_leaf = false;
        element(xml, name, into, depth)
    })?;
    if is_leaf {
        let Some(text) = checked(name, &text)? else {
            into.truncate(begin);
            return Ok(());
        };
        into.extend(utf8_percent_encode(text, ENCODED));
    }
    into.push_str("</");
    into.push_str(name);
    into.push('>');
    Ok(())
}

/// Checks the text of an element without children. Returns `None` for an empty number or boolean.
fn checked<'a>(name: &str, text: &'a str) -> Result<Option<&'a str>, Failure> {
    let bare = text.trim();
    let is_number = NUMBERS.contains(&name);
    let is_boolean = BOOLEANS.contains(&name);
    if !is_number && !is_boolean {
        return Ok(Some(text));
    }
    if is_number && !bare.is_empty() && bare.parse::<i64>().is_err() {
        return Err(malformed(&format!("<{name}> is not a number")));
    }
    if is_boolean && !matches!(bare, "" | "true" | "false") {
        return Err(malformed(&format!("<{name}> is neither true nor false")));
    }
    Ok(Some(bare).filter(|text| !text.is_empty()))
}

/// Whether the parser accepts this as the name of an element.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// Decodes a text of a typed output; `None` if it is empty.
pub(crate) fn decode_text(text: Option<String>) -> Option<String> {
    let text = text?;
    let decoded = match percent_decode_str(&text).decode_utf8_lossy() {
        Cow::Borrowed(_) => None,
        Cow::Owned(decoded) => Some(decoded),
    };
    Some(decoded.unwrap_or(text)).filter(|text| !text.is_empty())
}
