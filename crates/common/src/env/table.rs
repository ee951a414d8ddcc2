//! Every variable that the programs read, in the order of the help.

/// The group of a variable: a heading in `.env.example` and the README.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Settings that everybody needs.
    Essential,
    /// What to transfer.
    Transfer,
    /// How to reach the endpoint.
    Connection,
    /// Where credentials come from if the essential variables are not set.
    Credentials,
    /// Where files are kept on this machine, and what is logged.
    Machine,
}

impl Group {
    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Essential => "The endpoint and its keys",
            Self::Transfer => "What to transfer",
            Self::Connection => "The connection",
            Self::Credentials => "Other sources of credentials",
            Self::Machine => "This machine",
        }
    }
}

/// One variable.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Its meaning: one line, first letter upper case, no full stop.
    pub doc: &'static str,
    /// An example value that is safe to show.
    pub example: &'static str,
    /// Whether the value must never be shown.
    pub secret: bool,
    /// Its heading.
    pub group: Group,
    /// The NAME_FILE variable that may name a file with the value.
    pub twin: Option<&'static str>,
    /// For proxy variables: the lower-case spelling, which is read first.
    pub lower_case: Option<&'static str>,
}

const fn row(
    group: Group,
    name: &'static str,
    example: &'static str,
    doc: &'static str,
) -> Variable {
    Variable {
        name,
        doc,
        example,
        secret: false,
        group,
        twin: None,
        lower_case: None,
    }
}

impl Variable {
    const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    const fn or_file(mut self, twin: &'static str) -> Self {
        self.twin = Some(twin);
        self
    }

    const fn or_lower_case(mut self, name: &'static str) -> Self {
        self.lower_case = Some(name);
        self
    }
}

use Group::{Connection, Credentials, Essential, Machine, Transfer};

