//! Records in memory: handshake, decryption, encryption, alerts. Nothing is sent or received here.

use bytes::buf::UninitSlice;
use rustls::client::UnbufferedClientConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, UnbufferedStatus, WriteTraffic,
};
use rustls::{AlertDescription, ProtocolVersion};

use super::buffer::Buffer;
use super::client_request::{self, Request};
use super::error;
use crate::engine::error::{Error, Kind, error};

/// The most plaintext that a record holds (RFC 8446, section 5.1).
pub(super) const PLAINTEXT: usize = 1 << 14;

/// rustls's session with the bytes on both sides of it.
pub(super) struct Records {
    pub(super) session: UnbufferedClientConnection,
    /// Received and not yet decrypted. Handshake messages stay until they are complete.
    pub(super) incoming: Buffer,
    /// Decrypted and not yet read.
    pub(super) plain: Buffer,
    /// Encrypted and not yet sent.
    pub(super) outgoing: Buffer,
    /// The peer has sent close_notify: nothing follows.
    pub(super) peer_closed: bool,
    /// The record that is here in part came before anything was asked for: data in it is refused.
    pub(super) early: bool,
    /// What the peer has asked us for, and has sent no data since.
    pub(super) asked: Asked,
    /// Bytes of records in a row that brought nothing: tickets, new keys, empty ones.
    idle: usize,
    failed: Option<Error>,
}

impl Records {
    pub(super) fn new(session: UnbufferedClientConnection) -> Records {
        Records {
            session,
            incoming: Buffer::default(),
            plain: Buffer::default(),
            outgoing: Buffer::default(),
            peer_closed: false,
            early: false,
            asked: Asked::Nothing,
            idle: 0,
            failed: None,
        }
    }

    /// Works on what was received until more is needed, or until a further record might not fit.
    /// Returns how many bytes of application data are now in `into`; with no room there, they
    /// wait in `plain`.
    ///
    /// An error after data is kept for the next call. Its alert, if any, is in `outgoing`.
    pub(super) fn open(&mut self, into: &mut UninitSlice) -> Result<usize, Error> {
        match &self.failed {
            Some(error) => Err(error.copy()),
            None if self.has_work() => self.open_records(into),
            None => Ok(0),
        }
    }

    /// Apart, since mostly nothing is there when it is looked.
    #[inline(never)]
    fn open_records(&mut self, into: &mut UninitSlice) -> Result<usize, Error> {
        let mut filled = 0;
        let mut more = true;
        while more && (filled == 0 || self.next_plaintext() <= into.len() - filled) {
            more = match self.step(into, &mut filled) {
                Ok(more) => more,
                Err(error) => {
                    self.failed = Some(error.copy());
                    if filled == 0 {
                        return Err(error);
                    }
                    false
                }
            };
        }
        Ok(filled)
    }

    /// Encrypts from the front of `parts` and returns how many bytes that was: at most `limit`,
    /// but for a first record that is larger.
    pub(super) fn seal(&mut self, parts: &[&[u8]], limit: usize) -> Result<usize, Error> {
        self.open(UninitSlice::new(&mut []))?;
        self.emit(|traffic, outgoing| {
            let mut accepted = 0;
            for chunk in parts.iter().flat_map(|part| part.chunks(PLAINTEXT)) {
                if accepted > 0 && accepted + chunk.len() > limit {
                    break;
                }
                append(outgoing, |room| Ok(traffic.encrypt(chunk, room)?))?;
                accepted += chunk.len();
            }
            Ok(accepted)
        })
    }

    /// Queues close_notify.
    pub(super) fn close(&mut self) -> Result<(), Error> {
        self.open(UninitSlice::new(&mut []))?;
        self.emit(|traffic, outgoing| {
            append(outgoing, |room| Ok(traffic.queue_close_notify(room)?))
        })
    }

    /// Notes whether the peer has asked for a client certificate, in what was opened last on this thread.
    pub(super) fn note_request(&mut self) {
        if let Some(request) = client_request::noted() {
            self.asked = Asked::Certificate(request);
        }
    }

