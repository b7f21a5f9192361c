//! TLS.
//!
//! A connection for https verifies its server: the certificate must bear the host's name (for an IP address:
//! that address), be valid today, be meant for servers, and lead to a trusted root over the intermediate
//! certificates that the server sends. If one of these does not hold, nothing of the request is sent; the code
//! says which it was, and the message what was expected and what came.
//!
//! Without a configuration, the roots are those of Mozilla's list, which are built in, versions 1.2 and 1.3 are
//! offered, and sessions are resumed. For everything else there is a builder. This trusts a private authority,
//! and nobody else:
//!
//! ```c
//! hc_tls_builder_new(&builder);
//! hc_tls_builder_add_roots_file(builder, "ca.pem");
//! code = hc_tls_builder_build(builder, &config);
//! hc_tls_builder_free(builder);
//! code = hc_conn_new_tls("intranet.example", HC_PORT_DEFAULT, config, &conn);
//! hc_tls_config_free(config);
//! ```
//!
//! A builder does not forget: if one of its calls has failed, hc_tls_builder_build fails with that code, so one
//! look at the end is enough, and no configuration comes out that lacks what was asked for.
//! hc_tls_builder_error_message, asked before the builder is freed, says what was wrong. What was built never
//! changes; any number of connections and threads may use it at once, and hc_tls_config_free may follow as soon
//! as the connections are made.
//!
//! Versions below 1.2 are never spoken, and signatures with SHA-1 or an RSA key of less than 2048 bits prove
//! nothing. The README has a table of what else is refused that OpenSSL takes, such as RSA above 8192 bits, or
//! P-521 in a build without aws-lc; the message names the certificate at fault (the server's, intermediate number
//! N, the root) and says what to do. A root that is not valid today proves nothing either, but for those of the
//! built-in list, whose dates are not known; where another way leads to one that is, that is taken. What is not
//! looked at: whether a certificate was revoked, unless there are revocation lists
//! (hc_tls_builder_add_revocation_lists; nobody is asked over the network), and certificate transparency. A
//! session that is resumed shows no certificate: what was verified for the first one, dates too, holds for it.
//!
//! The handshake is part of opening a connection: the server may take the connection's timeout for each of its
//! answers, in however many pieces they come. One that stalls is HC_ERR_TLS_TIMEOUT, with HC_PHASE_OPENING in
//! the detail. Where a response's end is the end of the stream, TLS has to say so (close_notify), or the body
//! counts as cut short: HC_ERR_INCOMPLETE_READ, but see HC_LENIENT_TLS_TRUNCATION.
//!
//! Whom to trust. Roots are added together: hc_tls_builder_add_bundled_roots for the built-in list,
//! hc_tls_builder_add_system_roots for the system's, hc_tls_builder_add_roots for one's own. Where none of
//! these is called, the built-in list holds. hc_tls_builder_trust_certificate trusts exactly one certificate
//! instead, for a device that has signed its own. hc_tls_builder_add_pin demands, on top of the verification,
//! one of the given public keys; with hc_tls_builder_trust_pins_only, instead of a root. Names are checked in
//! each of these cases. Choices that exclude each other are refused by hc_tls_builder_build; none of them is
//! silently without effect.
//!
//! Who we are. A server that wants to know gets the certificate of hc_tls_builder_set_client_certificate. A
//! server that wants one and gets none or a wrong one: HC_ERR_TLS_CLIENT_CERTIFICATE.
//!
//! What is dangerous. Two functions of the builder with this word in their names turn verification off, in part
//! or altogether. With hc_tls_builder_dangerous_accept_any_certificate the traffic is encrypted, but nobody
//! knows for whom: anyone on the way can pose as the server and read and change everything. For a test server,
//! hc_tls_builder_add_roots_file is no more work.
#![allow(unsafe_code)]
// Where there is no TLS, nothing is done with what C gives.
#![cfg_attr(not(feature = "tls"), allow(unused_variables))]

