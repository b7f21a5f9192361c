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
//! | `system_store` | those of the system |
//! | `anchors` | the trust anchors with their dates |
//! | `revocation_lists` | revocation lists as they are given |
//! | `identity` | the client's certificate chain and key |
//! | `pem` | certificates, keys and revocation lists from PEM or DER |
//! | `provider` | the cryptographic provider of this build, and what it has |
//! | `verify` | whether the peer's certificate is accepted |
//! | `chain` | whether its chain leads to a root |
//! | `pins` | public key pins |
//! | `server_names` | a configuration of rustls for each verified name, where SNI is another |
//! | `server_name` | a host as it is verified and sent |
//! | `client_request` | whether the server asked for a client certificate |
//! | `random` | the randomness of a ClientHello |
//! | `keylog` | secrets for a protocol analyser |
//! | `error` | what rustls reports, as `Error` |
//! | `alerts`, `peer_words`, `rules` | its alerts, and the words for what a peer or a certificate does wrong |
//! | `refusal` | why a chain is refused, and what to do about it |
//! | `shown` | the certificates of a chain, and how a message calls them |
//! | `alt_names`, `purposes`, `constraints`, `algorithms` | what such a message says of each of these |
//! | `der`, `oid`, `date` | how certificates are encoded |

mod alerts;
mod algorithms;
mod alt_names;
mod anchors;
mod buffer;
mod buffer_pool;
mod chain;
mod client_request;
mod config;
mod constraints;
mod date;
mod der;
mod error;
mod identity;
mod keylog;
mod oid;
mod peer_words;
mod pem;
mod pins;
mod provider;
mod purposes;
mod random;
mod records;
mod refusal;
mod revocation_lists;
mod roots;
mod rules;
mod server_name;
mod server_names;
mod session;
mod shown;
mod system_store;
mod verify;

pub use config::{TlsConfig, TlsConfigBuilder, TlsVersion};
pub use roots::{RootCount, RootCounts};
pub use session::Tls;
