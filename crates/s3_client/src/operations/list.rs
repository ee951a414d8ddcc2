//! ListObjectsV2, and V1 where a service knows only that.

use crate::client::Client;
use crate::failure::Failure;
use crate::operations::list_xml::{self, ListPage, V1_MARKER};
use crate::operations::pages::check_prefix;
use crate::operations::response;

/// The page to list.
#[derive(Clone, Copy, Debug)]
pub struct ListObjects<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// Only keys that begin with this; empty for all.
    pub prefix: &'a str,
    /// Groups keys that have this after the prefix into common prefixes.
    pub delimiter: Option<&'a str>,
    /// Only keys after this one, in byte order.
    pub start_after: Option<&'a str>,
    /// [`ListPage::next`] of the page before.
    pub token: Option<&'a str>,
    /// The maximum of keys in a page. Services send at most 1,000, or more if they like.
    pub max_keys: u32,
}

/// One page of a listing.
///
/// # Errors
/// A response that is not a complete listing, or that lists other keys, is a failure, never an
/// empty page.
pub async fn list_objects(client: &Client, list: &ListObjects<'_>) -> Result<ListPage, Failure> {
    let mut request = client.request("GET", Some(list.bucket), None);
    request.param("encoding-type", Some("url"));
    // Without it, JuiceFS sends everything in one page.
    request.param("max-keys", Some(&list.max_keys.to_string()));
    request.param("prefix", Some(list.prefix));
    if let Some(delimiter) = list.delimiter {
        request.param("delimiter", Some(delimiter));
    }
    match list.token {
        Some(token) => match token.strip_prefix(V1_MARKER) {
            Some(marker) => request.param("marker", Some(marker)),
            None => request
                .param("list-type", Some("2"))
                .param("continuation-token", Some(token)),
        },
        None => request.param("list-type", Some("2")),
    };
    if let Some(start_after) = list.start_after
        && list.token.is_none()
    {
        request.param("start-after", Some(start_after));
    }
    let page = response::send_for_xml(client, request)
        .await?
        .read(list_xml::page)?;
    let keys = page.objects.iter().map(|object| &object.key);
    check_prefix(list.prefix, keys.chain(&page.common_prefixes))?;
    Ok(page)
}
