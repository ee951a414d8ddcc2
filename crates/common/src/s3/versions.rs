//! ListObjectVersions, and whether a bucket keeps versions at all.

use crate::client::Client;
use crate::failure::Failure;
use crate::s3::answer;
use crate::s3::versions_xml::{self, VersionsPage};
use crate::s3::xml::{Broken, Xml};

/// Which page of which history.
#[derive(Clone, Copy, Debug)]
pub struct ListVersions<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// Only keys that begin with this; empty for all.
    pub prefix: &'a str,
    /// Keys that have this after the prefix are rolled up into common prefixes.
    pub delimiter: Option<&'a str>,
    /// The key of [`VersionsPage::next`] of the page before. Alone it begins after all versions
    /// of this key.
    pub key_marker: Option<&'a str>,
    /// The version id of [`VersionsPage::next`] of the page before; nothing without a key.
    pub version_id_marker: Option<&'a str>,
    /// The most versions of a page; services give 1,000 at most, or more if they like.
    pub max_keys: u32,
}

/// One page of the versions and delete markers of a bucket: keys in byte order, of each key the
/// newest first. A bucket that never kept versions shows its objects with the version id `null`.
///
/// # Errors
/// An answer that is not a whole page, or that leads back to where it began, is a failure, never
/// an empty or last page.
pub async fn list_object_versions(
    client: &Client,
    list: &ListVersions<'_>,
) -> Result<VersionsPage, Failure> {
    let mut request = client.request("GET", Some(list.bucket), None);
    request.param("versions", None);
    request.param("encoding-type", Some("url"));
    request.param("max-keys", Some(&list.max_keys.to_string()));
    request.param("prefix", Some(list.prefix));
    if let Some(delimiter) = list.delimiter {
        request.param("delimiter", Some(delimiter));
    }
    if let Some(key) = list.key_marker {
        request.param("key-marker", Some(key));
        if let Some(version) = list.version_id_marker {
            request.param("version-id-marker", Some(version));
        }
    }
    let page = answer::send_for_xml(client, request)
        .await?
        .read(versions_xml::page)?;
    if moves_on(list, &page) {
        Ok(page)
    } else {
        Err(Failure::Answer(
            "the list of versions does not move on".into(),
        ))
    }
}

/// A next page that begins where this one did, or before it, would be read for ever.
fn moves_on(list: &ListVersions<'_>, page: &VersionsPage) -> bool {
    let (Some((key, version)), Some(asked)) = (&page.next, list.key_marker) else {
        return true;
    };
    key.as_str() > asked || (key == asked && version.as_deref() != list.version_id_marker)
}

/// Whether a bucket keeps versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versioning {
    /// What is overwritten or deleted is kept as a version.
    Enabled,
    /// It was enabled once: old versions are there, new ones are not kept.
    Suspended,
    /// It was never enabled.
    Never,
}

/// Whether the bucket keeps versions.
///
/// # Errors
/// Services without versions answer NotImplemented (501), or 200 and something else, which is
/// [`Failure::Answer`].
pub async fn get_bucket_versioning(client: &Client, bucket: &str) -> Result<Versioning, Failure> {
    let mut request = client.request("GET", Some(bucket), None);
    request.param("versioning", None);
    answer::send_for_xml(client, request)
        .await?
        .read(versioning)
}

fn versioning(xml: &mut Xml<'_>) -> Result<Versioning, Broken> {
    let mut status = None;
    xml.children(|xml, name| {
        match name {
            "Status" => status = xml.some_text()?,
            // A service that ignores the question lists the bucket.
            "IsTruncated" => return Err(Broken::Wrong("it is a listing".into())),
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    match status.as_deref().map(str::trim) {
        None => Ok(Versioning::Never),
        Some("Enabled") => Ok(Versioning::Enabled),
        Some("Suspended") => Ok(Versioning::Suspended),
        Some(_) => Err(Broken::Wrong(
            "<Status> is neither Enabled nor Suspended".into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::xml;

    #[test]
    fn a_bucket_is_enabled_suspended_or_was_never_asked() {
        let read = |body: &str| xml::success(body.as_bytes(), versioning).ok();
        assert_eq!(
            read("<V><Status>Enabled</Status></V>"),
            Some(Versioning::Enabled)
        );
        assert_eq!(
            read("<V><Status>Suspended</Status><MfaDelete>Disabled</MfaDelete></V>"),
            Some(Versioning::Suspended)
        );
        assert_eq!(read("<V/>"), Some(Versioning::Never));
        assert_eq!(read("<V><Status/></V>"), Some(Versioning::Never));
        assert_eq!(read("<V><Status>On</Status></V>"), None);
        assert_eq!(
            read("<R><Name>b</Name><IsTruncated>false</IsTruncated></R>"),
            None
        );
        assert_eq!(read("<V><Status>Enabled</Sta"), None);
    }

    #[test]
    fn a_page_that_leads_back_does_not_move_on() {
        let goes = |from: Option<(&str, Option<&str>)>, to: (&str, Option<&str>)| {
            let list = ListVersions {
                bucket: "b",
                prefix: "",
                delimiter: None,
                key_marker: from.map(|(key, _)| key),
                version_id_marker: from.and_then(|(_, version)| version),
                max_keys: 1000,
            };
            let page = VersionsPage {
                next: Some((to.0.to_owned(), to.1.map(str::to_owned))),
                ..VersionsPage::default()
            };
            moves_on(&list, &page)
        };
        assert!(goes(None, ("a", Some("1"))));
        assert!(goes(Some(("a", Some("2"))), ("a", Some("1"))));
        assert!(goes(Some(("a", Some("2"))), ("b", None)));
        assert!(!goes(Some(("a", Some("2"))), ("a", Some("2"))));
        assert!(!goes(Some(("a", None)), ("a", None)));
        assert!(!goes(Some(("b", Some("2"))), ("a", Some("1"))));
    }
}
