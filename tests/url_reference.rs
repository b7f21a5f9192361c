//! References resolved from a base: the examples of RFC 3986, what is refused and where, and another resolver.

mod beside;

use beside::resolved_by_another_parser;
use httpclient::engine::reference::{Unresolved, resolve};
use httpclient::engine::url::parse;

/// The result, or the place of the fault in the reference.
fn resolved(base: &str, reference: &[u8]) -> Result<String, usize> {
    match resolve(base.as_bytes(), reference) {
        Ok(url) => Ok(String::from_utf8(url.data().to_vec()).unwrap()),
        Err(Unresolved::Reference(fault)) => Err(fault.offset),
        Err(other) => panic!("{base}: {other:?}"),
    }
}

/// RFC 3986 sections 5.4.1 and 5.4.2.
const EXAMPLES: [(&str, &str); 42] = [
    ("g:h", "g:h"),
    ("g", "http://a/b/c/g"),
    ("./g", "http://a/b/c/g"),
    ("g/", "http://a/b/c/g/"),
    ("/g", "http://a/g"),
    ("//g", "http://g"),
    ("?y", "http://a/b/c/d;p?y"),
    ("g?y", "http://a/b/c/g?y"),
    ("#s", "http://a/b/c/d;p?q#s"),
    ("g#s", "http://a/b/c/g#s"),
    ("g?y#s", "http://a/b/c/g?y#s"),
    (";x", "http://a/b/c/;x"),
    ("g;x", "http://a/b/c/g;x"),
    ("g;x?y#s", "http://a/b/c/g;x?y#s"),
    ("", "http://a/b/c/d;p?q"),
    (".", "http://a/b/c/"),
    ("./", "http://a/b/c/"),
    ("..", "http://a/b/"),
    ("../", "http://a/b/"),
    ("../g", "http://a/b/g"),
    ("../..", "http://a/"),
    ("../../", "http://a/"),
    ("../../g", "http://a/g"),
    ("../../../g", "http://a/g"),
    ("../../../../g", "http://a/g"),
    ("/./g", "http://a/g"),
    ("/../g", "http://a/g"),
    ("g.", "http://a/b/c/g."),
    (".g", "http://a/b/c/.g"),
    ("g..", "http://a/b/c/g.."),
    ("..g", "http://a/b/c/..g"),
    ("./../g", "http://a/b/g"),
    ("./g/.", "http://a/b/c/g/"),
    ("g/./h", "http://a/b/c/g/h"),
    ("g/../h", "http://a/b/c/h"),
    ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
    ("g;x=1/../y", "http://a/b/c/y"),
    ("g?y/./x", "http://a/b/c/g?y/./x"),
    ("g?y/../x", "http://a/b/c/g?y/../x"),
    ("g#s/./x", "http://a/b/c/g#s/./x"),
    ("g#s/../x", "http://a/b/c/g#s/../x"),
    ("http:g", "http:g"),
];

#[test]
fn the_examples_of_the_rfc() {
    for (reference, wanted) in EXAMPLES {
        let outcome = resolved("http://a/b/c/d;p?q", reference.as_bytes());
        assert_eq!(outcome.as_deref(), Ok(wanted), "{reference}");
    }
}

#[test]
fn from_other_bases() {
    for (base, reference, wanted) in [
        ("http://h", "", "http://h"),
        ("http://h", "g", "http://h/g"),
        ("http://h", "../g", "http://h/g"),
        ("http://h", "?q", "http://h?q"),
        ("http://h?q", "#f", "http://h?q#f"),
        ("http://h?q/r", "g", "http://h/g"),
        ("http://h/a#f", "", "http://h/a"),
        ("http://h/a#f", "b", "http://h/b"),
        ("http://h/a/./../b", "", "http://h/a/./../b"),
        ("http://h/a/./../b", "c", "http://h/c"),
        ("https://u:p@[::1]:8443/a", "b", "https://u:p@[::1]:8443/b"),
        ("https://u@h/a", "//i/b", "https://i/b"),
        ("HTTPS://h/a", "//i", "HTTPS://i"),
        ("https://h/a", "http://i/../b", "http://i/b"),
        ("http://h/a//b/c", "../d", "http://h/a//d"),
        ("http://h/a//b/c", "../../d", "http://h/a/d"),
        ("http://h/a", "/.//b", "http://h//b"),
        ("http://h/a", "./b:c", "http://h/b:c"),
        ("http://h/a", "b/c:d", "http://h/b/c:d"),
        ("http://h/a", "%2e%2e/b", "http://h/%2e%2e/b"),
        ("http://h/a", "mailto:x@y", "mailto:x@y"),
        ("http://h/a", "ftp://u@[v1.x]:99999/b", "ftp://u@[v1.x]:99999/b"),
        // No path becomes a host.
        ("http://h/a", "http:/..//i/b", "http:/.//i/b"),
        ("http://h/a", "g:/.//i", "g:/.//i"),
        ("http://h/a", "g:a/..//i", "g:/.//i"),
    ] {
        let outcome = resolved(base, reference.as_bytes());
        assert_eq!(outcome.as_deref(), Ok(wanted), "{base} {reference}");
    }
}

