use proptest::prelude::*;

use super::*;
use crate::failure::Failure;
use crate::s3::xml;

fn read(body: &str) -> Result<VersionsPage, Failure> {
    xml::success(body.as_bytes(), page)
}

fn words(body: &str) -> String {
    match read(body) {
        Err(Failure::Answer(words)) => words,
        other => panic!("{other:?}"),
    }
}

const PAGE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <ListVersionsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>\
    <Prefix>a</Prefix><KeyMarker/><VersionIdMarker/><MaxKeys>4</MaxKeys>\
    <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
    <NextKeyMarker>a+c</NextKeyMarker><NextVersionIdMarker>4</NextVersionIdMarker>\
    <DeleteMarker><Key>a+b%2B</Key><VersionId>1</VersionId><IsLatest>true</IsLatest>\
    <LastModified>2024-01-02T03:04:05.678Z</LastModified><Owner><ID>x</ID></Owner></DeleteMarker>\
    <Version><Key>a+b%2B</Key><VersionId>2</VersionId><IsLatest>false</IsLatest>\
    <LastModified>2024-01-02T03:04:05.678Z</LastModified>\
    <ETag>&quot;0cc175b9c0f1b6a831c399e269772661&quot;</ETag><Size>12</Size>\
    <Owner><ID>x</ID></Owner><StorageClass>GLACIER</StorageClass></Version>\
    <DeleteMarker><Key>a+b%2B</Key><VersionId>3</VersionId><IsLatest>false</IsLatest>\
    <LastModified>2024-01-02T03:04:04.000Z</LastModified></DeleteMarker>\
    <Version><Key>a%FF</Key><VersionId>null</VersionId><IsLatest>true</IsLatest>\
    <LastModified>2024-01-02T03:04:04.000Z</LastModified><Size>1</Size></Version>\
    <Version><Key>a+c</Key><VersionId>4</VersionId><IsLatest>true</IsLatest>\
    <LastModified>2024-01-02T03:04:04.000Z</LastModified><Size>1</Size></Version>\
    </ListVersionsResult>";

#[test]
fn versions_and_delete_markers_are_one_sequence_in_the_order_of_the_document() {
    let page = read(PAGE).unwrap();
    let seen: Vec<_> = page
        .versions
        .iter()
        .map(|v| (v.key.as_str(), v.version_id.as_str(), v.delete_marker))
        .collect();
    assert_eq!(
        seen,
        [
            ("a b+", "1", true),
            ("a b+", "2", false),
            ("a b+", "3", true),
            ("a c", "4", false),
        ]
    );
    assert_eq!(page.next, Some(("a c".into(), Some("4".into()))));
    assert_eq!(page.unreadable, ["a%FF"]);
    assert_eq!(
        page.versions.get(1).unwrap(),
        &Version {
            key: "a b+".into(),
            version_id: "2".into(),
            is_latest: false,
            last_modified: "2024-01-02T03:04:05.678Z".parse().unwrap(),
            size: 12,
            etag: Some("0cc175b9c0f1b6a831c399e269772661".into()),
            storage_class: Some("GLACIER".into()),
            delete_marker: false,
        }
    );
    let archives: Vec<_> = page
        .versions
        .iter()
        .map(|v| v.archive().is_some())
        .collect();
    assert_eq!(archives, [false, true, false, false]);
}

#[test]
fn a_page_that_divides_versions_and_markers_is_put_in_order() {
    let entry = |kind: &str, key: &str, id: u32, latest: bool| {
        format!(
            "<{kind}><Key>{key}</Key><VersionId>{id}</VersionId><IsLatest>{latest}</IsLatest>\
             <LastModified>2024-01-02T03:04:0{}Z</LastModified><Size>1</Size></{kind}>",
            id / 10
        )
    };
    let versions = [("a", 30, false), ("a", 10, false), ("b", 11, true)];
    let versions: String = versions.map(|(k, i, l)| entry("Version", k, i, l)).concat();
    let markers = [("a", 40, true), ("a", 20, false), ("b", 12, false)];
    let markers: String = markers
        .map(|(k, i, l)| entry("DeleteMarker", k, i, l))
        .concat();
    for body in [
        format!("{versions}{markers}"),
        format!("{markers}{versions}"),
    ] {
        let page = read(&format!("<R><IsTruncated>false</IsTruncated>{body}</R>")).unwrap();
        let seen: Vec<_> = page
            .versions
            .iter()
            .map(|v| v.version_id.as_str())
            .collect();
        assert_eq!(seen, ["40", "30", "20", "10", "11", "12"]);
    }
}

fn truncated(extra: &str, key: &str) -> String {
    format!(
        "<R><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>{extra}\
         <Version><Key>{key}</Key><VersionId>9</VersionId><IsLatest>true</IsLatest>\
         <LastModified>2024-01-02T03:04:04Z</LastModified><Size>1</Size></Version></R>"
    )
}

