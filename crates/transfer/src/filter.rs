//! `--include` (only these) and `--exclude` (not these; wins), in any order.
//!
//! A pattern without `/` matches the last component, one with `/` the whole relative path. `*`
//! and `?` stop at `/`, `**` does not; `[a-z]`, `{a,b}` and `\` work as in a shell. A leading
//! `/` ties a pattern to the top, a trailing one means everything in that directory (both as
//! rclone reads them). An excluded directory is left out with all that is in it (as .gitignore does).
//! Case counts. Paths are bytes: a name need not be UTF-8 to be left out.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::{Arc, OnceLock};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;

/// Which relative paths take part in a run. What a filter leaves out is never touched.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    include: Option<Patterns>,
    exclude: Option<Patterns>,
    pub(crate) larger: Option<u64>,
    pub(crate) smaller: Option<u64>,
    pub(crate) newer: Option<Timestamp>,
    pub(crate) older: Option<Timestamp>,
    /// The first path that no pattern matched, for whoever wonders what patterns are compared with.
    left_out: Arc<OnceLock<String>>,
}

/// Why the patterns cannot be used; a wrong command line (exit 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FilterError {
    /// What is wrong, naming flag and pattern.
    pub(crate) cause: String,
    /// What to write instead, if that is known.
    pub(crate) hint: Option<&'static str>,
}

impl Filters {
    /// Reads the patterns of both flags.
    ///
    /// # Errors
    /// A pattern that is no pattern, or one that excludes everything beside an include: users
    /// of the AWS CLI write that, where the order counts; here include alone is enough.
    pub(crate) fn new(include: &[String], exclude: &[String]) -> Result<Self, FilterError> {
        let everything = exclude
            .iter()
            .find(|text| matches!(text.as_str(), "*" | "**" | "**/*" | "/**"));
        if let Some(text) = everything.filter(|_| !include.is_empty()) {
            return Err(FilterError {
                cause: format!("--exclude '{text}' excludes every file that --include selects"),
                hint: Some("use --include alone: it selects only matching files"),
            });
        }
        Ok(Self {
            include: Patterns::new("--include", include)?,
            exclude: Patterns::new("--exclude", exclude)?,
            ..Self::default()
        })
    }

    /// Whether the path, relative to what was asked for, takes part. A directory marker keeps
    /// its trailing `/`.
    pub fn allows(&self, relative: impl AsRef<OsStr>) -> bool {
        let relative = relative.as_ref().as_bytes();
        let mut included = self.include.iter();
        let allows =
            included.all(|patterns| patterns.matches(relative)) && !self.excludes(relative);
        if !allows {
            let shown = || String::from_utf8_lossy(relative).into_owned();
            self.left_out.get_or_init(shown);
        }
        allows
    }

    /// Whether a file of this path, size and time takes part. What has no time is neither old nor
    /// new.
    pub fn allows_file(
        &self,
        relative: impl AsRef<OsStr>,
        size_bytes: u64,
        modified: Option<Timestamp>,
    ) -> bool {
        self.larger.is_none_or(|limit| size_bytes > limit)
            && self.smaller.is_none_or(|limit| size_bytes < limit)
            && self.allows_time(modified)
            && self.allows(relative)
    }

    /// Whether what was written or began then takes part.
    pub fn allows_time(&self, time: Option<Timestamp>) -> bool {
        time.is_none_or(|time| {
            self.newer.is_none_or(|limit| time > limit)
                && self.older.is_none_or(|limit| time < limit)
        })
    }

    /// The warning for a run of which nothing is left.
    pub fn nothing_left(&self, noun: &str) -> String {
        match self.left_out.get() {
            Some(path) => format!(
                "no {noun} matches the filters, which are compared with paths such as `{path}`"
            ),
            None => format!("no {noun} matches the filters"),
        }
    }

    /// The same for a key that is no text, as listings show it: percent-encoded. The path begins
    /// after this many of its bytes.
    pub fn allows_encoded(&self, key: &str, stripped_bytes: usize) -> bool {
        let key: Vec<u8> = percent_decode_str(&key.replace('+', " ")).collect();
        let relative = key.get(stripped_bytes..).unwrap_or_default();
        self.allows(OsStr::from_bytes(relative))
    }

    /// Whether some of what is in this directory may take part.
    pub(crate) fn may_allow_below(&self, directory: &OsStr) -> bool {
        !self.excludes(directory.as_bytes())
    }

