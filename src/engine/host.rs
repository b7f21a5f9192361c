//! A host as the caller gave it, and as it goes out: a name beyond ASCII goes out in its A-label form
//! (IDNA, RFC 5890).

use super::error::{Error, Kind, error};
use super::target::check_host;
use crate::memory;
use alloc::string::String;

/// A checked host.
#[derive(Debug)]
pub struct Host {
    /// A NUL stands behind it, for C.
    given: String,
    /// Its A-label form, where that is another.
    ascii: Option<String>,
}

impl Host {
    /// Checks a host, an IPv6 address without brackets. One beyond ASCII is converted; that needs
    /// feature `idna`.
    ///
    /// # Errors
    /// `Kind::InvalidUrl` if it is none, `Kind::Encoding` if it has no A-label form.
    pub fn new(host: &str) -> Result<Host, Error> {
        let ascii = match check_host(host) {
            Err(error) if error.kind() == Kind::Encoding => {
                let ascii = to_ascii(host)?;
                // What characters beyond ASCII stand for may be anything.
                check_host(&ascii)?;
                Some(ascii)
            }
            checked => {
                checked?;
                None
            }
        };
        Ok(Host { given: memory::terminated_text(host)?, ascii })
    }

    /// As the caller gave it; a NUL stands behind it.
    pub fn given(&self) -> &str {
        &self.given[..self.given.len() - 1]
    }

    /// As it goes out: to name servers, in Host and CONNECT, and in TLS.
    pub fn ascii(&self) -> &str {
        self.ascii.as_deref().unwrap_or_else(|| self.given())
    }
}

/// The A-label form by UTS 46, as browsers have it. It bounds what it allocates by what a name can be.
#[cfg(feature = "idna")]
fn to_ascii(host: &str) -> Result<String, Error> {
    use super::error::Escaped;
    use idna::uts46::{AsciiDenyList, ErrorPolicy, Hyphens, ProcessingSuccess, Uts46};
    /// No name of 253 bytes, the longest there is (RFC 1035 section 2.3.4), is written with more characters.
    /// For so many the crate takes no memory, which it could not do without.
    const LONGEST: usize = 253;

    let refused = || {
        let shown = Escaped(host.as_bytes());
        Error::format(
            Kind::Encoding,
            format_args!("{shown} has no ASCII form (IDNA): a label is empty, too long or invalid"),
        )
    };
    if host.chars().count() > LONGEST {
        return Err(error!(Kind::Encoding, "the host is longer than any name (IDNA)"));
    }
    let mut name = Name::default();
    let outcome = Uts46::new().process(
        host.as_bytes(),
        AsciiDenyList::URL,
        Hyphens::Allow,
        ErrorPolicy::FailFast,
        |_, _, _| false,
        &mut name,
        None,
    );
    let ascii = match outcome {
        Ok(ProcessingSuccess::WroteToSink) => name.text(),
        Ok(ProcessingSuccess::Passthrough) => Some(host),
        Err(_) => None,
    };
    match ascii.filter(|ascii| idna::uts46::verify_dns_length(ascii, true)) {
        Some(ascii) => Ok(memory::text(ascii)?),
        None => Err(refused()),
    }
}

/// Where a name is written: a name of 253 bytes with a dot fits, and what is longer is none.
#[cfg(feature = "idna")]
struct Name {
    bytes: [u8; 254],
    len: usize,
}

#[cfg(feature = "idna")]
impl Default for Name {
    fn default() -> Name {
        Name { bytes: [0; 254], len: 0 }
    }
}

#[cfg(feature = "idna")]
impl Name {
    /// What was written, if it fits.
    fn text(&self) -> Option<&str> {
        core::str::from_utf8(self.bytes.get(..self.len)?).ok()
    }
}

#[cfg(feature = "idna")]
impl core::fmt::Write for Name {
    /// Never fails: the crate panics where a sink does.
    fn write_str(&mut self, piece: &str) -> core::fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + piece.len());
        room.into_iter().for_each(|room| room.copy_from_slice(piece.as_bytes()));
        self.len += piece.len();
        Ok(())
    }
}

#[cfg(not(feature = "idna"))]
fn to_ascii(_: &str) -> Result<String, Error> {
    Err(error!(
        Kind::Encoding,
        "the host is not ASCII, and this build has no IDNA: give its xn-- form"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_goes_out_as_it_is() {
        for host in ["Example.ORG", "::1", "fe80::1%eth0", "", "a_b", "127.0.0.1", "xn--a"] {
            let host_of = Host::new(host).unwrap();
            assert_eq!((host_of.given(), host_of.ascii()), (host, host));
        }
        assert_eq!(Host::new("a b").unwrap_err().kind(), Kind::InvalidUrl);
    }

    #[cfg(feature = "idna")]
    #[test]
    fn names_beyond_ascii_go_out_as_a_labels() {
        for (host, ascii) in [
            ("δπθ.gr", "xn--pxaix.gr"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.Example.", "xn--bcher-kva.example."),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            // A full stop of another script, and full-width letters.
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("ｅｘａｍｐｌｅ.org", "example.org"),
            // IDNA 2003 has another form of these.
            ("straße.de", "xn--strae-oqa.de"),
            ("σίσυφος.gr", "xn--kxa6ajbbmh.gr"),
        ] {
            let name = Host::new(host).unwrap();
            assert_eq!((name.given(), name.ascii()), (host, ascii));
        }
    }

    #[test]
    fn what_has_no_a_label_is_refused() {
        let label = "é".repeat(63);
        let name = "é.".repeat(3000);
        for host in [
            "é..example",
            ".é",
            "é.\u{ad}.example",
            "xn--\u{e9}.example",
            // They stand for "a/c" and for "%", "#" and "@".
            "\u{2100}.example",
            "a\u{ff05}41.é",
            "a\u{ff03}b",
            "a\u{ff20}b",
            // Never a port, and never an address.
            "é:80",
            "\u{ff1a}\u{ff1a}1",
            label.as_str(),
            name.as_str(),
            "\u{fffd}",
            "a\u{200f}b\u{5d0}",
        ] {
            assert_eq!(Host::new(host).unwrap_err().kind(), Kind::Encoding, "{host}");
        }
        for host in ["é b", "é\n", "\u{7f}é"] {
            assert_eq!(Host::new(host).unwrap_err().kind(), Kind::InvalidUrl, "{host}");
        }
    }

    #[cfg(not(feature = "idna"))]
    #[test]
    fn without_the_feature_the_message_says_so() {
        let error = Host::new("bücher.example").unwrap_err();
        assert!(error.message().contains("no IDNA"), "{}", error.message());
    }
}
