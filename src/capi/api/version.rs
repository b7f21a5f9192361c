//! Version.
//!
//! The version of this header is known to the preprocessor, that of the library to the functions; with a shared
//! library the second may be newer. Within one major version (while that is 0: within one minor version)
//! nothing is taken away or changes its meaning. What is newer than 0.1 says since which version it is there.
#![allow(unsafe_code)]

use core::ffi::c_char;

/// Family: Bits of hc_features.
///
/// Sockets, name lookup, files and clocks are built in. Without it connections run over the caller's own
/// transport only.
pub const HC_FEATURE_STD: u32 = 1 << 0;
/// Https is built in.
pub const HC_FEATURE_TLS: u32 = 1 << 1;
/// TLS uses the aws-lc provider, with post-quantum key exchange.
pub const HC_FEATURE_AWS_LC: u32 = 1 << 2;
/// Host names beyond ASCII (IDNA) are built in.
pub const HC_FEATURE_IDNA: u32 = 1 << 3;

/// The library's version as text, such as "0.1.0".
///
/// The text is static: never NULL, never freed.
#[unsafe(no_mangle)]
pub extern "C" fn hc_version_string() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The library's version as one number that grows: major * 1000000 + minor * 1000 + patch. At least
/// HC_VERSION_NUMBER of the header a program was compiled with, or the library is too old for it.
#[unsafe(no_mangle)]
pub extern "C" fn hc_version_number() -> u32 {
    NUMBER
}

/// What this build of the library can do: HC_FEATURE_ bits. Bits that the header does not name may be set.
///
/// Every function of this header exists in every build; one whose feature is missing returns
/// HC_ERR_UNSUPPORTED, or gives what it gives for nothing.
#[unsafe(no_mangle)]
pub extern "C" fn hc_features() -> u32 {
    let bit = |present: bool, bit: u32| if present { bit } else { 0 };
    bit(cfg!(feature = "std"), HC_FEATURE_STD)
        | bit(cfg!(feature = "tls"), HC_FEATURE_TLS)
        | bit(cfg!(feature = "aws-lc-rs"), HC_FEATURE_AWS_LC)
        | bit(cfg!(feature = "idna"), HC_FEATURE_IDNA)
}

const NUMBER: u32 = decimal(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
    + decimal(env!("CARGO_PKG_VERSION_MINOR")) * 1_000
    + decimal(env!("CARGO_PKG_VERSION_PATCH"));

/// Reads a number of Cargo's version at compile time.
const fn decimal(digits: &str) -> u32 {
    let (digits, mut value, mut i) = (digits.as_bytes(), 0, 0);
    while i < digits.len() {
        value = value * 10 + (digits[i] - b'0') as u32;
        i += 1;
    }
    assert!(value < 1000, "a part of the version needs more than its three digits");
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use core::ffi::CStr;

    #[test]
    fn number_and_string_agree() {
        let number = hc_version_number();
        // SAFETY: a static NUL-terminated text.
        let string = unsafe { CStr::from_ptr(hc_version_string()) }.to_str().unwrap();
        let parts = (number / 1_000_000, number / 1_000 % 1_000, number % 1_000);
        assert_eq!(string, format!("{}.{}.{}", parts.0, parts.1, parts.2));
    }

    #[test]
    fn features_are_those_built() {
        assert_eq!(hc_features() & HC_FEATURE_STD != 0, cfg!(feature = "std"));
        assert_eq!(hc_features() & HC_FEATURE_TLS != 0, cfg!(feature = "tls"));
        assert_eq!(hc_features() & HC_FEATURE_IDNA != 0, cfg!(feature = "idna"));
    }
}
