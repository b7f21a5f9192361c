//! Connecting to a name: every address that it has, by Happy Eyeballs version 2 (RFC 8305), as a
//! state machine that can be left at any wait and gone on with later.

use super::cancel::{Cancel, Sleeper, Watch};
use super::endpoint::Endpoint;
use super::lookup::Lookup;
use super::os_error::{Connecting, Strerror};
use super::resolve;
use super::stream::{Kernel, Peer, Stream, socket_timeout};
use super::sys::{self, Gather};
use super::wake::Wake;
use super::{Deadline, Interest, Limits, Timeout, Timings, Transport, clock, os_error};
use crate::engine::error::{Error, Kind, NO_MEMORY, error};
use crate::memory::{Counted, collect, push};
use crate::uncancelled::{Closing, uncancelled};
use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io;
use std::os::fd::{AsRawFd, RawFd};

/// RFC 8305, section 5: how long an attempt is alone before the next address is tried, too.
const ATTEMPT_DELAY: u64 = 250_000_000;

/// The most addresses of a name that are tried; each may cost a descriptor.
const MAX_ADDRESSES: usize = 64;

/// How often to look where no single descriptor can be waited on (see [`Gather`]).
const POLL_INTERVAL: u64 = 10_000_000;

/// One connection in the making, to the target that each call names. Dropping it closes all that was begun.
pub(super) struct Attempts {
    /// The name lookup, while it is under way on its thread, and when that began.
    lookup: Option<(Lookup, u64)>,
    /// Whether the addresses are known.
    resolved: bool,
    /// Whether the host spelled out its one address.
    literal: bool,
    /// Addresses not tried yet.
    untried: Untried,
    /// Attempts under way.
    attempts: Vec<Attempt>,
    failures: Vec<Failure>,
    /// An address was tried once more.
    tried_again: bool,
    /// When the next address is tried although others are under way.
    next_attempt: u64,
    /// What a cancel wakes, and shows.
    cancel: Option<(Counted<Wake>, Watch)>,
    /// For non-blocking use, once there is more than one thing to wait for.
    gather: Option<Gather>,
    deadline: Option<Deadline>,
    timings: Timings,
}

/// A socket on its way to an address.
struct Attempt {
    socket: Closing<Socket>,
    address: SocketAddr,
    started: u64,
    kernel: Kernel,
    /// It was bound to what the program has given.
    bound: bool,
}

/// An address that did not work.
struct Failure {
    address: SocketAddr,
    kind: Kind,
    /// 0 where our own clock ended it.
    errno: i32,
    /// To try the address once more may help.
    again: bool,
}

impl Failure {
    fn new(address: SocketAddr, error: &io::Error) -> Failure {
        let errno = error.raw_os_error().unwrap_or(0);
        Failure { address, kind: os_error::kind(errno), errno, again: false }
    }

    fn timeout(address: SocketAddr) -> Failure {
        Failure { address, kind: Kind::Timeout, errno: 0, again: false }
    }

    /// The socket was connected to itself, which it could not have been if anybody listened there. The system
    /// gives another one another port; the program gives the same.
    fn itself(address: SocketAddr, bound: bool) -> Failure {
        Failure { address, kind: Kind::ConnectionRefused, errno: libc::ECONNREFUSED, again: !bound }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errno {
            0 => write!(f, "{} timed out", self.address),
            errno => {
                write!(f, "{} {} (errno {errno})", self.address, Strerror(errno))
            }
        }
    }
}

impl Attempts {
    /// Begins. Nothing is done before [`Attempts::drive`].
    ///
    /// # Errors
    /// Of making the descriptor that a cancel wakes.
    pub(super) fn start(target: &Endpoint, cancel: Option<&Cancel>) -> Result<Attempts, Error> {
        let mut dialing = Attempts::new();
        if let Some(cancel) = cancel {
            dialing.set_cancel(target, cancel)?;
        }
        Ok(dialing)
    }

    fn new() -> Attempts {
        Attempts {
            lookup: None,
            resolved: false,
            literal: false,
            untried: Untried::default(),
            attempts: Vec::new(),
            failures: Vec::new(),
            tried_again: false,
            next_attempt: 0,
            cancel: None,
            gather: None,
            deadline: None,
            timings: Timings { started: clock::now(), ..Timings::default() },
        }
    }

    /// Lets `cancel` end it.
    ///
    /// # Errors
    /// Of making the descriptor that a cancel wakes.
    pub(super) fn set_cancel(&mut self, target: &Endpoint, cancel: &Cancel) -> Result<(), Error> {
        self.cancel = Some(sleep_under(cancel, &self.doing(target))?);
        Ok(())
    }