#[test]
fn faults_are_placed() {
    for (reference, offset) in [
        (&b" g"[..], 0),
        (b"g ", 1),
        (b"g h", 1),
        (b"g\0", 1),
        (b"/a\r\nX: y", 2),
        (b"g\x7f", 1),
        (b"caf\xc3\xa9", 3),
        (b"a\\b", 1),
        (b"\\\\h", 0),
        (b"%", 0),
        (b"a/%4", 2),
        (b"?%zz", 1),
        (b"#a#b", 2),
        (b"?a[]=1", 2),
        (b":a", 0),
        (b"1a:b", 2),
        (b"a%41:b", 4),
        (b"//", 2),
        (b"///a", 2),
        (b"//h:0", 4),
        (b"//h:65536/", 4),
        (b"//h:x", 4),
        (b"//u@v@h", 5),
        (b"//[::1", 6),
        (b"//h h/", 3),
        (b"http://", 7),
        (b"https:///a", 8),
        (b"http://h\\@i/", 8),
        (b"g://h h/", 5),
        (b"g:\xff", 2),
    ] {
        assert_eq!(resolved("http://h/a", reference), Err(offset), "{}", reference.escape_ascii());
    }
}

#[test]
fn a_base_is_a_url() {
    for base in ["", "/a", "h/a", "ftp://h/", "http:a", "http://h/a b", "http://h:0/"] {
        let outcome = resolve(base.as_bytes(), b"g");
        assert!(matches!(outcome, Err(Unresolved::Base)), "{base}");
    }
}

#[test]
fn what_is_long_takes_no_longer() {
    let up = "../".repeat(100_000);
    assert_eq!(resolved("http://h/a/b", up.as_bytes()).unwrap(), "http://h/");
    let down = "a/../".repeat(100_000) + &"b/".repeat(100_000);
    let wanted = String::from("http://h/") + &"b/".repeat(100_000);
    assert_eq!(resolved("http://h/x", down.as_bytes()).unwrap(), wanted);
}

#[test]
fn another_resolver_agrees() {
    let pieces = [
        "http:", "HTTPS:", "g:", "g+.-:", "1:", "//", "/", "/", "/", ".", "..", "...", "/.", "/..",
        "./", "../", "a", "b", "?", "#", ":", "@", "h", "[::1]", ":80", ":0", "%41", "%2f", "%",
        " ", "\\", "\u{e9}", ";", "&",
    ];
    let bases = ["http://a/b/c/d;p?q", "https://u@h:8", "http://h?q", "http://h//a/b/c/#f"];
    // splitmix64, the same in every run.
    let mut state = 1u64;
    let mut below = |limit: usize| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    };
    let mut accepted = 0;
    for _ in 0..200_000 {
        let mut reference = String::new();
        for _ in 0..below(9) {
            reference += pieces[below(pieces.len())];
        }
        let base = bases[below(bases.len())];
        let ours = resolved(base, reference.as_bytes()).ok();
        let theirs = resolved_by_another_parser(base, &reference, ours.clone());
        assert_eq!(ours, theirs, "{base} {reference}");
        accepted += usize::from(ours.is_some());
        // What is http's and has a host is a URL.
        if let Some(url) = ours.filter(|url| url.starts_with("http://")) {
            parse(url.as_bytes()).unwrap();
        }
    }
    assert!(accepted > 50_000, "only {accepted} led anywhere");
}
