//! Whether a page is in byte order, and where a segment ends in it.

use std::mem::size_of;

use s3_client::operations::{ListPage, ListedObject};

/// What an allocation costs beside what is in it.
const ALLOCATION_BYTES: usize = 16;

/// Whether each key of a page is greater than the one before it, and the first greater than `after`.
pub(super) fn is_ascending(page: &ListPage, after: Option<&str>) -> bool {
    let mut before = after;
    page.objects.iter().all(|object| {
        let up = before.is_none_or(|before| before < object.key.as_str());
        before = Some(&object.key);
        up
    })
}

/// Takes from a page what comes after `bound`. Names that cannot be read have their place by
/// their bytes.
pub(super) fn cut(page: &mut ListPage, bound: &str) -> ListPage {
    let kept = page
        .objects
        .partition_point(|object| object.key.as_str() <= bound);
    let (within, beyond) = std::mem::take(&mut page.unreadable)
        .into_iter()
        .partition(|name| bytes_of(name).as_slice() <= bound.as_bytes());
    page.unreadable = within;
    ListPage {
        objects: page.objects.split_off(kept),
        unreadable: beyond,
        ..ListPage::default()
    }
}

/// About how much memory a page takes.
pub(super) fn bytes_held(page: &ListPage) -> usize {
    let object = |object: &ListedObject| {
        let text = |text: &Option<String>| {
            text.as_ref()
                .map_or(0, |text| text.capacity() + ALLOCATION_BYTES)
        };
        size_of::<ListedObject>()
            + object.key.capacity()
            + ALLOCATION_BYTES
            + text(&object.etag)
            + text(&object.storage_class)
    };
    page.objects.iter().map(object).sum::<usize>()
        + page.unreadable.iter().map(String::capacity).sum::<usize>()
}

/// The bytes of a name that came percent-encoded because they are no text.
fn bytes_of(encoded: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.split_at_checked(2).filter(|_| *first == b'%');
        let byte = pair.and_then(|(digits, after)| {
            let digits = std::str::from_utf8(digits).ok()?;
            Some((u8::from_str_radix(digits, 16).ok()?, after))
        });
        let (byte, after) = byte.unwrap_or((if *first == b'+' { b' ' } else { *first }, after));
        bytes.push(byte);
        rest = after;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cannot_be_read_has_its_place_by_its_bytes() {
        let mut page = ListPage {
            unreadable: vec!["a%FF".into(), "b+%FF".into(), "c%FF".into()],
            ..ListPage::default()
        };
        let beyond = cut(&mut page, "b!");
        assert_eq!(page.unreadable, ["a%FF", "b+%FF"]);
        assert_eq!(beyond.unreadable, ["c%FF"]);
    }
}
