//! The certificates that a server shows, with the roots that they may lead to, and how each is called in a message.

use core::fmt;

use rustls::pki_types::{CertificateDer, TrustAnchor};

use super::der::{self, Fields};
use crate::engine::error::Escaped;

/// What is known when a chain is refused.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) own: &'a CertificateDer<'a>,
    /// Those behind the server's own.
    pub(super) sent: &'a [CertificateDer<'a>],
    pub(super) roots: &'a [TrustAnchor<'static>],
}

/// One certificate of them, and whose it is.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) whose: Whose<'a>,
    pub(super) fields: Fields<'a>,
}

/// Whose a certificate is.
#[derive(Clone, Copy)]
pub(super) enum Whose<'a> {
    Server,
    /// The authority of this name; its certificate is so far behind the server's own.
    Intermediate(usize, &'a [u8]),
    /// The authority of this name, whose certificate is a root.
    Root(&'a [u8]),
}

impl fmt::Display for Whose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let called = |name| Escaped(der::called(name).unwrap_or(b"(no name)"));
        match self {
            Whose::Server => f.write_str("the server's certificate"),
            Whose::Intermediate(number, name) => {
                write!(f, "the certificate of {} (intermediate number {number})", called(name))
            }
            Whose::Root(name) => write!(f, "the certificate of {} (the root)", called(name)),
        }
    }
}

impl<'a> Shown<'a> {
    /// The server's own, if it has a certificate's structure.
    pub(super) fn server(self) -> Option<Fields<'a>> {
        der::fields(self.own)
    }

    /// All that were sent and have a certificate's structure, with their numbers.
    pub(super) fn others(self) -> impl Iterator<Item = Member<'a>> + Clone {
        (1..).zip(self.sent).filter_map(|(number, sent)| {
            let fields = der::fields(sent)?;
            Some(Member { whose: Whose::Intermediate(number, fields.subject), fields })
        })
    }

    fn all(self) -> impl Iterator<Item = Member<'a>> + Clone {
        let server = self.server().map(|fields| Member { whose: Whose::Server, fields });
        server.into_iter().chain(self.others())
    }

    /// Whether somebody of this name issued one of those shown.
    fn is_issuer(self, name: &[u8]) -> bool {
        self.all().any(|member| member.fields.issuer == name)
    }

    /// The server's own, and those of authorities that issued another of those shown.
    pub(super) fn members(self) -> impl Iterator<Item = Member<'a>> {
        self.all().filter(move |member| {
            matches!(member.whose, Whose::Server) || self.is_issuer(member.fields.subject)
        })
    }

    /// The roots that one of those shown names as its issuer.
    pub(super) fn roots(self) -> impl Iterator<Item = &'a TrustAnchor<'static>> {
        self.roots.iter().filter(move |root| {
            self.all()
                .any(|member| der::content(member.fields.issuer) == Some(root.subject.as_ref()))
        })
    }

    /// Whoever has this name, as it is without tag and length, and their public keys, likewise.
    pub(super) fn keys_of(self, name: &'a [u8]) -> impl Iterator<Item = (Whose<'a>, &'a [u8])> {
        let sent =
            self.others().filter(move |member| der::content(member.fields.subject) == Some(name));
        let sent =
            sent.filter_map(|member| Some((member.whose, der::content(member.fields.spki)?)));
        let roots = self.roots.iter().filter(move |root| root.subject.as_ref() == name);
        let roots = roots.map(|root| {
            (Whose::Root(root.subject.as_ref()), root.subject_public_key_info.as_ref())
        });
        sent.chain(roots)
    }
}
