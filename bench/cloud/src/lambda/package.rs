//! Unpacking a deployment package, as Lambda does into `/var/task`.

use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use zip::{ZipArchive, result::ZipError};

/// The most that a package may unpack to: 250 MB.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const UNPACKED_BYTES: u64 = 250 * 1024 * 1024;

/// Why a package can't be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The archive can't be opened.
    #[error("cannot open the package {}; build it first", package.display())]
    Open {
        /// The archive.
        package: PathBuf,
        /// What the system reported.
        #[source]
        source: io::Error,
    },
    /// It is not a zip archive, or a damaged one.
    #[error("{} is not a readable zip archive; build it anew", package.display())]
    Format {
        /// The archive.
        package: PathBuf,
        /// What is wrong.
        #[source]
        source: ZipError,
    },
    /// An entry would land outside of the folder, is not a plain file or folder, or has a name that can't be one's.
    #[error("the package holds `{entry}`, which can't be a plain file inside it; rename it or leave it out")]
    Entry {
        /// The entry's name.
        entry: String,
    },
    /// It unpacks to more than [`UNPACKED_BYTES`].
    #[error("the package unpacks to more than 250 MB, which Lambda refuses")]
    TooLarge,
    /// An entry can't be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// What the system reported.
        #[source]
        source: io::Error,
    },
}

/// Unpacks `package` into `folder`, which is made if it is missing. Mode bits are kept (files without any
/// become 644). Links and paths that lead out of the folder are refused. It blocks: a few MB take milliseconds.
pub fn unpack(package: &Path, folder: &Path) -> Result<(), PackageError> {
    let open = |source| PackageError::Open { package: package.to_owned(), source };
    let format = |source| PackageError::Format { package: package.to_owned(), source };
    let mut archive = ZipArchive::new(File::open(package).map_err(open)?).map_err(format)?;
    let mut left = UNPACKED_BYTES;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(format)?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let refused = || PackageError::Entry { entry: name.clone() };
        let path = folder.join(entry.enclosed_name().ok_or_else(refused)?);
        let write = |source: io::Error| match source.kind() {
            // No folder of this machine can hold an entry of this name beside the others.
            ErrorKind::InvalidFilename
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::AlreadyExists => refused(),
            // The archive's own: damaged data, a wrong checksum.
            _ if source.raw_os_error().is_none() => format(source.into()),
            _ => PackageError::Write { path: path.clone(), source },
        };
        if entry.is_dir() {
            fs::create_dir_all(&path).map_err(write)?;
            continue;
        }
        if !entry.is_file() {
            return Err(refused());
        }
        let mode = entry.unix_mode().map_or(0o644, |mode| mode & 0o777);
        fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(write)?;
        let mut file = File::create(&path).map_err(write)?;
        // The archive's own size is not trusted: one byte more than allowed is enough to know.
        let written = io::copy(&mut io::Read::take(entry, left + 1), &mut file).map_err(write)?;
        left = left.checked_sub(written).ok_or(PackageError::TooLarge)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).map_err(write)?;
    }
    Ok(())
}
