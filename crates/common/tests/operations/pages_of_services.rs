//! Pages as real services write them, each in its own way.

use proptest::prelude::*;
use s3_client::client::Client;
use s3_client::operations::{
    BucketInfo, ListVersions, ListedPart, Version, VersionsPage, delete_versions, list_buckets,
    list_multipart_uploads, list_object_versions, list_parts,
};
use testkit::faults::{Canned, FaultProxy};
use testkit::{Endpoint, awkward_names};

use crate::{client, client_through, scripted};

/// A service whose first page is this and whose others are empty.
fn paging(first: String) -> FaultProxy {
    scripted(move |request| {
        let is_first = !request.query.contains("marker=");
        let last = "<R><IsTruncated>false</IsTruncated></R>".to_owned();
        Canned::new(200, if is_first { first.clone() } else { last })
    })
}

async fn versions_of(client: &Client, page: Option<&VersionsPage>) -> VersionsPage {
    let list = ListVersions {
        bucket: "b",
        prefix: "",
        delimiter: Some("/"),
        after: page.map(|page| page.next.as_ref().unwrap()),
        max_keys: 1000,
    };
    list_object_versions(client, &list).await.unwrap()
}

/// The first page of versions, and the query of the request for the next.
async fn page_and_next(body: &str) -> (VersionsPage, String) {
    let proxy = paging(body.to_owned());
    let client = client_through(&proxy);
    let page = versions_of(&client, None).await;
    if page.next.is_none() {
        return (page, String::new());
    }
    versions_of(&client, Some(&page)).await;
    let asked = proxy.requests().pop().unwrap().request.query;
    (page, asked)
}

fn ids(page: &VersionsPage) -> Vec<&str> {
    page.versions
        .iter()
        .map(|v| v.version_id.as_str())
        .collect()
}