    /// Whether a pattern leaves out the path, or a directory on the way to it.
    fn excludes(&self, relative: &[u8]) -> bool {
        let slashes = relative
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'/');
        let directories = slashes.filter_map(|(slash, _)| relative.get(..slash));
        let mut paths = directories.chain([relative]);
        self.exclude
            .as_ref()
            .is_some_and(|patterns| paths.any(|path| patterns.matches(path)))
    }

    /// Whether there is nothing to filter.
    pub fn is_empty(&self) -> bool {
        let has_limits =
            self.larger.or(self.smaller).is_some() || self.newer.or(self.older).is_some();
        self.include.is_none() && self.exclude.is_none() && !has_limits
    }
}

/// The patterns of one flag, compiled into one automaton a kind.
#[derive(Clone, Debug)]
struct Patterns {
    names: GlobSet,
    paths: GlobSet,
}

impl Patterns {
    fn new(flag: &str, texts: &[String]) -> Result<Option<Self>, FilterError> {
        if texts.is_empty() {
            return Ok(None);
        }
        let wrong = |text: &str, why: &str| FilterError {
            cause: format!("{flag} '{}' is not a pattern: {why}", text.escape_debug()),
            hint: None,
        };
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for text in texts {
            if text.trim_matches('/').is_empty() {
                return Err(wrong(text, "it is empty"));
            }
            let glob = GlobBuilder::new(&in_glob_language(text))
                .literal_separator(true)
                .backslash_escape(true)
                .build()
                .map_err(|error| wrong(text, &error.kind().to_string()))?;
            if text.contains('/') {
                paths.add(glob)
            } else {
                names.add(glob)
            };
        }
        let built = |set: GlobSetBuilder| {
            set.build().map_err(|error| FilterError {
                cause: format!(
                    "the {flag} patterns cannot be used together: {}",
                    error.kind()
                ),
                hint: None,
            })
        };
        Ok(Some(Self {
            names: built(names)?,
            paths: built(paths)?,
        }))
    }

    fn matches(&self, relative: &[u8]) -> bool {
        let bare = relative.strip_suffix(b"/").unwrap_or(relative);
        let name = bare.rsplit(|byte| *byte == b'/').next().unwrap_or(bare);
        self.names.is_match(OsStr::from_bytes(name))
            || self.paths.is_match(OsStr::from_bytes(bare))
            || (bare.len() != relative.len() && self.paths.is_match(OsStr::from_bytes(relative)))
    }
}

