//! The builder and the immutable configuration.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use std::path::Path;

use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, ServerName};
use rustls::{SupportedProtocolVersion, version};

use super::chain::Chain;
use super::client_request::Chooser;
use super::identity::Identity;
use super::keylog::{self, KeyLog, Sink};
use super::pins::{self, Pin};
use super::random::Random;
use super::roots::{RootCounts, Roots};
use super::server_name::{self, Sni};
use super::server_names::PerName;
use super::verify::{Names, Trust, Verifier};
use super::{der, pem, provider, revocation_lists};
use crate::engine::error::{Error, Escaped, Kind, error};
use crate::memory::{self, Counted, arc, boxed, push};
use alloc::boxed::Box;

/// How sessions are made and which peers are trusted: immutable, cheap to clone, usable by any
/// number of sessions and threads at once.
///
/// Sessions are resumed only within one configuration and its clones: its cache of tickets lives
/// as long as they do.
#[derive(Clone)]
pub struct TlsConfig(Counted<Shared>);

struct Shared {
    rustls: Sessions,
    roots: RootCounts,
    sni: Option<ServerName<'static>>,
    verify_name: Option<ServerName<'static>>,
    check_name: bool,
}

/// Where sessions get rustls's configuration.
enum Sessions {
    /// One for all: it verifies the name that rustls is given, or a fixed one, or none.
    Alike(Arc<ClientConfig>),
    /// One for each verified name, since rustls is given another for SNI.
    PerName(Box<PerName>),
}

/// What one session needs.
pub(super) struct Plan {
    pub(super) rustls: Arc<ClientConfig>,
    /// The name for rustls: what it sends as SNI, and keeps tickets under.
    pub(super) name: ServerName<'static>,
    /// The name that the certificate must bear, if any.
    pub(super) verified: Option<ServerName<'static>>,
}

impl TlsConfig {
    /// A builder with the defaults: bundled roots, full verification, TLS 1.2 and 1.3, ALPN
    /// `http/1.1`, resumption.
    pub fn builder() -> TlsConfigBuilder {
        TlsConfigBuilder::new()
    }

    /// How many roots came from where. All zero where no chain is verified.
    pub fn roots(&self) -> RootCounts {
        self.0.roots
    }

    /// Whether `host` is one that a certificate can prove, unless another name is to be proved.
    ///
    /// # Errors
    /// `Kind::InvalidUrl`, `Kind::NoMemory`
    pub fn check_host(&self, host: &str) -> Result<(), Error> {
        if self.0.verify_name.is_some() {
            return Ok(());
        }
        server_name::parse(host).map(drop).map_err(|error| match error.kind() {
            Kind::Value => error.with_kind(Kind::InvalidUrl),
            _ => error,
        })
    }

    pub(super) fn plan(&self, host: &str) -> Result<Plan, Error> {
        let shared = &*self.0;
        let host = match &shared.verify_name {
            Some(fixed) => server_name::copy(fixed)?,
            None => server_name::parse(host)?,
        };
        Ok(Plan {
            rustls: match &shared.rustls {
                Sessions::Alike(config) => config.clone(),
                Sessions::PerName(names) => names.verifying(&host)?,
            },
            name: server_name::copy(shared.sni.as_ref().unwrap_or(&host))?,
            verified: shared.check_name.then_some(host),
        })
    }
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig").field("roots", &self.0.roots).finish_non_exhaustive()
    }
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    V1_2,
    /// TLS 1.3 (RFC 8446).
    V1_3,
}

