//! Secrets stay secret: in no output at any log level, in no file, whatever goes wrong.

use std::fs;
use std::path::{Path, PathBuf};

use local_s3::Options;
use testkit::faults::{Fault, Plan};
use testkit::tree::{Entry, entries, noise, write};
use testkit::{Endpoint, Finished, Program, TlsFront, Tunnel};

use crate::through;

/// Characters that encodings change are in all of them.
const SECRET_KEY: &str = "SeCrEt/KeY+of=the?test&with%odd~bytes";
const SESSION_TOKEN: &str = "ToKeN/of+the=session?that&is%secret==";
const PROXY_USER: &str = "proxy-user";
/// As it stands in the address of the proxy, and as it is.
const PROXY_PASSWORD: [&str; 2] = ["pRoXy%2Fpass%2Bword%3D%25", "pRoXy/pass+word=%"];
/// 32 bytes that are text, so that it can be looked for as it is.
const CUSTOMER_KEY: &str = "CuStOmEr/key+of=32?bytes&for%S3!";

const PROGRAMS: [&str; 3] = ["do_bucket_list", "do_bucket_download", "do_bucket_upload"];

const LEVELS: [&[&str]; 2] = [&["-vv"], &[]];

/// Every spelling in which a secret could show.
fn spellings() -> Vec<String> {
    let mut all = Vec::new();
    let pair = format!("{PROXY_USER}:{}", PROXY_PASSWORD[1]);
    for secret in [
        SECRET_KEY,
        SESSION_TOKEN,
        PROXY_PASSWORD[0],
        PROXY_PASSWORD[1],
        &pair,
        CUSTOMER_KEY,
        &format!("AWS4{SECRET_KEY}"),
    ] {
        let bytes = secret.as_bytes();
        let percent = |keep: &str, upper: bool| {
            bytes.iter().fold(String::new(), |text, byte| {
                let kept = byte.is_ascii_alphanumeric() || keep.as_bytes().contains(byte);
                text + &match (kept, upper) {
                    (true, _) => char::from(*byte).to_string(),
                    (false, true) => format!("%{byte:02X}"),
                    (false, false) => format!("%{byte:02x}"),
                }
            })
        };
        let base64 = base64(bytes);
        let trimmed = base64.trim_end_matches('=').to_owned();
        all.extend([
            secret.to_owned(),
            percent("-_.~", true),
            percent("-_.~", false),
            percent("-_.~/", true),
            percent("", true),
            trimmed.replace('+', "-").replace('/', "_"),
            trimmed,
            hex::encode(bytes),
            hex::encode_upper(bytes),
            // As Debug writes bytes and text.
            format!("{bytes:?}").trim_matches(['[', ']']).to_owned(),
            secret.escape_debug().to_string(),
            secret.replace('&', "&amp;"),
        ]);
    }
    all
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, at| {
            bits << 8 | usize::from(chunk.get(at).copied().unwrap_or(0))
        });
        for at in 0..4 {
            let letter = LETTERS[bits >> (18 - 6 * at) & 63];
            text.push(if at <= chunk.len() {
                letter.into()
            } else {
                '='
            });
        }
    }
    text
}

#[track_caller]
fn assert_secret(ended: &Finished, written: &[&Path], ours: &[PathBuf]) {
    for spelling in spellings() {
        ended.nowhere(&spelling);
        for root in written.iter().copied().chain([ended.home()]) {
            for (path, entry) in entries(root).unwrap() {
                let path = root.join(path);
                if !matches!(entry, Entry::File(_)) || ours.contains(&path) {
                    continue;
                }
                let content = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                let shown =
                    content.contains(&spelling) || path.to_string_lossy().contains(&spelling);
                assert!(!shown, "{spelling} is in {}", path.display());
            }
        }
    }
}

/// A server, a place to work in, and something to move.
struct Work {
    endpoint: Endpoint,
    place: tempfile::TempDir,
}

impl Work {
    fn new() -> Self {
        let endpoint = Endpoint::with(Options {
            secret_key: SECRET_KEY.to_owned(),
            ..Options::default()
        });
        endpoint
            .server()
            .store()
            .put("bucket", "d/k", noise(5000, 1));
        let place = tempfile::tempdir().unwrap();
        write(place.path(), "up/file", noise(3000, 2));
        fs::create_dir(place.path().join("down")).unwrap();
        Self { endpoint, place }
    }

