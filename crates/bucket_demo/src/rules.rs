//! Every decision of the tour: which steps run, which objects belong to this run, what is deleted at the end. Its only
//! I/O is to check whether a file exists.

use crate::sent_keys::SentKeys;

/// The steps that the user wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Switches {
    pub(crate) create: bool,
    pub(crate) upload: bool,
    pub(crate) download: bool,
    pub(crate) delete: bool,
    pub(crate) remove: bool,
}

/// The steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Create,
    Upload,
    Download,
    Delete,
    Remove,
}

impl Step {
    /// All of them, in order.
    pub(crate) const ALL: [Self; 5] = [
        Self::Create,
        Self::Upload,
        Self::Download,
        Self::Delete,
        Self::Remove,
    ];

    /// Its name in records, which is that of its switch.
    pub(crate) fn action(self) -> &'static str {
        match self {
            Self::Create => "bucket_create",
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Delete => "delete",
            Self::Remove => "bucket_delete",
        }
    }

    /// Its name on the screen.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Create => "create the bucket",
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Delete => "delete",
            Self::Remove => "delete the bucket",
        }
    }
}

impl Switches {
    /// Whether the user wants this step.
    pub(crate) fn ask_for(self, step: Step) -> bool {
        match step {
            Step::Create => self.create,
            Step::Upload => self.upload,
            Step::Download => self.download,
            Step::Delete => self.delete,
            Step::Remove => self.remove,
        }
    }
}

/// What this run has created so far. Nothing else is ever deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Made {
    /// This run created the bucket.
    pub(crate) bucket: bool,
    /// The response to the creation of the bucket was lost, so the bucket may exist.
    pub(crate) perhaps_bucket: bool,
    /// There may be objects of this run.
    pub(crate) objects: bool,
}

/// The part of the bucket in which this run may read, write and delete.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    prefix: String,
    sent: Option<SentKeys>,
}

impl Bounds {
    /// The whole bucket if this run created it; otherwise only the keys below `own_name`.
    pub(crate) fn of(made: Made, own_name: &str) -> Self {
        let prefix = if made.bucket {
            String::new()
        } else {
            format!("{own_name}/")
        };
        Self { prefix, sent: None }
    }

    /// The same, but only for keys that were uploaded or have a file to upload. Somebody else may put objects into this
    /// run's bucket, or have created it at the same moment.
    pub(crate) fn only(self, sent: &SentKeys) -> Self {
        Self {
            sent: Some(sent.clone()),
            ..self
        }
    }

    /// The prefix of all keys; empty if this run created the bucket.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether a key belongs to this run. Checked for each listed key: if a service ignores the prefix, nobody must lose
    /// an object.
    pub(crate) fn contain(&self, key: &str) -> bool {
        let Some(name) = key.strip_prefix(&self.prefix) else {
            return false;
        };
        let Some(sent) = &self.sent else {
            return true;
        };
        // Services that store objects in a file system also list directories.
        let name = name.strip_suffix('/').unwrap_or(name);
        let is_own_directory = name.is_empty() && !self.prefix.is_empty();
        is_own_directory || sent.has(key) || sent.is_there(name)
    }
}

/// What to delete after a tour that ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cleaning {
    pub(crate) objects: bool,
    pub(crate) bucket: bool,
}

/// Everything that this run created, unless the switches or `--keep` say otherwise. The bucket is only deleted if its
/// objects are.
pub(crate) fn cleaning(switches: Switches, keep: bool, made: Made) -> Cleaning {
    let objects = !keep && switches.delete && made.objects;
    let emptied = objects || !made.objects;
    Cleaning {
        objects,
        bucket: !keep && switches.remove && emptied && (made.bucket || made.perhaps_bucket),
    }
}

/// Whether cleaning up can delete more than this step did, which failed.
pub(crate) fn cleaning_helps(failed: Step) -> bool {
    match failed {
        Step::Create | Step::Upload | Step::Download => true,
        Step::Delete | Step::Remove => false,
    }
}

