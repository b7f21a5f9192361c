//! The system's store of roots.

use rustls_native_certs::{CertificateResult, Error as StoreError, ErrorKind};

use super::pem;
use crate::engine::error::{Error, Kind};
use crate::transport::os_error::Shown;
use crate::transport::sys;

/// What is in the store now. The environment's SSL_CERT_FILE and SSL_CERT_DIR say where it is, but not to a program
/// that has more rights than who started it: whom that one trusts is none of its business.
pub(super) fn load() -> Result<CertificateResult, Error> {
    match sys::has_more_rights_than_its_caller() {
        true => from_usual_places(),
        false => Ok(rustls_native_certs::load_native_certs()),
    }
}

/// The store cannot be used: the first of what was wrong.
pub(super) fn failed(error: &StoreError) -> Error {
    let what = error.context;
    match &error.kind {
        ErrorKind::Io { inner, path } => Error::os(
            Kind::TlsConfig,
            inner.raw_os_error().unwrap_or(0),
            format_args!("the system's root store: {what}: {}: {}", path.display(), Shown(inner)),
        ),
        ErrorKind::Pem(e) => Error::format(
            Kind::TlsConfig,
            format_args!("the system's root store: {what}: {}", pem::words(e)),
        ),
        _ => Error::format(Kind::TlsConfig, format_args!("the system's root store: {what}")),
    }
}

/// The store, whatever the environment says.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn from_usual_places() -> Result<CertificateResult, Error> {
    use std::path::Path;

    let there = |paths: &'static [&str]| paths.iter().map(Path::new).find(|path| path.exists());
    Ok(rustls_native_certs::load_certs_from_paths(there(FILES), there(DIRECTORIES)))
}

/// The keychain is only looked at where the environment says nothing.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn from_usual_places() -> Result<CertificateResult, Error> {
    use crate::engine::error::error;

    let is_named = |name: &str| std::env::var_os(name).is_some();
    if is_named("SSL_CERT_FILE") || is_named("SSL_CERT_DIR") {
        return Err(error!(
            Kind::TlsConfig,
            "SSL_CERT_FILE or SSL_CERT_DIR is set, and a set-user-id program must not believe its caller: it \
             has to remove both from its environment first"
        ));
    }
    Ok(rustls_native_certs::load_native_certs())
}

/// Files with all roots: Debian and others, Fedora and RHEL, openSUSE, Alpine and OpenBSD, FreeBSD, DragonFly, NetBSD,
/// OmniOS, Solaris.
#[cfg(all(unix, not(target_vendor = "apple")))]
const FILES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/etc/openssl/certs/ca-certificates.crt",
    "/etc/ssl/cacert.pem",
    "/etc/certs/ca-certificates.crt",
];

/// Directories with a file for each root.
#[cfg(all(unix, not(target_vendor = "apple")))]
const DIRECTORIES: &[&str] = &[
    "/etc/ssl/certs",
    "/etc/pki/tls/certs",
    "/usr/local/share/certs",
    "/etc/openssl/certs",
    "/etc/certs/CA",
];