    fn arguments(&self, program: &str) -> Vec<String> {
        let here = |name: &str| self.place.path().join(name).display().to_string();
        match program {
            "do_bucket_list" => vec!["s3://bucket/d/".into()],
            "do_bucket_download" => vec!["s3://bucket/d".into(), here("down")],
            _ => vec![here("up"), "s3://bucket/u".into()],
        }
    }

    /// Runs each program at each level, the way it is given, and looks everywhere.
    fn check(
        &self,
        names: &[&str],
        ours: &[PathBuf],
        code: impl Fn(i32) -> bool,
        given: impl Fn(Program) -> Program,
    ) {
        for name in names {
            for level in LEVELS {
                let program = Program::new(name)
                    .env("REGION_NAME", "us-east-1")
                    .env("ENDPOINT_URL", self.endpoint.url())
                    .env("RUST_LOG", "trace")
                    .args(level)
                    .args(self.arguments(name));
                let ended = given(program).run();
                assert!(code(ended.exit_code()), "{ended:?}");
                assert_secret(&ended, &[self.place.path()], ours);
            }
        }
    }
}

fn with_keys(program: Program, endpoint: &Endpoint) -> Program {
    program
        .env("AWS_ACCESS_KEY_ID", endpoint.server().access_key())
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_SESSION_TOKEN", SESSION_TOKEN)
}

fn succeeds(code: i32) -> bool {
    code == 0
}

fn fails(code: i32) -> bool {
    (1..=8).contains(&code)
}

#[test]
fn secrets_from_variables_and_their_files_show_nowhere() {
    let work = Work::new();
    work.check(&PROGRAMS, &[], succeeds, |program| {
        with_keys(program, &work.endpoint)
    });
    work.check(&PROGRAMS, &[], succeeds, |program| {
        with_keys(program, &work.endpoint).arg("--print-config")
    });
    let file = |name: &str, value: &str| {
        write(work.place.path(), name, format!("{value}\n"));
        work.place.path().join(name)
    };
    let ours = [file("secret", SECRET_KEY), file("token", SESSION_TOKEN)];
    work.check(&PROGRAMS, &ours, succeeds, |program| {
        program
            .env("AWS_ACCESS_KEY_ID", work.endpoint.server().access_key())
            .env("AWS_SECRET_ACCESS_KEY_FILE", &ours[0])
            .env("AWS_SESSION_TOKEN_FILE", &ours[1])
    });
}

#[test]
fn secrets_from_a_profile_or_a_process_show_nowhere() {
    let work = Work::new();
    let key = work.endpoint.server().access_key();
    let profile = format!(
        "[default]\naws_access_key_id = {key}\naws_secret_access_key = {SECRET_KEY}\naws_session_token = {SESSION_TOKEN}\n"
    );
    write(work.place.path(), "credentials", profile);
    let printed = format!(
        "{{\"Version\":1,\"AccessKeyId\":\"{key}\",\"SecretAccessKey\":\"{SECRET_KEY}\",\"SessionToken\":\"{SESSION_TOKEN}\"}}"
    );
    write(work.place.path(), "printed", printed);
    let process = format!(
        "[profile p]\ncredential_process = cat {}\n[profile broken]\ncredential_process = sh -c 'cat {0}; cat {0} >&2; exit 3'\n",
        work.place.path().join("printed").display(),
    );
    write(work.place.path(), "config", process);
    let ours = ["credentials", "printed", "config"].map(|name| work.place.path().join(name));
    let files = |program: Program| {
        program
            .env("AWS_SHARED_CREDENTIALS_FILE", &ours[0])
            .env("AWS_CONFIG_FILE", &ours[2])
    };
    work.check(&PROGRAMS, &ours, succeeds, files);
    let with =
        |name: &'static str| move |program: Program| files(program).args(["--profile", name]);
    work.check(&PROGRAMS, &ours, succeeds, with("p"));
    work.check(&PROGRAMS, &ours, |code| code == 3, with("broken"));
}

