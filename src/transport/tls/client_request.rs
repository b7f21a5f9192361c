//! Whether the server has asked for a client certificate, and what its refusal means then.
//!
//! Servers that miss one say so in many ways: only TLS 1.3 has an alert for that, and some just close. What tells
//! is that they asked. rustls passes the question on to what chooses the certificate, on the thread and within the
//! call that receives it.

use alloc::sync::Arc;
use core::cell::Cell;

use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use rustls::{AlertDescription as A, SignatureScheme};

use super::alerts::Name;
use crate::engine::error::{Error, Kind};

/// Chooses the certificate, and notes that one was asked for.
#[derive(Debug)]
pub(super) struct Chooser(pub(super) Option<Arc<CertifiedKey>>);

/// What a server that asked has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// The certificate.
    Answered,
    /// None: there is none.
    Unanswered,
    /// None, since it takes no signature that the key makes.
    Unfit,
}

std::thread_local! {
    static NOTED: Cell<Option<Request>> = const { Cell::new(None) };
}

impl ResolvesClientCert for Chooser {
    fn resolve(&self, _roots: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let request = match &self.0 {
            None => Request::Unanswered,
            Some(certified) if certified.key.choose_scheme(schemes).is_none() => Request::Unfit,
            Some(_) => Request::Answered,
        };
        // At the end of a thread there is no place for it, and the failure is told less well.
        let _ = NOTED.try_with(|noted| noted.set(Some(request)));
        if request == Request::Answered { self.0.clone() } else { None }
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

/// The request that rustls has received on this thread since it was last asked.
pub(super) fn noted() -> Option<Request> {
    NOTED.try_with(Cell::take).ok().flatten()
}

impl Request {
    /// What an alert means after this. None: what it means without.
    pub(super) fn refused(self, alert: A) -> Option<Error> {
        let about_us = matches!(
            alert,
            A::HandshakeFailure
                | A::BadCertificate
                | A::DecodeError
                | A::CertificateRequired
                | A::UnsupportedCertificate
                | A::CertificateUnknown
                | A::UnknownCA
                | A::AccessDenied
        );
        if alert == A::CloseNotify {
            return self.closed();
        }
        let name = Name(alert);
        about_us.then(|| match self {
            Request::Answered => Error::format(
                Kind::TlsClientCertificate,
                format_args!("the server refused the client certificate (alert {name})"),
            ),
            _ => Error::format(
                Kind::TlsClientCertificate,
                format_args!("{}, and refused the session (alert {name})", self.words()),
            ),
        })
    }

    /// What it means if the server just closes after this. None: nothing.
    pub(super) fn closed(self) -> Option<Error> {
        (self != Request::Answered).then(|| {
            Error::format(
                Kind::TlsClientCertificate,
                format_args!("{}, and closed the connection", self.words()),
            )
        })
    }

    fn words(self) -> &'static str {
        match self {
            Request::Unfit => {
                "the server asked for a client certificate, got none, since it takes no signature that \
                 the key given makes"
            }
            _ => "the server asked for a client certificate, got none",
        }
    }
}