/// The pattern as `globset` must see it: there `**` crosses `/` only as a whole component, so
/// `a**b` becomes `a{*,*/**/*}b`, which is the same and says it.
fn in_glob_language(text: &str) -> String {
    let mut text = text.strip_prefix('/').unwrap_or(text).to_owned();
    if text.ends_with('/') {
        text.push_str("**");
    }
    if !text.contains('/') {
        return text;
    }
    let components = text.split('/').map(|component| {
        if component == "**" {
            component.to_owned()
        } else {
            component.replace("**", "{*,*/**/*}")
        }
    });
    components.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(include: &[&str], exclude: &[&str]) -> Result<Filters, FilterError> {
        let owned = |list: &[&str]| {
            list.iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        Filters::new(&owned(include), &owned(exclude))
    }

    fn includes(pattern: &str, path: &str) -> bool {
        filters(&[pattern], &[]).unwrap().allows(path)
    }

    #[test]
    fn without_patterns_everything_takes_part() {
        assert!(Filters::default().allows("a/b") && Filters::default().is_empty());
    }

    #[test]
    fn a_pattern_without_slash_matches_the_last_component() {
        assert!(includes("*.jpg", "a.jpg") && includes("*.jpg", "x/y/a.jpg"));
        assert!(!includes("*.jpg", "a.jpg/b") && !includes("x", "x/y"));
        assert!(includes("[!.]*", "a/b") && !includes("[!.]*", "a/.b"));
    }

    #[test]
    fn a_pattern_with_slash_matches_the_whole_path() {
        assert!(includes("logs/*.gz", "logs/a.gz"));
        assert!(!includes("logs/*.gz", "logs/x/a.gz") && !includes("logs/*.gz", "x/logs/a.gz"));
        assert!(includes("/a.txt", "a.txt") && !includes("/a.txt", "x/a.txt"));
    }

    #[test]
    fn two_stars_cross_slashes_wherever_they_stand() {
        assert!(
            includes("logs/**", "logs/a")
                && includes("logs/**", "logs/x/a")
                && !includes("logs/**", "log")
        );
        assert!(includes("**/a", "a") && includes("**/a", "x/y/a"));
        assert!(
            includes("l/**.gz", "l/a.gz")
                && includes("l/**.gz", "l/x/y/a.gz")
                && !includes("l/**.gz", "l/a.g")
        );
        assert!(
            includes("l/a**z/q", "l/az/q")
                && includes("l/a**z/q", "l/ab/c/z/q")
                && !includes("l/a**z/q", "l/b/az/q")
        );
    }

    #[test]
    fn a_trailing_slash_means_everything_in_the_directory() {
        assert!(
            includes("build/", "build/a/b")
                && includes("build/", "build/")
                && !includes("build/", "build")
        );
    }

    #[test]
    fn a_directory_marker_is_matched_by_its_name() {
        assert!(
            includes("tmp", "x/tmp/") && includes("x/*", "x/tmp/") && !includes("tmp", "tmp/x/")
        );
    }

    #[test]
    fn an_excluded_directory_is_left_out_with_all_that_is_in_it() {
        let excludes = |pattern: &str, path: &str| {
            let filters = filters(&[], &[pattern]).unwrap();
            !filters.allows(path)
        };
        for path in [".git", ".git/", ".git/config", "a/.git/refs/heads/main"] {
            assert!(excludes(".git", path), "{path}");
        }
        assert!(!excludes(".git", ".gitignore") && !excludes(".git", "a.git/x"));
        assert!(excludes("/build", "build/x/y") && !excludes("/build", "a/build/x"));
        assert!(excludes("a/b*", "a/bc/d") && !excludes("a/b*", "x/a/b/c"));
        // An include is about files: `docs/` says everything in docs.
        assert!(!includes("docs", "docs/x") && includes("docs/", "docs/x/y"));
    }

    #[test]
    fn a_name_that_is_not_utf_8_is_matched_by_its_bytes() {
        let name = OsStr::from_bytes(b"d/not\xffutf8.txt");
        assert!(!filters(&[], &["not*utf8*"]).unwrap().allows(name));
        assert!(!filters(&[], &["d"]).unwrap().allows(name));
        assert!(filters(&["*.txt"], &[]).unwrap().allows(name));
        assert!(!filters(&["*.jpg"], &[]).unwrap().allows(name));
    }

    #[test]
    fn sizes_and_times_are_limits_that_are_not_reached() {
        let time = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let filters = Filters {
            larger: Some(10),
            smaller: Some(20),
            newer: time("2024-05-01T00:00:00Z"),
            older: time("2024-06-01T00:00:00Z"),
            ..Filters::default()
        };
        let may = "2024-05-15T00:00:00Z";
        for (size, modified, allowed) in [
            (10, may, false),
            (11, may, true),
            (19, may, true),
            (20, may, false),
            (15, "2024-05-01T00:00:00Z", false),
            (15, "2024-06-01T00:00:00Z", false),
        ] {
            assert_eq!(filters.allows_file("a", size, time(modified)), allowed);
        }
        assert!(filters.allows_file("a", 15, None) && !filters.is_empty());
    }

    #[test]
    fn exclude_wins() {
        let filters = filters(&["*.jpg"], &["thumb*"]).unwrap();
        assert!(
            filters.allows("a.jpg") && !filters.allows("thumb.jpg") && !filters.allows("a.png")
        );
    }

    #[test]
    fn excluding_everything_beside_an_include_is_explained() {
        let error = filters(&["*.jpg"], &["*"]).unwrap_err();
        assert_eq!(
            error.cause,
            "--exclude '*' excludes every file that --include selects"
        );
        assert_eq!(
            error.hint,
            Some("use --include alone: it selects only matching files")
        );
        assert!(filters(&[], &["*"]).is_ok_and(|filters| !filters.allows("a")));
    }

    #[test]
    fn a_broken_pattern_is_named_with_its_flag() {
        let error = filters(&[], &["a[b"]).unwrap_err();
        assert!(
            error
                .cause
                .starts_with("--exclude 'a[b' is not a pattern: "),
            "{error:?}"
        );
        assert!(filters(&[""], &[]).is_err() && filters(&["/"], &[]).is_err());
    }
}
