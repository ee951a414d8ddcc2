//! A terminal for a program, made by script(1), and somebody who waits for a question before he
//! types.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use testkit::{Endpoint, default_signals, path_of};

use crate::BUCKET;

pub(crate) struct Terminal {
    child: Child,
    seen: String,
    pieces: Receiver<Vec<u8>>,
    pub(crate) home: tempfile::TempDir,
}

impl Terminal {
    /// Runs s3_restore with these words.
    pub(crate) fn run(endpoint: &Endpoint, words: &str) -> Self {
        let script = Path::new("/usr/bin/script");
        assert!(
            script.exists(),
            "this test needs script(1), of bsdutils or util-linux"
        );
        let home = tempfile::tempdir().unwrap();
        let program: PathBuf = path_of("s3_restore");
        default_signals();
        let mut child = Command::new(script)
            .args([
                "-qec",
                &format!("{} {words}", program.display()),
                "/dev/null",
            ])
            .env_clear()
            .envs(endpoint.settings())
            .env("RESTORE_BUCKET", BUCKET)
            .env("HOME", home.path())
            .env("TZ", "UTC")
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh")
            .current_dir(home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = child.stdout.take().unwrap();
        let (sender, pieces) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut buffer) {
                let _gone = sender.send(buffer[..length].to_vec());
            }
        });
        Self {
            child,
            seen: String::new(),
            pieces,
            home,
        }
    }

    /// Waits until this is on the screen, after what was waited for before.
    #[track_caller]
    pub(crate) fn sees(&mut self, expected: &str) {
        let began = Instant::now();
        loop {
            if let Some(place) = self.seen.find(expected) {
                self.seen.drain(..place + expected.len());
                return;
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "never seen: {expected}\nbut: {}",
                self.seen
            );
            if let Ok(piece) = self.pieces.recv_timeout(Duration::from_millis(100)) {
                self.seen += &String::from_utf8_lossy(&piece);
            }
        }
    }

    pub(crate) fn types(&mut self, keys: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(keys.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// The exit code.
    pub(crate) fn ends(mut self) -> i32 {
        let code = self.child.wait().unwrap().code().unwrap();
        drop(self.home);
        code
    }
}
