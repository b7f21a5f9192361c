//! HTTP/1.1 as a client can be checked for from outside (RFC 9110, RFC 9112): one test per rule, 72
//! in all. Names begin with the number of the rule.
#![cfg(feature = "std")]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

#[path = "../transcript/mod.rs"]
mod transcript;

mod chunked;
mod fields;
mod framing;
mod persistence;
mod requests;
mod status_lines;

/// All 72 rules have a test, each one, and another through C.
#[test]
fn every_row_is_tested_once() {
    let sources = [
        include_str!("requests.rs"),
        include_str!("status_lines.rs"),
        include_str!("fields.rs"),
        include_str!("framing.rs"),
        include_str!("chunked.rs"),
        include_str!("persistence.rs"),
    ];
    let mut rows: Vec<u32> = sources
        .iter()
        .flat_map(|source| source.split("fn row_").skip(1))
        .map(|rest| rest[..2].parse().unwrap())
        .collect();
    rows.dedup();
    assert_eq!(rows, (1..=72).collect::<Vec<_>>());

    // And once more through C.
    let through_c = include_str!("../../c-tests/test_rows.c");
    for row in 1..=72 {
        assert!(
            through_c.contains(&format!("TEST(row_{row:02}_"))
                || through_c.contains(&format!("TEST_OF_SOCKETS(row_{row:02}_")),
            "{row}"
        );
    }
}