#[cfg(feature = "tls")]
use crate::capi::callbacks::key_log::KeyLog;
use crate::capi::callbacks::key_log::hc_key_log_fn;
use crate::capi::error::hc_error;
#[cfg(feature = "tls")]
use crate::capi::kit::guard::guard;
use crate::capi::kit::guard::{guarded, make};
use crate::capi::kit::handle::{self, Opaque};
#[cfg(feature = "tls")]
use crate::capi::kit::memory::{NULL, bytes, path, texts, utf8};
use crate::capi::objects::calls::on_connection;
#[cfg(feature = "tls")]
use crate::capi::objects::conn::State;
#[cfg(feature = "tls")]
use crate::capi::objects::connect_settings::ConnectSettings;
use crate::capi::objects::detail::{hc_error_detail, message_of};
use crate::capi::objects::object::{Object, Type};
use crate::capi::objects::opaque::{hc_conn, hc_tls_config};
#[cfg(feature = "tls")]
use crate::capi::objects::tls_calls::{self, configure, with_builder};
#[cfg(feature = "tls")]
use crate::capi::objects::unmade;
use crate::client::Connection;
use crate::engine::error::{Error, Kind, error};
#[cfg(feature = "tls")]
use crate::memory::push;
#[cfg(feature = "tls")]
use crate::transport::tls::{RootCount, TlsConfig, TlsVersion};
#[cfg(feature = "tls")]
use alloc::vec::Vec;
use core::ffi::{c_char, c_void};

/// Family: Versions of TLS: hc_tls_builder_set_versions.
///
/// 1.2 (RFC 5246).
pub const HC_TLS_1_2: i32 = 12;
/// 1.3 (RFC 8446).
pub const HC_TLS_1_3: i32 = 13;

/// Family: Sources of roots: hc_tls_config_root_count.
///
/// The list that is built in.
pub const HC_TLS_ROOTS_BUNDLED: i32 = 0;
/// The system's store.
pub const HC_TLS_ROOTS_SYSTEM: i32 = 1;
/// The program, by hc_tls_builder_add_roots and hc_tls_builder_add_roots_file.
pub const HC_TLS_ROOTS_GIVEN: i32 = 2;

/// Collects what a configuration shall be. Made by hc_tls_builder_new, freed by hc_tls_builder_free; used by
/// one thread at a time.
///
/// Every function that takes one can return HC_ERR_INVALID_ARGUMENT for a NULL that is not allowed,
/// HC_ERR_INVALID_HANDLE, HC_ERR_BUSY while another thread uses it, HC_ERR_STATE after it was built,
/// HC_ERR_NO_MEMORY, and HC_ERR_UNSUPPORTED in a build without TLS. None of them uses the network.
#[allow(non_camel_case_types)]
pub struct hc_tls_builder {
    _opaque: (),
}

impl Opaque for hc_tls_builder {
    type Object = Object;
    const TYPE: u8 = Type::TlsBuilder as u8;
}

/// A change of a builder. The change is not compiled where there is no TLS.
macro_rules! configure {
    ($builder:ident, |$tls:ident| $change:expr) => {{
        #[cfg(feature = "tls")]
        let code = guarded(|| configure($builder, |$tls| $change));
        #[cfg(not(feature = "tls"))]
        let code = hc_error::HC_ERR_UNSUPPORTED;
        code
    }};
}

/// Makes a builder: with nothing more, hc_tls_builder_build makes the default configuration.
///
/// The builder goes to `*out`, to be freed by hc_tls_builder_free; after a failure that is NULL.
///
/// Errors: HC_ERR_INVALID_ARGUMENT if `out` is NULL; HC_ERR_NO_MEMORY; HC_ERR_UNSUPPORTED in a build without
/// TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_new(out: *mut *mut hc_tls_builder) -> hc_error {
    #[cfg(feature = "tls")]
    // SAFETY: the caller's promise is the same.
    let code = unsafe { make(out, tls_calls::insert) };
    #[cfg(not(feature = "tls"))]
    // SAFETY: the caller's promise is the same.
    let code = unsafe { unsupported(out) };
    code
}

