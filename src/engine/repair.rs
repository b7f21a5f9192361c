//! What people type and servers send for a URL, made one by the rules that browsers have (the WHATWG's URL
//! standard) as far as its meaning is sure: the result keeps to RFC 3986, or there is none.

use super::buffer::Buffer;
use super::error::{Error, Kind};
use super::host::Host;
use super::percent::{self, Encoding};
use super::reference::{Parts, Unresolved, is_http};
use super::target::write_decimal;
use super::url::{
    self, Fault, fault, find, is_name, is_path, is_query, is_userinfo, literal, port,
};
use crate::memory;
use core::ffi::CStr;
use core::net::Ipv4Addr;
use core::ops::Range;
use percent_encoding::percent_encode_byte;

/// The URL that a text stands for: by itself, or as a reference from a base, which is an http or https URL.
pub fn repair(base: Option<&[u8]>, text: &[u8]) -> Result<Buffer, Unresolved> {
    let base = base.map(Parts::of_base).transpose()?.unwrap_or_default();
    let range = trimmed(text);
    let start = range.start;
    let mut reference = Buffer::new();
    push_reference(&mut reference, base.scheme, text, range)?;
    let url = Parts::of(reference.data()).target(&base)?;
    match url::parse(url.data()) {
        Ok(_) => Ok(url),
        Err(Fault { message, .. }) => Ok(fault(start, message)?),
    }
}

/// Without the blanks and control characters around it.
fn trimmed(text: &[u8]) -> Range<usize> {
    let start = find(text, 0, |b| b > b' ').unwrap_or(text.len());
    let end = text.iter().rposition(|&b| b > b' ').map_or(start, |last| last + 1);
    start..end
}

/// Writes a reference that keeps to RFC 3986.
fn push_reference(
    out: &mut Buffer,
    base_scheme: Option<&[u8]>,
    text: &[u8],
    range: Range<usize>,
) -> Result<(), Unresolved> {
    let text = &text[..range.end];
    if let Some(at) = find(text, range.start, |b| matches!(b, 0 | b'\t' | b'\n' | b'\r')) {
        return Ok(fault(at, c"tab, end of a line or NUL")?);
    }
    let (beginning, mut at) = beginning(base_scheme, text, range.start)?;
    if let Some(scheme) = beginning {
        out.push_parts([scheme, b"//"])?;
        at = find(text, at, |b| !is_slash(b)).unwrap_or(text.len());
        let end = find(text, at, |b| is_slash(b) || b == b'?' || b == b'#');
        let end = end.unwrap_or(text.len());
        push_authority(out, &text[..end], at)?;
        at = end;
    }
    let fragment_at = find(text, at, |b| b == b'#').unwrap_or(text.len());
    let query_at = find(&text[..fragment_at], at, |b| b == b'?').unwrap_or(fragment_at);
    push_path(out, &text[at..query_at], beginning.is_some())?;
    if query_at < fragment_at {
        out.push(b"?")?;
        push_escaped(out, &text[query_at + 1..fragment_at], is_query)?;
    }
    if fragment_at < text.len() {
        out.push(b"#")?;
        push_escaped(out, &text[fragment_at + 1..], is_query)?;
    }
    Ok(())
}

/// How it begins: with an authority behind this scheme (with its colon, or empty for the base's) or, `None`, with a
/// path, and where in the text what follows the scheme is.
///
/// Slashes count in either direction. Behind a scheme that is not the base's there may be any number of them.
fn beginning<'a>(
    base_scheme: Option<&[u8]>,
    text: &'a [u8],
    start: usize,
) -> Result<(Option<&'a [u8]>, usize), Fault> {
    let scheme = Parts::of(&text[start..]).scheme;
    let at = start + scheme.map_or(0, |scheme| scheme.len() + 1);
    let known = scheme.or(base_scheme).is_some_and(is_http);
    if !known {
        return match scheme {
            Some(_) => fault(start, c"scheme is not http or https"),
            None => fault(start, c"no scheme, and no base to take one from"),
        };
    }
    let bases = base_scheme
        .is_some_and(|base| scheme.is_none_or(|scheme| scheme.eq_ignore_ascii_case(base)));
    let slashes = text[at..].iter().take_while(|&&b| is_slash(b)).count();
    let relative = bases && slashes < 2;
    Ok(((!relative).then(|| &text[start..at]), at))
}

fn is_slash(byte: u8) -> bool {
    matches!(byte, b'/' | b'\\')
}

/// Writes `[userinfo@]host[:port]`, which stands from `start` to the end. The last `@` is the one that ends user
/// information.
fn push_authority(out: &mut Buffer, text: &[u8], start: usize) -> Result<(), Unresolved> {
    let mut host_at = start;
    if let Some(len) = text[start..].iter().rposition(|&b| b == b'@') {
        push_escaped(out, &text[start..start + len], is_userinfo)?;
        out.push(b"@")?;
        host_at = start + len + 1;
    }
    let host_end = if text.get(host_at) == Some(&b'[') {
        let (_, _, end) = literal(text, host_at)?;
        out.push(&text[host_at..end])?;
        end
    } else {
        let end = find(text, host_at, |b| b == b':').unwrap_or(text.len());
        push_host(out, &text[host_at..end], host_at)?;
        end
    };
    port(text, host_end)?;
    out.push(&text[host_end..])?;
    Ok(())
}