    /// Goes on until a stream is connected, all addresses have failed, or the limits end it. After
    /// `WouldBlock` it can be called again; after anything else it is over.
    pub(super) fn drive(&mut self, target: &Endpoint, limits: Limits) -> Result<Stream, Error> {
        self.deadline = limits.deadline;
        loop {
            self.check(target)?;
            let connected = match self.resolve(target, limits)? {
                true => self.launch(target, limits)?,
                false => None,
            };
            let connected = match connected {
                Some(stream) => Some(stream),
                None => self.wait(target, limits)?,
            };
            if let Some(stream) = connected {
                return self.finish(target, stream);
            }
        }
    }

    pub(super) fn timings(&self) -> Timings {
        self.timings
    }

    pub(super) fn fileno(&self) -> Option<RawFd> {
        match &self.gather {
            Some(gather) => Some(gather.fd()),
            None => self.lone_attempt().map(|attempt| attempt.socket.as_raw_fd()),
        }
    }

    pub(super) fn interest(&self) -> Interest {
        let read = self.gather.is_some();
        Interest { read, write: !read && self.lone_attempt().is_some() }
    }

    pub(super) fn next_timeout(&self) -> Option<u64> {
        let next = self.next_attempt_due();
        let blind = self.fileno().is_none().then(|| clock::now().saturating_add(POLL_INTERVAL));
        self.deadline.map(|deadline| deadline.at).into_iter().chain(next).chain(blind).min()
    }

    /// When another attempt will be due, if one will be.
    fn next_attempt_due(&self) -> Option<u64> {
        (!self.untried.is_empty()).then_some(self.next_attempt)
    }

    /// The attempt that is all there is to wait for, if it is so.
    fn lone_attempt(&self) -> Option<&Attempt> {
        let alone = self.untried.is_empty() && self.lookup.is_none() && self.cancel.is_none();
        match self.attempts.as_slice() {
            [attempt] if alone => Some(attempt),
            _ => None,
        }
    }

    /// What ends it from outside.
    fn check(&self, target: &Endpoint) -> Result<(), Error> {
        if self.cancel.as_ref().is_some_and(|(_, watch)| watch.is_cancelled()) {
            return Err(os_error::cancelled(&self.doing(target)));
        }
        match self.deadline {
            Some(Deadline { at, kind }) if clock::now() >= at => {
                Err(os_error::expired(kind, &self.doing(target)))
            }
            _ => Ok(()),
        }
    }

    fn doing<'a>(&'a self, target: &'a Endpoint) -> Doing<'a> {
        Doing { dialing: self, target }
    }

    /// Whether a single system call may wait: nothing but the kernel's timeout will end it. A name lookup
    /// knows no timeout.
    fn may_block(&self, limits: Limits) -> bool {
        self.deadline.is_none() && self.cancel.is_none() && limits.timeout != Timeout::Nonblocking
    }

    /// Finds the addresses; false while they are being looked up.
    fn resolve(&mut self, target: &Endpoint, limits: Limits) -> Result<bool, Error> {
        if self.resolved {
            return Ok(true);
        }
        let Endpoint { host, port, ip, options, .. } = target;
        let literal = || match ip {
            Some(ip) => Some(Ok(SocketAddr::new(*ip, *port))),
            None => resolve::literal(host, *port),
        };
        let untried = match &self.lookup {
            Some((lookup, started)) => match lookup.take() {
                Some(answer) => Untried::of_name(&answer?)?,
                None => return self.go_on_looking(target, *started, limits),
            },
            None => match literal() {
                Some(address) => {
                    self.literal = true;
                    Untried { first: Some(address?), ..Untried::default() }
                }
                None if self.may_block(limits) && limits.timeout == Timeout::Never => {
                    let resolver = options.resolver.as_ref();
                    Untried::of_name(&resolve::resolve(resolver, host, *port)?)?
                }
                None => {
                    let lookup = Lookup::start(options.resolver.as_ref(), host, *port)?;
                    self.lookup = Some((lookup, clock::now()));
                    return Ok(false);
                }
            },
        };
        if let Some((lookup, _)) = self.lookup.take() {
            self.forget(lookup.fd());
        }
        self.resolved = true;
        self.untried = untried;
        self.timings.looked_up = clock::now();
        Ok(true)
    }

