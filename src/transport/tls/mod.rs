//! TLS over any transport, by rustls.
//!
//! A [`TlsConfig`] is built once and shared; a [`Tls`] is one session over one inner transport.
//! Nothing here opens a socket or knows HTTP.
//!
//! | file | owns |
//! |---|---|
//! | `session` | the session: the `Transport`, when to receive and to send |
//! | `records` | records in memory: handshake, decryption, encryption, alerts |
//! | `buffer` | a byte queue that gives its memory back |
//! | `config` | the builder and the immutable configuration |
//! | `roots` | where trust anchors come from |
//! | `identity` | the client's certificate chain and key |
//! | `pem` | certificates, keys and revocation lists from PEM or DER |
//! | `provider` | the cryptographic provider of this build, and what it has |
//! | `verify` | whether the peer's certificate is accepted |
//! | `pins` | public key pins |
//! | `names` | a configuration of rustls for each verified name, where SNI is another |
//! | `der` | the few fields of a certificate that rustls does not show |
//! | `name` | a host as it is verified and sent |
//! | `random` | the randomness of a ClientHello |
//! | `keylog` | secrets for a protocol analyser |
//! | `error` | what rustls reports, as `Error` |

mod buffer;
mod buffer_pool;
mod config;
mod der;
mod error;
mod identity;
mod keylog;
mod pem;
mod pins;
mod provider;
mod random;
mod records;
mod roots;
mod server_name;
mod server_names;
mod session;
mod verify;

pub use config::{TlsConfig, TlsConfigBuilder, TlsVersion};
pub use roots::{RootCount, RootCounts};
pub use session::Tls;
