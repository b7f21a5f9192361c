//! The session: the `Transport`, when to receive and to send.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::buf::UninitSlice;
use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;
use rustls::{HandshakeKind, ProtocolVersion};

use super::config::TlsConfig;
use super::records::{PLAINTEXT, Records};
use super::{alerts, error, provider, random};
use crate::engine::error::{Error, Kind, error};
use crate::transport::cancel::Cancel;
use crate::transport::clock;
use crate::transport::{End, Interest, Limits, SMALL, Timeout, Transport};
use crate::uncancelled::uncancelled;

/// A TLS session over another transport.
///
/// What was encrypted counts as written and is sent before all that follows; memory for records
/// is given back when a transfer ends. Every operation may receive and send, and the limits hold
/// for each step of it.
pub struct Tls {
    records: Records,
    inner: Box<dyn Transport>,
    limits: Limits,
    established: bool,
    verified: Option<ServerName<'static>>,
    /// The last read filled all the room it had, so more is on the way.
    flowing: bool,
    /// The last operation would have blocked.
    blocked: bool,
    /// Why nothing can be sent any longer, though there may still be something to receive.
    broken: Option<Error>,
}

/// Whether a failure of writing may mean that the peer has closed its side, or only that the stream
/// below, which has codes of its own, failed: what was received can be read still.
fn takes_no_more(error: &Error) -> bool {
    error.kind().is(Kind::Connection) || error.kind() == Kind::Transport
}

/// Holds any record.
const RECORD: usize = PLAINTEXT + 2048 + 5;
/// For a large transfer.
const LARGE: usize = 128 << 10;
/// The most plaintext that one write encrypts.
const BATCH: usize = 4 * PLAINTEXT;
/// Less than this may wait for the next write to go with it.
const PIGGYBACK: usize = 4 << 10;
/// How much a look at an idle session may receive of tickets and the like.
const LOOKED: usize = 64 << 10;

impl Tls {
    /// Begins a session with the server named `server_name` (a host name, or an IP address with
    /// or without brackets). Nothing is sent yet. `inner` belongs to the session from now on and
    /// is used without limits until [`Transport::set_limits`].
    ///
    /// Errors: `Kind::Value` or `Kind::Encoding` for a bad name.
    pub fn start(
        inner: Box<dyn Transport>,
        config: &TlsConfig,
        server_name: &str,
    ) -> Result<Tls, Error> {
        let plan = config.plan(server_name)?;
        // Random numbers are drawn, and the system's call for that is a cancellation point.
        let session = uncancelled(|| {
            random::ahead(|| UnbufferedClientConnection::new(plan.rustls, plan.name))
        });
        let session = session.map_err(|e| error::session(&e))?;
        Ok(Tls {
            records: Records::new(session),
            inner,
            limits: Limits::NONE,
            established: false,
            verified: plan.verified,
            flowing: false,
            blocked: false,
            broken: None,
        })
    }

    /// Makes the handshake, or goes on with it after `Kind::WouldBlock`, until all of it is sent.
    pub fn handshake(&mut self) -> Result<(), Error> {
        self.negotiate()?;
        let outcome = self.flush().map_err(error::during_handshake);
        self.note(outcome)
    }

    /// The handshake but for sending our last message, which then travels with the first request:
    /// one write and one packet less. Reading and writing do this by themselves.
    ///
    /// Who does not write soon after calls [`Tls::flush`], since the server waits.
    pub fn negotiate(&mut self) -> Result<(), Error> {
        let outcome = self.establish();
        self.note(outcome)
    }

    fn establish(&mut self) -> Result<(), Error> {
        if self.established { Ok(()) } else { uncancelled(|| self.shake_hands()) }
    }

    fn shake_hands(&mut self) -> Result<(), Error> {
        let mut began = None;
        while !self.established {
            let opened = self.records.open(UninitSlice::new(&mut []));
            self.records.note_request();
            self.alert(opened)?;
            if self.records.session.is_handshaking() {
                self.advance(&mut began)?;
            } else {
                self.established = true;
                self.records.incoming.rest();
            }
        }
        Ok(())
    }

