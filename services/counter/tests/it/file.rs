//! The file store's edges. Its durability under SIGKILL is tested in services/server.

use std::fs;
use std::path::Path;
use std::time::Duration;

use counter::{File, Store, Update};

/// Opens a file whose last holder is about to let go of it.
pub(crate) async fn open_soon(path: &Path) -> File {
    for _ in 0..200 {
        if let Ok(file) = File::open(path, Update::Atomic) {
            return file;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    File::open(path, Update::Atomic).unwrap()
}

/// The error and its causes in one line.
fn refusal(path: &Path) -> String {
    let error = File::open(path, Update::Atomic).unwrap_err();
    let mut line = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        line = format!("{line}: {error}");
        source = error.source();
    }
    line
}

#[tokio::test]
async fn a_file_is_a_count_or_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hits");
    for (content, expect) in [
        ("0", Some(0)),
        ("41\n", Some(41)),
        ("007", Some(7)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("", None),
        ("\n", None),
        ("41\n\n", None),
        ("+41", None),
        ("-1", None),
        (" 41", None),
        ("4 1", None),
        ("0x29", None),
        ("४१", None),
        ("hello", None),
    ] {
        fs::write(&path, content).unwrap();
        match expect {
            Some(count) => {
                let file = File::open(&path, Update::Atomic).unwrap();
                assert_eq!(file.add(0).await.unwrap(), count, "{content:?}");
            }
            None => {
                let line = refusal(&path);
                assert!(line.contains("put it right, or move it away"), "{line}");
                assert!(line.contains(&format!("holds {content:?}")), "{line}");
                assert_eq!(fs::read_to_string(&path).unwrap(), content);
            }
        }
    }
}

#[tokio::test]
async fn a_missing_file_is_zero_and_what_it_becomes_is_readable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hits");
    let file = File::open(&path, Update::Atomic).unwrap();
    assert_eq!(file.add(3).await.unwrap(), 3);
    assert_eq!(fs::read_to_string(&path).unwrap(), "3\n");
}

#[tokio::test]
async fn a_second_opener_is_refused_until_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hits");
    let first = File::open(&path, Update::Atomic).unwrap();
    assert!(refusal(&path).contains("is in use by another counter"));
    assert_eq!(first.add(1).await.unwrap(), 1);
    drop(first);
    assert_eq!(open_soon(&path).await.add(1).await.unwrap(), 2);
}

#[test]
fn a_place_that_cannot_be_written_is_refused_for_root_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.join("hits"), folder.path().join("missing/hits"), "/proc/hits".into()] {
        let line = refusal(&path);
        assert!(line.contains("may this user write there?"), "{line}");
    }
    // A folder where the file belongs.
    fs::create_dir(folder.path().join("hits")).unwrap();
    assert!(refusal(&folder.path().join("hits")).contains("cannot be used"));
}

#[tokio::test]
async fn a_symbolic_link_is_followed_and_its_target_counted_in_and_locked() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("disk")).unwrap();
    let (target, link) = (folder.path().join("disk/hits"), folder.path().join("hits"));
    fs::write(&target, "100\n").unwrap();
    std::os::unix::fs::symlink("disk/hits", &link).unwrap();
    let file = File::open(&link, Update::Atomic).unwrap();
    assert_eq!(file.add(1).await.unwrap(), 101);
    assert_eq!(fs::read_to_string(&target).unwrap(), "101\n");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    for path in [&target, &link] {
        assert!(refusal(path).contains("in use by another counter"));
    }
}

#[test]
fn what_is_not_a_regular_file_with_one_name_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let fifo = |path: &Path| {
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, path, mode).unwrap();
    };
    fifo(&at("fifo"));
    fifo(&at("locked.lock"));
    fifo(&at("new.new"));
    std::os::unix::fs::symlink("fifo", at("link-to-fifo")).unwrap();
    std::os::unix::fs::symlink("fifo", at("linked.new")).unwrap();
    fs::create_dir(at("folder")).unwrap();
    for name in ["fifo", "locked", "new", "link-to-fifo", "linked", "folder"] {
        let line = refusal(&at(name));
        assert!(line.contains("cannot be used") && line.contains("it is not a regular file"), "{name}: {line}");
    }
    std::os::unix::fs::symlink("nowhere", at("dangling")).unwrap();
    assert!(refusal(&at("dangling")).contains("cannot be used"));
    fs::write(at("one"), "7\n").unwrap();
    fs::hard_link(at("one"), at("other")).unwrap();
    assert!(refusal(&at("other")).contains("it has a second name (a hard link)"));
    assert_eq!(fs::read_to_string(at("one")).unwrap(), "7\n");
}

#[test]
fn a_file_larger_than_any_count_is_refused_without_being_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hits");
    // Sparse: zeros, and no place on the disk. Digits would fit no memory either.
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    assert!(refusal(&path).contains("where a decimal count belongs"));
    fs::write(&path, "0".repeat(65)).unwrap();
    assert!(refusal(&path).contains("where a decimal count belongs"));
}

#[tokio::test]
async fn a_failure_before_the_rename_uses_no_number_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hits");
    let file = File::open(&path, Update::Atomic).unwrap();
    assert_eq!(file.add(5).await.unwrap(), 5);
    // A folder in the temporary file's place.
    fs::create_dir(folder.path().join("hits.new")).unwrap();
    file.add(1).await.unwrap_err();
    assert_eq!(fs::read_to_string(&path).unwrap(), "5\n");
    fs::remove_dir(folder.path().join("hits.new")).unwrap();
    assert_eq!(file.add(1).await.unwrap(), 6);
}

#[tokio::test]
async fn a_failure_of_the_rename_skips_numbers_and_repeats_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hits");
    let file = File::open(&path, Update::Atomic).unwrap();
    assert_eq!(file.add(5).await.unwrap(), 5);
    // A file cannot be renamed over a folder.
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    file.add(1).await.unwrap_err();
    fs::remove_dir(&path).unwrap();
    assert_eq!(file.add(1).await.unwrap(), 7);
}

#[tokio::test]
async fn a_count_at_its_end_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hits");
    fs::write(&path, "18446744073709551614").unwrap();
    for update in [Update::Atomic, Update::ReadThenWrite] {
        let file = File::open(&path, update).unwrap();
        assert!(matches!(file.add(2).await, Err(counter::StoreError::Overflow)));
        assert_eq!(file.add(0).await.unwrap(), u64::MAX - 1);
    }
}

#[tokio::test]
async fn read_then_write_counts_alone_and_trusts_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hits");
    let file = File::open(&path, Update::ReadThenWrite).unwrap();
    assert_eq!(file.add(1).await.unwrap(), 1);
    fs::write(&path, "40").unwrap();
    assert_eq!(file.add(2).await.unwrap(), 42);
}
