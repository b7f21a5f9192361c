//! References to URLs (RFC 3986 section 4.1), and where they lead from a base (section 5.2).

use super::buffer::Buffer;
use super::error::Error;
use super::url::{
    self, Fault, NOT_IN_FRAGMENT, NOT_IN_PATH, NOT_IN_QUERY, component, fault, find, is_authority,
    is_path, is_query,
};
use core::ops::Range;

/// Why a reference leads nowhere.
#[derive(Debug)]
pub enum Unresolved {
    /// The base is no http or https URL.
    Base,
    /// The reference is at fault.
    Reference(Fault),
    /// There is no memory.
    Error(Error),
}

impl From<Fault> for Unresolved {
    fn from(fault: Fault) -> Unresolved {
        Unresolved::Reference(fault)
    }
}

impl From<Error> for Unresolved {
    fn from(error: Error) -> Unresolved {
        Unresolved::Error(error)
    }
}

/// Where a reference leads from a base, strictly: a scheme of its own makes it a URL, the base's too.
///
/// The base is an http or https URL. The reference is one, too, or relative, or a URI of another scheme.
pub fn resolve(base: &[u8], reference: &[u8]) -> Result<Buffer, Unresolved> {
    let base = Parts::of_base(base)?;
    let parts = Parts::of(reference);
    parts.check(reference)?;
    Ok(parts.target(&base)?)
}