/// The LocationConstraints to try, in this order, until one is accepted. AWS wants none for us-east-1, and the name of
/// the region elsewhere. Most other services want none.
pub(crate) fn locations(region: &str, name_it_first: bool) -> Vec<Option<&str>> {
    match (name_it_first, region) {
        (true, "us-east-1") => vec![None],
        (true, _) => vec![Some(region), None],
        (false, _) => vec![None, Some(region)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Switches = Switches {
        create: true,
        upload: true,
        download: true,
        delete: true,
        remove: true,
    };

    const OURS: Made = Made {
        bucket: true,
        perhaps_bucket: false,
        objects: true,
    };

    #[test]
    fn in_a_bucket_that_was_there_only_keys_below_the_name_of_the_run_are_its_own() {
        let elsewhere = Bounds::of(Made::default(), "bucket_demo-1a2b3c4d");
        assert!(elsewhere.contain("bucket_demo-1a2b3c4d/user.sql"));
        for key in [
            "user.sql",
            "bucket_demo-1a2b3c4d",
            "bucket_demo-1a2b3c4d2/x",
            "",
        ] {
            assert!(!elsewhere.contain(key), "{key}");
        }
        assert!(Bounds::of(OURS, "x").contain("user.sql"));
    }

    #[test]
    fn of_a_bucket_of_its_own_only_what_was_sent_is_the_runs() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("d")).unwrap();
        std::fs::write(place.path().join("d/user.sql"), "x").unwrap();
        let sent = SentKeys::from(place.path());
        sent.add("d/removed meanwhile");
        let own = Bounds::of(OURS, "x").only(&sent);
        assert!(own.contain("d/user.sql"));
        assert!(own.contain("d/"));
        assert!(own.contain("d/removed meanwhile"));
        for key in ["user.sql", "d/../d/user.sql", "/", "", "d//user.sql"] {
            assert!(!own.contain(key), "{key}");
        }
        assert!(Bounds::of(Made::default(), "x").only(&sent).contain("x/"));
    }

    #[test]
    fn a_bucket_that_this_run_did_not_create_is_never_deleted() {
        for bits in 0..32_u8 {
            let bit = |place: u8| bits >> place & 1 == 1;
            let switches = Switches {
                create: bit(0),
                upload: bit(1),
                download: bit(2),
                delete: bit(3),
                remove: bit(4),
            };
            let made = Made {
                objects: true,
                ..Made::default()
            };
            let cleaning = cleaning(switches, false, made);
            assert!(!cleaning.bucket);
            assert_eq!(cleaning.objects, switches.delete);
        }
    }

    #[test]
    fn what_a_switch_asks_to_leave_is_left_and_a_bucket_is_not_deleted_from_under_it() {
        let leaving = |delete, remove| Switches {
            delete,
            remove,
            ..ALL
        };
        let says = |switches, keep, made| {
            let Cleaning { objects, bucket } = cleaning(switches, keep, made);
            (objects, bucket)
        };
        assert_eq!(says(ALL, false, OURS), (true, true));
        assert_eq!(says(ALL, true, OURS), (false, false));
        assert_eq!(says(leaving(false, true), false, OURS), (false, false));
        assert_eq!(says(leaving(true, false), false, OURS), (true, false));
        let empty = Made {
            objects: false,
            ..OURS
        };
        assert_eq!(says(leaving(false, true), false, empty), (false, true));
        assert_eq!(says(ALL, false, Made::default()), (false, false));
    }

    #[test]
    fn aws_is_told_the_region_and_others_only_if_they_want_it() {
        assert_eq!(locations("us-east-1", true), [None]);
        assert_eq!(locations("eu-west-1", true), [Some("eu-west-1"), None]);
        assert_eq!(locations("garage", false), [None, Some("garage")]);
    }
}