/// Collects what a [`TlsConfig`] shall be. No call but those that name files, and
/// [`TlsConfigBuilder::add_system_roots`], reads any; none uses the network.
///
/// Every error has `Kind::TlsConfig` (a bad name: `Kind::Value` or `Kind::Encoding`) and leaves
/// the builder as usable as before.
pub struct TlsConfigBuilder {
    provider: CryptoProvider,
    roots: Roots,
    revocation_lists: Vec<CertificateRevocationListDer<'static>>,
    identity: Option<Identity>,
    trust: Choice,
    /// Two of the choices exclude each other.
    torn: bool,
    pins: Vec<Pin>,
    check_name: bool,
    sni: Sni,
    verify_name: Option<ServerName<'static>>,
    min: TlsVersion,
    max: TlsVersion,
    /// None: `http/1.1`.
    alpn: Option<Vec<Vec<u8>>>,
    sessions: usize,
    key_log: Option<Sink>,
}

/// Whom to trust; all but the first are chosen instead of it, and only once.
#[derive(PartialEq)]
enum Choice {
    Chain,
    Exactly(CertificateDer<'static>),
    Pinned,
    Anyone,
}

impl TlsConfigBuilder {
    fn new() -> TlsConfigBuilder {
        TlsConfigBuilder {
            provider: CryptoProvider { secure_random: &Random, ..provider::plain() },
            roots: Roots::default(),
            revocation_lists: Vec::new(),
            identity: None,
            trust: Choice::Chain,
            torn: false,
            pins: Vec::new(),
            check_name: true,
            sni: Sni::Session,
            verify_name: None,
            min: TlsVersion::V1_2,
            max: TlsVersion::V1_3,
            alpn: None,
            sessions: DEFAULT_SESSIONS,
            key_log: None,
        }
    }

    /// Trusts Mozilla's roots as compiled into this library. They are also used where no source
    /// of roots is named at all.
    pub fn add_bundled_roots(&mut self) -> Result<(), Error> {
        self.roots.add_bundled()
    }

    /// Trusts the system's roots as they are now. `SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured.
    ///
    /// Fails only if not a single root was found; what else went wrong is counted.
    pub fn add_system_roots(&mut self) -> Result<(), Error> {
        self.roots.add_system()
    }

    /// Trusts roots given as PEM (any number) or as one DER certificate. What cannot be parsed is
    /// counted; fails if nothing can, and even then the bundled roots are not used unasked.
    pub fn add_roots(&mut self, pem_or_der: &[u8]) -> Result<(), Error> {
        self.roots.add(pem_or_der)
    }

    /// [`TlsConfigBuilder::add_roots`] with the contents of a file.
    pub fn add_roots_file(&mut self, path: &Path) -> Result<(), Error> {
        // Also where the file cannot be read: roots were chosen, and not the bundled ones.
        self.roots.chosen = true;
        self.add_roots(&pem::file(path)?)
    }

    /// Refuses server certificates that these revocation lists name: PEM (any number) or one DER.
    ///
    /// With lists, only the server's own certificate is looked up, but its issuer must have a
    /// list, and that must not have expired. That they are well-formed inside is checked by
    /// [`TlsConfigBuilder::build`].
    pub fn add_revocation_lists(&mut self, pem_or_der: &[u8]) -> Result<(), Error> {
        let (lists, failed) = pem::revocation_lists(pem_or_der)?;
        let whole = lists.iter().all(|list| der::is_one_element(list));
        if lists.is_empty() || failed > 0 || !whole {
            return Err(error!(
                Kind::TlsConfig,
                "the revocation list cannot be read: expected PEM or DER"
            ));
        }
        self.revocation_lists.try_reserve(lists.len())?;
        lists.into_iter().try_for_each(|list| push(&mut self.revocation_lists, list))?;
        Ok(())
    }

    /// [`TlsConfigBuilder::add_revocation_lists`] with the contents of a file.
    pub fn add_revocation_lists_file(&mut self, path: &Path) -> Result<(), Error> {
        self.add_revocation_lists(&pem::file(path)?)
    }

