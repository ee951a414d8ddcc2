//! The listing of the target, read beside the walk of the source: both in byte order of the
//! keys, so that one page at a time is enough.

use std::collections::VecDeque;

use common::{Error, Kind, Result};
use futures_util::stream::{Stream, StreamExt as _};
use s3_client::operations::{ListPage, ListedObject};

/// What the listing says of one key.
#[derive(Debug)]
pub enum Found {
    /// The object.
    Object(ListedObject),
    /// Nothing stands under this key.
    Nothing,
    /// The listing cannot say, because it is out of order.
    Unknown,
    /// The listing was refused.
    Refused,
}

/// A listing that is asked for one key after the other, in byte order.
pub(crate) struct Remote<S> {
    pages: S,
    ahead: VecDeque<ListedObject>,
    last_key: String,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Listing,
    AtEnd,
    Refused,
    Unordered,
}

impl<S: Stream<Item = Result<ListPage>> + Unpin> Remote<S> {
    /// A listing of which nothing has been asked yet.
    pub(crate) fn new(pages: S) -> Self {
        Self {
            pages,
            ahead: VecDeque::new(),
            last_key: String::new(),
            state: State::Listing,
        }
    }

    /// What stands under `key`; keys must be asked for in byte order. A warning is returned
    /// once, with the first key that it concerns. Fails if the listing breaks off.
    pub(crate) async fn find(&mut self, key: &str) -> Result<(Found, Option<String>)> {
        let mut warning = None;
        loop {
            match self.state {
                State::Refused => return Ok((Found::Refused, warning)),
                State::Unordered => return Ok((Found::Unknown, warning)),
                State::Listing | State::AtEnd => {}
            }
            while self
                .ahead
                .front()
                .is_some_and(|object| object.key.as_str() < key)
            {
                self.ahead.pop_front();
            }
            match self.ahead.pop_front() {
                Some(object) if object.key == key => return Ok((Found::Object(object), warning)),
                Some(object) => {
                    self.ahead.push_front(object);
                    return Ok((Found::Nothing, warning));
                }
                None if self.state == State::AtEnd => return Ok((Found::Nothing, warning)),
                None => warning = self.next_page().await?,
            }
        }
    }

    async fn next_page(&mut self) -> Result<Option<String>> {
        match self.pages.next().await {
            None => self.state = State::AtEnd,
            Some(Ok(page)) => {
                for object in page.objects {
                    if object.key <= self.last_key && !self.last_key.is_empty() {
                        self.state = State::Unordered;
                        return Ok(Some(
                            "the listing of the target is not in byte order: each file is asked for by itself".into(),
                        ));
                    }
                    self.last_key.clone_from(&object.key);
                    self.ahead.push_back(object);
                }
            }
            Some(Err(error)) if error.kind() == Kind::Denied => {
                self.state = State::Refused;
                return Ok(Some(refused(&error)));
            }
            Some(Err(error)) => return Err(error),
        }
        Ok(None)
    }
}

fn refused(error: &Error) -> String {
    format!(
        "{} cannot be listed, so every file is sent: {}",
        error.subject(),
        error.cause()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    fn object(key: &str) -> ListedObject {
        ListedObject {
            key: key.to_owned(),
            size: 1,
            etag: None,
            last_modified: None,
            storage_class: None,
        }
    }

    fn page(keys: &[&str]) -> Result<ListPage> {
        Ok(ListPage {
            objects: keys.iter().map(|key| object(key)).collect(),
            ..ListPage::default()
        })
    }

    #[tokio::test]
    async fn keys_are_found_over_page_borders() {
        let mut remote = Remote::new(stream::iter([page(&["a", "b"]), page(&[]), page(&["d"])]));
        for (key, there) in [
            ("a", true),
            ("aa", false),
            ("b", true),
            ("c", false),
            ("d", true),
            ("e", false),
        ] {
            let (found, warning) = remote.find(key).await.unwrap();
            assert_eq!(matches!(found, Found::Object(_)), there, "{key}");
            assert!(warning.is_none());
        }
    }

    #[tokio::test]
    async fn a_listing_out_of_order_is_not_believed_and_says_so_once() {
        let mut remote = Remote::new(stream::iter([page(&["b", "a"]), page(&["c"])]));
        let (found, warning) = remote.find("a").await.unwrap();
        assert!(matches!(found, Found::Unknown) && warning.is_some());
        let (found, warning) = remote.find("c").await.unwrap();
        assert!(matches!(found, Found::Unknown) && warning.is_none());
    }

    #[tokio::test]
    async fn a_refused_listing_means_send_everything_with_one_warning() {
        let refused = Err(Error::new(Kind::Denied, "list", "s3://b/", "access denied"));
        let mut remote = Remote::new(stream::iter([refused]));
        let (found, warning) = remote.find("a").await.unwrap();
        assert!(matches!(found, Found::Refused));
        assert_eq!(
            warning.as_deref(),
            Some("s3://b/ cannot be listed, so every file is sent: access denied")
        );
        assert!(remote.find("b").await.unwrap().1.is_none());
    }

    #[tokio::test]
    async fn a_listing_that_breaks_off_is_an_error() {
        let broken = Err(Error::new(Kind::Unavailable, "list", "s3://b/", "gave up"));
        let mut remote = Remote::new(stream::iter([page(&["a"]), broken]));
        assert!(remote.find("z").await.is_err());
    }
}
