//! Compares the walk with the older one in `oracle`, in random trees.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use super::oracle::Oracle;
use super::*;

/// Names that sort near `/`, names that are prefixes of each other, and names that cannot be keys.
const NAMES: [&[u8]; 10] = [
    b"a",
    b"a-",
    b"a.b",
    b"a0",
    b"a-a",
    b"b",
    b"B",
    b"a\xff",
    b".a.0123456789abcdef.s3part",
    b"\xc3\xa4",
];

#[derive(Clone, Copy, Debug)]
enum What {
    File,
    Directory,
    /// As far as the user who runs this can be kept out of anything.
    Unreadable,
    Fifo,
    /// To something that was made before it.
    Link(usize),
    LinkToDirectory(usize),
    LinkToItself,
    Dangling,
}

fn whats() -> impl Strategy<Value = What> {
    prop_oneof![
        3 => Just(What::File),
        4 => Just(What::Directory),
        1 => Just(What::Unreadable),
        1 => Just(What::Fifo),
        2 => any::<usize>().prop_map(What::Link),
        3 => any::<usize>().prop_map(What::LinkToDirectory),
        1 => Just(What::LinkToItself),
        1 => Just(What::Dangling),
    ]
}

/// A tree, and what to walk in it; readable again when dropped, so that it can be removed.
struct Random {
    place: Place,
    made: Vec<PathBuf>,
    unreadable: Vec<PathBuf>,
}

impl Random {
    fn plant(steps: &[(usize, usize, What)]) -> Self {
        let place = Place::with(&[]);
        let mut directories = vec![place.0.path().to_owned()];
        let mut made = directories.clone();
        let mut unreadable = Vec::new();
        for &(parent, name, what) in steps {
            let name = OsStr::from_bytes(NAMES[name % NAMES.len()]);
            let path = directories[parent % directories.len()].join(name);
            if path.symlink_metadata().is_ok() {
                continue;
            }
            match what {
                What::File => fs::write(&path, name.as_bytes()).unwrap(),
                What::Directory | What::Unreadable => fs::create_dir(&path).unwrap(),
                What::Fifo => fifo(&path),
                What::Link(to) => symlink(&made[to % made.len()], &path).unwrap(),
                What::LinkToDirectory(to) => {
                    symlink(&directories[to % directories.len()], &path).unwrap();
                }
                What::LinkToItself => symlink(&path, &path).unwrap(),
                What::Dangling => symlink("nothing", &path).unwrap(),
            }
            match what {
                What::Directory => directories.push(path.clone()),
                // No link points to it: the old walk named the root in failures there.
                What::Unreadable => {
                    fs::write(path.join("x"), b"").unwrap();
                    unreadable.push(path);
                    continue;
                }
                _ => {}
            }
            made.push(path);
        }
        let random = Self {
            place,
            made,
            unreadable,
        };
        random.set_modes(0);
        random
    }

    fn set_modes(&self, mode: u32) {
        for path in &self.unreadable {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
    }
}

impl Drop for Random {
    fn drop(&mut self) {
        self.set_modes(0o700);
    }
}

type Told = Result<LocalFile, (PathBuf, String)>;

fn tell(found: Result<LocalFile, WalkFailure>) -> Told {
    found.map_err(|failure| (failure.path, failure.cause.to_string()))
}

fn both(root: &Path, links: Links) -> [Vec<Told>; 2] {
    [
        walk(root, links).map(tell).collect(),
        Oracle::new(root, links).map(tell).collect(),
    ]
}

proptest! {
    #[test]
    fn the_walk_yields_what_a_sorting_walkdir_yields(
        steps in prop::collection::vec((any::<usize>(), any::<usize>(), whats()), 0..24),
        root in any::<usize>(),
    ) {
        let random = Random::plant(&steps);
        let inner = &random.made[root % random.made.len()];
        for links in [Links::Follow, Links::Skip] {
            for root in [random.place.0.path(), inner] {
                let [new, old] = both(root, links);
                prop_assert_eq!(new, old);
            }
        }
    }
}

#[test]
fn a_directory_that_changes_before_its_turn_is_named_and_the_rest_is_sent() {
    let place = Place::with(&["a", "b/x", "c/x", "d/x", "e/x", "f"]);
    for links in [Links::Follow, Links::Skip] {
        let mut new = walk(place.0.path(), links);
        let mut old = Oracle::new(place.0.path(), links);
        assert_eq!(new.next().map(tell), old.next().map(tell));
        fs::rename(place.at("b"), place.at("z")).unwrap();
        fs::rename(place.at("c"), place.at("y")).unwrap();
        fs::write(place.at("c"), b"").unwrap();
        fs::rename(place.at("d"), place.at("x")).unwrap();
        symlink("x", place.at("d")).unwrap();
        fs::rename(place.at("e"), place.at("w")).unwrap();
        symlink("f", place.at("e")).unwrap();
        let (new, old): (Vec<_>, Vec<_>) = (new.map(tell).collect(), old.map(tell).collect());
        assert_eq!(new, old);
        let named: Vec<_> = new.iter().filter_map(|told| told.as_ref().err()).collect();
        assert!(
            named.len() == 3
                && named[0].0 == place.at("b")
                && named[1].0 == place.at("c")
                && named[2].0 == place.at("e"),
            "{named:?}"
        );
        for (from, to) in [("b", "z"), ("c", "y"), ("d", "x"), ("e", "w")] {
            fs::remove_file(place.at(from)).ok();
            fs::rename(place.at(to), place.at(from)).unwrap();
        }
    }
}

#[test]
fn a_link_to_an_unreadable_directory_is_named_itself() {
    let mut random = Random::plant(&[]);
    let place = &random.place;
    fs::create_dir(place.at("d")).unwrap();
    symlink("d", place.at("l")).unwrap();
    let expected = [place.at("d"), place.at("l")];
    random.unreadable.push(place.at("d"));
    random.set_modes(0);
    if fs::read_dir(random.place.at("d")).is_ok() {
        return; // Nothing is unreadable to root.
    }
    let (_, failures) = random.place.walk(Links::Follow);
    let named: Vec<_> = failures.into_iter().map(|failure| failure.path).collect();
    assert_eq!(named, expected);
}