    /// How many bytes the record at the front still lacks.
    pub(super) fn missing(&self) -> usize {
        match header(self.incoming.filled()) {
            Some(length) => (HEADER + length).saturating_sub(self.incoming.len()),
            None => HEADER - self.incoming.len(),
        }
    }

    /// Whether rustls would do anything if asked.
    fn has_work(&self) -> bool {
        let complete = !self.incoming.is_empty() && self.missing() == 0;
        self.session.wants_write() || complete
    }

    /// How much plaintext the next record may hold.
    fn next_plaintext(&self) -> usize {
        // The tag of every AEAD suite, and in TLS 1.3 the type.
        let tls13 = self.session.protocol_version() == Some(ProtocolVersion::TLSv1_3);
        header(self.incoming.filled()).map_or(0, |len| len.saturating_sub(16 + usize::from(tls13)))
    }

    /// One step of rustls. Returns whether another one is due at once.
    fn step(&mut self, into: &mut UninitSlice, filled: &mut usize) -> Result<bool, Error> {
        const UNASKED: Error =
            error!(Kind::ConnectionAborted, "the peer sent data before it was asked for any");
        const IDLE: Error =
            error!(Kind::Tls, "the peer sent more than 64 KiB of TLS records without any data");
        let Records { session, incoming, plain, outgoing, peer_closed, early, asked, idle, .. } =
            self;
        let established = !session.is_handshaking();
        let mut data = false;
        let first = header(incoming.filled()).map_or(0, |length| HEADER + length);
        let UnbufferedStatus { mut discard, state, .. } =
            session.process_tls_records(incoming.filled_mut());
        let outcome = match state {
            Ok(ConnectionState::ReadTraffic(mut traffic)) => loop {
                match traffic.next_record() {
                    Some(Ok(record)) => {
                        if *early && discard <= first && !record.payload.is_empty() {
                            return Err(UNASKED);
                        }
                        discard += record.discard;
                        data |= !record.payload.is_empty();
                        deliver(record.payload, into, filled, plain)?;
                    }
                    Some(Err(e)) => break Err(e),
                    None => break Ok(None),
                }
            },
            Ok(ConnectionState::EncodeTlsData(mut encoding)) => {
                let queued = outgoing.len();
                append(outgoing, |room| Ok(encoding.encode(room)?))?;
                // The one alert that rustls sends by itself and goes on: no_renegotiation (TLS 1.2).
                if outgoing.filled().get(queued) == Some(&ALERT) {
                    *asked = Asked::Renegotiation;
                }
                Ok(Some(true))
            }
            Ok(ConnectionState::TransmitTlsData(data)) => {
                // It is in `outgoing`, which is sent before anything else.
                data.done();
                Ok(Some(true))
            }
            Ok(ConnectionState::PeerClosed) => {
                *peer_closed = true;
                discard = usize::MAX;
                Ok(Some(false))
            }
            Ok(_) => Ok(Some(false)),
            Err(e) => Err(e),
        };
        *early &= discard == 0;
        if data {
            *asked = Asked::Nothing;
            *idle = 0;
        } else if established && !*peer_closed && outcome.is_ok() {
            *idle += discard;
            if *idle > IDLE_MAX {
                return Err(IDLE);
            }
        }
        incoming.consume(discard);
        match outcome {
            Ok(more) => Ok(more.unwrap_or_else(|| self.has_work())),
            Err(e) => Err(self.refuse(&e)),
        }
    }

    /// Runs `write` once rustls accepts application data, with the queue to append to.
    fn emit<T>(
        &mut self,
        write: impl FnOnce(&mut WriteTraffic<'_, Client>, &mut Buffer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let UnbufferedStatus { discard, state, .. } =
            self.session.process_tls_records(self.incoming.filled_mut());
        let result = match state {
            Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                write(&mut traffic, &mut self.outgoing)
            }
            _ => Err(error!(Kind::State, "the TLS session takes no data now")),
        };
        self.incoming.consume(discard);
        result
    }

