//! Lambda zips: the same bytes from the same files, on any day and in any folder.

use std::fs::{self, File};
use std::io::{BufWriter, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::size::files;

/// Deflate's best: the zip is built once and fetched at each cold start.
const LEVEL: i64 = 9;

/// The name under which AWS's `provided` runtimes look for the executable.
const BOOTSTRAP: &str = "bootstrap";

/// The licences of what is linked into an executable; a folder brings its own.
pub(super) const NOTICES: &str = "THIRD-PARTY-NOTICES.txt";

/// One file of a package.
struct Entry {
    name: String,
    executable: bool,
    content: Vec<u8>,
}

/// Packs a folder, or a single executable as `bootstrap`, with the notices of what is linked into it if there are some.
///
/// # Errors
/// When something can't be read or written.
pub(super) fn pack(source: &Path, notices: Option<&Path>, zip: &Path) -> anyhow::Result<()> {
    packed(&entries(source, notices)?, zip)
}

/// Packs what of a service's own folder is deployed.
///
/// # Errors
/// When something can't be read or written.
pub(super) fn pack_own(folder: &Path, zip: &Path) -> anyhow::Result<()> {
    let entries: Vec<_> =
        own_files(folder)?.into_iter().map(|name| entry(&folder.join(&name), name)).collect::<Result<_, _>>()?;
    packed(&entries, zip)
}

/// The files of a service's own folder: without version control and the lab's own; without links to folders, which are there
/// by another name; without links out of it, as a virtual environment has one to its interpreter.
fn own_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let unreadable = || format!("can't read {}", next.display());
        for entry in fs::read_dir(&next).with_context(unreadable)? {
            let path = entry.with_context(unreadable)?.path();
            let kind = fs::symlink_metadata(&path).with_context(unreadable)?.file_type();
            let linked = || path.canonicalize().is_ok_and(|to| to.is_file() && to.starts_with(folder));
            if kind.is_dir() && !path.ends_with(".git") && !path.ends_with(".lab") {
                folders.push(path);
            } else if kind.is_file() || kind.is_symlink() && linked() {
                found.push(path.strip_prefix(folder).context("it is below the folder")?.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn packed(entries: &[Entry], zip: &Path) -> anyhow::Result<()> {
    // Deflating takes seconds, and every way with this package packs it: not again while nothing has changed.
    let (state, packed) = (state(entries), zip.with_extension("zip.state"));
    if zip.is_file() && fs::read(&packed).is_ok_and(|before| before == state) {
        return Ok(());
    }
    let _ = fs::remove_file(&packed);
    let temporary = zip.with_extension("zip.new");
    File::create(&temporary)
        .map_err(anyhow::Error::from)
        .and_then(|file| write(entries, BufWriter::new(file)))
        .with_context(|| format!("can't write {}", temporary.display()))?;
    fs::rename(&temporary, zip).with_context(|| format!("can't write {}", zip.display()))?;
    fs::write(&packed, state).with_context(|| format!("can't write {}", packed.display()))
}

/// What a zip of these entries depends on: their names, modes and contents.
fn state(entries: &[Entry]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for entry in entries {
        hash.update(entry.name.as_bytes());
        hash.update([0, u8::from(entry.executable)]);
        hash.update((entry.content.len() as u64).to_le_bytes());
        hash.update(&entry.content);
    }
    hash.finalize().to_vec()
}

fn entries(source: &Path, notices: Option<&Path>) -> anyhow::Result<Vec<Entry>> {
    if !source.is_dir() {
        let notices = notices.map(|notices| entry(notices, NOTICES.into()));
        let bootstrap = entry(source, BOOTSTRAP.into()).map(|entry| Entry { executable: true, ..entry });
        return notices.into_iter().chain([bootstrap]).collect();
    }
    files(source)?.into_iter().map(|name| entry(&source.join(&name), name)).collect()
}

fn entry(path: &Path, name: PathBuf) -> anyhow::Result<Entry> {
    let unreadable = || format!("can't read {}", path.display());
    let content = fs::read(path).with_context(unreadable)?;
    let mode = fs::metadata(path).with_context(unreadable)?.permissions().mode();
    let name = name.into_os_string().into_string();
    let name = name.map_err(|name| anyhow::anyhow!("the file name {} is not UTF-8", name.display()))?;
    Ok(Entry { name, executable: mode & 0o100 != 0, content })
}

fn write(entries: &[Entry], to: impl Write + Seek) -> anyhow::Result<()> {
    let mut zip = ZipWriter::new(to);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        // 1980-01-01, the earliest that a zip can say.
        .last_modified_time(zip::DateTime::default());
    for entry in entries {
        zip.start_file(&entry.name, options.unix_permissions(if entry.executable { 0o755 } else { 0o644 }))?;
        zip.write_all(&entry.content)?;
    }
    zip.finish()?.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn packed(source: &Path) -> Vec<u8> {
        let folder = tempfile::tempdir().expect("a folder");
        let (zip, notices) = (folder.path().join("function.zip"), folder.path().join("notices"));
        fs::write(&notices, "notices").expect("written");
        pack(source, Some(&notices), &zip).expect("packed");
        fs::read(zip).expect("readable")
    }

    fn contents(zip: &[u8]) -> Vec<(String, u32, String)> {
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(zip)).expect("a zip");
        let mut found = Vec::new();
        for index in 0..zip.len() {
            let mut file = zip.by_index(index).expect("an entry");
            let mut content = String::new();
            file.read_to_string(&mut content).expect("readable");
            let name = file.name().expect("a name").into_owned();
            found.push((name, file.unix_mode().expect("a mode") & 0o777, content));
        }
        found
    }

    #[test]
    fn an_executable_is_packed_as_bootstrap_with_notices() {
        let folder = tempfile::tempdir().expect("a folder");
        let executable = folder.path().join("lambda-s3");
        fs::write(&executable, "content").expect("written");
        let expected = [(NOTICES, 0o644, "notices"), (BOOTSTRAP, 0o755, "content")];
        let expected = expected.map(|(name, mode, content)| (name.to_owned(), mode, content.to_owned()));
        assert_eq!(contents(&packed(&executable)), expected);
    }

    #[test]
    fn a_package_is_packed_again_only_when_something_has_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let [source, notices, zip] = ["source", "notices", "function.zip"].map(|name| folder.path().join(name));
        fs::write(&notices, "notices").expect("written");
        fs::write(&source, "one").expect("written");
        pack(&source, Some(&notices), &zip).expect("packed");
        fs::write(&zip, "as it was left").expect("written");
        pack(&source, Some(&notices), &zip).expect("nothing to do");
        assert_eq!(fs::read(&zip).expect("readable"), b"as it was left");
        fs::write(&source, "two").expect("written");
        pack(&source, Some(&notices), &zip).expect("packed");
        assert_eq!(contents(&fs::read(&zip).expect("readable"))[1].2, "two");
        fs::remove_file(&zip).expect("removed");
        pack(&source, Some(&notices), &zip).expect("packed");
        assert!(zip.exists());
    }

    #[test]
    fn of_a_services_own_folder_neither_its_history_nor_links_out_of_it_are_deployed() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("it is there");
        let link = |to: &str, from: &str| std::os::unix::fs::symlink(to, root.join(from)).expect("linked");
        for name in [".git", ".venv/lib"] {
            fs::create_dir_all(root.join(name)).expect("made");
            fs::write(root.join(name).join("file"), name).expect("written");
        }
        link("lib", ".venv/lib64");
        link("lib/file", ".venv/same");
        link("/bin/sh", ".venv/sh");
        let names: Vec<_> = own_files(&root).expect("readable");
        assert_eq!(names, [".venv/lib/file", ".venv/same"].map(PathBuf::from));
    }

    #[test]
    fn a_folder_gives_the_same_bytes_in_any_place_and_keeps_who_is_executable() {
        let make = || {
            let folder = tempfile::tempdir().expect("a folder");
            fs::create_dir(folder.path().join("lib")).expect("made");
            for (name, mode) in [("lib/b", 0o600), ("bootstrap", 0o700)] {
                fs::write(folder.path().join(name), name).expect("written");
                fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(mode)).expect("set");
            }
            packed(folder.path())
        };
        let zip = make();
        assert_eq!(zip, make());
        let expected = [("bootstrap", 0o755, "bootstrap"), ("lib/b", 0o644, "lib/b")];
        assert_eq!(contents(&zip), expected.map(|(name, mode, content)| (name.to_owned(), mode, content.to_owned())));
    }
}
