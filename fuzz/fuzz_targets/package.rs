//! A function's package: it is unpacked within its folder, or refused.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|package: &[u8]| {
    let place = tempfile::tempdir().expect("a folder");
    let (zip, folder) = (place.path().join("package.zip"), place.path().join("inner/folder"));
    fs::write(&zip, package).expect("it can be written");
    fs::create_dir_all(&folder).expect("a folder");
    if let Err(error) = cloud::lambda::unpack(&zip, &folder) {
        assert!(!error.to_string().is_empty());
    }
    assert_eq!(fs::read_dir(place.path()).expect("it is there").count(), 2, "nothing beside the folder");
    assert_eq!(fs::read_dir(place.path().join("inner")).expect("it is there").count(), 1, "nothing beside the folder");
});
