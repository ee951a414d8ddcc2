//! Writing the few XML bodies that S3 wants: Complete, Delete, CreateBucket and RestoreObject.

use std::fmt::Write as _;

/// Appends `text` so that every XML reader gives back the same characters: the five specials,
/// and CR, LF and TAB, which readers would otherwise turn into something else.
fn push_escaped(xml: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\'' => xml.push_str("&apos;"),
            '\r' => xml.push_str("&#13;"),
            '\n' => xml.push_str("&#10;"),
            '\t' => xml.push_str("&#9;"),
            _ => xml.push(letter),
        }
    }
}

/// Whether XML 1.0 can carry the text: it has no way to write most control characters, nor
/// U+FFFE and U+FFFF.
pub(crate) fn fits(text: &str) -> bool {
    text.chars().all(|letter| match letter {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        _ => letter >= ' ',
    })
}

/// The body of CompleteMultipartUpload: part numbers with their ETags, in the order given.
pub(crate) fn complete(parts: &[(u32, String)]) -> String {
    let mut xml =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (number, etag) in parts {
        // Writing to a String cannot fail.
        let _ = write!(xml, "<Part><PartNumber>{number}</PartNumber><ETag>&quot;");
        push_escaped(&mut xml, etag);
        xml.push_str("&quot;</ETag></Part>");
    }
    xml.push_str("</CompleteMultipartUpload>");
    xml
}

/// The body of DeleteObjects, answered with failures only: keys, each with the version if one is
/// meant.
pub(crate) fn delete<'a>(versions: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let mut xml = String::from(
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>",
    );
    for (key, version) in versions {
        xml.push_str("<Object><Key>");
        push_escaped(&mut xml, key);
        xml.push_str("</Key>");
        if let Some(version) = version {
            xml.push_str("<VersionId>");
            push_escaped(&mut xml, version);
            xml.push_str("</VersionId>");
        }
        xml.push_str("</Object>");
    }
    xml.push_str("</Delete>");
    xml
}

/// The body of CreateBucket in this region.
pub(crate) fn location(region: &str) -> String {
    let mut xml = String::from(
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <LocationConstraint>",
    );
    push_escaped(&mut xml, region);
    xml.push_str("</LocationConstraint></CreateBucketConfiguration>");
    xml
}

/// The body of RestoreObject, for so many days if any.
pub(crate) fn restore(days: Option<u32>, tier: &str) -> String {
    let mut xml =
        String::from("<RestoreRequest xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    if let Some(days) = days {
        // Writing to a String cannot fail.
        let _ = write!(xml, "<Days>{days}</Days>");
    }
    xml.push_str("<GlacierJobParameters><Tier>");
    push_escaped(&mut xml, tier);
    xml.push_str("</Tier></GlacierJobParameters></RestoreRequest>");
    xml
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::s3::xml;

    #[test]
    fn the_etag_of_a_part_is_quoted_and_escaped() {
        assert_eq!(
            complete(&[(1, "a<b".into())]),
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <Part><PartNumber>1</PartNumber><ETag>&quot;a&lt;b&quot;</ETag></Part>\
             </CompleteMultipartUpload>"
        );
    }

    #[test]
    fn a_restore_has_days_only_if_they_are_given() {
        assert_eq!(
            restore(Some(3), "Bulk"),
            "<RestoreRequest xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Days>3</Days>\
             <GlacierJobParameters><Tier>Bulk</Tier></GlacierJobParameters></RestoreRequest>"
        );
        assert!(!restore(None, "Bulk").contains("Days"));
    }

    #[test]
    fn a_version_is_deleted_by_its_id_and_an_object_without_one() {
        let body = delete([("a", None), ("a&b", Some("v1"))]);
        assert!(
            body.ends_with(
                "<Object><Key>a</Key></Object>\
                 <Object><Key>a&amp;b</Key><VersionId>v1</VersionId></Object></Delete>"
            ),
            "{body}"
        );
    }

    #[test]
    fn control_characters_do_not_fit_into_xml() {
        assert!(fits("a\r\n\tb\u{85}\u{2028}é"));
        assert!(!fits("\u{1}") && !fits("\u{fffe}") && !fits("\0"));
    }

    proptest! {
        #[test]
        fn a_key_that_fits_is_read_back_as_it_was(key in any::<String>()) {
            prop_assume!(fits(&key));
            let body = delete([(key.as_str(), None)]);
            let mut read = String::new();
            xml::document(body.as_bytes(), |xml, _| xml.children(|xml, name| match name {
                "Object" => xml.children(|xml, _| { read = xml.text()?.into_owned(); Ok(()) }),
                _ => xml.skip(),
            })).unwrap();
            prop_assert_eq!(read, key);
        }
    }
}