/// Ends a builder's handle, built or not. What it has built is not affected. NULL does nothing.
///
/// Errors: HC_ERR_BUSY while another thread uses it: it is not freed then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_free(builder: *mut hc_tls_builder) -> hc_error {
    free(builder)
}

/// Trusts the roots of Mozilla's list, as they were when this library was built.
///
/// Errors: those of every builder function, such as HC_ERR_STATE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_add_bundled_roots(
    builder: *mut hc_tls_builder,
) -> hc_error {
    configure!(builder, |tls| { tls.add_bundled_roots() })
}

/// Trusts the roots of the system's store, as they are now. Where the environment's SSL_CERT_FILE or
/// SSL_CERT_DIR is set, the store is there instead, for this function alone; not in a program that has more
/// rights than who started it (set-user-id and the like, the rule of secure_getenv), which does not believe
/// them. What cannot be read or parsed is left out and counted, see hc_tls_config_root_failures. May block to
/// read files.
///
/// Errors: HC_ERR_TLS_CONFIG if there is not a single usable root, and on macOS in such a program while one of
/// the two is set; those of every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_add_system_roots(builder: *mut hc_tls_builder) -> hc_error {
    configure!(builder, |tls| tls.add_system_roots())
}

/// Trusts the given certificates as roots: `data` has `len` bytes, either PEM with any number of them, or one
/// as DER; it is copied. What cannot be parsed is left out and counted, and takes nothing beside it along. A root
/// that is not valid today is kept, and proves nothing on the days on which it is not: HC_ERR_TLS_EXPIRED or
/// HC_ERR_TLS_NOT_YET_VALID from the connection.
///
/// Errors: HC_ERR_TLS_CONFIG if none can be parsed; those of every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_add_roots(
    builder: *mut hc_tls_builder,
    data: *const c_void,
    len: usize,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    configure!(builder, |tls| tls.add_roots(unsafe { bytes(data, len) }?))
}

/// Trusts the certificates in a file as roots: hc_tls_builder_add_roots with its contents. May block to read
/// it.
///
/// Errors: HC_ERR_TLS_CONFIG if the file cannot be read (os_error of hc_tls_builder_error_detail is its errno),
/// is larger than 64 MiB, or has no certificate that can be parsed; those of every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_add_roots_file(
    builder: *mut hc_tls_builder,
    file: *const c_char,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    configure!(builder, |tls| tls.add_roots_file(unsafe { path(file) }?))
}

/// Refuses servers whose certificate one of these revocation lists names: `data` has `len` bytes, either PEM
/// with any number of lists, or one as DER; it is copied. May be called several times.
///
/// The server's own certificate is looked up, not those it rests on; its issuer must have a list here, or it is
/// refused too, and that list must not have expired. Lists are of version 2, have the date of the next one, and
/// are whole; one that is signed with SHA-1 is refused with the server's certificate (HC_ERR_TLS_CERTIFICATE).
///
/// Errors: HC_ERR_TLS_CONFIG if a list cannot be parsed (what is inside is seen by hc_tls_builder_build); those
/// of every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_add_revocation_lists(
    builder: *mut hc_tls_builder,
    data: *const c_void,
    len: usize,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    configure!(builder, |tls| tls.add_revocation_lists(unsafe { bytes(data, len) }?))
}

/// hc_tls_builder_add_revocation_lists with the contents of a file. May block to read it.
///
/// Errors: HC_ERR_TLS_CONFIG if the file cannot be read or a list not be parsed; those of every builder
/// function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_add_revocation_lists_file(
    builder: *mut hc_tls_builder,
    file: *const c_char,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    configure!(builder, |tls| tls.add_revocation_lists_file(unsafe { path(file) }?))
}

