//! Looking at the XML of a response as it came, also where it is not as it should be. What the
//! programs do with listings is in `common`; here it matters how the service wrote them.

use roxmltree::Node;

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
        let text = std::str::from_utf8(body).map_err(|_| "the response is not UTF-8")?;
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let tree = roxmltree::Document::parse(text).map_err(|_| "the response is not XML")?;
        let leaves = tree
            .root_element()
            .descendants()
            .filter(|node| node.is_element() && !node.children().any(|child| child.is_element()));
        Ok(Self {
            root: tree.root_element().tag_name().name().to_owned(),
            leaves: leaves.map(|leaf| (path_of(leaf), text_of(leaf))).collect(),
        })
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

/// Below the root.
fn path_of(leaf: Node<'_, '_>) -> String {
    let names = leaf.ancestors().filter(Node::is_element);
    let mut names: Vec<&str> = names.map(|node| node.tag_name().name()).collect();
    names.pop();
    names.reverse();
    names.join("/")
}

fn text_of(leaf: Node<'_, '_>) -> String {
    leaf.children().filter_map(|child| child.text()).collect()
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
