//! Deployment packages: unpacked as they are, or refused.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use cloud::lambda::{PackageError, unpack};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

fn package(entries: &[(&str, u32, &str)]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("package.zip");
    let mut zip = ZipWriter::new(File::create(&path).unwrap());
    for (name, mode, content) in entries {
        zip.start_file(*name, SimpleFileOptions::default().unix_permissions(*mode)).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    (folder, path)
}

#[test]
fn contents_and_mode_bits_are_kept() {
    let (folder, path) = package(&[("bootstrap", 0o755, "run"), ("lib/data.json", 0o644, "{}")]);
    let task = folder.path().join("task");
    unpack(&path, &task).unwrap();
    assert_eq!(fs::read_to_string(task.join("bootstrap")).unwrap(), "run");
    assert_eq!(fs::read_to_string(task.join("lib/data.json")).unwrap(), "{}");
    for (file, mode) in [("bootstrap", 0o755), ("lib/data.json", 0o644)] {
        assert_eq!(fs::metadata(task.join(file)).unwrap().permissions().mode() & 0o777, mode, "{file}");
    }
}

#[test]
fn paths_that_lead_out_of_the_folder_are_refused() {
    for name in ["../escaped", "lib/../../escaped"] {
        let (folder, path) = package(&[(name, 0o644, "x")]);
        let error = unpack(&path, &folder.path().join("task")).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
        assert!(!folder.path().join("escaped").exists());
    }
}

#[test]
fn links_are_refused() {
    let (folder, path) = package(&[]);
    let mut zip = ZipWriter::new(File::create(&path).unwrap());
    zip.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap();
    let error = unpack(&path, &folder.path().join("task")).unwrap_err();
    assert!(error.to_string().contains("`link`"), "{error}");
}

#[test]
fn names_that_no_file_can_have_here_are_the_packages_fault() {
    let long = "x".repeat(300);
    let deep = "x/".repeat(3_000) + "y";
    let entries: [&[(&str, u32, &str)]; 4] = [
        &[(&long, 0o644, "x")],
        &[(&deep, 0o644, "x")],
        &[("a", 0o644, "x"), ("a/b", 0o644, "x")],
        &[("a/b", 0o644, "x"), ("a", 0o644, "x")],
    ];
    for entries in entries {
        let (folder, path) = package(entries);
        let error = unpack(&path, &folder.path().join("task")).unwrap_err();
        assert!(matches!(error, PackageError::Entry { .. }), "{error:?}");
    }
}

#[test]
fn damaged_content_is_the_packages_fault() {
    let (folder, path) = package(&[("bootstrap", 0o755, &"run ".repeat(1_000))]);
    let mut bytes = fs::read(&path).unwrap();
    // In the entry's data: a local header has 30 bytes and its name.
    for byte in &mut bytes[42..50] {
        *byte ^= 0x55;
    }
    fs::write(&path, bytes).unwrap();
    let error = unpack(&path, &folder.path().join("task")).unwrap_err();
    assert!(matches!(error, PackageError::Format { .. }), "{error:?}");
}

#[test]
fn what_is_no_archive_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("package.zip");
    fs::write(&path, "no zip").unwrap();
    assert!(unpack(&path, folder.path()).unwrap_err().to_string().contains("not a readable zip"));
    assert!(unpack(Path::new("/does/not/exist"), folder.path()).unwrap_err().to_string().contains("cannot open"));
}