    /// Whether the lookup has taken too long; if not, the addresses are not known yet.
    fn go_on_looking(
        &self,
        target: &Endpoint,
        started: u64,
        limits: Limits,
    ) -> Result<bool, Error> {
        match per_operation(limits).expiry(started) {
            Some((at, kind)) if clock::now() >= at => {
                Err(os_error::expired(kind, &self.doing(target)))
            }
            _ => Ok(false),
        }
    }

    /// Begins all attempts that are due. The error is the last one: nothing is left to try.
    fn launch(&mut self, target: &Endpoint, limits: Limits) -> Result<Option<Stream>, Error> {
        while self.attempts.is_empty() || clock::now() >= self.next_attempt {
            let Some(address) = self.untried.next() else { break };
            self.next_attempt = clock::now().saturating_add(ATTEMPT_DELAY);
            match self.attempt(target, address, limits) {
                Ok(Progress::Connected(stream)) => return Ok(Some(stream)),
                Ok(Progress::Pending(attempt)) => push(&mut self.attempts, attempt)?,
                Err(failure) => self.fail(failure)?,
            }
        }
        if self.attempts.is_empty() { Err(self.failed(target)) } else { Ok(None) }
    }

    fn attempt(
        &self,
        target: &Endpoint,
        address: SocketAddr,
        limits: Limits,
    ) -> Result<Progress, Failure> {
        // Where this is the last hope the kernel can do the waiting; only Linux bounds it, too.
        let last = self.untried.is_empty() && self.attempts.is_empty();
        let bounded = limits.timeout == Timeout::Never || cfg!(target_os = "linux");
        let block = last && bounded && self.may_block(limits);
        let timeout = if block { socket_timeout(limits.timeout) } else { None };

        let failed = |error| Failure::new(address, &error);
        let socket = open(target, address, !block).map_err(failed)?;
        if timeout.is_some() {
            socket.set_write_timeout(timeout).map_err(failed)?;
        }
        let kernel = Kernel { nonblocking: !block, send_timeout: timeout, ..Kernel::default() };
        let bound = target.is_bound();
        let attempt = Attempt { socket, address, started: clock::now(), kernel, bound };
        match uncancelled(|| attempt.socket.connect(&SockAddr::from(address))) {
            Ok(()) => attempt.connected().map(Progress::Connected),
            Err(error) => match error.raw_os_error() {
                // SO_SNDTIMEO ran out.
                Some(libc::EINPROGRESS) if block => Err(Failure::timeout(address)),
                // A signal does not stop the handshake; it is waited for as the others are.
                Some(libc::EINPROGRESS | libc::EINTR) => Ok(Progress::Pending(attempt)),
                _ => Err(failed(error)),
            },
        }
    }

    /// Waits for whatever comes first, and takes the attempts a step on.
    fn wait(&mut self, target: &Endpoint, limits: Limits) -> Result<Option<Stream>, Error> {
        let mut fds = collect(self.sources().map(|(fd, events)| sys::pollfd(fd, events)))?;
        let until = match limits.timeout {
            Timeout::Nonblocking => Some(0),
            _ => self.wait_end(limits),
        };
        let ready =
            sys::poll(&mut fds, until).map_err(|error| self.system_error(target, &error))?;
        if ready == 0 && limits.timeout == Timeout::Nonblocking {
            self.expose().map_err(|error| self.system_error(target, &error))?;
            return Err(error!(Kind::WouldBlock, "the connection is still being made"));
        }
        self.harvest(&fds, limits)
    }

    /// Everything that can be waited for.
    fn sources(&self) -> impl Iterator<Item = (RawFd, libc::c_short)> {
        let lookup = self.lookup.iter().map(|(lookup, _)| lookup.fd());
        let cancel = self.cancel.iter().map(|(wake, _)| wake.fd());
        let attempts = self.attempts.iter().map(|attempt| attempt.socket.as_raw_fd());
        let readable = lookup.chain(cancel).map(|fd| (fd, libc::POLLIN));
        readable.chain(attempts.map(|fd| (fd, libc::POLLOUT)))
    }

    /// When something is due although nothing happened.
    fn wait_end(&self, limits: Limits) -> Option<u64> {
        let started = self.lookup.iter().map(|(_, started)| *started);
        let started = started.chain(self.attempts.iter().map(|attempt| attempt.started));
        let expiries = started.filter_map(|started| limits.expiry(started));
        let due = self.next_attempt_due().filter(|_| !self.attempts.is_empty());
        let deadline = self.deadline.map(|deadline| deadline.at);
        expiries.map(|(at, _)| at).chain(due).chain(deadline).min()
    }

