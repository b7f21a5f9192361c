//! Header blocks by themselves.

use crate::client::Joined;
use crate::engine::fields::Fields;

/// What a handle of a header block stands for.
#[derive(Default)]
pub(crate) struct Headers {
    pub(crate) fields: Fields,
    pub(crate) joined: Joined,
    /// It is the library's, and the program only looks at it.
    pub(crate) lent: bool,
}

impl Headers {
    /// Fields that the program may look at, but not free.
    pub(crate) fn lent(fields: Fields) -> Headers {
        Headers { fields, lent: true, ..Headers::default() }
    }
}
