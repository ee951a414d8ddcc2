//! Runs the real programs in a clean environment, and checks the result.

mod built;
mod finished;
mod running;
mod signals;

pub use built::path_of;
pub use finished::Finished;
pub use running::Running;
pub use signals::default_signals;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::Endpoint;

/// Longer than any test should take on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A program with its arguments and its environment, ready to run.
///
/// The environment contains only PATH, HOME (a new directory) and TZ=UTC, so it does not depend on who runs the tests.
/// The working directory is HOME by default.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    args: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    directory: Option<PathBuf>,
    input: Vec<u8>,
    timeout: Duration,
    stdout_closed: bool,
    home: Arc<TempDir>,
}

impl Program {
    /// A program of this workspace. It is built if needed.
    ///
    /// # Panics
    /// If it cannot be built.
    pub fn new(name: &str) -> Self {
        Self::at(&path_of(name))
    }

    /// Any other program, such as a shell that starts one of ours.
    ///
    /// # Panics
    /// If HOME cannot be created.
    pub fn at(path: &Path) -> Self {
        let home = tempfile::tempdir().expect("a fresh HOME can be made");
        Self {
            path: path.to_owned(),
            args: Vec::new(),
            variables: vec![
                ("PATH".into(), std::env::var_os("PATH").unwrap_or_default()),
                ("HOME".into(), home.path().into()),
                ("TZ".into(), "UTC".into()),
            ],
            directory: None,
            input: Vec::new(),
            timeout: TIMEOUT,
            stdout_closed: false,
            home: Arc::new(home),
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// Sets a variable. Replaces an earlier value.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self = self.without_env(&name);
        let pair = (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.variables.push(pair);
        self
    }

    /// Sets variables.
    #[must_use]
    pub fn envs<N: AsRef<OsStr>, V: AsRef<OsStr>>(
        self,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let set = |program: Self, (name, value): (N, V)| program.env(name, value);
        pairs.into_iter().fold(self, set)
    }

    /// Removes a variable, even PATH, HOME or TZ.
    #[must_use]
    pub fn without_env(mut self, name: impl AsRef<OsStr>) -> Self {
        self.variables.retain(|(found, _)| found != name.as_ref());
        self
    }

    /// Sets what a user exports to work with this endpoint.
    #[must_use]
    pub fn on(self, endpoint: &Endpoint) -> Self {
        self.envs(endpoint.settings())
    }

    /// The working directory.
    #[must_use]
    pub fn current_dir(mut self, directory: impl AsRef<Path>) -> Self {
        self.directory = Some(directory.as_ref().to_owned());
        self
    }

    /// The input on stdin; empty by default.
    #[must_use]
    pub fn stdin(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// The time after which the program is killed and the test fails; two minutes by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Closes stdout, so that the first write to it fails, as with `| head -0`.
    #[must_use]
    pub fn stdout_closed(mut self) -> Self {
        self.stdout_closed = true;
        self
    }

    /// The HOME of this run. It exists as long as the `Program` and its `Finished`.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs to the end.
    ///
    /// # Panics
    /// If it cannot be started or does not end in time.
    #[track_caller]
    pub fn run(self) -> Finished {
        self.start().wait()
    }

    /// Starts the program, so that the test can send signals.
    ///
    /// # Panics
    /// If it cannot be started.
    #[track_caller]
    pub fn start(self) -> Running {
        let input =
            tempfile::tempfile().and_then(|mut file| self.write_input(&mut file).map(|()| file));
        let mut command = Command::new(&self.path);
        command
            .args(&self.args)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.directory.as_deref().unwrap_or(self.home.path()))
            .stdin(input.expect("a file for stdin can be made"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A process group of its own, so that a timeout also kills its children.
            .process_group(0);
        default_signals();
        match command.spawn() {
            Ok(child) => Running::new(
                child,
                self.what(),
                self.home,
                self.timeout,
                self.stdout_closed,
            ),
            Err(error) => panic!("cannot start {}: {error}", self.what()),
        }
    }

    fn write_input(&self, file: &mut File) -> std::io::Result<()> {
        use std::io::{Seek as _, Write as _};
        file.write_all(&self.input)?;
        file.rewind()
    }

    /// The command as a person would type it.
    fn what(&self) -> String {
        let variables = self.variables.iter().map(|(name, value)| {
            let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
            format!("{name}={value}")
        });
        let words = ["env".to_owned(), "-i".to_owned()].into_iter();
        let path = self.path.to_string_lossy().into_owned();
        let args = self
            .args
            .iter()
            .map(|arg| arg.to_string_lossy().into_owned());
        let words: Vec<String> = words.chain(variables).chain([path]).chain(args).collect();
        shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
    }
}
