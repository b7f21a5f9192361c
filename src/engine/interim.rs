//! The heads of one response: interim ones (RFC 9110 section 15.2), of which there is a bound, and the final one.

use super::buffer::{Buffer, HeadLimits};
use super::error::{Error, Kind};
use super::head::{Head, HeadReader};
use super::leniency::Leniency;

/// Reads heads until the final one; interim ones (1xx but 101, RFC 9110 section 15.2) are shown to
/// the caller and skipped.
#[derive(Debug, Default)]
pub struct ResponseReader {
    current: HeadReader,
    interim: usize,
    used: usize,
}

/// What [`ResponseReader::read`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// No complete head yet.
    Nothing,
    /// An interim response of so many bytes.
    Interim(usize),
    /// The final head, of so many bytes.
    Final(usize),
}

impl ResponseReader {
    /// Looks for the next head at the front of `data`. The caller consumes what was found.
    pub fn read(
        &mut self,
        data: &[u8],
        limits: &HeadLimits,
        head: &mut Head,
        leniency: &mut Leniency,
    ) -> Result<Found, Error> {
        match self.current.read(data, &self.left(limits), head, leniency)? {
            Some(len) => self.found(len, limits, head),
            None => Ok(Found::Nothing),
        }
    }

    /// The same for a long head, which is taken off the front of `input`: see [`HeadReader::read_long`].
    pub fn read_long(
        &mut self,
        input: &mut Buffer,
        limits: &HeadLimits,
        head: &mut Head,
        leniency: &mut Leniency,
    ) -> Result<Found, Error> {
        match self.current.read_long(input, &self.left(limits), head, leniency)? {
            Some(len) => self.found(len, limits, head),
            None => Ok(Found::Nothing),
        }
    }

    /// The same where the stream has ended behind `data`: see [`HeadReader::read_cut`].
    pub fn read_cut(
        &mut self,
        data: &[u8],
        limits: &HeadLimits,
        head: &mut Head,
        leniency: &mut Leniency,
    ) -> Result<Found, Error> {
        let len = self.current.read_cut(data, &self.left(limits), head, leniency)?;
        self.found(len, limits, head)
    }

    fn left(&self, limits: &HeadLimits) -> HeadLimits {
        HeadLimits { bytes: limits.bytes.saturating_sub(self.used), ..*limits }
    }

    fn found(&mut self, len: usize, limits: &HeadLimits, head: &Head) -> Result<Found, Error> {
        self.used += len;
        if !is_interim(head.status) {
            return Ok(Found::Final(len));
        }
        self.interim += 1;
        self.current = HeadReader::default();
        if self.interim > limits.interim {
            let most = limits.interim;
            return Err(Error::format(
                Kind::TooManyInterim,
                format_args!("got more than {most} interim responses"),
            ));
        }
        Ok(Found::Interim(len))
    }

    /// The error for a stream that ends before the final head is complete.
    pub fn end_of_stream(&self, data: &[u8]) -> Error {
        self.current.end_of_stream(data)
    }

    /// Whether a final status line was read, and its fields come next.
    pub fn is_within_final(&self, head: &Head) -> bool {
        self.current.has_status() && !is_interim(head.status)
    }

    /// Bytes of head material so far: the start of the body's overhead count.
    pub fn used(&self) -> usize {
        self.used
    }
}

fn is_interim(status: u16) -> bool {
    (100..200).contains(&status) && status != 101
}
