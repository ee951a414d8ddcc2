//! The XML of a page of a listing.

use jiff::Timestamp;

use crate::failure::Failure;
use crate::operations::info::{ObjectInfo, unquoted};
use crate::operations::url::decoded;
use crate::operations::xml::{Xml, malformed, missing};

/// The beginning of a token after a page in the old format (V1). No service can send such a token,
/// because XML cannot contain NUL.
pub(crate) const V1_MARKER: &str = "\0marker=";

/// A page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// The objects, in the order of the response.
    pub objects: Vec<ListedObject>,
    /// The common prefixes, in the order of the response.
    pub common_prefixes: Vec<String>,
    /// The token of the next page, to be passed on unchanged; `None` after the last page.
    pub next: Option<String>,
    /// Keys and prefixes that are not UTF-8, still percent-encoded. The caller refuses them by
    /// name.
    pub unreadable: Vec<String>,
}

/// An object in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// The key.
    pub key: String,
    /// The size in bytes.
    pub size: u64,
    /// The ETag without its quotes; a weak one as it came. Some services list none.
    pub etag: Option<String>,
    /// When it was last written.
    pub last_modified: Option<Timestamp>,
    /// The storage class, if the service names one.
    pub storage_class: Option<String>,
}

impl ListedObject {
    /// The listing entry of this key, made from the response to HEAD.
    pub fn of(key: &str, info: ObjectInfo) -> Self {
        Self {
            key: key.to_owned(),
            size: info.size,
            etag: info.etag,
            last_modified: info.last_modified,
            storage_class: info.storage_class,
        }
    }
}

/// A page while it is read.
#[derive(Default)]
struct PartialPage {
    page: ListPage,
    is_url_encoded: bool,
    is_truncated: Option<bool>,
    token: Option<String>,
    next_marker: Option<String>,
    is_v2: bool,
}