/// All variables.
#[rustfmt::skip]
pub const VARIABLES: &[Variable] = &[
    row(Essential, "REGION_NAME", "nyc3", "Region of the bucket; default us-east-1").or_file("REGION_NAME_FILE"),
    row(Essential, "ENDPOINT_URL", "https://nyc3.digitaloceanspaces.com", "Address of the S3 service, without the bucket; default AWS of the region").or_file("ENDPOINT_URL_FILE"),
    row(Essential, "AWS_ACCESS_KEY_ID", "DO00EXAMPLEKEYID", "Access key id").or_file("AWS_ACCESS_KEY_ID_FILE"),
    row(Essential, "AWS_SECRET_ACCESS_KEY", "example-secret", "Secret access key").secret().or_file("AWS_SECRET_ACCESS_KEY_FILE"),
    row(Essential, "AWS_SESSION_TOKEN", "example-token", "Session token, with temporary keys only").secret().or_file("AWS_SESSION_TOKEN_FILE"),
    row(Transfer, "SOURCE_BUCKET", "my-bucket", "Bucket to download from"),
    row(Transfer, "SOURCE_DIR", "photos/2024", "Directory to download; / is the whole bucket"),
    row(Transfer, "TARGET_BUCKET", "my-bucket", "Bucket to upload to"),
    row(Transfer, "TARGET_DIR", "photos/2024", "Directory to upload to; / is the root of the bucket"),
    row(Transfer, "SOURCE_LOCAL_DIR", "photos", "Local directory to upload, inside downloads/ unless it is absolute or starts with a dot"),
    row(Transfer, "TARGET_ACL", "public-read", "ACL of uploaded objects; none is sent by default, so they are private"),
    row(Transfer, "RESTORE_BUCKET", "my-bucket", "Bucket to restore from; else SOURCE_BUCKET"),
    row(Transfer, "RESTORE_HISTORY", "/var/log/s3_restore.jsonl", "File that each restore is noted in; default s3_restore/history.jsonl in XDG_STATE_HOME"),
    row(Transfer, "BUCKET_NAME", "my-new-bucket", "Bucket that bucket_demo creates; default bucket-demo- and eight random digits"),
    row(Transfer, "BUCKET_CREATE", "1", "Whether bucket_demo creates the bucket (1) or uses one that is there (0); default 1"),
    row(Transfer, "UPLOAD", "1", "Whether bucket_demo uploads: 1 or 0; default 1"),
    row(Transfer, "DOWNLOAD", "1", "Whether bucket_demo downloads what it uploaded: 1 or 0; default 1"),
    row(Transfer, "DELETE", "1", "Whether bucket_demo deletes the objects that it uploaded: 1 or 0; default 1"),
    row(Transfer, "BUCKET_DELETE", "1", "Whether bucket_demo deletes the bucket that it created: 1 or 0; default 1"),
    row(Transfer, "DATA_PATH", "data", "Directory that bucket_demo uploads; default its own samples"),
    row(Transfer, "TMP_PATH", "tmp", "Directory below which bucket_demo puts what it downloads; default tmp"),
    row(Transfer, "LOGFILE_PATH", "log", "Directory of the log of bucket_demo; default log"),
    row(Transfer, "LOG_FILE", "bucket.log", "Name of the log of bucket_demo; default bucket.log"),
    row(Connection, "AWS_REGION", "eu-central-1", "Region, if REGION_NAME is unset"),
    row(Connection, "AWS_DEFAULT_REGION", "eu-central-1", "Region, if REGION_NAME and AWS_REGION are unset"),
    row(Connection, "AWS_ENDPOINT_URL_S3", "https://s3.example.com", "Endpoint, if ENDPOINT_URL is unset"),
    row(Connection, "AWS_ENDPOINT_URL", "https://s3.example.com", "Endpoint, if ENDPOINT_URL and AWS_ENDPOINT_URL_S3 are unset"),
    row(Connection, "S3_ADDRESSING_STYLE", "path", "Where the bucket is named: path, virtual (in the host name), or auto; default auto"),
    row(Connection, "AWS_CA_BUNDLE", "/etc/ssl/my-ca.pem", "PEM file with the certificate authorities to trust, instead of the system's"),
    row(Connection, "SSL_CERT_FILE", "/etc/ssl/my-ca.pem", "The same, if AWS_CA_BUNDLE is unset"),
    row(Connection, "HTTPS_PROXY", "http://proxy.example.com:3128", "Proxy for https endpoints").secret().or_lower_case("https_proxy"),
    row(Connection, "HTTP_PROXY", "http://proxy.example.com:3128", "Proxy for http endpoints").secret().or_lower_case("http_proxy"),
    row(Connection, "ALL_PROXY", "http://proxy.example.com:3128", "Proxy for both").secret().or_lower_case("all_proxy"),
    row(Connection, "NO_PROXY", "localhost,10.0.0.0/8,.internal", "Hosts that are reached without a proxy").or_lower_case("no_proxy"),
    row(Connection, "AWS_MAX_ATTEMPTS", "10", "How often one request is tried before it counts as failed; default 10"),
    row(Credentials, "AWS_PROFILE", "work", "Profile in the files of `aws configure`; the key variables come before it"),
    row(Credentials, "AWS_SHARED_CREDENTIALS_FILE", "/home/me/.aws/credentials", "Where the credentials file is; default ~/.aws/credentials"),
    row(Credentials, "AWS_CONFIG_FILE", "/home/me/.aws/config", "Where the configuration file is; default ~/.aws/config"),
    row(Credentials, "AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/secrets/token", "File with the token of a web identity; needs AWS_ROLE_ARN"),
    row(Credentials, "AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/backup", "Role that the web identity assumes"),
    row(Credentials, "AWS_ROLE_SESSION_NAME", "backup", "Name of the session with that role"),
    row(Credentials, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/example", "Where an ECS task finds its credentials; set by ECS"),
    row(Credentials, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials", "Where a container finds its credentials; set by EKS"),
    row(Credentials, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "example-token", "Token to show there").secret(),
    row(Credentials, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/var/run/secrets/token", "File with the token to show there; set by EKS"),
    row(Credentials, "AWS_EC2_METADATA_DISABLED", "true", "true: never ask the instance metadata for credentials"),
    row(Credentials, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254", "Where the instance metadata is"),
    row(Machine, "TMPDIR", "/var/tmp", "Where do_bucket_upload keeps parts of a very long standard input; default /var/tmp"),
    row(Machine, "RUST_LOG", "info", "What is logged to stderr: error, warn, info, debug, trace"),
    row(Machine, "XDG_STATE_HOME", "/home/me/.local/state", "Where histories are kept; default ~/.local/state"),
    row(Machine, "HOME", "/home/me", "Where ~ is"),
];
