//! Lookups on threads of their own, for calls that may not wait for ever.
//!
//! `getaddrinfo` cannot be ended. So whoever gives up leaves the thread to end by itself, and whoever asks for
//! the same name meanwhile waits for the same answer: names that hang cost a thread each, not one for each try.

use super::resolve::{Resolver, resolve};
use super::wake::Wake;
use super::{os_error, sys};
use crate::engine::error::{Error, Kind, error};
use crate::lock::{Lock, Renew};
use crate::memory::{self, Counted, Weak, boxed, collect, push};
use alloc::string::String;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::panic::AssertUnwindSafe;
use std::os::fd::RawFd;
use std::panic::catch_unwind;
use std::sync::{Mutex, PoisonError};

/// The most lookups at a time.
const MOST: usize = 256;

/// An answer that somebody waits for. Dropping it leaves the lookup to end by itself.
pub(super) struct Lookup(Counted<Asker>);

/// Who waits, and where the answer is put.
struct Asker {
    port: u16,
    answer: Mutex<Option<Result<Vec<SocketAddr>, Error>>>,
    wake: Wake,
}

/// What is looked up.
struct Question {
    host: String,
    /// The system, if there is none.
    resolver: Option<Resolver>,
}

impl Question {
    fn is(&self, other: &Question) -> bool {
        let same = match (&self.resolver, &other.resolver) {
            (None, None) => true,
            (Some(own), Some(other)) => own.is(other),
            _ => false,
        };
        same && self.host == other.host
    }
}

/// A lookup that is under way. One question is asked only once.
struct Running {
    question: Counted<Question>,
    askers: Vec<Weak<Asker>>,
}

/// All of them in this process: a fork's child has none of its parent's threads.
static RUNNING: Lock<List> = Lock::new(List(Vec::new()));

struct List(Vec<Running>);

impl Renew for List {
    fn renew(&mut self) {
        core::mem::forget(core::mem::take(&mut self.0));
    }
}

impl List {
    /// Has the asker wait for a lookup that is under way; false where there is none.
    fn join(&mut self, question: &Question, asker: &Counted<Asker>) -> Result<bool, Error> {
        let Some(running) = self.0.iter_mut().find(|running| running.question.is(question)) else {
            return Ok(false);
        };
        running.askers.retain(|asker| !asker.is_gone());
        push(&mut running.askers, asker.downgrade())?;
        Ok(true)
    }

    /// Begins another.
    fn begin(&mut self, running: Running) -> Result<(), Error> {
        if self.0.len() >= MOST {
            return Err(TOO_MANY);
        }
        Ok(push(&mut self.0, running)?)
    }

    /// Ends one, and gives those who wait for it.
    fn end(&mut self, question: &Counted<Question>) -> Vec<Weak<Asker>> {
        let own =
            |running: &Running| core::ptr::eq(&raw const *running.question, &raw const **question);
        match self.0.iter().position(own) {
            Some(place) => self.0.swap_remove(place).askers,
            None => Vec::new(),
        }
    }
}

const TOO_MANY: Error = error!(
    Kind::NameLookup,
    "256 name lookups are under way and none has ended: this one was not begun"
);

impl Lookup {
    /// Begins to look `host` up, or joins those who wait for it already.
    pub(super) fn start(
        resolver: Option<&Resolver>,
        host: &str,
        port: u16,
    ) -> Result<Lookup, Error> {
        let failed =
            |error| os_error::from_io(&error, &format_args!("starting the name lookup of {host}"));
        let wake = Wake::new().map_err(failed)?;
        let asker = Counted::new(Asker { port, answer: Mutex::new(None), wake })?;
        let question = Question { host: memory::text(host)?, resolver: resolver.cloned() };
        let question = Counted::new(question)?;
        let mut askers = Vec::new();
        push(&mut askers, asker.downgrade())?;
        let running = Running { question: question.clone(), askers };
        let joined = RUNNING.with(|list| match list.join(&question, &asker)? {
            true => Ok(true),
            false => list.begin(running).map(|()| false),
        })?;
        if !joined {
            // Those who have joined meanwhile hear of it, too, if there is no thread.
            let mine = Ending(question);
            sys::spawn(boxed(move || mine.work())?).map_err(|error| {
                match error.raw_os_error() {
                    // What a thread needs is memory, or what the system counts as such.
                    Some(libc::EAGAIN) => failed(error).with_kind(Kind::NoMemory),
                    _ => failed(error),
                }
            })?;
        }
        Ok(Lookup(asker))
    }

    /// The answer, once and as soon as it is there.
    pub(super) fn take(&self) -> Option<Result<Vec<SocketAddr>, Error>> {
        self.0.answer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Readable once there is an answer.
    pub(super) fn fd(&self) -> RawFd {
        self.0.wake.fd()
    }
}

/// A lookup as its thread has it: whatever becomes of it, those who wait get an answer.
struct Ending(Counted<Question>);

impl Ending {
    /// The thread's work.
    fn work(self) {
        let Question { host, resolver } = &*self.0;
        // Those who wait must hear of it if a resolver of the caller's panics.
        let answer = catch_unwind(AssertUnwindSafe(|| resolve(resolver.as_ref(), host, 0)))
            .unwrap_or_else(|_| Err(error!(Kind::Panic, "the resolver panicked")));
        self.answer(&answer);
    }

    fn answer(&self, answer: &Result<Vec<SocketAddr>, Error>) {
        let askers = RUNNING.with(|list| list.end(&self.0));
        for asker in askers.iter().filter_map(Weak::upgrade) {
            let own = match answer {
                Ok(addresses) => with_port(addresses, asker.port),
                Err(error) => Err(error.copy()),
            };
            *asker.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(own);
            asker.wake.ring();
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        // Nobody waits any more if there was an answer.
        self.answer(&Err(error!(Kind::NameLookup, "there was no thread for the name lookup")));
    }
}

fn with_port(addresses: &[SocketAddr], port: u16) -> Result<Vec<SocketAddr>, Error> {
    let with_port = |address: &SocketAddr| {
        let mut address = *address;
        // A resolver may have one of its own.
        if address.port() == 0 {
            address.set_port(port);
        }
        address
    };
    Ok(collect(addresses.iter().map(with_port))?)
}