    /// Sends what waits to be sent.
    pub fn flush(&mut self) -> Result<(), Error> {
        while !self.records.outgoing.is_empty() {
            if let Some(error) = &self.broken {
                return Err(error.copy());
            }
            match self.inner.write(&[self.records.outgoing.filled()]) {
                Ok(sent) => self.records.outgoing.consume(sent),
                Err(error) => {
                    if takes_no_more(&error) {
                        self.broken = Some(error.copy());
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// The protocol version, as Python's `ssl` writes it: `TLSv1.3`. None before it is agreed.
    pub fn version(&self) -> Option<&'static str> {
        match self.records.session.protocol_version()? {
            ProtocolVersion::TLSv1_2 => Some("TLSv1.2"),
            ProtocolVersion::TLSv1_3 => Some("TLSv1.3"),
            _ => None,
        }
    }

    /// The IANA name of the cipher suite. None before it is agreed.
    ///
    /// # Errors
    /// `Kind::NoMemory`
    pub fn cipher_suite(&self) -> Result<Option<String>, Error> {
        self.records.session.negotiated_cipher_suite().map(provider::suite_name).transpose()
    }

    /// The group of the key exchange, by its IANA name: `x25519`. None before it is agreed, and in a
    /// session of TLS 1.2 that is resumed, which exchanges no keys.
    ///
    /// # Errors
    /// `Kind::NoMemory`
    pub fn group(&self) -> Result<Option<String>, Error> {
        self.records.session.negotiated_key_exchange_group().map(provider::group_name).transpose()
    }

    /// The ALPN protocol that the server chose, if any.
    pub fn alpn(&self) -> Option<&[u8]> {
        self.records.session.alpn_protocol()
    }

    /// The server's certificates as sent, its own first, each as DER. Empty before the handshake;
    /// in a resumed session those of the first.
    pub fn peer_certificates(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.records.session.peer_certificates().unwrap_or_default().iter().map(|der| der.as_ref())
    }

    /// Whether the session continues an earlier one.
    pub fn resumed(&self) -> bool {
        self.records.session.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// The name that the server's certificate was verified for. None before the handshake, and
    /// where the configuration checks no name.
    ///
    /// # Errors
    /// `Kind::NoMemory`
    pub fn verified_name(&self) -> Result<Option<String>, Error> {
        self.verified
            .as_ref()
            .filter(|_| self.established)
            .map(super::server_name::text)
            .transpose()
    }

    /// Passes an operation's outcome on: there is something to wait for only if it would have blocked.
    fn note<T>(&mut self, outcome: Result<T, Error>) -> Result<T, Error> {
        self.blocked = outcome.as_ref().is_err_and(|error| error.kind() == Kind::WouldBlock);
        outcome
    }

    fn read_some(&mut self, buf: &mut UninitSlice, want: usize) -> Result<usize, Error> {
        self.establish()?;
        if !self.records.plain.is_empty() {
            let count = buf.len().min(self.records.plain.len());
            buf[..count].copy_from_slice(&self.records.plain.filled()[..count]);
            self.records.plain.consume(count);
            self.records.plain.release(0);
            return Ok(count);
        }
        self.say()?;
        let mut began = None;
        loop {
            let opened = self.records.open(buf);
            let count = self.alert(opened)?;
            if count >= want || self.records.peer_closed {
                // All that was owed is here: nothing large need be under way any longer.
                self.records.incoming.rest();
            }
            if count > 0 {
                return Ok(count);
            }
            if self.records.peer_closed {
                return self.records.asked.said_farewell().map_or(Ok(0), Err);
            }
            self.receive_within(want, &mut began)?;
        }
    }

    fn write_some(&mut self, parts: &[&[u8]]) -> Result<usize, Error> {
        self.establish()?;
        if self.records.outgoing.len() > PIGGYBACK {
            self.flush()?;
        }
        let sealed = self.records.seal(parts, BATCH);
        let accepted = self.alert(sealed)?;
        match self.flush() {
            Err(error) if error.kind() != Kind::WouldBlock => {
                // The bytes are encrypted: to take them again would send them twice.
                self.broken = Some(error.copy());
                Err(error)
            }
            _ => Ok(accepted),
        }
    }

    /// One round of the handshake: sends our part and receives of the peer's. The timeout is that of a
    /// flight: it begins anew when we have answered.
    fn advance(&mut self, began: &mut Option<u64>) -> Result<(), Error> {
        if !self.records.outgoing.is_empty() {
            *began = None;
        }
        self.send_or_break().map_err(error::during_handshake)?;
        self.receive_within(1, began)?;
        let fresh = self.records.session.protocol_version().is_none();
        let first = self.records.incoming.filled();
        match first {
            [kind, 3, _, _, _, ..] if (20..=24).contains(kind) => Ok(()),
            [_, _, _, _, _, ..] if fresh => Err(error::not_tls(first)),
            _ => Ok(()),
        }
    }

    /// Sends what waits. A connection that takes nothing any longer is no error yet: the peer may
    /// have said why, and that is still to be received.
    fn send_or_break(&mut self) -> Result<(), Error> {
        if self.broken.is_some() {
            return Ok(());
        }
        match self.flush() {
            Err(error) if takes_no_more(&error) => Ok(()),
            result => result,
        }
    }

    /// Sends what waits, as far as the transport takes it, for who goes on to read.
    fn say(&mut self) -> Result<(), Error> {
        match self.send_or_break() {
            Err(error) if error.kind() != Kind::WouldBlock => Err(error),
            _ => {
                self.records.outgoing.release(SMALL);
                Ok(())
            }
        }
    }

    /// Receives for an operation that may need several receives. What is of no use to it, a ticket or a part of
    /// a record, does not put its timeout off. What we have to say to it goes out first: the peer may wait for
    /// that.
    fn receive_within(&mut self, want: usize, began: &mut Option<u64>) -> Result<(), Error> {
        let Some(at) = *began else {
            if matches!(self.limits.timeout, Timeout::After(_)) {
                *began = Some(clock::now());
            }
            return self.say().and_then(|()| self.receive(want));
        };
        self.inner.set_limits(self.limits.within(at));
        let received = self.say().and_then(|()| self.receive(want));
        self.inner.set_limits(self.limits);
        received
    }

    /// Receives once, at most what there is room for. The caller expects `want` bytes of
    /// application data at least.
    fn receive(&mut self, want: usize) -> Result<(), Error> {
        let held = self.records.incoming.len();
        let missing = self.records.missing();
        let size = self.room_for(want, held + missing);
        if size == SMALL {
            self.records.incoming.borrow_spare();
        }
        let room = self.records.incoming.room(size)?;
        if room.is_empty() {
            return Err(error!(Kind::Tls, "the peer sent too large a handshake message"));
        }
        // What is certain to come: the rest of a record that has begun, and of the application data
        // what cannot be here already.
        let rest = if held > 0 { missing } else { 1 };
        let owed = rest.max(want.saturating_sub(held)).clamp(1, room.len());
        let free = room.len();
        let received = match self.inner.read(UninitSlice::new(room), owed) {
            Err(error) if !self.established => return Err(self.failed_handshake(error)),
            result => result?,
        };
        if received == 0 {
            return Err(self.end_of_stream());
        }
        self.flowing = received == free;
        self.records.incoming.produced(received);
        Ok(())
    }

    /// The stream below failed in the handshake. A reset is how a server closes that has not read all we sent.
    #[cold]
    fn failed_handshake(&self, error: Error) -> Error {
        let reset = error.kind() == Kind::ConnectionReset;
        let refused = if reset { self.records.asked.closed() } else { None };
        refused.unwrap_or_else(|| error::during_handshake(error))
    }

    /// How much memory to receive into: little for small exchanges, more once more is on the way.
    fn room_for(&self, want: usize, record: usize) -> usize {
        let grown = if self.flowing { self.records.incoming.size() + 1 } else { 0 };
        let handshake = if self.established { 0 } else { RECORD };
        let needed = want.max(record).max(grown).max(handshake);
        let step = [SMALL, RECORD].into_iter().find(|size| *size >= needed).unwrap_or(LARGE);
        step.max(record)
    }

    fn end_of_stream(&self) -> Error {
        match self.records.incoming.filled() {
            first @ [kind, ..] if !self.established && !(20..=24).contains(kind) => {
                error::not_tls(first)
            }
            _ => self.records.asked.closed().unwrap_or_else(|| alerts::closed(!self.established)),
        }
    }

    /// Passes a result on. If it is an error, the peer is told the alert for it first.
    fn alert<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if result.is_err() {
            self.send_now();
        }
        result
    }

    /// Sends what the transport takes at once. What it does not take is lost.
    fn send_now(&mut self) {
        self.inner.set_limits(Limits { timeout: Timeout::Nonblocking, ..self.limits });
        // An alert or a farewell: there is nobody to tell that it did not get through.
        let _ = self.flush();
        self.inner.set_limits(self.limits);
    }

    /// Whether all that can be received without waiting is tickets and the like. There is something, or
    /// the transport below would be quiet; it is asked again before each read, since one of the program's
    /// own may wait in a read that finds nothing.
    fn only_maintenance(&mut self) -> bool {
        let mut looked = 0;
        while looked < LOOKED {
            let held = self.records.incoming.len();
            if let Err(error) = self.receive(1) {
                return error.kind() == Kind::WouldBlock;
            }
            looked += self.records.incoming.len() - held;
            if !self.holds_no_data() {
                return false;
            }
            if self.inner.is_quiet() {
                return true;
            }
        }
        false
    }

    /// Whether there is no data, and may be some later, behind all records that are here whole.
    fn holds_no_data(&mut self) -> bool {
        let opened = self.records.open(UninitSlice::new(&mut []));
        opened.is_ok() && self.records.plain.is_empty() && !self.records.peer_closed
    }
}

impl Transport for Tls {
    fn read(&mut self, buf: &mut UninitSlice, want: usize) -> Result<usize, Error> {
        let outcome = self.read_some(buf, want);
        self.note(outcome)
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<usize, Error> {
        let outcome = self.write_some(parts);
        self.note(outcome)
    }

    fn is_quiet(&mut self) -> bool {
        if !self.established || self.broken.is_some() || !self.holds_no_data() {
            return false;
        }
        let mut quiet = self.inner.is_quiet();
        if !quiet {
            self.inner.set_limits(Limits { timeout: Timeout::Nonblocking, ..self.limits });
            quiet = self.only_maintenance();
            self.inner.set_limits(self.limits);
        }
        // A ticket may be on its way; data must not be.
        self.records.early = !self.records.incoming.is_empty();
        quiet
    }

    fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        self.inner.set_limits(limits);
    }

    fn finish(&mut self) {
        if self.established && self.records.close().is_ok() {
            self.send_now();
        }
        self.inner.finish();
    }

    fn fileno(&self) -> Option<i32> {
        self.inner.fileno()
    }

    fn address(&self, end: End) -> Result<Option<Vec<u8>>, Error> {
        self.inner.address(end)
    }

    fn interest(&self) -> Interest {
        if !self.blocked {
            return Interest::default();
        }
        let inner = self.inner.interest();
        let unsent = self.broken.is_none() && !self.records.outgoing.is_empty();
        Interest { write: inner.write || unsent, ..inner }
    }

    fn stop_waiting(&mut self) {
        self.blocked = false;
        self.inner.stop_waiting();
    }

    fn wait(&mut self, interest: Interest, since: u64, until: Option<u64>) -> Result<(), Error> {
        let outcome = self.inner.wait(interest, since, until);
        self.note(outcome)
    }

    fn set_cancel(&mut self, cancel: &Cancel) -> Result<(), Error> {
        self.inner.set_cancel(cancel)
    }

    fn flush(&mut self) -> Result<(), Error> {
        let outcome = Tls::flush(self);
        self.note(outcome)
    }

    fn as_tls(&self) -> Option<&Tls> {
        Some(self)
    }
}