    /// What rustls refused, once its alert to the peer is in `outgoing`.
    fn refuse(&mut self, e: &rustls::Error) -> Error {
        let error = match e {
            rustls::Error::AlertReceived(alert) => self.asked.refused(*alert),
            _ => None,
        };
        let error = error.unwrap_or_else(|| error::session(e));
        // rustls hands out what is queued before it looks at any input again.
        while self.session.wants_write() {
            let status = self.session.process_tls_records(self.incoming.filled_mut());
            let Ok(ConnectionState::EncodeTlsData(mut data)) = status.state else { break };
            if append(&mut self.outgoing, |room| Ok(data.encode(room)?)).is_err() {
                break;
            }
        }
        error
    }
}

/// What a peer asks for that it may not get.
#[derive(Clone, Copy)]
pub(super) enum Asked {
    Nothing,
    /// A second handshake in TLS 1.2: it was refused.
    Renegotiation,
    /// A client certificate.
    Certificate(Request),
}

impl Asked {
    /// What an alert means after that. None: what it means without.
    fn refused(self, alert: AlertDescription) -> Option<Error> {
        match self {
            Asked::Nothing => None,
            Asked::Renegotiation => Some(error::renegotiation()),
            Asked::Certificate(request) => request.refused(alert),
        }
    }

    /// What it means after that if the peer just closes. None: nothing.
    pub(super) fn closed(self) -> Option<Error> {
        match self {
            Asked::Nothing => None,
            Asked::Renegotiation => Some(error::renegotiation()),
            Asked::Certificate(request) => request.closed(),
        }
    }

    /// The same if it ends the session with close_notify: after a second handshake was refused, it may have done
    /// without.
    pub(super) fn said_farewell(self) -> Option<Error> {
        if let Asked::Certificate(request) = self { request.closed() } else { None }
    }
}

type Client = rustls::client::ClientConnectionData;

/// The most bytes of records without data between two that have some: more than any server has to say.
const IDLE_MAX: usize = 64 << 10;

/// The type of a record that is an alert. TLS 1.3 hides it once there are keys.
const ALERT: u8 = 21;

/// Bytes before a record's payload.
const HEADER: usize = 5;

/// The payload's length, once the record's header is there. A length that is not allowed counts
/// as 0, so that rustls sees the record at once and refuses it.
fn header(bytes: &[u8]) -> Option<usize> {
    let header = bytes.first_chunk::<HEADER>()?;
    let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
    Some(if length > PLAINTEXT + 2048 { 0 } else { length })
}

/// Puts application data where there is room for it: the caller's memory, then `plain`.
fn deliver(
    payload: &[u8],
    into: &mut UninitSlice,
    filled: &mut usize,
    plain: &mut Buffer,
) -> Result<(), Error> {
    let (fits, rest) = payload.split_at(payload.len().min(into.len() - *filled));
    into[*filled..*filled + fits.len()].copy_from_slice(fits);
    *filled += fits.len();
    if rest.is_empty() { Ok(()) } else { plain.push(rest) }
}

/// Lets rustls write to the end of a queue, with as much room as it asks for.
fn append(
    queue: &mut Buffer,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, Refusal>,
) -> Result<(), Error> {
    let mut size = queue.size();
    loop {
        match write(queue.room(size)?) {
            Ok(written) => {
                queue.produced(written);
                return Ok(());
            }
            Err(Refusal::Room(needed)) => size = queue.len() + needed,
            Err(Refusal::Final) => {
                return Err(error!(Kind::Tls, "the TLS session can send no more"));
            }
        }
    }
}

/// Why rustls wrote nothing.
enum Refusal {
    /// It needs this much room.
    Room(usize),
    /// The keys must not be used any longer.
    Final,
}

impl From<EncodeError> for Refusal {
    fn from(error: EncodeError) -> Refusal {
        match error {
            EncodeError::InsufficientSize(e) => Refusal::Room(e.required_size),
            EncodeError::AlreadyEncoded => Refusal::Final,
        }
    }
}

impl From<EncryptError> for Refusal {
    fn from(error: EncryptError) -> Refusal {
        match error {
            EncryptError::InsufficientSize(e) => Refusal::Room(e.required_size),
            EncryptError::EncryptExhausted => Refusal::Final,
        }
    }
}