    /// Takes the first attempt that succeeded, and drops those that failed or took too long.
    fn harvest(&mut self, fds: &[libc::pollfd], limits: Limits) -> Result<Option<Stream>, Error> {
        let now = clock::now();
        let per_attempt = per_operation(limits);
        let mut place = 0;
        while let Some(attempt) = self.attempts.get(place) {
            let fd = attempt.socket.as_raw_fd();
            let ready = fds.iter().any(|polled| polled.fd == fd && polled.revents != 0);
            let expired = per_attempt.expiry(attempt.started).is_some_and(|(at, _)| now >= at);
            if !ready && !expired {
                place += 1;
                continue;
            }
            self.forget(fd);
            let attempt = self.attempts.remove(place);
            let outcome =
                if ready { attempt.outcome() } else { Err(Failure::timeout(attempt.address)) };
            match outcome {
                Ok(stream) => {
                    // The others have lost.
                    self.attempts.clear();
                    return Ok(Some(stream));
                }
                Err(failure) => self.fail(failure)?,
            }
        }
        Ok(None)
    }

    /// Notes a failure; the next address is tried at once. For lack of memory all is given up: no other
    /// address would help.
    fn fail(&mut self, failure: Failure) -> Result<(), Error> {
        if failure.kind == Kind::NoMemory {
            return Err(NO_MEMORY);
        }
        self.next_attempt = 0;
        if failure.again && !self.tried_again {
            self.tried_again = true;
            self.untried.first = Some(failure.address);
            return Ok(());
        }
        push(&mut self.failures, failure)?;
        Ok(())
    }

    /// Nothing that comes from a descriptor matters any more.
    fn forget(&self, fd: RawFd) {
        self.gather.iter().for_each(|gather| gather.remove(fd));
    }

    /// Makes all that is waited for one descriptor, unless it is one already.
    fn expose(&mut self) -> io::Result<()> {
        if self.gather.is_none() {
            if self.lone_attempt().is_some() {
                return Ok(());
            }
            match Gather::new() {
                Ok(gather) => self.gather = Some(gather),
                Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        if let Some(gather) = &self.gather {
            for (fd, events) in self.sources() {
                gather.add(fd, events)?;
            }
            gather.set_timer(self.next_attempt_due())?;
        }
        Ok(())
    }

    /// Hands the stream over, with the token that may have been used just now.
    fn finish(&mut self, target: &Endpoint, mut stream: Stream) -> Result<Stream, Error> {
        self.timings.connected = clock::now();
        if let Some((_, watch)) = &self.cancel {
            stream.set_cancel(watch.token())?;
            self.check(target)?;
        }
        Ok(stream)
    }

    /// The error of the whole: nothing worked.
    fn failed(&self, target: &Endpoint) -> Error {
        let Some(telling) = self.telling_failure() else {
            return Error::format(
                Kind::NameLookup,
                format_args!("name lookup of {target} gave no address"),
            );
        };
        let Failure { kind, errno, .. } = *telling;
        let doing = Connecting(target);
        match (self.literal, errno) {
            (true, 0) => os_error::expired(kind, &doing),
            (true, _) => os_error::from_io(&io::Error::from_raw_os_error(errno), &doing),
            (false, _) => Error::os(
                kind,
                errno,
                format_args!("cannot connect to {target}: {}", List(&self.failures)),
            ),
        }
    }

    /// The failure that says most: the last one that is not just a family without a route.
    fn telling_failure(&self) -> Option<&Failure> {
        let routed = |failure: &&Failure| {
            failure.kind != Kind::Unreachable
                && !matches!(failure.errno, libc::EADDRNOTAVAIL | libc::EAFNOSUPPORT)
        };
        self.failures.iter().rev().find(routed).or(self.failures.last())
    }

    fn system_error(&self, target: &Endpoint, error: &io::Error) -> Error {
        os_error::from_io(error, &self.doing(target))
    }
}

/// What an attempt came to without waiting.
enum Progress {
    Connected(Stream),
    Pending(Attempt),
}

impl Attempt {
    /// The result of a connect that is over.
    fn outcome(self) -> Result<Stream, Failure> {
        match self.socket.take_error() {
            Ok(None) => self.connected(),
            Ok(Some(error)) | Err(error) => Err(Failure::new(self.address, &error)),
        }
    }

    fn connected(self) -> Result<Stream, Failure> {
        if self.is_connected_to_itself() {
            return Err(Failure::itself(self.address, self.bound));
        }
        match self.socket.set_tcp_nodelay(true) {
            Err(error) if !is_unsupported(&error) => Err(Failure::new(self.address, &error)),
            _ => {
                let stream = Stream::new(self.socket, Peer::Inet(self.address), self.kernel);
                let no_memory = Failure { kind: Kind::NoMemory, ..Failure::timeout(self.address) };
                stream.map_err(|_| no_memory)
            }
        }
    }
}

impl Attempt {
    /// Where a port has no listener, and the system happens to give it to the socket that connects to it, TCP
    /// connects the socket to itself (RFC 9293 section 3.5, simultaneous open): the request would come back as
    /// the response. The system gives no port below 1024 by itself.
    fn is_connected_to_itself(&self) -> bool {
        const UNPRIVILEGED: u16 = 1024;
        let possible = self.bound || self.address.port() >= UNPRIVILEGED;
        possible && sys::is_bound_to(&self.socket, self.address)
    }
}

/// What ends a single operation: the deadline is looked at elsewhere.
fn per_operation(limits: Limits) -> Limits {
    Limits { deadline: None, ..limits }
}

/// A socket for `address`, bound to the source address where there is one.
fn open(target: &Endpoint, address: SocketAddr, nonblocking: bool) -> io::Result<Closing<Socket>> {
    let socket = new_socket(Domain::for_address(address), Some(Protocol::TCP), nonblocking)?;
    target.options.keepalive.apply(&socket);
    if let Some(source) = target.source_for(address)? {
        socket.bind(&SockAddr::from(source))?;
    }
    Ok(socket)
}

/// A new stream socket, close-on-exec and never in the place of a standard stream.
pub(super) fn new_socket(
    domain: Domain,
    protocol: Option<Protocol>,
    nonblocking: bool,
) -> io::Result<Closing<Socket>> {
    // In the one call, where the system has that.
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    return sys::beyond_standard(Socket::new(
        domain,
        if nonblocking { Type::STREAM.nonblocking() } else { Type::STREAM },
        protocol,
    )?)
    .map(Closing::new);
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    {
        let socket = sys::beyond_standard(Socket::new(domain, Type::STREAM, protocol)?)?;
        if nonblocking {
            socket.set_nonblocking(true)?;
        }
        Ok(Closing::new(socket))
    }
}

/// Something that a cancel wakes out of `poll`.
pub(super) fn sleep_under(
    cancel: &Cancel,
    doing: &dyn fmt::Display,
) -> Result<(Counted<Wake>, Watch), Error> {
    let wake = Wake::new().map_err(|error| os_error::from_io(&error, doing))?;
    let wake = Counted::new(wake)?;
    let watch = cancel.watch(Sleeper::Wake(wake.downgrade()))?;
    Ok((wake, watch))
}

/// An option that this kind of socket does not have, as http.client ignores it.
fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOPROTOOPT | libc::EOPNOTSUPP))
}

