//! A dialer that asks the program first, and falls back on the library's own.
#![allow(unsafe_code)]

use super::dialer::{Asked, HC_DIAL_DEFAULT, HC_DIAL_DONE};
use super::transport::{Functions, HC_IO_WOULD_BLOCK, check, hc_transport};
use crate::engine::error::{Error, Kind, error};
use crate::memory::{boxed, terminated};
use crate::transport::cancel::Cancel;
use crate::transport::{Dial, Interest, Limits, Timings, Transport};
use crate::uncancelled::uncancelled;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Asks the program first.
pub(crate) struct AskingDialer {
    asked: Asked,
    /// With a NUL behind it.
    host: Vec<u8>,
    port: u16,
    own: Box<dyn Dial>,
    /// The attempt under way is the library's own.
    own_attempt: bool,
    /// For the program's streams; the library's dialer has it, too.
    cancel: Option<Cancel>,
}

impl AskingDialer {
    /// Asks for `host` and `port`, and falls back on `own`.
    pub(crate) fn new(
        asked: Asked,
        host: &str,
        port: u16,
        own: Box<dyn Dial>,
    ) -> Result<AskingDialer, Error> {
        if host.contains('\0') {
            return Err(error!(Kind::InvalidUrl, "the host contains a NUL"));
        }
        let host = terminated(host.as_bytes())?;
        Ok(AskingDialer { asked, host, port, own, own_attempt: false, cancel: None })
    }

    /// The program's stream; `None` where the library is to connect.
    fn ask(&mut self) -> Result<Option<Box<dyn Transport>>, Error> {
        let mut transport = hc_transport::EMPTY;
        let Asked { callback, context } = self.asked;
        // SAFETY: the caller vouched for the function and its context; the rest lives during the call.
        let answer = uncancelled(|| unsafe {
            callback(context, self.host.as_ptr().cast(), i32::from(self.port), &mut transport)
        });
        match answer {
            HC_DIAL_DEFAULT => Ok(None),
            HC_DIAL_DONE => {
                // SAFETY: the struct is whole, and the program vouches for what is in it.
                let mut functions = unsafe { Functions::new(&transport) }?;
                self.cancel.iter().try_for_each(|cancel| functions.set_cancel(cancel))?;
                Ok(Some(boxed(functions)?))
            }
            HC_IO_WOULD_BLOCK => Err(error!(Kind::WouldBlock, "the dialer has nothing yet")),
            _ => {
                let code = i32::try_from(answer).unwrap_or(i32::MIN);
                Err(Error::os(Kind::Transport, code, format_args!("the dialer failed with {code}")))
            }
        }
    }
}

impl Dial for AskingDialer {
    fn dial(&mut self, limits: Limits) -> Result<Box<dyn Transport>, Error> {
        if !self.own_attempt {
            check(limits, self.cancel.as_ref())?;
            if let Some(transport) = self.ask()? {
                return Ok(transport);
            }
        }
        let outcome = self.own.dial(limits);
        self.own_attempt =
            outcome.as_ref().is_err_and(|error: &Error| error.kind() == Kind::WouldBlock);
        outcome
    }

    fn abandon(&mut self) {
        self.own.abandon();
        self.own_attempt = false;
    }

    fn fileno(&self) -> Option<i32> {
        self.own.fileno().filter(|_| self.own_attempt)
    }

    fn interest(&self) -> Interest {
        if self.own_attempt { self.own.interest() } else { Interest::default() }
    }

    fn next_timeout(&self) -> Option<u64> {
        self.own.next_timeout().filter(|_| self.own_attempt)
    }

    fn timings(&self) -> Timings {
        self.own.timings()
    }

    fn set_cancel(&mut self, cancel: &Cancel) -> Result<(), Error> {
        self.own.set_cancel(cancel)?;
        self.cancel = Some(cancel.clone());
        Ok(())
    }
}
