//! The URL splitter: its grammar case by case, and against another parser.

mod beside;

use beside::{by_another_parser, shown};
use core::ffi::CStr;
use httpclient::engine::url::{HostKind, parse};

#[test]
fn urls_are_split() {
    let cases = [
        ("http://h", "http - h 80 '' - -"),
        ("https://h", "https - h 443 '' - -"),
        ("HTTP://h", "http - h 80 '' - -"),
        ("hTtPs://h", "https - h 443 '' - -"),
        ("http://h/", "http - h 80 '/' - -"),
        ("http://h/a/b", "http - h 80 '/a/b' - -"),
        ("http://h//a", "http - h 80 '//a' - -"),
        ("http://h/a/../b/.", "http - h 80 '/a/../b/.' - -"),
        ("http://h?", "http - h 80 '' '' -"),
        ("http://h?q", "http - h 80 '' 'q' -"),
        ("http://h#", "http - h 80 '' - ''"),
        ("http://h#f", "http - h 80 '' - 'f'"),
        ("http://h#f?q#", ""),
        ("http://h#f?q/", "http - h 80 '' - 'f?q/'"),
        ("http://h/p?q?r/s#f", "http - h 80 '/p' 'q?r/s' 'f'"),
        ("http://h/p#f@x:1/y", "http - h 80 '/p' - 'f@x:1/y'"),
        ("http://h?u@x:1", "http - h 80 '' 'u@x:1' -"),
        ("http://h:80/", "http - h 80 '/' - -"),
        ("http://h:", "http - h 80 '' - -"),
        ("https://h:/", "https - h 443 '/' - -"),
        ("http://h:1", "http - h 1 '' - -"),
        ("http://h:00080", "http - h 80 '' - -"),
        ("http://h:65535", "http - h 65535 '' - -"),
        ("http://u@h", "http 'u' h 80 '' - -"),
        ("http://u:p@h:8/", "http 'u:p' h 8 '/' - -"),
        ("http://@h", "http '' h 80 '' - -"),
        ("http://u%40x:p%3a@h", "http 'u%40x:p%3a' h 80 '' - -"),
        ("http://u:p:q@h", "http 'u:p:q' h 80 '' - -"),
        ("http://127.0.0.1:8/", "http - 127.0.0.1 8 '/' - -"),
        ("http://[::1]", "http - ::1 80 '' - -"),
        ("http://[::1]:8/", "http - ::1 8 '/' - -"),
        ("http://u@[2001:db8::a]:/?q", "http 'u' 2001:db8::a 80 '/' 'q' -"),
        ("http://[::ffff:1.2.3.4]/", "http - ::ffff:1.2.3.4 80 '/' - -"),
        ("http://a.b-c_d~e!$&'()*+,;=/", "http - a.b-c_d~e!$&'()*+,;= 80 '/' - -"),
        ("http://h/a:b@c!$&'()*+,;=-._~", "http - h 80 '/a:b@c!$&'()*+,;=-._~' - -"),
        ("http://h/%00%fF%20?%2F#%23", "http - h 80 '/%00%fF%20' '%2F' '%23'"),
        ("http://xn--bcher-kva.example/", "http - xn--bcher-kva.example 80 '/' - -"),
    ];
    for (url, wanted) in cases {
        let outcome = parse(url.as_bytes()).map_or(String::new(), |parts| shown(&parts));
        assert_eq!(outcome, wanted, "{url}");
    }
}

#[test]
fn hosts_have_a_kind() {
    let cases = [
        ("http://example.org", HostKind::Name),
        ("http://127.0.0.1", HostKind::Ipv4),
        ("http://255.255.255.255:1", HostKind::Ipv4),
        ("http://[::]", HostKind::Ipv6),
        // Names by the grammar, whatever a system's lookup makes of them.
        ("http://127.1", HostKind::Name),
        ("http://0x7f.0.0.1", HostKind::Name),
        ("http://127.0.0.01", HostKind::Name),
        ("http://256.0.0.1", HostKind::Name),
        ("http://1.2.3.4.", HostKind::Name),
    ];
    for (url, kind) in cases {
        assert_eq!(parse(url.as_bytes()).unwrap().host_kind, kind, "{url}");
    }
}