/// Shows this certificate to servers that ask for one. A later call replaces an earlier one.
///
/// `chain` has `chain_len` bytes of PEM: the client's own certificate, then the one that issued it, and so on;
/// the root may be left out. `key` has `key_len` bytes of PEM with the private key of the first: PKCS#8, PKCS#1
/// or SEC1, not encrypted; RSA with 2048 bits or more, ECDSA on P-256 or P-384 (P-521, too, with
/// HC_FEATURE_AWS_LC), or Ed25519. Both are copied, and may be the same text. What else the certificate is like,
/// such as of version 1 of X.509 or expired, is the server's to judge.
///
/// Errors: HC_ERR_TLS_CONFIG if any of it cannot be parsed or the chain is out of order (that the key can be
/// used and belongs to the certificate is seen by hc_tls_builder_build); those of every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_set_client_certificate(
    builder: *mut hc_tls_builder,
    chain: *const c_void,
    chain_len: usize,
    key: *const c_void,
    key_len: usize,
) -> hc_error {
    configure!(builder, |tls| {
        // SAFETY: the caller's promise is the same.
        let (chain, key) = unsafe { (bytes(chain, chain_len)?, bytes(key, key_len)?) };
        tls.client_certificate(chain, key)
    })
}

/// hc_tls_builder_set_client_certificate with the contents of files, which may be one and the same. May block
/// to read them.
///
/// Errors: HC_ERR_TLS_CONFIG if a file cannot be read, and as for hc_tls_builder_set_client_certificate; those
/// of every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_set_client_certificate_files(
    builder: *mut hc_tls_builder,
    chain_file: *const c_char,
    key_file: *const c_char,
) -> hc_error {
    configure!(builder, |tls| {
        // SAFETY: the caller's promise is the same.
        let (chain, key) = unsafe { (path(chain_file)?, path(key_file)?) };
        tls.client_certificate_files(chain, key)
    })
}

/// Accepts only servers with this public key, or that of another pin: HC_ERR_TLS_PIN_MISMATCH.
///
/// `pin` is the SHA-256 of the SubjectPublicKeyInfo of the server's own certificate, either as "sha256/" and
/// base64, as curl has it, or as 64 hexadecimal digits. Everything else is verified as well, but see
/// hc_tls_builder_trust_pins_only. Pin a second key that is kept in reserve, or a server that changes its key
/// is out of reach.
///
/// Errors: HC_ERR_TLS_CONFIG if `pin` has neither form; those of every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_add_pin(
    builder: *mut hc_tls_builder,
    pin: *const c_char,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    configure!(builder, |tls| tls.add_pin(unsafe { utf8(pin) }?))
}

/// Lets the pins stand instead of a root: who issued the certificate and its dates are not looked at, its name
/// still is. There must be a pin, no roots or revocation lists, and no other choice of whom to trust.
///
/// Errors: those of every builder function, such as HC_ERR_STATE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_trust_pins_only(builder: *mut hc_tls_builder) -> hc_error {
    configure!(builder, |tls| {
        tls.pins_only();
        Ok(())
    })
}

/// Trusts exactly this certificate instead of roots, for a device that has signed its own: `data` has `len`
/// bytes with one certificate, as PEM or DER; it is copied. A server with another one is refused with
/// HC_ERR_TLS_PIN_MISMATCH. The dates are not checked. The name is, unless
/// hc_tls_builder_dangerous_accept_any_name is called, which is safe here: no other certificate is accepted
/// anyway. There must be no roots or revocation lists, no second certificate, and no other choice of whom to
/// trust. Pins, if any, hold as well. A certificate older than version 3 of X.509 cannot be trusted so: a
/// connection fails with HC_ERR_TLS_CERTIFICATE.
///
/// Errors: HC_ERR_TLS_CONFIG if that is not one certificate; those of every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_trust_certificate(
    builder: *mut hc_tls_builder,
    data: *const c_void,
    len: usize,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    configure!(builder, |tls| tls.trust_certificate(unsafe { bytes(data, len) }?))
}

/// hc_tls_builder_trust_certificate with the contents of a file. May block to read it.
///
/// Errors: HC_ERR_TLS_CONFIG if the file cannot be read, or is not one certificate; those of every builder
/// function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_trust_certificate_file(
    builder: *mut hc_tls_builder,
    file: *const c_char,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    configure!(builder, |tls| tls.trust_certificate_file(unsafe { path(file) }?))
}