/// The parts of a reference as they stand in it (RFC 3986 appendix B).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) scheme: Option<&'a [u8]>,
    authority: Option<&'a [u8]>,
    path: &'a [u8],
    query: Option<&'a [u8]>,
    fragment: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    /// Those of a base, which must be an http or https URL.
    pub(super) fn of_base(base: &'a [u8]) -> Result<Parts<'a>, Unresolved> {
        match url::parse(base) {
            Ok(_) => Ok(Parts::of(base)),
            Err(_) => Err(Unresolved::Base),
        }
    }

    /// Cuts a text, whatever it is.
    pub(super) fn of(text: &'a [u8]) -> Parts<'a> {
        let scheme = scheme(text);
        let rest = scheme.map_or(text, |scheme| &text[scheme.len() + 1..]);
        let (rest, fragment) = cut(rest, b'#');
        let (rest, query) = cut(rest, b'?');
        let (authority, path) = match rest {
            [b'/', b'/', rest @ ..] => {
                let end = find(rest, 0, |b| b == b'/').unwrap_or(rest.len());
                (Some(&rest[..end]), &rest[end..])
            }
            _ => (None, rest),
        };
        Parts { scheme, authority, path, query, fragment }
    }

    /// Whether the text that was cut is what the grammar allows; an authority for http and https as
    /// [`url::parse`] has it.
    fn check(&self, text: &[u8]) -> Result<(), Fault> {
        let mut at = self.scheme.map_or(0, |scheme| scheme.len() + 1);
        if let Some(authority) = self.authority {
            at += b"//".len();
            self.check_authority(text, at..at + authority.len())?;
            at += authority.len();
        } else if self.scheme.is_none() {
            let end = find(self.path, 0, |b| b == b'/').unwrap_or(self.path.len());
            if let Some(at) = find(&self.path[..end], 0, |b| b == b':') {
                return fault(at, c"a : before the first /, and no scheme");
            }
        }
        component(text, at..at + self.path.len(), is_path, NOT_IN_PATH)?;
        at += self.path.len();
        for (part, message) in [(self.query, NOT_IN_QUERY), (self.fragment, NOT_IN_FRAGMENT)] {
            if let Some(part) = part {
                component(text, at + 1..at + 1 + part.len(), is_query, message)?;
                at += 1 + part.len();
            }
        }
        Ok(())
    }

    fn check_authority(&self, text: &[u8], range: Range<usize>) -> Result<(), Fault> {
        if self.scheme.is_none_or(is_http) {
            url::authority(text, range.start, range.end)?;
        } else {
            component(text, range, is_authority, c"character not allowed in an authority")?;
        }
        Ok(())
    }

    /// Where it leads from the base (RFC 3986 section 5.2.2).
    pub(super) fn target(&self, base: &Parts<'_>) -> Result<Buffer, Error> {
        let mut path = Buffer::new();
        let (scheme, authority, query) = if self.scheme.is_some() {
            push_without_dots(&mut path, self.path)?;
            (self.scheme, self.authority, self.query)
        } else if self.authority.is_some() {
            push_without_dots(&mut path, self.path)?;
            (base.scheme, self.authority, self.query)
        } else if self.path.is_empty() {
            path.push(base.path)?;
            (base.scheme, base.authority, self.query.or(base.query))
        } else {
            push_without_dots(&mut path, base.merged(self.path)?.data())?;
            (base.scheme, base.authority, self.query)
        };
        // Without an authority, a path must not become one (section 4.2).
        let guard: &[u8] =
            if authority.is_none() && path.data().starts_with(b"//") { b"/." } else { b"" };
        let mut out = Buffer::new();
        push_part(&mut out, b"", scheme, b":")?;
        push_part(&mut out, b"//", authority, b"")?;
        out.push_parts([guard, path.data()])?;
        push_part(&mut out, b"?", query, b"")?;
        push_part(&mut out, b"#", self.fragment, b"")?;
        Ok(out)
    }

    /// The path of a reference to this base, put behind what it stands behind (RFC 3986 section 5.2.3).
    fn merged(&self, path: &[u8]) -> Result<Buffer, Error> {
        let folder: &[u8] = match self.path.iter().rposition(|&b| b == b'/') {
            _ if path.starts_with(b"/") => b"",
            Some(last) => &self.path[..=last],
            None => b"/",
        };
        let mut merged = Buffer::new();
        merged.push_parts([folder, path])?;
        Ok(merged)
    }
}

/// Whether a scheme is one of ours.
pub(super) fn is_http(scheme: &[u8]) -> bool {
    scheme.eq_ignore_ascii_case(b"http") || scheme.eq_ignore_ascii_case(b"https")
}

/// What stands before the `:`, if that is a scheme (RFC 3986 section 3.1).
fn scheme(text: &[u8]) -> Option<&[u8]> {
    let end = find(text, 0, |b| !(b.is_ascii_alphanumeric() || b"+-.".contains(&b)))?;
    (text[0].is_ascii_alphabetic() && text[end] == b':').then(|| &text[..end])
}

/// What stands before the first `mark`, and what stands behind it.
fn cut(text: &[u8], mark: u8) -> (&[u8], Option<&[u8]>) {
    match find(text, 0, |b| b == mark) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// Writes a part, if there is one, with what stands before and behind it.
fn push_part(
    out: &mut Buffer,
    before: &[u8],
    part: Option<&[u8]>,
    behind: &[u8],
) -> Result<(), Error> {
    part.map_or(Ok(()), |part| out.push_parts([before, part, behind]))
}

/// Writes a path without its segments `.` and `..`, step by step as RFC 3986 section 5.2.4 has it.
fn push_without_dots(out: &mut Buffer, path: &[u8]) -> Result<(), Error> {
    let mut rest = path;
    while !rest.is_empty() {
        rest = match rest {
            [b'.', b'.', b'/', behind @ ..] | [b'.', b'/', behind @ ..] => behind,
            b"." | b".." => b"",
            b"/." => b"/",
            [b'/', b'.', b'/', ..] => &rest[b"/.".len()..],
            b"/.." => {
                drop_segment(out);
                b"/"
            }
            [b'/', b'.', b'.', b'/', ..] => {
                drop_segment(out);
                &rest[b"/..".len()..]
            }
            _ => {
                let (segment, behind) =
                    rest.split_at(find(rest, 1, |b| b == b'/').unwrap_or(rest.len()));
                out.push(segment)?;
                behind
            }
        };
    }
    Ok(())
}

/// Takes the last segment off, with the slash before it.
fn drop_segment(path: &mut Buffer) {
    path.truncate(path.data().iter().rposition(|&b| b == b'/').unwrap_or(0));
}
