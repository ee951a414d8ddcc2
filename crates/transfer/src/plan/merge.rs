//! The merge of a walk and a listing, both in byte order of the keys, so that one page of the
//! listing at a time is enough.

use std::collections::VecDeque;

use common::{Error, Kind, Result};
use futures_util::stream::{Stream, StreamExt as _};
use s3_client::operations::{ListPage, ListedObject};

use super::Pair;

/// A listing that is compared with one key after another, in byte order.
pub(crate) struct Listing<P> {
    pages: P,
    ahead: VecDeque<ListedObject>,
    last_key: String,
    state: State,
    /// A warning for the user, until a caller takes it.
    pub(crate) warning: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Listing,
    AtEnd,
    Forbidden,
    Unordered,
}

impl<P: Stream<Item = Result<ListPage>> + Unpin> Listing<P> {
    /// A listing of which no page was read yet.
    pub(crate) fn new(pages: P) -> Self {
        Self {
            pages,
            ahead: VecDeque::new(),
            last_key: String::new(),
            state: State::Listing,
            warning: None,
        }
    }

    /// The next object that is left.
    ///
    /// # Errors
    /// The listing fails, or cannot be used.
    pub(crate) async fn rest(&mut self) -> Result<Option<ListedObject>> {
        while self.ahead.is_empty() && self.state == State::Listing {
            self.next_page().await?;
        }
        let unusable = |kind, cause| Error::new(kind, "compare", "both sides", cause);
        match self.state {
            State::Listing | State::AtEnd => Ok(self.ahead.pop_front()),
            State::Forbidden => Err(unusable(Kind::Denied, "the bucket cannot be listed")),
            State::Unordered => Err(unusable(
                Kind::Failed,
                "the service does not list the bucket in byte order",
            )),
        }
    }

    /// The next object that is listed before `key`. The source does not have it.
    ///
    /// # Errors
    /// The listing fails.
    pub(crate) async fn before(&mut self, key: &str) -> Result<Option<ListedObject>> {
        while self.ahead.is_empty() && self.state == State::Listing {
            self.next_page().await?;
        }
        let front = self.ahead.front();
        if self.is_believed() && front.is_some_and(|object| object.key.as_str() < key) {
            return Ok(self.ahead.pop_front());
        }
        Ok(None)
    }

    /// The source and target of `key`. Call it after [`before`](Self::before) has returned all
    /// earlier objects.
    pub(crate) fn at<S>(&mut self, key: &str, source: S) -> Pair<S, ListedObject> {
        match self.state {
            State::Forbidden => Pair::Forbidden(source),
            State::Unordered => Pair::Unlisted(source),
            State::Listing | State::AtEnd => {
                if self.ahead.front().is_none_or(|object| object.key != key) {
                    return Pair::OnlySource(source);
                }
                match self.ahead.pop_front() {
                    Some(object) => Pair::Both(source, object),
                    None => Pair::OnlySource(source),
                }
            }
        }
    }

    fn is_believed(&self) -> bool {
        matches!(self.state, State::Listing | State::AtEnd)
    }

    async fn next_page(&mut self) -> Result<()> {
        match self.pages.next().await {
            None => self.state = State::AtEnd,
            Some(Ok(page)) => {
                for object in page.objects {
                    if object.key <= self.last_key && !self.last_key.is_empty() {
                        self.state = State::Unordered;
                        self.warning = Some(
                            "the listing of the target is not in byte order, so the service is \
                             asked about each file"
                                .into(),
                        );
                        return Ok(());
                    }
                    self.last_key.clone_from(&object.key);
                    self.ahead.push_back(object);
                }
            }
            Some(Err(error)) if error.kind() == Kind::Denied => {
                self.state = State::Forbidden;
                self.warning = Some(forbidden(&error));
            }
            Some(Err(error)) => return Err(error),
        }
        Ok(())
    }
}

fn forbidden(error: &Error) -> String {
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

    fn page(keys: &[&str]) -> Result<ListPage> {
        let object = |key: &&str| ListedObject {
            key: (*key).to_owned(),
            size: 1,
            etag: None,
            last_modified: None,
            storage_class: None,
        };
        Ok(ListPage {
            objects: keys.iter().map(object).collect(),
            ..ListPage::default()
        })
    }

    /// Each key in one word, `-KEY` if only the listing has it.
    async fn merged(pages: Vec<Result<ListPage>>, keys: &[&str]) -> (Vec<String>, Option<String>) {
        let mut listing = Listing::new(stream::iter(pages));
        let mut all = Vec::new();
        for key in keys {
            while let Some(object) = listing.before(key).await.unwrap() {
                all.push(format!("-{}", object.key));
            }
            all.push(match listing.at(key, *key) {
                Pair::Both(..) => format!("={key}"),
                Pair::OnlySource(_) => format!("+{key}"),
                Pair::Unlisted(_) => format!("?{key}"),
                Pair::Forbidden(_) => format!("!{key}"),
            });
        }
        (all, listing.warning)
    }

    #[tokio::test]
    async fn both_sides_are_merged_over_page_borders() {
        let pages = vec![
            page(&["a", "b"]),
            page(&[]),
            page(&["c", "d"]),
            page(&["x"]),
        ];
        let (all, warning) = merged(pages, &["a", "aa", "b", "d", "e"]).await;
        assert_eq!(all, ["=a", "+aa", "=b", "-c", "=d", "+e"]);
        assert_eq!(warning, None);
    }

    #[tokio::test]
    async fn a_listing_out_of_order_is_not_believed_and_says_so() {
        let (all, warning) = merged(vec![page(&["b", "a"]), page(&["c"])], &["a", "c"]).await;
        assert_eq!(all, ["?a", "?c"]);
        assert!(warning.unwrap().contains("not in byte order"));
    }

    #[tokio::test]
    async fn a_refused_listing_means_send_everything_with_one_warning() {
        let refused = Err(Error::new(Kind::Denied, "list", "s3://b/", "access denied"));
        let (all, warning) = merged(vec![refused], &["a", "b"]).await;
        assert_eq!(all, ["!a", "!b"]);
        assert_eq!(
            warning.as_deref(),
            Some("s3://b/ cannot be listed, so every file is sent: access denied")
        );
    }

    #[tokio::test]
    async fn a_listing_that_breaks_off_is_an_error() {
        let broken = Err(Error::new(Kind::Unavailable, "list", "s3://b/", "gave up"));
        let mut listing = Listing::new(stream::iter([page(&["a"]), broken]));
        assert!(listing.before("z").await.unwrap().is_some());
        assert!(listing.before("z").await.is_err());
    }
}
