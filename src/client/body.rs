//! Request bodies as the caller gives them.

use crate::engine::error::Error;
use crate::engine::request::BodySize;
use crate::transport::OpenFile;

/// The body of a request. It is borrowed: where a call is repeated after `WouldBlock`, it is given
/// the same body again.
pub enum Body<'a> {
    /// There is none.
    None,
    /// The caller sends it after the head, by itself.
    Later,
    /// These bytes.
    Bytes(&'a [u8]),
    /// Blocks as they come.
    Source(&'a mut dyn Source),
    /// Pieces that stay where they are.
    Pieces(&'a mut dyn Pieces),
}

/// Gives a body block by block, into memory of the connection.
pub trait Source {
    /// The length of the whole body, if it is known. Exactly so much must come.
    fn size(&self) -> Option<u64>;

    /// Bytes that one block should have.
    fn block_size(&self) -> usize;

    /// Fills the front of `block` and returns how much of it; 0 ends the body.
    fn read(&mut self, block: &mut [u8]) -> Result<usize, Error>;

    /// What it is called where what is sent is shown.
    fn notation(&self) -> &'static str {
        "<callback>"
    }

    /// The open file whose bytes, from its offset on, are those that `read` gives, if it is that.
    fn file(&self) -> Option<OpenFile<'_>> {
        None
    }
}

/// Lends a body piece by piece, out of memory of its own.
pub trait Pieces {
    /// As [`Source::size`].
    fn size(&self) -> Option<u64>;

    /// Goes on to the next piece; false: the body has ended. A piece may be empty.
    fn advance(&mut self) -> Result<bool, Error>;

    /// The present piece. It stays until `advance` is called; so a call that is repeated after
    /// `WouldBlock` finds the same one.
    fn piece(&self) -> &[u8];
}

impl Body<'_> {
    /// The same body, for as long as this one is borrowed.
    pub fn lend(&mut self) -> Body<'_> {
        match self {
            Body::None => Body::None,
            Body::Later => Body::Later,
            Body::Bytes(bytes) => Body::Bytes(bytes),
            Body::Source(source) => Body::Source(&mut **source),
            Body::Pieces(pieces) => Body::Pieces(&mut **pieces),
        }
    }

    /// What is known of the size before anything is sent.
    pub fn size(&self) -> BodySize {
        match self {
            Body::None => BodySize::None,
            Body::Later => BodySize::Later,
            Body::Bytes(bytes) => BodySize::Known(bytes.len() as u64),
            Body::Source(source) => source.size().map_or(BodySize::Unknown, BodySize::Known),
            Body::Pieces(pieces) => pieces.size().map_or(BodySize::Unknown, BodySize::Known),
        }
    }

    /// What it is called where what is sent is shown, if it is not shown itself.
    pub(super) fn notation(&self) -> &'static str {
        match self {
            Body::Source(source) => source.notation(),
            _ => "<pieces>",
        }
    }

    /// Whether it is there only bit by bit, and so only once.
    pub(super) fn comes_in_parts(&self) -> bool {
        matches!(self, Body::Source(_) | Body::Pieces(_))
    }
}