#[test]
fn faults_are_placed() {
    let cases: &[(&[u8], usize, &CStr)] = &[
        (b"", 0, c"no scheme: neither http:// nor https://"),
        (b"h", 0, c"no scheme: neither http:// nor https://"),
        (b"example.org/", 0, c"no scheme: neither http:// nor https://"),
        (b"/path", 0, c"no scheme: neither http:// nor https://"),
        (b"//h/", 0, c"no scheme: neither http:// nor https://"),
        (b" http://h", 0, c"no scheme: neither http:// nor https://"),
        (b"ftp://h", 0, c"scheme is not http or https"),
        (b"file:///etc/passwd", 0, c"scheme is not http or https"),
        (b"httpss://h", 0, c"scheme is not http or https"),
        (b"http", 4, c"no :// after the scheme"),
        (b"http:", 5, c"no :// after the scheme"),
        (b"http:/h", 6, c"no :// after the scheme"),
        (b"http:h", 5, c"no :// after the scheme"),
        (b"http ://h", 4, c"no :// after the scheme"),
        (b"http:\\\\h", 5, c"no :// after the scheme"),
        (b"http://", 7, c"no host"),
        (b"http:///p", 7, c"no host"),
        (b"http://?q", 7, c"no host"),
        (b"http://#f", 7, c"no host"),
        (b"http://:80", 7, c"no host"),
        (b"http://u@", 9, c"no host"),
        (b"http://u@:1/", 9, c"no host"),
        (b"http://h h/", 8, c"character not allowed in a host"),
        (b"http://h\t", 8, c"character not allowed in a host"),
        (b"http://h\r\nX: y", 8, c"character not allowed in a host"),
        (b"http://h\0", 8, c"character not allowed in a host"),
        (b"http://h\x7f", 8, c"character not allowed in a host"),
        (b"http://h\\@x", 8, c"character not allowed in user information"),
        (b"http://h\\x", 8, c"character not allowed in a host"),
        (b"http://h%41", 8, c"character not allowed in a host"),
        ("http://b\u{fc}cher".as_bytes(), 8, c"character not allowed in a host"),
        (b"http://<h>", 7, c"character not allowed in a host"),
        (b"http://::1/", 7, c"no host"),
        (b"http://fe80::1/", 12, c"port is not a number"),
        (b"http://u@v@h", 10, c"character not allowed in a host"),
        (b"http://u[@h", 8, c"character not allowed in user information"),
        (b"http://u%4@h", 8, c"% without two hexadecimal digits"),
        (b"http://h:x", 9, c"port is not a number"),
        (b"http://h:8x", 10, c"port is not a number"),
        (b"http://h:+8", 9, c"port is not a number"),
        (b"http://h:-1", 9, c"port is not a number"),
        (b"http://h: 8", 9, c"port is not a number"),
        (b"http://h:8 /", 10, c"port is not a number"),
        (b"http://h:8:9", 10, c"port is not a number"),
        (b"http://h:0", 9, c"port is not from 1 to 65535"),
        (b"http://h:65536", 9, c"port is not from 1 to 65535"),
        (b"http://h:99999999999999999999999999", 9, c"port is not from 1 to 65535"),
        (b"http://[", 8, c"no ] after the IPv6 address"),
        (b"http://[::1", 11, c"no ] after the IPv6 address"),
        (b"http://[::1/]", 11, c"no ] after the IPv6 address"),
        (b"http://[]", 8, c"not an IPv6 address"),
        (b"http://[1.2.3.4]", 8, c"not an IPv6 address"),
        (b"http://[::1::2]", 8, c"not an IPv6 address"),
        (b"http://[12345::]", 8, c"not an IPv6 address"),
        (b"http://[fe80::1%25eth0]", 8, c"not an IPv6 address"),
        (b"http://[v1.x]", 8, c"not an IPv6 address"),
        (b"http://[\xff]", 8, c"not an IPv6 address"),
        (b"http://[::1]8", 12, c"no : between host and port"),
        (b"http://[::1]x:8", 12, c"no : between host and port"),
        (b"http://h/ ", 9, c"character not allowed in a path"),
        (b"http://h/a b", 10, c"character not allowed in a path"),
        (b"http://h/a\\b", 10, c"character not allowed in a path"),
        (b"http://h/{a}", 9, c"character not allowed in a path"),
        (b"http://h/[a]", 9, c"character not allowed in a path"),
        (b"http://h/\xc3\xa9", 9, c"character not allowed in a path"),
        (b"http://h/%", 9, c"% without two hexadecimal digits"),
        (b"http://h/%4", 9, c"% without two hexadecimal digits"),
        (b"http://h/a%4?", 10, c"% without two hexadecimal digits"),
        (b"http://h/%4g", 9, c"% without two hexadecimal digits"),
        (b"http://h/%g4", 9, c"% without two hexadecimal digits"),
        (b"http://h/?a b", 11, c"character not allowed in a query"),
        (b"http://h/?a\"", 11, c"character not allowed in a query"),
        (b"http://h/?a[0]=1", 11, c"character not allowed in a query"),
        (b"http://h/?%zz", 10, c"% without two hexadecimal digits"),
        (b"http://h/#a#b", 11, c"character not allowed in a fragment"),
        (b"http://h/#\n", 10, c"character not allowed in a fragment"),
        (b"http://h/#%", 10, c"% without two hexadecimal digits"),
    ];
    for &(url, offset, message) in cases {
        let fault = parse(url).expect_err(&url.escape_ascii().to_string());
        assert_eq!((fault.offset, fault.message), (offset, message), "{}", url.escape_ascii());
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

#[test]
fn another_parser_agrees_on_generated_urls() {
    let pieces = [
        "http",
        "https",
        "HTTP",
        "ftp",
        ":",
        "://",
        "/",
        "//",
        "?",
        "#",
        "@",
        "[",
        "]",
        "[::1]",
        "[1:2:3:4:5:6:7:8]",
        "1.2.3.4",
        "h",
        "example.org",
        "80",
        ":80",
        ":65536",
        ":0",
        "%",
        "%41",
        "%4",
        "%zz",
        " ",
        "\\",
        "u:p@",
        "..",
        "a=b&c",
        "'",
        "\"",
        "|",
        "~",
        "\u{e9}",
        "\t",
        "-",
        "_",
    ];
    let mut numbers = Numbers(1);
    let mut accepted = 0;
    for _ in 0..200_000 {
        let mut url = String::from(["", "http://", "https://"][numbers.below(3)]);
        for _ in 0..numbers.below(8) {
            url += pieces[numbers.below(pieces.len())];
        }
        let ours = parse(url.as_bytes()).ok().map(|parts| shown(&parts));
        accepted += usize::from(ours.is_some());
        assert_eq!(ours, by_another_parser(&url), "{url:?}");
    }
    assert!(accepted > 10_000, "only {accepted} were URLs");
}

#[test]
fn any_bytes_are_answered() {
    let mut numbers = Numbers(2);
    for _ in 0..200_000 {
        let mut url = b"http://u:p@[::1]:80/p%41?q#f".to_vec();
        for _ in 0..1 + numbers.below(4) {
            let at = numbers.below(url.len());
            url[at] = numbers.below(256) as u8;
        }
        url.truncate(numbers.below(url.len() + 1));
        if let Err(fault) = parse(&url) {
            assert!(fault.offset <= url.len());
        }
    }
}