    /// Authenticates this client: a PEM chain, its own certificate first, and that certificate's
    /// unencrypted PEM key (PKCS#8, PKCS#1 or SEC1). A later call replaces an earlier one.
    ///
    /// The chain's order is checked here, that the key can be used and belongs to the certificate by
    /// [`TlsConfigBuilder::build`].
    pub fn client_certificate(&mut self, chain: &[u8], key: &[u8]) -> Result<(), Error> {
        self.identity = Some(Identity::parse(chain, key)?);
        Ok(())
    }

    /// [`TlsConfigBuilder::client_certificate`] with the contents of files, which may be the same.
    pub fn client_certificate_files(&mut self, chain: &Path, key: &Path) -> Result<(), Error> {
        self.client_certificate(&pem::file(chain)?, &pem::file(key)?)
    }

    /// Accepts only servers whose own certificate has this public key, or that of another pin:
    /// SHA-256 of the SubjectPublicKeyInfo, as 64 hexadecimal digits or `sha256/BASE64`.
    ///
    /// Everything else is verified all the same, but see [`TlsConfigBuilder::pins_only`].
    pub fn add_pin(&mut self, pin: &str) -> Result<(), Error> {
        Ok(push(&mut self.pins, pins::parse(pin)?)?)
    }

    /// Pins instead of a chain: issuer and dates are not looked at, the name still is.
    pub fn pins_only(&mut self) {
        self.choose(Choice::Pinned);
    }

    fn choose(&mut self, choice: Choice) {
        self.torn |= self.trust != Choice::Chain && self.trust != choice;
        self.trust = choice;
    }

    /// Trusts exactly this certificate (PEM or DER) instead of a chain, for devices with one they
    /// signed themselves. Its dates are not looked at, its name is.
    pub fn trust_certificate(&mut self, pem_or_der: &[u8]) -> Result<(), Error> {
        let (mut certificates, failed) = pem::certificates(pem_or_der)?;
        let only = certificates.pop().filter(|_| certificates.is_empty() && failed == 0);
        match only.filter(|certificate| der::fields(certificate).is_some()) {
            Some(certificate) => {
                self.choose(Choice::Exactly(certificate));
                Ok(())
            }
            None => Err(error!(
                Kind::TlsConfig,
                "expected exactly one certificate to trust, as PEM or DER"
            )),
        }
    }

    /// [`TlsConfigBuilder::trust_certificate`] with the contents of a file.
    pub fn trust_certificate_file(&mut self, path: &Path) -> Result<(), Error> {
        self.trust_certificate(&pem::file(path)?)
    }

    /// Accepts a certificate whatever its names. **With roots, anyone who owns any certificate of
    /// any trusted authority can then impersonate the server.** With pins or exactly one trusted
    /// certificate the key identifies the server, and nothing is lost.
    pub fn dangerous_accept_any_name(&mut self) {
        self.check_name = false;
    }

    /// Accepts any certificate. **Anyone on the way can read and change everything.**
    pub fn dangerous_accept_any_certificate(&mut self) {
        self.choose(Choice::Anyone);
    }

    /// Sends this name as SNI instead of the session's, or no SNI for `None`. What the certificate
    /// is verified for does not change.
    pub fn sni(&mut self, host: Option<&str>) -> Result<(), Error> {
        self.sni = Sni::of(host)?;
        Ok(())
    }

    /// Verifies the certificate for this host name or IP address instead of the session's.
    pub fn verify_name(&mut self, host: &str) -> Result<(), Error> {
        self.verify_name = Some(server_name::parse(host)?);
        Ok(())
    }

    /// The lowest and the highest version to offer.
    pub fn versions(&mut self, min: TlsVersion, max: TlsVersion) -> Result<(), Error> {
        if min > max {
            return Err(error!(Kind::TlsConfig, "the lowest TLS version is above the highest"));
        }
        (self.min, self.max) = (min, max);
        Ok(())
    }

