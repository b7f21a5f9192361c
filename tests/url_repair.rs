//! What people type and servers send, made URLs: case by case, and beside a reader that browsers' rules made.

mod beside;

use core::ffi::CStr;
use httpclient::engine::reference::Unresolved;
use httpclient::engine::repair::repair;
use httpclient::engine::url::{HostKind, parse};

/// The URL, or what is wrong and where.
fn repaired(base: Option<&str>, text: &[u8]) -> Result<String, (usize, &'static CStr)> {
    match repair(base.map(str::as_bytes), text) {
        Ok(url) => {
            parse(url.data()).unwrap_or_else(|fault| {
                panic!("{}: {fault:?}", url.data().escape_ascii());
            });
            Ok(String::from_utf8(url.data().to_vec()).unwrap())
        }
        Err(Unresolved::Reference(fault)) => {
            assert!(fault.offset <= text.len());
            Err((fault.offset, fault.message))
        }
        Err(other) => panic!("{}: {other:?}", text.escape_ascii()),
    }
}

#[test]
fn urls_by_themselves() {
    for (text, wanted) in [
        ("http://h", "http://h"),
        ("http://h/a%2fb?c=%20#d", "http://h/a%2fb?c=%20#d"),
        (" \r\n\thttp://h/\x01 \n", "http://h/"),
        ("HTTP://H/", "HTTP://H/"),
        ("http://h/end with space?q=\u{fc}", "http://h/end%20with%20space?q=%C3%BC"),
        ("http://h/?a[]=1&b={2}|3", "http://h/?a%5B%5D=1&b=%7B2%7D%7C3"),
        ("http://h/100%", "http://h/100%25"),
        ("http://h/%zz%4?%#%g1", "http://h/%25zz%254?%25#%25g1"),
        ("http://h/%%41", "http://h/%25%41"),
        ("http://h/\u{1}\u{7f}", "http://h/%01%7F"),
        ("http:\\\\h\\a\\b?c\\d#e\\f", "http://h/a/b?c%5Cd#e%5Cf"),
        ("http:h/a", "http://h/a"),
        ("http:/h/a", "http://h/a"),
        ("https:////\\h//a", "https://h//a"),
        ("http://h/a/./b/../c/%2E%2e/d/.%2e", "http://h/a/"),
        ("http://h/..", "http://h/"),
        ("http://h?q", "http://h?q"),
        ("http://h/a#b#c?d", "http://h/a#b%23c?d"),
        ("http://u:p@h/", "http://u:p@h/"),
        ("http://a@b@h/", "http://a%40b@h/"),
        ("http://u [:]p@h/", "http://u%20%5B:%5Dp@h/"),
        ("http://h\\@i/", "http://h/@i/"),
        ("http://ex%41mple.%6frg/", "http://exAmple.org/"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://h:0080/", "http://h:0080/"),
        ("http://h:/", "http://h:/"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://0x7f.0.0.1", "http://127.0.0.1"),
        ("http://017700000001/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://1.2.3.4./", "http://1.2.3.4/"),
        ("http://1.2.0x0304/", "http://1.2.3.4/"),
        ("http://0x/", "http://0.0.0.0/"),
        ("http://%31%32%37.1/", "http://127.0.0.1/"),
        ("http://1.2.3.4.h/", "http://1.2.3.4.h/"),
        ("http://0xg/", "http://0xg/"),
        ("http://h./", "http://h./"),
    ] {
        assert_eq!(repaired(None, text.as_bytes()).as_deref(), Ok(wanted), "{text:?}");
    }
}

#[cfg(feature = "idna")]
#[test]
fn hosts_beyond_ascii() {
    for (text, wanted) in [
        ("http://b\u{fc}cher.example/\u{fc}", "http://xn--bcher-kva.example/%C3%BC"),
        ("http://b%C3%BCcher.example/", "http://xn--bcher-kva.example/"),
        // Full-width digits and stops are an address, too.
        ("http://\u{ff11}\u{ff12}\u{ff17}\u{3002}1/", "http://127.0.0.1/"),
    ] {
        assert_eq!(repaired(None, text.as_bytes()).as_deref(), Ok(wanted), "{text:?}");
    }
}

#[test]
fn references() {
    for (base, text, wanted) in [
        ("http://a/b/c?d#e", "", "http://a/b/c?d"),
        ("http://a/b/c?d", " ", "http://a/b/c?d"),
        ("http://a/b/c?d", "g h", "http://a/b/g%20h"),
        ("http://a/b/c?d", "/end with space?q=\u{fc}", "http://a/end%20with%20space?q=%C3%BC"),
        ("http://a/b/c?d", "?a[]=1", "http://a/b/c?a%5B%5D=1"),
        ("http://a/b/c?d", "#x y", "http://a/b/c?d#x%20y"),
        ("http://a/b/c?d", "..\\g", "http://a/g"),
        ("http://a/b/c?d", "\\g", "http://a/g"),
        ("http://a/b/c?d", "%2e%2E/g", "http://a/g"),
        ("http://a/b/c?d", "//h/g", "http://h/g"),
        ("http://a/b/c?d", "\\/h\\g", "http://h/g"),
        ("http://a/b/c?d", "///h/g", "http://h/g"),
        ("http://a/b/c?d", "http:g", "http://a/b/g"),
        ("http://a/b/c?d", "http:/g", "http://a/g"),
        ("http://a/b/c?d", "HTTP:\\g", "http://a/g"),
        ("http://a/b/c?d", "http:", "http://a/b/c?d"),
        ("http://a/b/c?d", "http:?g", "http://a/b/c?g"),
        ("http://a/b/c?d", "https:g", "https://g"),
        ("https://a/b/c?d", "http:///g", "http://g"),
        ("http://a/b/c?d", "x y:z", "http://a/b/x%20y:z"),
        ("http://a/b/c?d", ":z", "http://a/b/:z"),
        ("http://a/b/c?d", "1:z/y", "http://a/b/1:z/y"),
        ("http://a/b/c?d", "/.//h", "http://a//h"),
        ("http://a/b/c?d", "/..//h", "http://a//h"),
        ("http://a", "g", "http://a/g"),
    ] {
        let outcome = repaired(Some(base), text.as_bytes());
        assert_eq!(outcome.as_deref(), Ok(wanted), "{base} {text:?}");
    }
}

#[test]
fn faults_are_placed() {
    let not_http = c"scheme is not http or https";
    let no_scheme = c"no scheme, and no base to take one from";
    let line = c"tab, end of a line or NUL";
    let in_host = c"character not allowed in a host";
    let number = c"ends in a number, but is not an IPv4 address";
    for (text, offset, message) in [
        (&b""[..], 0, no_scheme),
        (b"  ", 2, no_scheme),
        (b"/a", 0, no_scheme),
        (b"//h/", 0, no_scheme),
        (b"example.org/x", 0, no_scheme),
        (b" localhost:80/", 1, not_http),
        (b"ftp://h/", 0, not_http),
        (b"javascript:alert(1)", 0, not_http),
        (b"ht tp://h/", 0, no_scheme),
        (b"http://h/a\r\nX: y", 10, line),
        (b"http://h/a\nb", 10, line),
        (b"http://h/\t/", 9, line),
        (b"ht\ttp://h/", 2, line),
        (b"http://h/\0/", 9, line),
        (b"http://", 7, c"no host"),
        (b"http:", 5, c"no host"),
        (b"http:///?q", 8, c"no host"),
        (b"http://:80/", 7, c"no host"),
        (b"http://u@/", 9, c"no host"),
        (b"http://ex ample/", 9, in_host),
        (b"http://a<b/", 8, in_host),
        (b"http://a\x01b/", 8, in_host),
        (b"http://a%20b/", 7, in_host),
        (b"http://a%2fb/", 7, in_host),
        (b"http://a%00b/", 7, in_host),
        (b"http://a%0d%0ab/", 7, in_host),
        (b"http://a%25b/", 7, in_host),
        (b"http://a%4/", 8, c"% without two hexadecimal digits"),
        (b"http://\xff/", 7, c"the host is not UTF-8"),
        (b"http://a%ff/", 7, c"the host is not UTF-8"),
        (b"http://1.2.3.4.5/", 7, number),
        (b"http://1.2.3.256/", 7, number),
        (b"http://256.1/", 7, number),
        (b"http://a.1/", 7, number),
        (b"http://a.0xf/", 7, number),
        (b"http://1..2/", 7, number),
        (b"http://08/", 7, number),
        (b"http://4294967296/", 7, number),
        (b"http://99999999999999999999999/", 7, number),
        (b"http://0x1ffffffff/", 7, number),
        (b"http://h:0/", 9, c"port is not from 1 to 65535"),
        (b"http://h:65536/", 9, c"port is not from 1 to 65535"),
        (b"http://h:8 0/", 10, c"port is not a number"),
        (b"http://::1/", 7, c"no host"),
        (b"http://[::1/", 11, c"no ] after the IPv6 address"),
        (b"http://[::1]x/", 12, c"no : between host and port"),
        (b"http://[::%31]/", 8, c"not an IPv6 address"),
        ("http://\u{2100}/".as_bytes(), 7, c"the host has no xn-- form, or this build makes none"),
        ("http://\u{ad}/".as_bytes(), 7, c"the host has no xn-- form, or this build makes none"),
    ] {
        assert_eq!(repaired(None, text), Err((offset, message)), "{}", text.escape_ascii());
    }
    for (text, offset) in [(&b"g\rh"[..], 1), (b"//h h/", 3), (b"mailto:x", 0), (b"https:", 6)] {
        let fault = repaired(Some("http://a/"), text).unwrap_err();
        assert_eq!(fault.0, offset, "{}", text.escape_ascii());
    }
}

#[test]
fn addresses_are_seen() {
    for text in ["http://127.1/", "http://0x7f000001/", "http://017700000001:8/"] {
        let url = repaired(None, text.as_bytes()).unwrap();
        assert_eq!(parse(url.as_bytes()).unwrap().host_kind, HostKind::Ipv4, "{text}");
    }
}

#[test]
fn a_base_is_a_url() {
    for base in ["", "/a", "ftp://h/", "http://h/a b"] {
        assert!(matches!(repair(Some(base.as_bytes()), b"g"), Err(Unresolved::Base)), "{base}");
    }
}

/// Numbers that look random and are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}

#[cfg(feature = "idna")]
#[test]
fn browsers_agree() {
    let pieces = [
        "http:",
        "https:",
        "HTTP:",
        "ftp:",
        "//",
        "/",
        "/",
        "\\",
        "?",
        "#",
        "@",
        ":",
        ".",
        "..",
        "%2e",
        "h",
        "example.org",
        "127.1",
        "0x7f",
        "0",
        "08",
        "256",
        "[::1]",
        ":80",
        ":8x",
        "%",
        "%41",
        "%zz",
        "%C3%BC",
        " ",
        "[",
        "]",
        "|",
        "'",
        "\"",
        "{",
        "^",
        "`",
        "~",
        "\u{fc}",
        "\t",
        "\n",
        "\x01",
        "\x7f",
        "a=b&c",
        "u:p",
    ];
    let bases = [None, Some("http://a/b/c?d#e"), Some("https://u@a:8443")];
    let mut numbers = Numbers(3);
    let mut accepted = 0;
    for _ in 0..100_000 {
        let mut text = String::from(["", "", "http://", "https://h/"][numbers.below(4)]);
        for _ in 0..numbers.below(8) {
            text += pieces[numbers.below(pieces.len())];
        }
        let base = bases[numbers.below(bases.len())];
        let ours = repaired(base, text.as_bytes()).ok();
        let shown = ours.as_deref().map(|url| beside::by_a_browser(None, url).unwrap());
        assert_eq!(shown, beside::by_a_browser(base, &text), "{base:?} {text:?}: {ours:?}");
        accepted += usize::from(ours.is_some());
        // What was repaired needs no repair.
        if let Some(url) = ours {
            assert_eq!(repaired(base, url.as_bytes()).unwrap(), url);
        }
    }
    assert!(accepted > 25_000, "only {accepted} were URLs");
}

#[test]
fn any_bytes_are_answered() {
    let mut numbers = Numbers(4);
    for _ in 0..200_000 {
        let mut text = b"http://u:p@[::1]:80/p%41/../?q#f".to_vec();
        for _ in 0..1 + numbers.below(4) {
            let at = numbers.below(text.len());
            text[at] = numbers.below(256) as u8;
        }
        text.truncate(numbers.below(text.len() + 1));
        let base = ["http://a/b", "https://[::2]:4?x"][numbers.below(2)];
        let _ = (repaired(None, &text), repaired(Some(base), &text));
    }
}