#[test]
fn the_next_page_is_found_whether_or_not_its_key_is_encoded() {
    let next = |extra: &str| {
        let page = read(&truncated(extra, "50%25+%2B")).unwrap();
        page.next.unwrap()
    };
    let version = "<NextVersionIdMarker>9</NextVersionIdMarker>";
    let expected = ("50% +".to_owned(), Some("9".to_owned()));
    let encoded = format!("<NextKeyMarker>50%25+%2B</NextKeyMarker>{version}");
    assert_eq!(next(&encoded), expected);
    let raw = format!("<NextKeyMarker>50% +</NextKeyMarker>{version}");
    assert_eq!(next(&raw), expected);
    assert_eq!(next(""), expected);
    // A raw marker that reads like an encoded one, as Ceph sends it for a key `a%20`.
    let page = read(&truncated("<NextKeyMarker>a%20</NextKeyMarker>", "a%2520")).unwrap();
    assert_eq!(page.next, Some(("a%20".into(), None)));
}

#[test]
fn an_entry_without_an_id_is_the_null_version() {
    let page = read(
        "<R><IsTruncated>false</IsTruncated><Version><Key>a</Key><IsLatest>true</IsLatest>\
         <LastModified>2024-01-02T03:04:04Z</LastModified><Size>1</Size></Version></R>",
    )
    .unwrap();
    assert_eq!(page.versions.first().unwrap().version_id, "null");
}

#[test]
fn what_is_missing_from_a_page_is_named() {
    let entry = |fields: &str| {
        words(&format!(
            "<R><IsTruncated>false</IsTruncated><Version>{fields}</Version></R>"
        ))
    };
    let latest = "<Key>a</Key><Size>1</Size><IsLatest>true</IsLatest>";
    let date = "<LastModified>2024-01-02T03:04:04Z</LastModified>";
    assert_eq!(words("<R></R>"), "the answer has no <IsTruncated>");
    assert_eq!(
        words("<R><IsTruncated>true</IsTruncated></R>"),
        "the answer has no <NextKeyMarker>"
    );
    assert_eq!(entry(latest), "the answer has no <LastModified>");
    assert_eq!(
        entry(&format!("{latest}<LastModified>noon</LastModified>")),
        "the answer cannot be read: <LastModified> is not a date"
    );
    assert_eq!(
        entry(&format!("<Key>a</Key><Size>1</Size>{date}")),
        "the answer has no <IsLatest>"
    );
    assert_eq!(
        entry(&format!("<Key>a</Key><IsLatest>true</IsLatest>{date}")),
        "the answer has no <Size>"
    );
    assert_eq!(
        entry(&format!("<Size>1</Size><IsLatest>true</IsLatest>{date}")),
        "the answer has no <Key>"
    );
}

#[test]
fn a_listing_of_objects_is_no_page_of_versions() {
    assert_eq!(
        words(
            "<ListBucketResult><IsTruncated>false</IsTruncated>\
             <Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>"
        ),
        "the answer cannot be read: it lists objects, not versions"
    );
}

#[test]
fn a_page_that_is_cut_off_anywhere_is_no_page() {
    for end in 0..PAGE.len() {
        let cut = PAGE.get(..end).unwrap();
        assert!(matches!(read(cut), Err(Failure::Answer(_))), "{cut}");
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
    fn any_key_is_the_marker_of_the_next_page_in_either_form(
        key in "\\PC{1,20}|[\\x20-\\x7e]{1,20}", raw in any::<bool>(),
    ) {
        let encoded = percent_encoding::utf8_percent_encode(
            &key, percent_encoding::NON_ALPHANUMERIC).to_string();
        let marker = match raw {
            true => key.replace('&', "&amp;").replace('<', "&lt;"),
            false => encoded.clone(),
        };
        let marker = format!("<NextKeyMarker>{marker}</NextKeyMarker>");
        let page = read(&truncated(&marker, &encoded)).unwrap();
        prop_assert_eq!(page.next.map(|(key, _)| key), Some(key));
    }
}

#[test]
fn one_level_has_common_prefixes_and_goes_on_after_the_last_name() {
    let next = |extra: &str| {
        let page = read(&format!(
            "<R><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>{extra}\
             <Version><Key>a%20c</Key><VersionId>4</VersionId><IsLatest>true</IsLatest>\
             <LastModified>2024-01-02T03:04:04.000Z</LastModified><Size>1</Size></Version>\
             <CommonPrefixes><Prefix>a%20%2B/</Prefix></CommonPrefixes>\
             <CommonPrefixes><Prefix>a%20d/</Prefix></CommonPrefixes>\
             <CommonPrefixes><Prefix>a%FF/</Prefix></CommonPrefixes></R>"
        ))
        .unwrap();
        assert_eq!(page.common_prefixes, ["a +/", "a d/"]);
        assert_eq!(page.unreadable, ["a%FF/"]);
        page.next.unwrap()
    };
    assert_eq!(next(""), ("a d/".into(), None));
    // Encoded as AWS does it, and not, as Ceph does.
    for marker in ["a%20d/", "a d/"] {
        let marker = format!("<NextKeyMarker>{marker}</NextKeyMarker>");
        assert_eq!(next(&marker), ("a d/".into(), None));
    }
}

#[test]
fn an_empty_listing_of_objects_is_no_list_of_versions() {
    assert_eq!(
        words("<R><Name>b</Name><Marker/><IsTruncated>false</IsTruncated></R>"),
        "the answer cannot be read: it lists objects, not versions"
    );
}