/// DANGEROUS with roots: accepts a certificate whatever names it bears. Whoever has a certificate of any of the
/// trusted roots, for any name, can then pose as the server. With pins, or exactly one trusted certificate, the
/// key tells the server apart, and this does no harm. To verify another name than the connection's, use
/// hc_tls_builder_verify_name instead; not both.
///
/// Errors: those of every builder function, such as HC_ERR_STATE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_dangerous_accept_any_name(
    builder: *mut hc_tls_builder,
) -> hc_error {
    configure!(builder, |tls| {
        tls.dangerous_accept_any_name();
        Ok(())
    })
}

/// DANGEROUS: accepts any certificate of anybody, for any name. Anyone on the way can pose as the server, and
/// read and change everything that is sent. The certificate is not even parsed, nor its signature in the
/// handshake looked at, so servers are accepted whose certificates are malformed. There must be no roots,
/// revocation lists, pins or name to verify beside it, since they would have no effect.
///
/// Errors: those of every builder function, such as HC_ERR_STATE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_dangerous_accept_any_certificate(
    builder: *mut hc_tls_builder,
) -> hc_error {
    configure!(builder, |tls| {
        tls.dangerous_accept_any_certificate();
        Ok(())
    })
}

/// Sends `host` as the server name indication (RFC 6066 section 3) instead of the connection's host, or none
/// for NULL. It is copied. What the certificate is verified for does not change.
///
/// Errors: HC_ERR_VALUE if that is no host name, HC_ERR_TLS_CONFIG for an IP address, HC_ERR_ENCODING if it is
/// not ASCII (give its xn-- form); those of every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_set_sni(
    builder: *mut hc_tls_builder,
    host: *const c_char,
) -> hc_error {
    configure!(builder, |tls| match host.is_null() {
        true => tls.sni(None),
        // SAFETY: the caller's promise is the same.
        false => tls.sni(Some(unsafe { utf8(host) }?)),
    })
}

/// Verifies the certificate for this host name or IP address instead of the connection's host, for a server
/// that is reached by another way. It is copied. The server name indication changes with it, unless
/// hc_tls_builder_set_sni says otherwise.
///
/// Errors: HC_ERR_VALUE if that is neither, HC_ERR_ENCODING if it is not ASCII (give its xn-- form); those of
/// every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_verify_name(
    builder: *mut hc_tls_builder,
    host: *const c_char,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    configure!(builder, |tls| tls.verify_name(unsafe { utf8(host) }?))
}

/// Sets the lowest and the highest version to offer: HC_TLS_1_2 or HC_TLS_1_3. The default is both.
///
/// Errors: HC_ERR_INVALID_ARGUMENT for another number; HC_ERR_TLS_CONFIG if the lowest is above the highest;
/// those of every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_set_versions(
    builder: *mut hc_tls_builder,
    min: i32,
    max: i32,
) -> hc_error {
    configure!(builder, |tls| tls.versions(version(min)?, version(max)?))
}

/// Offers only these cipher suites, the preferred first, by their IANA names: for TLS 1.3
/// "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256" and "TLS_CHACHA20_POLY1305_SHA256"; for 1.2
/// "TLS_ECDHE_ECDSA_WITH_" or "TLS_ECDHE_RSA_WITH_" followed by "AES_256_GCM_SHA384", "AES_128_GCM_SHA256" or
/// "CHACHA20_POLY1305_SHA256". The default is all of them, in this order and those of 1.3 first. `names` is an
/// array that ends with NULL; a name in it twice counts once. Versions that no suite is left for are not
/// offered.
///
/// Errors: HC_ERR_TLS_CONFIG for a name that this build does not have; HC_ERR_ENCODING for one that is not
/// UTF-8; those of every builder function. A list without a suite for any version that is offered is refused by
/// hc_tls_builder_build.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_set_cipher_suites(
    builder: *mut hc_tls_builder,
    names: *const *const c_char,
) -> hc_error {
    configure!(builder, |tls| {
        // SAFETY: the caller's promise is the same.
        let names = unsafe { texts(names) }?;
        let mut suites = Vec::new();
        for name in names {
            push(&mut suites, core::str::from_utf8(name).map_err(|_| NOT_UTF8)?)?;
        }
        tls.cipher_suites(&suites)
    })
}