/// Reads a page in either format.
pub(crate) fn page(xml: &mut Xml<'_>) -> Result<ListPage, Failure> {
    let mut partial = PartialPage::default();
    xml.children(|xml, name| {
        match name {
            "Contents" => {
                let object = object(xml)?;
                partial.page.objects.push(object);
            }
            "CommonPrefixes" => xml.children(|xml, name| match name {
                "Prefix" => {
                    let prefix = xml.text()?.into_owned();
                    partial.page.common_prefixes.push(prefix);
                    Ok(())
                }
                _ => xml.skip(),
            })?,
            "IsTruncated" => partial.is_truncated = Some(parse_bool("IsTruncated", &xml.text()?)?),
            "EncodingType" => partial.is_url_encoded = xml.text()?.trim() == "url",
            "NextContinuationToken" => {
                partial.is_v2 = true;
                partial.token = Some(xml.text()?.into_owned()).filter(|token| !token.is_empty());
            }
            "NextMarker" => {
                partial.next_marker = Some(xml.text()?.into_owned()).filter(|m| !m.is_empty());
            }
            "KeyCount" | "ContinuationToken" => {
                partial.is_v2 = true;
                xml.skip()?;
            }
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    partial.finish()
}

impl PartialPage {
    fn finish(mut self) -> Result<ListPage, Failure> {
        // Without it, this is not a listing but perhaps the response to another operation.
        let truncated = self.is_truncated.ok_or_else(|| missing("IsTruncated"))?;
        if self.is_url_encoded {
            self.decode();
        }
        if truncated {
            self.page.next = Some(self.next()?);
        }
        Ok(self.page)
    }

    fn decode(&mut self) {
        let page = &mut self.page;
        let mut unreadable = Vec::new();
        page.objects
            .retain_mut(|object| decode_name(&mut object.key, &mut unreadable));
        page.common_prefixes
            .retain_mut(|prefix| decode_name(prefix, &mut unreadable));
        page.unreadable = unreadable;
        // The token of V2 is opaque and not encoded. The marker of V1 is a key.
        if let Some(marker) = &mut self.next_marker {
            *marker = decoded(std::mem::take(marker)).unwrap_or_else(|marker| marker);
        }
    }

    fn next(&mut self) -> Result<String, Failure> {
        if let Some(token) = self.token.take() {
            return Ok(token);
        }
        if self.is_v2 {
            return Err(missing("NextContinuationToken"));
        }
        // V1 sends NextMarker only with a delimiter. Otherwise, the last name of the page is the
        // marker.
        let last = self.page.objects.last().map(|object| &object.key);
        let last = last.max(self.page.common_prefixes.last());
        let marker = self.next_marker.as_ref().or(last);
        let marker = marker.ok_or_else(|| missing("NextMarker"))?;
        Ok(format!("{V1_MARKER}{marker}"))
    }
}

/// Decodes a name in place. Returns false, and adds the name to `unreadable`, if it is not UTF-8.
pub(crate) fn decode_name(name: &mut String, unreadable: &mut Vec<String>) -> bool {
    match decoded(std::mem::take(name)) {
        Ok(text) => {
            *name = text;
            true
        }
        Err(encoded) => {
            unreadable.push(encoded);
            false
        }
    }
}

/// Parses the text of the element `name` as a boolean.
pub(crate) fn parse_bool(name: &str, text: &str) -> Result<bool, Failure> {
    match text.trim() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(malformed(&format!("<{name}> is neither true nor false"))),
    }
}

fn object(xml: &mut Xml<'_>) -> Result<ListedObject, Failure> {
    let mut key = None;
    let mut size = None;
    let mut etag = None;
    let mut last_modified = None;
    let mut storage_class = None;
    xml.children(|xml, name| {
        match name {
            "Key" => key = Some(xml.text()?.into_owned()),
            "Size" => size = Some(xml.number("Size")?),
            "ETag" => etag = unquoted(&xml.text()?),
            "LastModified" => last_modified = xml.text()?.trim().parse().ok(),
            "StorageClass" => storage_class = xml.non_empty_text()?,
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(ListedObject {
        key: key
            .filter(|key| !key.is_empty())
            .ok_or_else(|| missing("Key"))?,
        size: size.ok_or_else(|| missing("Size"))?,
        etag,
        last_modified,
        storage_class,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::failure::Failure;
    use crate::operations::xml;

    fn read(body: &str) -> Result<ListPage, Failure> {
        xml::success(body.as_bytes(), page)
    }

    fn words(body: &str) -> String {
        match read(body) {
            Err(Failure::Response(words)) => words,
            other => panic!("{other:?}"),
        }
    }

    const PAGE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>\
        <Prefix>a+b</Prefix><KeyCount>3</KeyCount><EncodingType>url</EncodingType>\
        <IsTruncated>true</IsTruncated><NextContinuationToken>a%20+/=</NextContinuationToken>\
        <Contents><Key>a+b%2Bc%0D</Key><LastModified>2024-01-02T03:04:05.678Z</LastModified>\
        <ETag>&quot;0cc175b9c0f1b6a831c399e269772661&quot;</ETag><Size>12</Size>\
        <Owner><ID>x</ID></Owner><StorageClass>STANDARD</StorageClass></Contents>\
        <Contents><Key>a%FF</Key><Size>1</Size></Contents>\
        <CommonPrefixes><Prefix>a%2Fd/</Prefix></CommonPrefixes></ListBucketResult>";

    #[test]
    fn a_page_is_decoded_and_its_token_is_not() {
        assert_eq!(
            read(PAGE).unwrap(),
            ListPage {
                objects: vec![ListedObject {
                    key: "a b+c\r".into(),
                    size: 12,
                    etag: Some("0cc175b9c0f1b6a831c399e269772661".into()),
                    last_modified: Some("2024-01-02T03:04:05.678Z".parse().unwrap()),
                    storage_class: Some("STANDARD".into()),
                }],
                common_prefixes: vec!["a/d/".into()],
                next: Some("a%20+/=".into()),
                unreadable: vec!["a%FF".into()],
            }
        );
    }

    #[test]
    fn nothing_is_decoded_unless_the_response_says_so() {
        let page = read(
            "<R><IsTruncated>false</IsTruncated>\
             <Contents><Key>a+b%20</Key><Size>0</Size></Contents></R>",
        )
        .unwrap();
        assert_eq!(page.objects.first().unwrap().key, "a+b%20");
        assert_eq!(page.next, None);
    }

    #[test]
    fn what_is_missing_from_a_page_is_named() {
        assert_eq!(words("<R></R>"), "the response has no <IsTruncated>");
        assert_eq!(
            words("<R><IsTruncated>true</IsTruncated><KeyCount>0</KeyCount></R>"),
            "the response has no <NextContinuationToken>"
        );
        assert_eq!(
            words("<R><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents></R>"),
            "the response has no <Size>"
        );
        assert_eq!(
            words("<R><IsTruncated>false</IsTruncated><Contents><Size>1</Size></Contents></R>"),
            "the response has no <Key>"
        );
        assert_eq!(
            words("<R><IsTruncated>maybe</IsTruncated></R>"),
            "the response cannot be read: <IsTruncated> is neither true nor false"
        );
        assert_eq!(
            words(
                "<R><IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>-1</Size></Contents></R>"
            ),
            "the response cannot be read: <Size> is not a number"
        );
    }

    #[test]
    fn the_old_version_goes_on_after_its_last_name() {
        let next = |extra: &str| {
            read(&format!(
                "<R><Marker/><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>{extra}\
                 <Contents><Key>a%20b</Key><Size>1</Size></Contents>\
                 <CommonPrefixes><Prefix>a%20c/</Prefix></CommonPrefixes></R>"
            ))
            .unwrap()
            .next
            .unwrap()
        };
        assert_eq!(next(""), "\0marker=a c/");
        assert_eq!(next("<NextMarker>a%20d</NextMarker>"), "\0marker=a d");
    }

    #[test]
    fn a_page_that_is_cut_off_anywhere_is_no_page() {
        for end in 0..PAGE.len() {
            let cut = PAGE.get(..end).unwrap();
            assert!(matches!(read(cut), Err(Failure::Response(_))), "{cut}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(body in any::<Vec<u8>>()) {
            let _ = xml::success(&body, page);
        }

        #[test]
        fn no_damage_to_a_page_makes_the_reader_panic(
            at in 0..PAGE.len(), byte in any::<u8>(), skip in 0..40_usize,
        ) {
            let mut body = PAGE.as_bytes().to_vec();
            body[at] = byte;
            body.drain(at.saturating_sub(skip)..at);
            let _ = xml::success(&body, page);
        }

        #[test]
        fn any_key_is_read_back_from_its_encoded_form(key in "\\PC{1,20}|[\\x01-\\x7f]{1,20}") {
            let encoded = percent_encoding::utf8_percent_encode(
                &key, percent_encoding::NON_ALPHANUMERIC);
            let page = read(&format!(
                "<R><EncodingType>url</EncodingType><Contents><Key>{encoded}</Key><Size>1</Size>\
                 </Contents><IsTruncated>false</IsTruncated></R>")).unwrap();
            prop_assert_eq!(&page.objects.first().unwrap().key, &key);
        }
    }
}