    /// Offers only these cipher suites, by their IANA names, the preferred first. One that is named
    /// again is not offered again.
    pub fn cipher_suites(&mut self, names: &[&str]) -> Result<(), Error> {
        let known = provider::plain().cipher_suites;
        let mut chosen = Vec::new();
        for name in names {
            let mut found = None;
            for suite in &known {
                if provider::suite_name(*suite)? == *name {
                    found = Some(*suite);
                }
            }
            let suite = found.ok_or_else(|| {
                let name = Escaped(name.as_bytes());
                Error::format(
                    Kind::TlsConfig,
                    format_args!("{name} is not the IANA name of a cipher suite of this build"),
                )
            })?;
            if !chosen.contains(&suite) {
                push(&mut chosen, suite)?;
            }
        }
        self.provider.cipher_suites = chosen;
        Ok(())
    }

    /// The ALPN protocols to offer, the preferred first; none sends no ALPN. At most 4 KiB, where each
    /// takes a byte more than its name has.
    pub fn alpn(&mut self, protocols: &[&[u8]]) -> Result<(), Error> {
        if protocols.iter().any(|protocol| protocol.is_empty() || protocol.len() > 255) {
            return Err(error!(Kind::TlsConfig, "an ALPN protocol has 1 to 255 bytes"));
        }
        if protocols.iter().map(|protocol| 1 + protocol.len()).sum::<usize>() > ALPN_LIMIT {
            return Err(error!(Kind::TlsConfig, "the ALPN protocols take more than 4 KiB"));
        }
        self.alpn = Some(copies(protocols)?);
        Ok(())
    }

    /// How many sessions to remember for resumption, over all servers; 0 turns resumption off.
    /// The default is 256. A server has room for eight of them, so the number counts in eights:
    /// 256 stands for 32 servers, and the oldest gives way. No early data (0-RTT) is ever sent.
    ///
    /// rustls takes room for as many at once, and has no other answer to a number beyond memory than to end the
    /// program: so there is a bound.
    pub fn resumption(&mut self, sessions: usize) -> Result<(), Error> {
        const MOST: usize = 65_536;
        if sessions > MOST {
            return Err(error!(
                Kind::InvalidArgument,
                "no more than 65536 sessions are remembered"
            ));
        }
        self.sessions = sessions;
        Ok(())
    }

    /// Appends the secrets of every session to a file in NSS key log format. **Who has the file
    /// can read the traffic.**
    pub fn key_log_file(&mut self, path: &Path) -> Result<(), Error> {
        self.key_log = Some(keylog::file(path)?);
        Ok(())
    }

    /// Hands each line of the NSS key log format to a function, during handshakes, on the thread
    /// that makes them. **Who has the lines can read the traffic.**
    pub fn key_log(&mut self, sink: impl Fn(&str) + Send + Sync + 'static) -> Result<(), Error> {
        self.key_log = Some(boxed(sink)?);
        Ok(())
    }

    /// Makes the configuration.
    pub fn build(mut self) -> Result<TlsConfig, Error> {
        self.check_choices()?;
        self.check_name &= !matches!(self.trust, Choice::Anyone);
        let identity = self.identity.take().map(|i| i.certify(&self.provider)).transpose()?;
        let verifier = arc(self.verifier()?)?;
        let versions: &[&SupportedProtocolVersion] = match (self.min, self.max) {
            (TlsVersion::V1_2, TlsVersion::V1_2) => &[&version::TLS12],
            (TlsVersion::V1_2, TlsVersion::V1_3) => &[&version::TLS13, &version::TLS12],
            (TlsVersion::V1_3, _) => &[&version::TLS13],
        };
        let config = ClientConfig::builder_with_provider(arc(self.provider)?)
            .with_protocol_versions(versions)
            .map_err(|_| error!(Kind::TlsConfig, NO_SUITE))?
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone());
        let chooser = Chooser(identity.map(arc).transpose()?);
        let mut config = config.with_client_cert_resolver(arc(chooser)?);
        config.alpn_protocols = match self.alpn {
            Some(protocols) => protocols,
            None => copies(&[b"http/1.1"])?,
        };
        config.enable_sni = self.sni.is_sent();
        config.resumption = match self.sessions {
            0 => Resumption::disabled(),
            sessions => Resumption::in_memory_sessions(sessions),
        };
        if let Some(sink) = self.key_log {
            config.key_log = arc(KeyLog(sink))?;
        }
        let fixed = self.sni.fixed();
        let per_name = fixed.is_some() && self.verify_name.is_none() && self.check_name;
        let shared = Shared {
            rustls: match per_name {
                true => Sessions::PerName(boxed(PerName::new(config, verifier, self.sessions))?),
                false => Sessions::Alike(arc(config)?),
            },
            roots: self.roots.counts,
            sni: fixed,
            verify_name: self.verify_name,
            check_name: self.check_name,
        };
        Ok(TlsConfig(Counted::new(shared)?))
    }