/// Offers these protocols (ALPN, RFC 7301), the preferred first; the default is "http/1.1" alone. `protocols`
/// is an array that ends with NULL; NULL, or an empty array, offers none. The server's choice is told by
/// hc_conn_tls_alpn; what is spoken is HTTP/1.1 whatever it is. A server that supports none of them may end the
/// handshake: HC_ERR_TLS.
///
/// Errors: HC_ERR_TLS_CONFIG for a name that is empty or has more than 255 bytes, or if all of them together,
/// with a byte more for each, take more than 4 KiB; those of every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_set_alpn(
    builder: *mut hc_tls_builder,
    protocols: *const *const c_char,
) -> hc_error {
    configure!(builder, |tls| match protocols.is_null() {
        true => tls.alpn(&[]),
        // SAFETY: the caller's promise is the same.
        false => tls.alpn(&unsafe { texts(protocols) }?),
    })
}

/// Sets how many sessions the configuration remembers, over all servers, so that a later connection can resume
/// one with a shorter handshake; 0 turns that off. The default is 256. Up to eight are kept for a server, so
/// 256 is room for 32 servers; the oldest is dropped first. A session is resumed only for the name that it was
/// verified for. Requests are never sent as early data (0-RTT).
///
/// Errors: HC_ERR_INVALID_ARGUMENT for more than 65536; those of every builder function, such as HC_ERR_STATE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_set_resumption(
    builder: *mut hc_tls_builder,
    sessions: usize,
) -> hc_error {
    configure!(builder, |tls| tls.resumption(sessions))
}

/// Appends the secrets of every session to a file in the key log format of NSS, which protocol analysers read.
/// Whoever has the file can read the traffic: a new file can be read by its owner alone. It is opened now and
/// closed with the last connection of the configuration; lines that cannot be written are lost. The environment
/// variable SSLKEYLOGFILE has no effect. A later call, or one of hc_tls_builder_set_key_log, replaces an
/// earlier one. May block.
///
/// Errors: HC_ERR_TLS_CONFIG if the file cannot be opened; those of every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_set_key_log_file(
    builder: *mut hc_tls_builder,
    file: *const c_char,
) -> hc_error {
    // SAFETY: the caller's promise is the same.
    configure!(builder, |tls| tls.key_log_file(unsafe { path(file) }?))
}

/// Hands the secrets of every session to a function, a line of NSS's key log format at a time. Whoever has the
/// lines can read the traffic.
///
/// `context` must stay valid until the configuration and all connections made with it are freed. The function
/// is called on whatever thread makes a handshake, on several at the same time if they do. A later call, or one
/// of hc_tls_builder_set_key_log_file, replaces an earlier one.
///
/// Errors: HC_ERR_INVALID_ARGUMENT if `callback` is NULL; those of every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_set_key_log(
    builder: *mut hc_tls_builder,
    callback: hc_key_log_fn,
    context: *mut c_void,
) -> hc_error {
    configure!(builder, |tls| {
        let sink = KeyLog { callback: callback.ok_or(NULL)?, context };
        tls.key_log(move |line| sink.line(line))
    })
}