#[test]
fn secrets_that_are_wrong_or_cannot_be_sent_show_nowhere() {
    let work = Work::new();
    let broken = format!("{SECRET_KEY}\u{7}\r\n{SECRET_KEY}");
    work.check(&PROGRAMS, &[], fails, |program| {
        program
            .env("AWS_ACCESS_KEY_ID", work.endpoint.server().access_key())
            .env("AWS_SECRET_ACCESS_KEY", &broken)
    });
    work.check(&PROGRAMS, &[], fails, |program| {
        with_keys(program, &work.endpoint)
            .env("AWS_SESSION_TOKEN", format!("{SESSION_TOKEN}\n\u{7}"))
    });
    // Pasted into the wrong place: half a pair is exit 3.
    work.check(
        &PROGRAMS,
        &[],
        |code| code == 3,
        |program| program.env("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
    );
}

#[test]
fn secrets_show_nowhere_while_everything_goes_wrong() {
    let work = Work::new();
    for fault in [
        Fault::InternalError,
        Fault::Reset,
        Fault::HtmlListing,
        Fault::CutListing,
    ] {
        let proxy = work.endpoint.behind(Plan::new(1).rate(fault, 100.0));
        for name in PROGRAMS {
            let ended = with_keys(through(name, &work.endpoint, &proxy), &work.endpoint)
                .env("RUST_LOG", "trace")
                .args(["--max-attempts", "2"])
                .args(work.arguments(name))
                .run();
            assert!(fails(ended.exit_code()), "{ended:?}");
            assert_secret(&ended, &[work.place.path()], &[]);
        }
    }
}

#[test]
fn the_password_of_a_proxy_and_a_customer_key_show_nowhere() {
    let work = Work::new();
    let front = TlsFront::named(&work.endpoint, "s3.test");
    let tunnel = Tunnel::to(front.port());
    let outside = tempfile::tempdir().unwrap();
    let key = outside.path().join("key");
    fs::write(&key, CUSTOMER_KEY).unwrap();
    let proxied = |program: Program| {
        with_keys(program, &work.endpoint)
            .env("ENDPOINT_URL", front.url().replace("localhost", "s3.test"))
            .env("AWS_CA_BUNDLE", front.authority())
            .env("HTTPS_PROXY", tunnel.url(PROXY_USER, PROXY_PASSWORD[0]))
    };
    work.check(&PROGRAMS, &[], succeeds, proxied);
    work.check(&PROGRAMS, &[], succeeds, |program| {
        proxied(program).arg("--print-config")
    });
    let pair = base64(format!("{PROXY_USER}:{}", PROXY_PASSWORD[1]).as_bytes());
    let seen = tunnel.authorizations();
    let expected = Some(format!("Basic {pair}"));
    assert!(
        !seen.is_empty() && seen.iter().all(|one| *one == expected),
        "{seen:?}"
    );

    // Whether the server takes the key or not, and also where it must not be sent.
    work.check(
        &PROGRAMS[1..],
        &[],
        |_| true,
        |program| {
            proxied(program)
                .args(["--force", "--sse-c-key-file"])
                .arg(&key)
        },
    );
    work.check(&PROGRAMS[1..], &[], fails, |program| {
        with_keys(program, &work.endpoint)
            .args(["--force", "--sse-c-key-file"])
            .arg(&key)
    });
    // A key of the wrong length is not repeated either.
    fs::write(&key, format!("{CUSTOMER_KEY}x")).unwrap();
    work.check(
        &PROGRAMS[1..],
        &[],
        |code| code == 3,
        |program| proxied(program).arg("--sse-c-key-file").arg(&key),
    );
}

#[test]
fn the_password_of_a_proxy_that_cannot_be_used_shows_nowhere() {
    let work = Work::new();
    for proxy in [
        format!("http://{PROXY_USER}:{}@127.0.0.1:1", PROXY_PASSWORD[0]),
        format!(
            "http://{PROXY_USER}:{}@no-such-host.invalid:1",
            PROXY_PASSWORD[0]
        ),
        format!("http://{PROXY_USER}:{} @127.0.0.1:1", PROXY_PASSWORD[0]),
        format!("http://{PROXY_USER}:{}@127.0.0.1:1", PROXY_PASSWORD[1]),
        format!("socks5://{PROXY_USER}:{}@127.0.0.1:1", PROXY_PASSWORD[0]),
        format!("{PROXY_USER}:{}", PROXY_PASSWORD[0]),
    ] {
        work.check(&PROGRAMS[..1], &[], fails, |program| {
            with_keys(program, &work.endpoint)
                // This machine itself is reached without a proxy.
                .env("ENDPOINT_URL", "http://s3.test")
                .env("HTTP_PROXY", &proxy)
                .args(["--max-attempts", "2"])
        });
    }
}

#[test]
fn base64_is_base64() {
    assert_eq!(base64(b"a"), "YQ==");
    assert_eq!(base64(b"ab"), "YWI=");
    assert_eq!(base64(b"abc?>"), "YWJjPz4=");
}
