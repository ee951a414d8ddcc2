//! A page that waits, in less than half of the memory: all its text in one piece, numbers beside it.

use jiff::Timestamp;
use s3_client::operations::{ListPage, ListedObject};

/// A page of objects.
#[derive(Debug)]
pub(super) struct Packed {
    /// Everything but the objects.
    rest: ListPage,
    /// Keys and ETags, one after the other.
    text: String,
    rows: Vec<Row>,
    /// The storage classes that occur.
    classes: Vec<String>,
}

#[derive(Debug)]
struct Row {
    size: u64,
    last_modified: Option<Timestamp>,
    key_bytes: usize,
    etag_bytes: Option<u32>,
    class: Option<u32>,
}

impl Packed {
    pub(super) fn new(mut page: ListPage) -> Self {
        let objects = std::mem::take(&mut page.objects);
        let text = objects.iter().map(text_bytes).sum();
        let mut packed = Self {
            rest: page,
            text: String::with_capacity(text),
            rows: Vec::with_capacity(objects.len()),
            classes: Vec::new(),
        };
        for object in objects {
            let row = Row {
                size: object.size,
                last_modified: object.last_modified,
                key_bytes: object.key.len(),
                etag_bytes: object.etag.as_ref().map(|etag| etag.len() as u32),
                class: object.storage_class.map(|class| packed.class(class)),
            };
            packed.text.push_str(&object.key);
            packed
                .text
                .push_str(object.etag.as_deref().unwrap_or_default());
            packed.rows.push(row);
        }
        packed
    }

    /// The page as it was.
    pub(super) fn unpack(self) -> ListPage {
        let mut page = self.rest;
        let mut text = self.text.as_str();
        let mut take = |bytes: usize| {
            let (taken, rest) = text.split_at_checked(bytes).unwrap_or((text, ""));
            text = rest;
            taken.to_owned()
        };
        page.objects.reserve_exact(self.rows.len());
        for row in self.rows {
            let class = row.class.and_then(|class| self.classes.get(class as usize));
            page.objects.push(ListedObject {
                key: take(row.key_bytes),
                size: row.size,
                etag: row.etag_bytes.map(|bytes| take(bytes as usize)),
                last_modified: row.last_modified,
                storage_class: class.cloned(),
            });
        }
        page
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.text.capacity() + self.rows.capacity() * size_of::<Row>()
    }

    /// The number of a storage class; few pages know more than one.
    fn class(&mut self, class: String) -> u32 {
        let known = self.classes.iter().position(|known| *known == class);
        let number = known.unwrap_or_else(|| {
            self.classes.push(class);
            self.classes.len() - 1
        });
        number as u32
    }
}

/// About how much memory a page will take when it is packed.
pub(super) fn packed_bytes(page: &ListPage) -> usize {
    let object = |object: &ListedObject| size_of::<Row>() + text_bytes(object);
    page.objects.iter().map(object).sum()
}

fn text_bytes(object: &ListedObject) -> usize {
    object.key.len() + object.etag.as_ref().map_or(0, String::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_the_same_when_it_is_unpacked() {
        let object = |key: &str, etag: Option<&str>, class: Option<&str>| ListedObject {
            key: key.into(),
            size: key.len() as u64,
            etag: etag.map(Into::into),
            last_modified: etag.and(Some(Timestamp::UNIX_EPOCH)),
            storage_class: class.map(Into::into),
        };
        let page = ListPage {
            objects: vec![
                object("a", Some("0cc1"), Some("STANDARD")),
                object("\u{4e00}", None, None),
                object("c", Some(""), Some("GLACIER")),
                object("d", Some("W/\"x\""), Some("STANDARD")),
            ],
            next: Some("token".into()),
            unreadable: vec!["%FF".into()],
            ..ListPage::default()
        };
        let packed = Packed::new(page.clone());
        assert_eq!(packed.bytes(), packed_bytes(&page));
        assert_eq!(packed.unpack(), page);
    }
}