/// Makes the configuration. It goes to `*out`, to be freed by hc_tls_config_free; after a failure that is NULL.
///
/// The builder is used up, whether this succeeds or fails: all that is left is to ask for its error and to free
/// it. Takes some milliseconds of computing where there are roots; does not block.
///
/// Errors: the code of the builder's last call that failed, if one did; HC_ERR_TLS_CONFIG if the key cannot be
/// used or does not belong to the client certificate, a revocation list is not well-formed, no version is left
/// for the cipher suites, or settings contradict each other, such as roots where no root is asked for, or two
/// choices of whom to trust instead of roots; those of every builder function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_build(
    builder: *mut hc_tls_builder,
    out: *mut *mut hc_tls_config,
) -> hc_error {
    #[cfg(feature = "tls")]
    // SAFETY: the caller's promise is the same.
    let code = unsafe { make(out, || tls_calls::build(builder)) };
    #[cfg(not(feature = "tls"))]
    // SAFETY: the caller's promise is the same.
    let code = unsafe { unsupported(out) };
    code
}

/// The detail of the last call on this builder that failed. The pointers in it are valid until the next call on
/// the builder that fails, or its end.
///
/// Errors: HC_ERR_INVALID_ARGUMENT if `out` is NULL or out->size is not set; HC_ERR_UNSUPPORTED in a build
/// without TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_error_detail(
    builder: *const hc_tls_builder,
    out: *mut hc_error_detail,
) -> hc_error {
    #[cfg(feature = "tls")]
    let code = guarded(|| {
        // SAFETY: the caller's promise is that of `write`.
        let outcome = with_builder(builder, |builder| unsafe { builder.error.write(out) });
        outcome.unwrap_or_else(|code| code)
    });
    #[cfg(not(feature = "tls"))]
    let code = hc_error::HC_ERR_UNSUPPORTED;
    code
}

/// The message of the last call on this builder that failed: one line for a person, NUL-terminated, empty if
/// none failed. Valid as for hc_tls_builder_error_detail. Never NULL: for NULL, an invalid or a busy handle,
/// and in a build without TLS, it says so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_builder_error_message(
    builder: *const hc_tls_builder,
) -> *const c_char {
    message_of(|| {
        #[cfg(feature = "tls")]
        return with_builder(builder, |builder| builder.error.message().as_ptr().cast());
        #[cfg(not(feature = "tls"))]
        Err(hc_error::HC_ERR_UNSUPPORTED)
    })
}

/// How many roots of a source the configuration trusts: HC_TLS_ROOTS_BUNDLED, HC_TLS_ROOTS_SYSTEM or
/// HC_TLS_ROOTS_GIVEN. 0 if the configuration uses no roots, for an invalid handle, and for another source.
/// NULL is the configuration of connections without one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_config_root_count(
    config: *const hc_tls_config,
    source: i32,
) -> usize {
    #[cfg(feature = "tls")]
    let count = roots(config, source).added;
    #[cfg(not(feature = "tls"))]
    let count = 0;
    count
}

/// How many roots of a source were left out, since they could not be read or parsed. As for
/// hc_tls_config_root_count.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_config_root_failures(
    config: *const hc_tls_config,
    source: i32,
) -> usize {
    #[cfg(feature = "tls")]
    let count = roots(config, source).failed;
    #[cfg(not(feature = "tls"))]
    let count = 0;
    count
}

/// Ends the handle of a configuration; connections that use it are not affected. NULL does nothing.
///
/// Errors: HC_ERR_BUSY while another thread uses it: it is not freed then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hc_tls_config_free(config: *mut hc_tls_config) -> hc_error {
    free(config)
}

/// Puts TLS on a connection.
pub(crate) fn secure(
    connection: &mut Connection,
    config: *const hc_tls_config,
) -> Result<(), hc_error> {
    #[cfg(feature = "tls")]
    let outcome = connection.set_tls(tls_calls::config(config)?).map_err(unmade::refused);
    #[cfg(not(feature = "tls"))]
    let outcome = Err(hc_error::HC_ERR_UNSUPPORTED);
    outcome
}

/// Puts TLS on a connection over the program's transport.
pub(crate) fn secure_given(conn: *mut hc_conn, config: *const hc_tls_config) -> hc_error {
    #[cfg(feature = "tls")]
    return change(conn, config, |state, config| {
        if !matches!(state.connect, ConnectSettings::CallerTransport) {
            return Err(error!(
                Kind::Unsupported,
                "the connection has no transport of the program"
            ));
        }
        state.connection.set_tls(config)?;
        state.connection.set_default_port(443);
        Ok(())
    });
    #[cfg(not(feature = "tls"))]
    return on_connection(conn, |_| Err(NO_TLS));
}

