//! What a request asks for, as far as the faults need to know. Path-style addresses only.

use crate::http1::Head;

/// The kinds of request that faults tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Buckets, objects, versions or unfinished uploads are listed.
    Listing,
    /// The bytes of an object come down, whole or a range.
    Download,
    /// The bytes of an object or of one part go up.
    Upload,
    /// CompleteMultipartUpload.
    Complete,
    /// Everything else: HEAD, DELETE, CreateMultipartUpload, copies, settings of a bucket.
    Other,
}

/// Parameters of listings; any other one on a bucket asks for a setting.
const LISTING: [&str; 16] = [
    "max-buckets",
    "list-type",
    "prefix",
    "delimiter",
    "max-keys",
    "marker",
    "continuation-token",
    "start-after",
    "encoding-type",
    "fetch-owner",
    "versions",
    "key-marker",
    "version-id-marker",
    "uploads",
    "max-uploads",
    "upload-id-marker",
];

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// GET, PUT, ...
    pub method: String,
    /// The path as it was sent, percent-encoded.
    pub path: String,
    /// The query as it was sent, without `?`; empty if there is none.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// True if bytes follow the head.
    pub has_body: bool,
    /// What it asks for.
    pub operation: Operation,
}

impl Request {
    /// Reads the request line; `prefix` is the path of the endpoint itself, empty as a rule.
    pub(super) fn of(head: &Head, prefix: &str) -> Self {
        let mut words = head.start().split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: head.headers(),
            has_body: !head.request_framing().is_empty(),
            operation: Operation::Other,
        };
        request.operation = request.classify(path.strip_prefix(prefix).unwrap_or(path));
        request
    }

    /// The value of the first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    /// True if the query has this parameter, with or without a value.
    pub fn has_param(&self, name: &str) -> bool {
        self.params().any(|found| found == name)
    }

    fn params(&self) -> impl Iterator<Item = &str> {
        let parts = self.query.split('&').filter(|part| !part.is_empty());
        parts.map(|part| part.split('=').next().unwrap_or_default())
    }

    /// True if there is no parameter but these (and those of a presigned address or an SDK).
    fn only(&self, names: &[&str]) -> bool {
        self.params()
            .all(|found| found == "x-id" || found.starts_with("X-Amz-") || names.contains(&found))
    }

    fn classify(&self, path: &str) -> Operation {
        let path = path.trim_start_matches('/');
        let has_key = path.split_once('/').is_some_and(|(_, key)| !key.is_empty());
        match self.method.as_str() {
            "GET" if !has_key && self.only(&LISTING) => Operation::Listing,
            "GET" if has_key && self.is_plain_get() => Operation::Download,
            "PUT" if has_key && self.header("x-amz-copy-source").is_some() => Operation::Other,
            "PUT" if has_key && self.only(&["partNumber", "uploadId"]) => Operation::Upload,
            "POST" if has_key && self.only(&["uploadId"]) && self.has_param("uploadId") => {
                Operation::Complete
            }
            _ => Operation::Other,
        }
    }

    fn is_plain_get(&self) -> bool {
        self.params().all(|found| {
            let asks_for_bytes = ["partNumber", "versionId", "x-id"].contains(&found);
            asks_for_bytes || found.starts_with("response-") || found.starts_with("X-Amz-")
        })
    }

    /// What is the same in every attempt at the same thing: upload ids are made by servers.
    pub(super) fn target(&self) -> String {
        let query: Vec<&str> = self
            .query
            .split('&')
            .filter(|part| !part.starts_with("uploadId=") && !part.starts_with("X-Amz-"))
            .collect();
        let range = self.header("range").unwrap_or_default();
        format!("{} {}?{} {range}", self.method, self.path, query.join("&"))
    }
}