    /// Settings that contradict each other are an error, so that none is silently without effect.
    fn check_choices(&self) -> Result<(), Error> {
        let chain = self.roots.chosen || !self.revocation_lists.is_empty();
        let any_name = !self.check_name || self.trust == Choice::Anyone;
        let contradiction = match self.trust {
            _ if self.torn => {
                "of exactly one certificate, pins only and any certificate, only one can be trusted"
            }
            _ if any_name && self.verify_name.is_some() => {
                "a name to verify has no effect where any name is accepted"
            }
            Choice::Chain => return Ok(()),
            _ if chain => "roots and revocation lists have no effect where no chain is verified",
            Choice::Pinned if self.pins.is_empty() => "pins only, but there is no pin",
            Choice::Anyone if !self.pins.is_empty() => {
                "pins have no effect where any certificate is accepted"
            }
            _ => return Ok(()),
        };
        Err(Error::new(Kind::TlsConfig, contradiction))
    }

    fn verifier(&mut self) -> Result<Verifier, Error> {
        let trust = match core::mem::replace(&mut self.trust, Choice::Chain) {
            Choice::Chain => Trust::Chain(Counted::new(self.chain()?)?),
            Choice::Exactly(certificate) => Trust::Exactly(Counted::new(certificate)?),
            Choice::Pinned => Trust::Pinned,
            Choice::Anyone => Trust::Anyone,
        };
        let names = match &self.verify_name {
            _ if !self.check_name => Names::Unchecked,
            Some(fixed) => Names::Fixed(server_name::copy(fixed)?),
            None => Names::Session,
        };
        Ok(Verifier {
            trust,
            names,
            pins: Counted::new(core::mem::take(&mut self.pins))?,
            sha256: provider::sha256()?,
            algorithms: self.provider.signature_verification_algorithms,
        })
    }

    fn chain(&mut self) -> Result<Chain, Error> {
        if !self.roots.chosen {
            self.roots.add_bundled()?;
        }
        if self.roots.anchors.len() == 0 {
            return Err(error!(Kind::TlsConfig, "there is no root to trust"));
        }
        let mut lists = Vec::new();
        for (number, list) in self.revocation_lists.iter().enumerate() {
            push(&mut lists, revocation_lists::read(list, number)?)?;
        }
        Ok(Chain {
            roots: core::mem::take(&mut self.roots.anchors),
            revocation_lists: lists,
            algorithms: self.provider.signature_verification_algorithms.all,
        })
    }
}

/// Copies of names of protocols.
fn copies(names: &[&[u8]]) -> Result<Vec<Vec<u8>>, Error> {
    let mut copies = Vec::new();
    for name in names {
        push(&mut copies, memory::copy(name)?)?;
    }
    Ok(copies)
}

/// Sessions remembered, over all servers.
const DEFAULT_SESSIONS: usize = 256;

/// The ClientHello has at most 64 KiB of extensions, the ticket of a session among them.
const ALPN_LIMIT: usize = 4 << 10;

const NO_SUITE: &str = "none of the cipher suites belongs to a TLS version that is offered";
