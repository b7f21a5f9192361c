//! TLS over any transport.

/// A TLS session over another transport.
pub struct Tls {}
