//! Looking at the XML of an answer as it came, also where it is not as it should be. What the
//! programs do with listings is in `common`; here it matters how the service wrote them.

use quick_xml::Reader;
use quick_xml::events::Event;

/// The elements of a document that hold text, in order.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// The name of the root element.
    pub(crate) root: String,
    /// Path below the root, such as `Contents/Key`, and text, unescaped.
    leaves: Vec<(String, String)>,
}

impl Document {
    /// Reads a whole document.
    ///
    /// # Errors
    /// What is wrong with it, in plain words.
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(body).map_err(|_| "the answer is not UTF-8")?;
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
        reader.config_mut().expand_empty_elements = true;
        let mut document = Self::default();
        let mut path: Vec<String> = Vec::new();
        let mut text = String::new();
        let mut has_children = false;
        loop {
            let event = reader.read_event().map_err(|_| "the answer is not XML")?;
            match event {
                Event::Start(start) => {
                    let name = start.local_name().as_ref().to_owned();
                    if path.is_empty() && document.root.is_empty() {
                        document.root.clone_from(&name);
                    }
                    path.push(name);
                    text.clear();
                    has_children = false;
                }
                Event::Text(part) => text.push_str(&part.into_inner()),
                Event::CData(part) => text.push_str(&part.into_inner()),
                Event::GeneralRef(name) => match name.resolve_char_ref() {
                    Ok(Some(letter)) => text.push(letter),
                    _ => text.push_str(entity(&name)),
                },
                Event::End(_) => {
                    if !has_children {
                        let below = path.get(1..).unwrap_or_default().join("/");
                        document.leaves.push((below, std::mem::take(&mut text)));
                    }
                    path.pop();
                    has_children = true;
                }
                Event::Eof if path.is_empty() && !document.root.is_empty() => return Ok(document),
                Event::Eof => return Err("the answer is no whole XML document".into()),
                _ => {}
            }
        }
    }

    /// The texts of all elements at this path below the root.
    pub(crate) fn all(&self, path: &str) -> Vec<&str> {
        self.leaves
            .iter()
            .filter(|(found, _)| found == path)
            .map(|(_, text)| text.as_str())
            .collect()
    }

    /// The text of the first such element, if it is not empty.
    pub(crate) fn first(&self, path: &str) -> Option<&str> {
        self.all(path)
            .into_iter()
            .find(|text| !text.trim().is_empty())
    }

    /// Whether the text of this element is `true`.
    pub(crate) fn is_true(&self, path: &str) -> bool {
        self.first(path).is_some_and(|text| text.trim() == "true")
    }

    /// How many elements are at this path, with text or empty.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.all(path).len()
    }
}

fn entity(name: &str) -> &'static str {
    match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "\u{fffd}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_their_path() {
        let xml = Document::read(
            b"<?xml version=\"1.0\"?><R xmlns=\"x\"><A>1</A><C><Key>a&amp;b&#10;</Key></C>\
              <C><Key/></C><Deleted></Deleted></R>",
        )
        .unwrap();
        assert_eq!(xml.root, "R");
        assert_eq!(xml.all("C/Key"), ["a&b\n", ""]);
        assert_eq!((xml.first("A"), xml.count("Deleted")), (Some("1"), 1));
        assert_eq!(xml.first("Deleted"), None);
    }

    #[test]
    fn what_is_no_whole_document_is_none() {
        for body in [&b""[..], b"plain", b"<R><A>", b"\xff", b"<R></A></R>"] {
            assert!(Document::read(body).is_err());
        }
    }
}