#[tokio::test]
async fn versions_and_delete_markers_are_one_sequence_in_the_order_of_the_document() {
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
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
    let (page, asked) = page_and_next(body).await;
    assert_eq!(ids(&page), ["1", "2", "3", "4"]);
    let markers: Vec<_> = page.versions.iter().map(|v| v.delete_marker).collect();
    assert_eq!(markers, [true, false, true, false]);
    assert_eq!(page.unreadable, ["a%FF"]);
    assert_eq!(
        page.versions[1],
        Version {
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
    let archived: Vec<_> = page
        .versions
        .iter()
        .map(|v| v.archive().is_some())
        .collect();
    assert_eq!(archived, [false, true, false, false]);
    assert!(asked.contains("key-marker=a%20c&"), "{asked}");
    assert!(asked.contains("version-id-marker=4"), "{asked}");
}

#[tokio::test]
async fn a_page_that_divides_versions_and_markers_is_put_in_order() {
    let entry = |kind: &str, key: &str, id: u32, latest: bool| {
        format!(
            "<{kind}><Key>{key}</Key><VersionId>{id}</VersionId><IsLatest>{latest}</IsLatest>\
             <LastModified>2024-01-02T03:04:0{}Z</LastModified><Size>1</Size></{kind}>",
            id / 10
        )
    };
    let versions = [("a", 30, false), ("a", 10, false), ("b", 11, true)];
    let versions = versions.map(|(k, i, l)| entry("Version", k, i, l)).concat();
    let markers = [("a", 40, true), ("a", 20, false), ("b", 12, false)];
    let markers = markers
        .map(|(k, i, l)| entry("DeleteMarker", k, i, l))
        .concat();
    for both in [
        format!("{versions}{markers}"),
        format!("{markers}{versions}"),
    ] {
        let body = format!("<R><IsTruncated>false</IsTruncated>{both}</R>");
        let (page, _) = page_and_next(&body).await;
        assert_eq!(ids(&page), ["40", "30", "20", "10", "11", "12"]);
    }
}

fn truncated(more: &str, key: &str) -> String {
    format!(
        "<R><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>{more}\
         <Version><Key>{key}</Key><IsLatest>true</IsLatest>\
         <LastModified>2024-01-02T03:04:04Z</LastModified><Size>1</Size></Version>\
         <NextVersionIdMarker>9</NextVersionIdMarker></R>"
    )
}

#[tokio::test]
async fn the_next_page_is_found_whether_or_not_its_key_is_encoded() {
    for (marker, key) in [
        ("50%25+%2B", "50%25+%2B"),
        ("50% +", "50%25+%2B"),
        ("<![CDATA[50% +]]>", "50%25+%2B"),
    ] {
        let marker = format!("<NextKeyMarker>{marker}</NextKeyMarker>");
        let (page, asked) = page_and_next(&truncated(&marker, key)).await;
        assert_eq!(page.versions[0].key, "50% +");
        assert_eq!(ids(&page), ["null"]);
        assert!(asked.contains("key-marker=50%25%20%2B&"), "{asked}");
    }
    // A raw marker that reads like an encoded one, as Ceph sends it for a key `a%20`.
    let marker = "<NextKeyMarker>a%20</NextKeyMarker>";
    let (_, asked) = page_and_next(&truncated(marker, "a%2520")).await;
    assert!(asked.contains("key-marker=a%2520&"), "{asked}");
}

#[tokio::test]
async fn one_level_has_common_prefixes_and_goes_on_after_the_last() {
    // Encoded as AWS does it, and not, as Ceph does.
    for marker in ["a%20d/", "a d/"] {
        let body = format!(
            "<R><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
             <NextKeyMarker>{marker}</NextKeyMarker>\
             <Version><Key>a%20c</Key><VersionId>4</VersionId><IsLatest>true</IsLatest>\
             <LastModified>2024-01-02T03:04:04.000Z</LastModified><Size>1</Size></Version>\
             <CommonPrefixes><Prefix>a%20%2B/</Prefix></CommonPrefixes>\
             <CommonPrefixes><Prefix>a%20d/</Prefix></CommonPrefixes>\
             <CommonPrefixes><Prefix>a%FF/</Prefix></CommonPrefixes></R>"
        );
        let (page, asked) = page_and_next(&body).await;
        assert_eq!(page.common_prefixes, ["a +/", "a d/"]);
        assert_eq!(page.unreadable, ["a%FF/"]);
        assert!(asked.contains("key-marker=a%20d%2F&"), "{asked}");
        assert!(!asked.contains("version-id-marker"), "{asked}");
    }
}

#[tokio::test]
async fn uploads_are_put_in_order_and_go_on_after_a_key_or_an_upload() {
    let upload = |key: &str, id: &str, second: u8| {
        format!(
            "<Upload><Key>{key}</Key><UploadId>{id}</UploadId>\
             <Initiated>2026-11-21T05:24:1{second}.000Z</Initiated></Upload>"
        )
    };
    for (marker, expected) in [
        ("", "&prefix=&uploads="),
        (
            "<NextUploadIdMarker>2</NextUploadIdMarker>",
            "&prefix=&upload-id-marker=2&uploads=",
        ),
    ] {
        let proxy = paging(format!(
            "<R><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
             <NextKeyMarker>a%20b</NextKeyMarker>{marker}{}{}{}</R>",
            upload("a%20b", "3", 1),
            upload("a", "2", 2),
            upload("a", "1", 1)
        ));
        let client = client_through(&proxy);
        let page = list_multipart_uploads(&client, "b", "", None)
            .await
            .unwrap();
        let seen = page
            .uploads
            .iter()
            .map(|u| (u.key.as_str(), u.upload_id.as_str()));
        assert_eq!(
            seen.collect::<Vec<_>>(),
            [("a", "1"), ("a", "2"), ("a b", "3")]
        );
        assert!(page.uploads[0].initiated.is_some());
        list_multipart_uploads(&client, "b", "", page.next.as_ref())
            .await
            .unwrap();
        let asked = proxy.requests().pop().unwrap().request.query;
        assert_eq!(
            asked,
            format!("key-marker=a%20b&max-uploads=1000{expected}")
        );
    }
}

#[tokio::test]
async fn an_upload_of_a_key_that_xml_does_not_know_is_listed_all_the_same() {
    let proxy = paging(
        "<R><IsTruncated>false</IsTruncated>\
         <Upload><Key>a\u{1}&#2;\r\n </Key><UploadId>u&amp;%</UploadId></Upload>\
         <Upload><Key>   </Key><UploadId>v</UploadId></Upload></R>"
            .to_owned(),
    );
    let page = list_multipart_uploads(&client_through(&proxy), "b", "", None)
        .await
        .unwrap();
    let seen = page
        .uploads
        .iter()
        .map(|u| (u.key.as_str(), u.upload_id.as_str()));
    assert_eq!(
        seen.collect::<Vec<_>>(),
        [("   ", "v"), ("a\u{1}\u{2}\r\n ", "u&%")]
    );
}

#[tokio::test]
async fn parts_come_from_all_pages_in_the_order_of_their_numbers() {
    let proxy = scripted(|request| {
        let part = |number: u32| {
            format!(
                "<Part><PartNumber>{number}</PartNumber><ETag>\"e{number}\"</ETag>\
                 <Size>5</Size></Part>"
            )
        };
        let (numbers, truncated) = match request.query.contains("part-number-marker=2") {
            true => ([7, 3], false),
            false => ([2, 1], true),
        };
        let parts = numbers.map(part).concat();
        let body = format!("<R>{parts}<IsTruncated>{truncated}</IsTruncated></R>");
        Canned::new(200, body)
    });
    let parts = list_parts(&client_through(&proxy), "b", "k", "u")
        .await
        .unwrap();
    let part = |number| ListedPart {
        number,
        size: 5,
        etag: format!("e{number}"),
    };
    assert_eq!(parts, [1, 2, 3, 7].map(part));
}

#[tokio::test]
async fn buckets_come_from_all_pages_with_their_dates_and_regions() {
    let proxy = scripted(|request| {
        Canned::new(
            200,
            if request.query.contains("continuation-token=t%2F%3D") {
                "<R><Buckets><Bucket><Name>z</Name></Bucket></Buckets></R>"
            } else {
                "<R><Owner/><Buckets><Bucket><Name>photos</Name>\
                 <CreationDate>2024-01-02T03:04:05.000Z</CreationDate>\
                 <BucketRegion>eu-west-1</BucketRegion></Bucket></Buckets>\
                 <ContinuationToken>t/=</ContinuationToken></R>"
            },
        )
    });
    let buckets = list_buckets(&client_through(&proxy)).await.unwrap();
    let [photos, z] = buckets.as_slice() else {
        panic!("{buckets:?}");
    };
    assert_eq!(
        *photos,
        BucketInfo {
            name: "photos".into(),
            creation_date: Some("2024-01-02T03:04:05Z".parse().unwrap()),
            region: Some("eu-west-1".into()),
        }
    );
    assert_eq!((z.name.as_str(), &z.region), ("z", &None));
    let none = scripted(|_| Canned::new(200, "<R><Owner/><Buckets/></R>"));
    assert_eq!(list_buckets(&client_through(&none)).await.unwrap(), []);
}

#[tokio::test]
async fn what_could_not_be_deleted_is_named() {
    let proxy = scripted(|_| {
        let body = "<DeleteResult><Deleted></Deleted><Error><Key>a&amp;b %</Key>\
            <Code>AccessDenied</Code><Message/></Error></DeleteResult>";
        Canned::new(200, body)
    });
    let versions = [("a&b %", Some("v1")), ("c", None)];
    let kept = delete_versions(&client_through(&proxy), "b", &versions)
        .await
        .unwrap();
    let [only] = kept.as_slice() else {
        panic!("{kept:?}");
    };
    assert_eq!(only.key, "a&b %");
    assert_eq!(only.code.as_deref(), Some("AccessDenied"));
    assert_eq!(only.message, None);
    let requests = proxy.requests();
    assert!(requests[0].request.header("content-md5").is_some());
}

#[tokio::test]
async fn every_key_is_deleted_and_no_other() {
    let endpoint = Endpoint::local();
    let store = endpoint.server().store();
    let mut names = awkward_names();
    names.extend(["cr\rlf\n", "cr\nlf\n", "tab\t", "\u{1}", "\u{fffe}"].map(str::to_owned));
    for name in &names {
        store.put("bucket", name, "bytes");
        store.put("bucket", &format!("kept/{name}"), "bytes");
    }
    let keys: Vec<_> = names.iter().map(|name| (name.as_str(), None)).collect();
    let kept = delete_versions(&client(&endpoint), "bucket", &keys)
        .await
        .unwrap();
    assert_eq!(kept, []);
    let mut left: Vec<_> = names.iter().map(|name| format!("kept/{name}")).collect();
    left.sort();
    left.dedup();
    assert_eq!(store.keys("bucket"), left);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_key_is_the_marker_of_the_next_page_in_either_form(
        key in "\\PC{1,20}|[\\x20-\\x7e]{1,20}", raw in any::<bool>(),
    ) {
        use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
        let encoded = utf8_percent_encode(&key, NON_ALPHANUMERIC).to_string();
        let marker = match raw {
            true => key.replace('&', "&amp;").replace('<', "&lt;"),
            false => encoded.clone(),
        };
        let marker = format!("<NextKeyMarker>{marker}</NextKeyMarker>");
        let body = truncated(&marker, &encoded);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (_, asked) = runtime.block_on(page_and_next(&body));
        let asked = asked.split('&').find_map(|pair| pair.strip_prefix("key-marker="));
        let asked = percent_encoding::percent_decode_str(asked.unwrap()).decode_utf8().unwrap();
        prop_assert_eq!(asked, key);
    }
}
