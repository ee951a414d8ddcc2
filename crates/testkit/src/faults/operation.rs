//! The kind of a request, as the faults need it. Only path-style addresses.

use crate::http1::{Framing, Head};

/// The kinds of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A list of buckets, objects, versions or unfinished uploads.
    Listing,
    /// The content of an object, or a range of it.
    Download,
    /// A PUT of an object or a part.
    Upload,
    /// CompleteMultipartUpload.
    Complete,
    /// Everything else: HEAD, DELETE, CreateMultipartUpload, copies, settings of a bucket.
    Other,
}

/// Parameters that request a setting or the list of parts, instead of objects or their content.
const SETTINGS: [&str; 6] = [
    "acl",
    "location",
    "restore",
    "tagging",
    "versioning",
    "uploadId",
];

/// A request.
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
    /// Whether it has a body.
    pub has_body: bool,
    /// Its kind.
    pub operation: Operation,
}

impl Request {
    /// Reads the request line; `prefix` is the path of the endpoint itself.
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
            has_body: head.request_framing() != Framing::Length(0),
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
        let params = self.query.split('&');
        let mut names = params.filter_map(|param| param.split('=').next());
        names.any(|found| found == name)
    }

    fn classify(&self, path: &str) -> Operation {
        let path = path.trim_start_matches('/');
        let has_key = path.split_once('/').is_some_and(|(_, key)| !key.is_empty());
        let is_copy = self.header("x-amz-copy-source").is_some();
        let is_setting = SETTINGS.iter().any(|name| self.has_param(name));
        match self.method.as_str() {
            "GET" if is_setting => Operation::Other,
            "GET" if has_key => Operation::Download,
            "GET" => Operation::Listing,
            "PUT" if self.has_param("partNumber") => Operation::Upload,
            "PUT" if has_key && !is_copy && !is_setting => Operation::Upload,
            "POST" if self.has_param("uploadId") => Operation::Complete,
            _ => Operation::Other,
        }
    }

    /// The same text for every attempt of a request. It has no upload id, because the server chooses it.
    pub(super) fn target(&self) -> String {
        let query: Vec<&str> = self
            .query
            .split('&')
            .filter(|part| !part.starts_with("uploadId="))
            .collect();
        let range = self.header("range").unwrap_or_default();
        format!("{} {}?{} {range}", self.method, self.path, query.join("&"))
    }
}