/// Writes a host, which stands at `start`: a name in its A-label form, or an IPv4 address as four decimal numbers.
fn push_host(out: &mut Buffer, host: &[u8], start: usize) -> Result<(), Unresolved> {
    let refused = |at: usize, message: &'static CStr| Fault { offset: start + at, message };
    let decoded = percent::decode(host, Encoding::Component)
        .map_err(|Fault { offset, message }| refused(offset, message))?;
    let decoded = memory::collect(decoded).map_err(Error::from)?;
    let text = core::str::from_utf8(&decoded).map_err(|_| refused(0, c"the host is not UTF-8"))?;
    let name;
    let ascii = if text.is_ascii() {
        text
    } else {
        name = Host::new(text).map_err(|error| match error.kind() {
            Kind::NoMemory => Unresolved::Error(error),
            _ => refused(0, c"the host has no xn-- form, or this build makes none").into(),
        })?;
        name.ascii()
    };
    if ascii.is_empty() {
        return Err(refused(0, c"no host").into());
    }
    if let Some(at) = find(ascii.as_bytes(), 0, |b| !is_name(b)) {
        // Where nothing stood for something else, it is known where.
        let at = if ascii.as_bytes() == host { at } else { 0 };
        return Err(refused(at, c"character not allowed in a host").into());
    }
    match ipv4(ascii.as_bytes()) {
        Number::None => out.push(ascii.as_bytes())?,
        Number::Address(address) => push_address(out, address)?,
        Number::Broken => {
            return Err(refused(0, c"ends in a number, but is not an IPv4 address").into());
        }
    }
    Ok(())
}

fn push_address(out: &mut Buffer, address: Ipv4Addr) -> Result<(), Error> {
    for (index, number) in address.octets().into_iter().enumerate() {
        if index > 0 {
            out.push(b".")?;
        }
        write_decimal(out, number.into())?;
    }
    Ok(())
}

/// What a host is that may be an IPv4 address in a form of C's `inet_aton`, which systems still read so.
enum Number {
    /// A name.
    None,
    /// An address.
    Address(Ipv4Addr),
    /// It would be one, but for what is wrong with it.
    Broken,
}

/// A host whose last label is a number is an IPv4 address or nothing.
fn ipv4(host: &[u8]) -> Number {
    let host = host.strip_suffix(b".").unwrap_or(host);
    let last = labels(host).last().unwrap_or_default();
    let decimal = !last.is_empty() && last.iter().all(u8::is_ascii_digit);
    if !decimal && number(last).is_none() {
        return Number::None;
    }
    match address(host) {
        Some(address) => Number::Address(address),
        None => Number::Broken,
    }
}

fn labels(host: &[u8]) -> impl Iterator<Item = &[u8]> {
    host.split(|&b| b == b'.')
}

/// One to four numbers, of which the last fills what the others leave.
fn address(host: &[u8]) -> Option<Ipv4Addr> {
    let count = labels(host).count();
    let mut address = 0;
    for (index, label) in labels(host).enumerate() {
        let bits = if index + 1 < count { 8 } else { 8 * 5usize.checked_sub(count)? };
        let value = number(label).filter(|value| value >> bits == 0)?;
        address = address << bits | value;
    }
    Some(Ipv4Addr::from(u32::try_from(address).ok()?))
}

/// A number in decimal, octal or hexadecimal digits; a great one if it is beyond 64 bits.
fn number(label: &[u8]) -> Option<u64> {
    let (digits, radix) = match label {
        [] => return None,
        [b'0', b'x' | b'X', digits @ ..] => (digits, 16),
        [b'0', digits @ ..] => (digits, 8),
        digits => (digits, 10),
    };
    digits.iter().try_fold(0u64, |number, &digit| {
        let digit = char::from(digit).to_digit(radix)?;
        Some(number.saturating_mul(radix.into()).saturating_add(digit.into()))
    })
}

/// Writes a path with slashes in the one direction. Without an authority before it, a colon in its first segment
/// must not make that a scheme.
fn push_path(out: &mut Buffer, path: &[u8], behind_authority: bool) -> Result<(), Error> {
    for (index, segment) in path.split(|&b| is_slash(b)).enumerate() {
        if index > 0 {
            out.push(b"/")?;
        } else if !behind_authority && segment.contains(&b':') {
            out.push(b"./")?;
        }
        match dots(segment) {
            Some(dots) => out.push(dots)?,
            None => push_escaped(out, segment, is_path)?,
        }
    }
    Ok(())
}

/// A segment of one dot or two, some of which may be escaped.
fn dots(segment: &[u8]) -> Option<&'static [u8]> {
    let mut rest = segment;
    let mut count = 0;
    while !rest.is_empty() {
        rest = match rest {
            [b'.', behind @ ..] | [b'%', b'2', b'e' | b'E', behind @ ..] => behind,
            _ => return None,
        };
        count += 1;
    }
    match count {
        1 => Some(b"."),
        2 => Some(b".."),
        _ => None,
    }
}

/// Writes a part: whole escapes and what is allowed as they are, everything else escaped.
fn push_escaped(out: &mut Buffer, part: &[u8], allowed: fn(u8) -> bool) -> Result<(), Error> {
    let mut rest = part;
    while let [byte, behind @ ..] = rest {
        rest = behind;
        match rest {
            _ if allowed(*byte) => out.push(&[*byte])?,
            [high, low, ..]
                if *byte == b'%' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                out.push(b"%")?;
            }
            _ => out.push(percent_encode_byte(*byte).as_bytes())?,
        }
    }
    Ok(())
}
