//! The table of all handles, and what they stand for.

use super::conn::{Conn, Role};
use crate::capi::kit::handle::{self, Held, Table};
use crate::capi::kit::poison::Poison;
use crate::capi::objects::header_block::Headers;
use crate::capi::objects::stream::Detached;
#[cfg(feature = "tls")]
use crate::capi::objects::tls_builder::Builder;
use crate::memory::Counted;
#[cfg(feature = "std")]
use crate::transport::cancel::Cancel;
#[cfg(feature = "tls")]
use crate::transport::tls::TlsConfig;
use alloc::boxed::Box;

/// The types that handles have in C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Type {
    Connection = 1,
    Response = 2,
    TlsConfig = 3,
    TlsBuilder = 4,
    Cancel = 5,
    Stream = 6,
    Headers = 7,
}

/// What a handle stands for; its variant is the handle's type.
pub(crate) enum Object {
    Conn(Counted<Conn>, Role),
    Stream(Box<Poison<Detached>>),
    Headers(Box<Headers>),
    #[cfg(feature = "tls")]
    TlsConfig(TlsConfig),
    #[cfg(feature = "tls")]
    TlsBuilder(Box<Builder>),
    #[cfg(feature = "std")]
    Cancel(Cancel),
}

/// A C type whose handles are in this table.
pub(crate) trait Opaque: handle::Opaque<Object = Object> {}

impl<T: handle::Opaque<Object = Object>> Opaque for T {}

/// An object of this table that a call has taken for itself.
pub(crate) type Taken = handle::Taken<Object>;

static HANDLES: Table<Object> = Table::new();

impl Held for Object {
    fn table() -> &'static Table<Object> {
        &HANDLES
    }

    fn of_type(&self) -> u8 {
        let kind = match self {
            Object::Conn(_, Role::Connection) => Type::Connection,
            Object::Conn(_, Role::Response(_)) => Type::Response,
            Object::Stream(_) => Type::Stream,
            Object::Headers(_) => Type::Headers,
            #[cfg(feature = "tls")]
            Object::TlsConfig(_) => Type::TlsConfig,
            #[cfg(feature = "tls")]
            Object::TlsBuilder(_) => Type::TlsBuilder,
            #[cfg(feature = "std")]
            Object::Cancel(_) => Type::Cancel,
        };
        kind as u8
    }
}