/// Puts TLS on a connection's way to its proxy.
pub(crate) fn secure_proxy(conn: *mut hc_conn, config: *const hc_tls_config) -> hc_error {
    #[cfg(feature = "tls")]
    return change(conn, config, |state, config| state.connection.set_proxy_tls(config));
    #[cfg(not(feature = "tls"))]
    return on_connection(conn, |_| Err(NO_TLS));
}

#[cfg(not(feature = "tls"))]
const NO_TLS: Error = error!(Kind::Unsupported, "this build has no TLS");

/// Gives a connection a configuration.
#[cfg(feature = "tls")]
fn change(
    conn: *mut hc_conn,
    config: *const hc_tls_config,
    work: impl FnOnce(&mut State, TlsConfig) -> Result<(), Error>,
) -> hc_error {
    match tls_calls::config(config) {
        Ok(config) => on_connection(conn, |state| work(state, config)),
        Err(code) => code,
    }
}

fn free<T: Opaque>(handle: *mut T) -> hc_error {
    if handle.is_null() { hc_error::HC_OK } else { guarded(|| handle::free(handle)) }
}

#[cfg(feature = "tls")]
fn version(number: i32) -> Result<TlsVersion, Error> {
    match number {
        HC_TLS_1_2 => Ok(TlsVersion::V1_2),
        HC_TLS_1_3 => Ok(TlsVersion::V1_3),
        _ => Err(error!(Kind::InvalidArgument, "a version is HC_TLS_1_2 or HC_TLS_1_3")),
    }
}

#[cfg(feature = "tls")]
const NOT_UTF8: Error = error!(Kind::Encoding, "the text is not UTF-8");

#[cfg(feature = "tls")]
fn roots(config: *const hc_tls_config, source: i32) -> RootCount {
    guard(RootCount::default(), || match (tls_calls::config(config), source) {
        (Ok(config), HC_TLS_ROOTS_BUNDLED) => config.roots().bundled,
        (Ok(config), HC_TLS_ROOTS_SYSTEM) => config.roots().system,
        (Ok(config), HC_TLS_ROOTS_GIVEN) => config.roots().given,
        _ => RootCount::default(),
    })
}

/// Makes nothing.
///
/// # Safety
/// `out` is NULL or can be written to.
#[cfg(not(feature = "tls"))]
unsafe fn unsupported<T>(out: *mut *mut T) -> hc_error {
    // SAFETY: the caller's promise is the same.
    unsafe { make(out, || Err(hc_error::HC_ERR_UNSUPPORTED)) }
}

#[cfg(all(test, not(feature = "tls")))]
mod tests {
    use super::*;
    use crate::capi::api::error::hc_error_string;
    use core::ffi::CStr;
    use core::ptr;

    #[test]
    fn without_tls_nothing_is_made() {
        let mut builder = ptr::dangling_mut();
        // SAFETY: the pointer can be written to, and NULL is allowed.
        unsafe {
            assert_eq!(hc_tls_builder_new(&mut builder), hc_error::HC_ERR_UNSUPPORTED);
            assert!(builder.is_null());
            assert_eq!(hc_tls_builder_trust_pins_only(builder), hc_error::HC_ERR_UNSUPPORTED);
            let message = hc_tls_builder_error_message(builder);
            let unsupported = hc_error_string(hc_error::HC_ERR_UNSUPPORTED as i32);
            assert_eq!(CStr::from_ptr(message), CStr::from_ptr(unsupported));
            assert_eq!(hc_tls_config_root_count(ptr::null(), HC_TLS_ROOTS_BUNDLED), 0);
            assert_eq!(hc_tls_builder_free(builder), hc_error::HC_OK);
        }
    }
}
