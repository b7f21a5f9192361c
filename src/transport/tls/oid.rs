//! Object identifiers, with dots and by their usual names.

use core::fmt;

/// An object identifier as it is encoded, without tag and length.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Oid<'a>(pub(super) &'a [u8]);

impl fmt::Display for Oid<'_> {
    /// Its arcs with dots between them (X.690, section 8.19): seven bits in a byte, the highest first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc: u128 = 0;
        let mut first = true;
        for byte in self.0 {
            if arc >> (u128::BITS - 7) != 0 {
                return f.write_str(" and a number beyond 128 bits");
            }
            arc = arc << 7 | u128::from(byte & 0x7f);
            if byte & 0x80 != 0 {
                continue;
            }
            if first {
                // The first two arcs are one number.
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc - root * 40)?;
            } else {
                write!(f, ".{arc}")?;
            }
            (arc, first) = (0, false);
        }
        Ok(())
    }
}

/// The identifier with its name before it, if it is among these.
pub(super) struct Named<'a>(
    pub(super) Oid<'a>,
    pub(super) &'static [(&'static [u8], &'static str)],
);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Named(oid, names) = self;
        match names.iter().find(|(id, _)| *id == oid.0) {
            Some((_, name)) => write!(f, "{name} ({oid})"),
            None => write!(f, "{oid}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn arcs_have_seven_bits_in_a_byte() {
        for (der, text) in [
            (&[0x2b, 6, 1, 5, 5, 7, 3, 1][..], "1.3.6.1.5.5.7.3.1"),
            (&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 4], "1.3.6.1.4.1.311.10.3.4"),
            (&[0x55, 29, 37], "2.5.29.37"),
            (&[0x88, 0x37, 0x7f, 0x81, 0], "2.999.127.128"),
            (&[], ""),
        ] {
            assert_eq!(Oid(der).to_string(), text);
        }
        let long = [&[0x2b][..], &[0xff; 30], &[0x7f]].concat();
        assert_eq!(Oid(&long).to_string(), "1.3 and a number beyond 128 bits");
    }
}