/// Addresses in the order in which they are tried.
#[derive(Default)]
struct Untried {
    first: Option<SocketAddr>,
    others: Vec<SocketAddr>,
    /// How many of the others were tried.
    tried: usize,
}

impl Untried {
    /// RFC 8305, section 4: the families take turns, beginning with the one that the resolver prefers.
    fn of_name(addresses: &[SocketAddr]) -> Result<Untried, Error> {
        let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
        let of_family = |v6| addresses.iter().copied().filter(move |a| a.is_ipv6() == v6);
        let (mut preferred, mut other) = (of_family(first_is_v6), of_family(!first_is_v6));
        let mut untried = Untried::default();
        loop {
            let pair = [preferred.next(), other.next()];
            if pair == [None, None] || untried.others.len() >= MAX_ADDRESSES {
                return Ok(untried);
            }
            for address in pair.into_iter().flatten() {
                push(&mut untried.others, address)?;
            }
        }
    }

    fn next(&mut self) -> Option<SocketAddr> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        let next = self.others.get(self.tried).copied();
        self.tried += usize::from(next.is_some());
        next
    }

    fn is_empty(&self) -> bool {
        self.first.is_none() && self.tried == self.others.len()
    }
}

/// "connecting to example.com:80 (192.0.2.1:80 timed out)": what is being done, and what is known.
struct Doing<'a> {
    dialing: &'a Attempts,
    target: &'a Endpoint,
}

impl fmt::Display for Doing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = self.target;
        let Attempts { resolved, failures, .. } = self.dialing;
        match (resolved, failures.as_slice()) {
            (false, _) => write!(f, "looking up {target}"),
            (true, []) => Connecting(target).fmt(f),
            (true, failures) => write!(f, "{} ({})", Connecting(target), List(failures)),
        }
    }
}

struct List<'a>(&'a [Failure]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, failure) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{failure}")?;
        }
        Ok(())
    }
}
