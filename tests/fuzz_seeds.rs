//! The seeds of the fuzz targets (`fuzz/seeds`), played once each: see `fuzz/README.md`.
#![cfg(feature = "tls")]
#![allow(unsafe_code, clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::Path;

/// Plays the seeds of a target, whole and cut.
fn play(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut played = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for end in (0..bytes.len()).step_by(1 + bytes.len() / 16) {
            run(&bytes[..end]);
        }
        run(&bytes);
        played += 1;
    }
    assert!(played >= 3, "{} has {played} seeds", folder.display());
}

macro_rules! seeds {
    ($($target:ident)*) => {
        $(
        #[test]
        fn $target() {
            play(stringify!($target), targets::$target);
        }
    )*

        const PLAYED: &[&str] = &[$(stringify!($target)),*];
    };
}

seeds!(response connect request chunks fields url certificates tls calls);

/// No target is forgotten here, or has no program.
#[test]
fn all_are_played() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let names = |folder: &str| {
        let mut names: Vec<_> = fs::read_dir(fuzz.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let mut played = PLAYED.to_vec();
    played.sort_unstable();
    assert_eq!(names("seeds"), played);
    assert_eq!(names("fuzz_targets"), played);
}
