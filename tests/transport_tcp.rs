//! The socket transports over real sockets on loopback.
#![cfg(feature = "std")]
#![allow(unsafe_code)] // poll, fcntl and signals have no safe interface here
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

use bytes::buf::UninitSlice;
use httpclient::engine::error::{Error, Kind};
use httpclient::transport::cancel::Cancel;
use httpclient::transport::resolve::{Resolve, Resolver, literal};
use httpclient::transport::tcp::{TcpDialer, TcpOptions};
use httpclient::transport::unix::UnixDialer;
use httpclient::transport::{Deadline, Dial, Interest, Limits, Timeout, Transport, clock};
use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// A limit that nothing here reaches, on however busy a machine: one that passes is a failure.
const LONG: u64 = 60_000;

/// The most milliseconds that anything may take that ends by a limit of a fraction of a second. What does not
/// end by it takes LONG, or has no end.
const LATE: u128 = 30_000;

const NONBLOCKING: Limits = Limits { timeout: Timeout::Nonblocking, deadline: None };

fn after(milliseconds: u64) -> Limits {
    Limits { timeout: Timeout::After(Duration::from_millis(milliseconds)), deadline: None }
}

fn deadline(milliseconds: u64) -> Limits {
    let at = clock::now() + milliseconds * 1_000_000;
    Limits { deadline: Some(Deadline::of_all(at)), ..Limits::NONE }
}

/// A resolver with a fixed answer.
struct Fixed(Vec<SocketAddr>);

impl Resolve for Fixed {
    fn resolve(&self, _host: &str, _port: u16) -> Result<Vec<SocketAddr>, Error> {
        Ok(self.0.clone())
    }
}

/// A resolver that answers when told to, or once the sender is gone.
struct HeldResolver(Mutex<mpsc::Receiver<SocketAddr>>);

impl Resolve for HeldResolver {
    fn resolve(&self, _host: &str, _port: u16) -> Result<Vec<SocketAddr>, Error> {
        Ok(self.0.lock().unwrap().recv().into_iter().collect())
    }
}

fn held() -> (mpsc::Sender<SocketAddr>, TcpDialer) {
    let (sender, receiver) = mpsc::channel();
    (sender, named(HeldResolver(Mutex::new(receiver))))
}

fn named(resolver: impl Resolve + 'static) -> TcpDialer {
    let resolver = Resolver::new(resolver).unwrap();
    TcpDialer::new(
        "name.test",
        80,
        TcpOptions { resolver: Some(resolver), ..TcpOptions::default() },
    )
    .unwrap()
}

fn dialer(address: SocketAddr) -> TcpDialer {
    TcpDialer::new(&address.ip().to_string(), address.port(), TcpOptions::default()).unwrap()
}

fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A port that refuses: it is taken, until the process ends, by a socket that does not listen.
fn refusing() -> SocketAddr {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SockAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    std::mem::forget(socket);
    address
}

/// A connected pair: ours and the peer's.
fn pair(limits: Limits) -> (Box<dyn Transport>, TcpStream) {
    let (listener, address) = listen();
    let ours = dialer(address).dial(limits).unwrap();
    (ours, listener.accept().unwrap().0)
}

/// A listener that answers no handshake: its queue is full.
struct Dead {
    address: SocketAddr,
    _listener: Socket,
    _queue: TcpStream,
}

fn dead() -> Dead {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&SockAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let queue = TcpStream::connect(address).unwrap();
    // The client's side is done before the server's. Only a connection that is in the queue can be accepted,
    // and nothing else does the listener tell by becoming readable.
    let mut entry = libc::pollfd { fd: listener.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one entry, which lives until the call is over.
    assert_eq!(unsafe { libc::poll(&mut entry, 1, LONG as i32) }, 1);
    Dead { address, _listener: listener, _queue: queue }
}

fn read(stream: &mut dyn Transport, room: usize, want: usize) -> Result<Vec<u8>, Error> {
    let mut buffer = vec![0; room];
    let count = stream.read(UninitSlice::new(&mut buffer), want)?;
    buffer.truncate(count);
    Ok(buffer)
}

fn error<T>(result: Result<T, Error>) -> Error {
    match result {
        Ok(_) => panic!("an error was expected"),
        Err(error) => error,
    }
}

/// Waits on a descriptor as an event loop would.
fn poll(fd: Option<i32>, interest: Interest, until: Option<u64>) {
    assert!(interest != Interest::default() || fd.is_none());
    let mut events = 0;
    if interest.read {
        events |= libc::POLLIN;
    }
    if interest.write {
        events |= libc::POLLOUT;
    }
    let mut entry = libc::pollfd { fd: fd.unwrap_or(-1), events, revents: 0 };
    let left =
        until.map_or(LONG as i32, |at| at.saturating_sub(clock::now()).div_ceil(1_000_000) as i32);
    // SAFETY: one entry, which lives until the call is over.
    let ready = unsafe { libc::poll(&mut entry, 1, left) };
    assert!(ready > 0 || until.is_some(), "nothing happened");
}

/// Dials to the end in non-blocking mode, and how often it had to wait.
fn dial_nonblocking(
    dialer: &mut TcpDialer,
    limits: Limits,
) -> (Result<Box<dyn Transport>, Error>, u32) {
    let mut waits = 0;
    loop {
        match dialer.dial(limits) {
            Err(error) if error.kind() == Kind::WouldBlock => {
                assert!(dialer.fileno().is_some());
                poll(dialer.fileno(), dialer.interest(), dialer.next_timeout());
                waits += 1;
            }
            result => return (result, waits),
        }
    }
}

fn assert_cloexec(stream: &dyn Transport) {
    // SAFETY: no pointers.
    let flags = unsafe { libc::fcntl(stream.fileno().unwrap(), libc::F_GETFD) };
    assert_eq!(flags & libc::FD_CLOEXEC, libc::FD_CLOEXEC);
}

/// Runs `work` while another thread cancels; it must end as cancelled, and before its own limit.
fn assert_cancelled<T>(cancel: &Cancel, work: impl FnOnce() -> Result<T, Error>) {
    let (cancel, started) = (cancel.clone(), Arc::new(Barrier::new(2)));
    let other = Arc::clone(&started);
    let canceller = thread::spawn(move || {
        other.wait();
        // Most of the time the work is in the kernel by then; if it is not yet, the outcome must be the same.
        thread::sleep(Duration::from_millis(30));
        cancel.cancel();
        Instant::now()
    });
    started.wait();
    let error = error(work());
    let ended = Instant::now();
    assert_eq!(error.kind(), Kind::Cancelled, "{error}");
    let latency = ended.saturating_duration_since(canceller.join().unwrap());
    assert!(latency.as_millis() < LATE, "{latency:?}");
}

// Connecting.

#[test]
fn connects_and_exchanges_over_v4() {
    let (mut ours, mut peer) = pair(Limits::NONE);
    assert_cloexec(&*ours);
    assert_eq!(ours.write(&[b"", b"one ", b"", b"two"]).unwrap(), 7);
    assert_eq!(ours.write(&[b"", b"three"]).unwrap(), 5);
    let mut received = [0; 12];
    peer.read_exact(&mut received).unwrap();
    assert_eq!(&received, b"one twothree");
    peer.write_all(b"answer").unwrap();
    assert_eq!(read(&mut *ours, 100, 1).unwrap(), b"answer");
    drop(peer);
    assert_eq!(read(&mut *ours, 100, 1).unwrap(), b"");
    assert_eq!(ours.interest(), Interest::default());
}

#[test]
fn connects_over_v6() {
    let listener = TcpListener::bind("[::1]:0").unwrap();
    let mut ours = dialer(listener.local_addr().unwrap()).dial(Limits::NONE).unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    peer.write_all(b"x").unwrap();
    assert_eq!(read(&mut *ours, 1, 1).unwrap(), b"x");
}

#[test]
fn connects_to_a_name_in_place_and_by_thread() {
    let (_listener, address) = listen();
    let mut dialer = TcpDialer::new("localhost", address.port(), TcpOptions::default()).unwrap();
    for limits in [Limits::NONE, after(LONG), deadline(LONG)] {
        assert!(dialer.dial(limits).is_ok());
        let timings = dialer.timings();
        assert!(0 < timings.started && timings.started <= timings.looked_up);
        assert!(timings.looked_up <= timings.connected && timings.connected <= clock::now());
    }
    // Without a wait where the thread is quicker than the first look.
    let (stream, _) = dial_nonblocking(&mut dialer, NONBLOCKING);
    assert!(stream.is_ok());
}

#[test]
fn sets_no_delay() {
    let (ours, _peer) = pair(Limits::NONE);
    // SAFETY: the stream keeps the descriptor open.
    let fd = unsafe { BorrowedFd::borrow_raw(ours.fileno().unwrap()) };
    assert!(SockRef::from(&fd).tcp_nodelay().unwrap());
}

#[test]
fn reads_literal_addresses() {
    let address = |host| literal(host, 80).unwrap().unwrap().to_string();
    assert_eq!(address("127.0.0.1"), "127.0.0.1:80");
    assert_eq!(address("::1"), "[::1]:80");
    assert_eq!(address("fe80::1%7"), "[fe80::1%7]:80");
    assert!(address("fe80::1%lo").starts_with("[fe80::1%"));
    assert_eq!(error(literal("fe80::1%nosuch", 80).unwrap()).kind(), Kind::NameLookup);
    for name in ["localhost", "1.2.3", "a%b", "127.0.0.1%lo", ""] {
        assert!(literal(name, 80).is_none(), "{name}");
    }
}

#[test]
fn refused() {
    let address = refusing();
    for limits in [Limits::NONE, after(LONG), deadline(LONG)] {
        let error = error(dialer(address).dial(limits));
        assert_eq!((error.kind(), error.os_error()), (Kind::ConnectionRefused, libc::ECONNREFUSED));
        let expected = format!("connection refused while connecting to {address} (errno 111)");
        assert_eq!(error.to_string(), expected);
    }
    let error = error(dial_nonblocking(&mut dialer(address), NONBLOCKING).0);
    assert_eq!(error.kind(), Kind::ConnectionRefused);
}

#[test]
fn names_every_address_that_failed() {
    let addresses = vec![refusing(), "[::1]:1".parse().unwrap(), refusing()];
    let error = error(named(Fixed(addresses.clone())).dial(after(LONG)));
    assert_eq!((error.kind(), error.os_error()), (Kind::ConnectionRefused, libc::ECONNREFUSED));
    let text = error.to_string();
    assert!(text.starts_with("cannot connect to name.test:80: "), "{text}");
    for address in addresses {
        assert!(text.contains(&format!("{address} connection refused (errno 111)")), "{text}");
    }
}

#[test]
fn names_the_only_address_of_a_name() {
    let address = refusing();
    let error = error(named(Fixed(vec![address])).dial(Limits::NONE));
    let expected =
        format!("cannot connect to name.test:80: {address} connection refused (errno 111)");
    assert_eq!(error.to_string(), expected);
}

/// With the target's own port as its source, TCP connects a socket to itself.
#[test]
fn is_never_connected_to_itself() {
    for limits in [Limits::NONE, after(LONG), NONBLOCKING] {
        let error = loop {
            // A port that is free, unless another test gets it just now.
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let source = Some(("127.0.0.1".into(), port));
            let options = TcpOptions { source, ..TcpOptions::default() };
            let mut dialer = TcpDialer::new("127.0.0.1", port, options).unwrap();
            let error = loop {
                match dialer.dial(limits).err() {
                    Some(error) if error.kind() == Kind::WouldBlock => {}
                    other => break other.expect("connected to itself"),
                }
            };
            if error.os_error() != libc::EADDRINUSE {
                break error;
            }
        };
        assert_eq!((error.kind(), error.os_error()), (Kind::ConnectionRefused, 111), "{error}");
    }
}

#[test]
fn a_missing_route_does_not_hide_the_telling_failure() {
    let options = TcpOptions {
        source: Some(("127.0.0.1".into(), 0)),
        resolver: Some(Resolver::new(Fixed(vec![refusing(), "[::1]:1".parse().unwrap()])).unwrap()),
        ..TcpOptions::default()
    };
    let error = error(TcpDialer::new("name.test", 80, options).unwrap().dial(Limits::NONE));
    assert_eq!(error.kind(), Kind::ConnectionRefused);
    assert!(error.to_string().contains("[::1]:1 address family not supported"), "{error}");
}

#[test]
fn a_name_without_addresses() {
    let error = error(named(Fixed(Vec::new())).dial(Limits::NONE));
    assert_eq!(error.kind(), Kind::NameLookup);
}

#[test]
fn a_name_that_does_not_exist() {
    // Refused by getaddrinfo without asking anybody: a label is too long.
    let host = "x".repeat(300);
    let mut dialer = TcpDialer::new(&host, 80, TcpOptions::default()).unwrap();
    for limits in [Limits::NONE, deadline(LONG)] {
        let error = error(dialer.dial(limits));
        assert_eq!(error.kind(), Kind::NameLookup);
        assert!(error.to_string().starts_with("name lookup of 'xxx"), "{error}");
    }
}

#[test]
fn a_panicking_resolver_is_an_error() {
    struct Panicking;
    impl Resolve for Panicking {
        fn resolve(&self, _host: &str, _port: u16) -> Result<Vec<SocketAddr>, Error> {
            panic!("on purpose")
        }
    }
    assert_eq!(error(named(Panicking).dial(deadline(LONG))).kind(), Kind::Panic);
}

#[test]
fn a_lookups_thread_takes_no_signals() {
    fn blocked(signal: i32) -> bool {
        // SAFETY: zero bytes are a valid value of this C type.
        let mut mask: libc::sigset_t = unsafe { std::mem::zeroed() };
        // SAFETY: the mask is only asked for; both pointers are fine for that.
        unsafe {
            libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), &mut mask);
            libc::sigismember(&mask, signal) == 1
        }
    }
    struct Masked(SocketAddr);
    impl Resolve for Masked {
        fn resolve(&self, _host: &str, _port: u16) -> Result<Vec<SocketAddr>, Error> {
            assert!([libc::SIGINT, libc::SIGTERM, libc::SIGCHLD].into_iter().all(blocked));
            Ok(vec![self.0])
        }
    }
    let (_listener, address) = listen();
    assert!(named(Masked(address)).dial(deadline(LONG)).is_ok());
    assert!(!blocked(libc::SIGTERM));
}

#[test]
fn from_a_source_address() {
    let (listener, address) = listen();
    let options = TcpOptions { source: Some(("127.0.0.7".into(), 0)), ..TcpOptions::default() };
    let _ours = TcpDialer::new("127.0.0.1", address.port(), options.clone())
        .unwrap()
        .dial(Limits::NONE)
        .unwrap();
    assert_eq!(listener.accept().unwrap().1.ip(), Ipv4Addr::new(127, 0, 0, 7));
    let options = TcpOptions { source: Some((String::new(), 0)), ..options };
    assert!(
        TcpDialer::new("127.0.0.1", address.port(), options).unwrap().dial(Limits::NONE).is_ok()
    );
    let options = TcpOptions { source: Some(("name".into(), 0)), ..TcpOptions::default() };
    assert_eq!(error(TcpDialer::new("127.0.0.1", 1, options)).kind(), Kind::InvalidArgument);
}

#[test]
fn a_dead_first_address_costs_the_attempt_delay() {
    let dead = dead();
    let (_listener, address) = listen();
    let mut dialer = named(Fixed(vec![dead.address, address]));
    for limits in [Limits::NONE, after(LONG), deadline(LONG)] {
        let started = Instant::now();
        assert!(dialer.dial(limits).is_ok());
        let taken = started.elapsed();
        assert!((200..LATE).contains(&taken.as_millis()), "{taken:?}");
    }
    let started = Instant::now();
    // Only the descriptor is waited on here: the timer is in it.
    while let Err(error) = dialer.dial(NONBLOCKING) {
        assert_eq!(error.kind(), Kind::WouldBlock);
        assert!(dialer.next_timeout().is_none_or(|at| at <= clock::now() + 250_000_000));
        poll(dialer.fileno(), dialer.interest(), None);
    }
    let taken = started.elapsed();
    assert!((200..LATE).contains(&taken.as_millis()), "{taken:?}");
}

#[test]
fn a_refused_first_address_costs_nothing() {
    let (_listener, address) = listen();
    let mut dialer = named(Fixed(vec![refusing(), address]));
    // A busy machine may take its time at any attempt; a wait of 250 milliseconds is in each of them.
    let mut quickly = |dial: &mut dyn FnMut(&mut TcpDialer)| {
        let quick = (0..25).any(|_| {
            let started = Instant::now();
            dial(&mut dialer);
            started.elapsed() < Duration::from_millis(200)
        });
        assert!(quick);
    };
    for limits in [|| Limits::NONE, || after(LONG), || deadline(LONG)] {
        quickly(&mut |dialer| assert!(dialer.dial(limits()).is_ok()));
    }
    quickly(&mut |dialer| assert!(dial_nonblocking(dialer, NONBLOCKING).0.is_ok()));
}

#[test]
fn connecting_times_out() {
    let dead = dead();
    let one = || dialer(dead.address);
    let two = || named(Fixed(vec![dead.address, dead.address]));
    for mut dialer in [one(), two()] {
        let started = Instant::now();
        let error = error(dialer.dial(after(100)));
        assert_eq!(error.kind(), Kind::Timeout, "{error}");
        assert!(error.to_string().contains("timed out"), "{error}");
        let taken = started.elapsed().as_millis();
        assert!((90..LATE).contains(&taken), "{taken}");
    }
    let (_sender, looking_up) = held();
    for mut dialer in [one(), two(), looking_up] {
        let started = Instant::now();
        let error = error(dialer.dial(deadline(100)));
        assert_eq!(error.kind(), Kind::Deadline, "{error}");
        let taken = started.elapsed().as_millis();
        assert!((90..LATE).contains(&taken), "{taken}");
        let limits = Limits { timeout: Timeout::Nonblocking, ..deadline(100) };
        let error = self::error(dial_nonblocking(&mut dialer, limits).0);
        assert_eq!(error.kind(), Kind::Deadline, "{error}");
    }
}

#[test]
fn an_abandoned_lookup_holds_nobody_up() {
    let (sender, mut dialer) = held();
    assert_eq!(error(dialer.dial(NONBLOCKING)).kind(), Kind::WouldBlock);
    assert_eq!(dialer.interest(), Interest { read: true, write: false });
    dialer.abandon();
    assert_eq!((dialer.fileno(), dialer.next_timeout()), (None, None));
    assert_eq!(dialer.interest(), Interest::default());
    drop(dialer);
    // The resolver is still blocked; its answer goes nowhere.
    let _ = sender.send(refusing());
}

#[test]
fn a_timeout_ends_a_lookup() {
    let (_sender, mut dialer) = held();
    let started = Instant::now();
    let error = self::error(dialer.dial(after(150)));
    assert_eq!(error.kind(), Kind::Timeout, "{error}");
    assert!(error.to_string().starts_with("timed out while looking up name.test:80"), "{error}");
    assert!((140..LATE).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
    // The earlier one counts.
    let limits = Limits { timeout: after(LONG).timeout, ..deadline(100) };
    assert_eq!(self::error(dialer.dial(limits)).kind(), Kind::Deadline);
    let limits = Limits { timeout: after(100).timeout, ..deadline(LONG) };
    assert_eq!(self::error(dialer.dial(limits)).kind(), Kind::Timeout);
}

#[test]
fn a_lookup_in_time_is_gone_on_with() {
    let (_listener, address) = listen();
    let (sender, mut dialer) = held();
    sender.send(address).unwrap();
    assert!(dialer.dial(after(LONG)).is_ok());
}

#[test]
fn a_nonblocking_lookup_wakes_its_descriptor() {
    let (_listener, address) = listen();
    let (sender, mut dialer) = held();
    assert_eq!(error(dialer.dial(NONBLOCKING)).kind(), Kind::WouldBlock);
    sender.send(address).unwrap();
    poll(dialer.fileno(), dialer.interest(), None);
    assert!(dial_nonblocking(&mut dialer, NONBLOCKING).0.is_ok());
    // The dialer can be asked again.
    sender.send(address).unwrap();
    assert!(dialer.dial(deadline(LONG)).is_ok());
}

/// A fork's child has a copy of each descriptor; what the parent closes then stays in its epoll.
#[cfg(target_os = "linux")]
#[test]
fn what_another_process_keeps_open_wakes_nobody() {
    let dead = dead();
    let (sender, mut dialer) = held();
    assert_eq!(error(dialer.dial(NONBLOCKING)).kind(), Kind::WouldBlock);
    let epoll = dialer.fileno().unwrap();
    let watched = std::fs::read_to_string(format!("/proc/self/fdinfo/{epoll}")).unwrap();
    let watched = watched.lines().filter_map(|line| line.strip_prefix("tfd:"));
    let copies: Vec<OwnedFd> = watched
        .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
        // SAFETY: the descriptor is open, and its copy nobody else's.
        .map(|fd: i32| unsafe { OwnedFd::from_raw_fd(libc::dup(fd)) })
        .collect();
    assert!(!copies.is_empty());
    sender.send(dead.address).unwrap();
    poll(dialer.fileno(), dialer.interest(), None);
    // The lookup is over; what is left is an attempt that nobody answers.
    assert_eq!(error(dialer.dial(NONBLOCKING)).kind(), Kind::WouldBlock);
    let mut entry = libc::pollfd { fd: dialer.fileno().unwrap(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one entry, which lives until the call is over.
    assert_eq!(unsafe { libc::poll(&mut entry, 1, 20) }, 0);
}

#[test]
fn a_single_address_is_waited_for_on_the_stream_itself() {
    let dead = dead();
    let mut dialer = dialer(dead.address);
    assert_eq!(error(dialer.dial(NONBLOCKING)).kind(), Kind::WouldBlock);
    assert_eq!(dialer.interest(), Interest { read: false, write: true });
    assert_eq!(dialer.next_timeout(), None);
    let limits = Limits { timeout: Timeout::Nonblocking, ..deadline(LONG) };
    assert_eq!(error(dialer.dial(limits)).kind(), Kind::WouldBlock);
    assert_eq!(dialer.next_timeout(), limits.deadline.map(|deadline| deadline.at));
}

// Reading and writing under limits.

#[test]
fn reading_times_out() {
    let (mut ours, peer) = pair(Limits::NONE);
    let limits = after(60);
    let both = Limits { deadline: deadline(LONG).deadline, ..limits };
    for limits in [limits, both] {
        ours.set_limits(limits);
        let started = Instant::now();
        let error = error(read(&mut *ours, 10, 1));
        assert_eq!(error.kind(), Kind::Timeout);
        let address = peer.local_addr().unwrap();
        assert_eq!(error.to_string(), format!("timed out while reading from {address}"));
        let taken = started.elapsed().as_millis();
        assert!((55..LATE).contains(&taken), "{taken}");
    }
    // A timeout is not the end of a stream.
    ours.set_limits(Limits::NONE);
    (&peer).write_all(b"late").unwrap();
    assert_eq!(read(&mut *ours, 10, 1).unwrap(), b"late");
}

/// After a timeout one reads on. Behind a connection that the system has given up there is only an end, which
/// must not be taken for the peer's.
#[cfg(target_os = "linux")]
#[test]
fn what_the_system_gives_up_is_broken() {
    let (mut ours, peer) = pair(NONBLOCKING);
    // The peer takes no more than fits.
    let block = vec![0; 1 << 20];
    while ours.write(&[&block]).is_ok() {}
    (&peer).write_all(b"part").unwrap();
    ours.set_limits(after(LONG));
    assert_eq!(read(&mut *ours, 10, 1).unwrap(), b"part");
    // Soon that is too long. Not before now, since the failure is told once: to the call that is under way.
    // SAFETY: the stream outlives this.
    let fd = unsafe { BorrowedFd::borrow_raw(ours.fileno().unwrap()) };
    SockRef::from(&fd).set_tcp_user_timeout(Some(Duration::from_millis(20))).unwrap();
    let error = error(read(&mut *ours, 10, 1));
    assert_eq!(
        (error.kind(), error.os_error()),
        (Kind::ConnectionAborted, libc::ETIMEDOUT),
        "{error}"
    );
}

#[test]
fn writing_times_out() {
    let (mut ours, _peer) = pair(Limits::NONE);
    let block = vec![0; 1 << 20];
    for (limits, kind) in [(after(60), Kind::Timeout), (deadline(120), Kind::Deadline)] {
        ours.set_limits(limits);
        let error = loop {
            match ours.write(&[&block, &block]) {
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains("while writing to 127.0.0.1:"), "{error}");
    }
}

/// A timeout that has run since before is the end of a wait, not of what has come meanwhile.
#[test]
fn a_timeout_that_is_over_takes_what_is_there() {
    let (mut ours, mut peer) = pair(Limits::NONE);
    peer.write_all(b"here").unwrap();
    while ours.is_quiet() {
        thread::yield_now();
    }
    let over = Deadline { at: 0, kind: Kind::Timeout };
    ours.set_limits(Limits {
        timeout: Timeout::After(Duration::from_millis(LONG)),
        deadline: Some(over),
    });
    assert_eq!(read(&mut *ours, 64, 1).unwrap(), b"here");
    assert_eq!(error(read(&mut *ours, 64, 1)).kind(), Kind::Timeout);
}

#[test]
fn a_deadline_ends_a_dribbling_peer_and_a_flooding_one() {
    for pause in [Duration::from_millis(10), Duration::ZERO] {
        let (mut ours, mut peer) = pair(Limits::NONE);
        let dribble = thread::spawn(move || {
            while peer.write_all(b"drip").is_ok() {
                thread::sleep(pause);
            }
        });
        let started = Instant::now();
        let limits = deadline(150);
        ours.set_limits(Limits { timeout: Timeout::After(Duration::from_millis(LONG)), ..limits });
        let error = loop {
            match read(&mut *ours, 64, 1) {
                Ok(bytes) => assert!(!bytes.is_empty()),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), Kind::Deadline);
        assert!(error.to_string().starts_with("deadline passed while reading from "), "{error}");
        let taken = started.elapsed().as_millis();
        assert!((145..LATE).contains(&taken), "{taken}");
        drop(ours);
        dribble.join().unwrap();
    }
}

/// Has SIGUSR2 interrupt what waits, and do nothing else.
fn catch_signals() {
    extern "C" fn nothing(_: i32) {}
    // SAFETY: zero bytes are a valid value of this C type.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = nothing as *const () as usize;
    // SAFETY: the handler does nothing, which is safe in any place.
    unsafe { libc::sigaction(libc::SIGUSR2, &action, std::ptr::null_mut()) };
}

/// Reads, with signals at these pauses until it ends or pauses are over; the milliseconds it took to time out.
fn time_out_with_signals(
    limits: Limits,
    pauses: impl Iterator<Item = u64> + Send + 'static,
) -> u128 {
    catch_signals();
    let (mut ours, _peer) = pair(limits);
    // SAFETY: no pointers.
    let reader = unsafe { libc::pthread_self() };
    let done = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&done);
    let started = Instant::now();
    let storm = thread::spawn(move || {
        for pause in pauses {
            thread::sleep(Duration::from_millis(pause));
            if stop.load(Ordering::Relaxed) {
                break;
            }
            // SAFETY: the reader lives until this thread is joined.
            unsafe { libc::pthread_kill(reader, libc::SIGUSR2) };
        }
    });
    let error = error(read(&mut *ours, 10, 1));
    let taken = started.elapsed().as_millis();
    done.store(true, Ordering::Relaxed);
    storm.join().unwrap();
    assert_eq!(error.kind(), Kind::Timeout);
    taken
}

#[test]
fn signals_do_not_stretch_a_timeout() {
    // A timeout that each signal begins anew comes when they end, which is then too late.
    let pauses = (0..LATE / 5).map(|_| 5);
    let taken = time_out_with_signals(after(200), pauses);
    assert!((195..LATE).contains(&taken), "{taken}");
}

/// Begun anew once, it would take 450 at least. A busy machine may take that, too, but not each time.
#[test]
fn one_signal_does_not_stretch_a_timeout() {
    let in_time = (0..20).any(|_| {
        let taken = time_out_with_signals(after(300), std::iter::once(150));
        assert!(taken >= 295, "{taken}");
        taken < 450
    });
    assert!(in_time);
}

/// An event library makes every descriptor that it gets non-blocking.
#[test]
fn a_descriptor_that_the_program_made_nonblocking() {
    const SIZE: usize = 16 << 20;
    for limits in [after(LONG), Limits::NONE] {
        let (mut ours, mut peer) = pair(limits);
        let fd = ours.fileno().unwrap();
        // SAFETY: no pointers.
        assert_eq!(unsafe { libc::fcntl(fd, libc::F_SETFL, libc::O_NONBLOCK) }, 0);
        let echo = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            let mut all = vec![0; SIZE];
            peer.read_exact(&mut all).unwrap();
            thread::sleep(Duration::from_millis(20));
            peer.write_all(b"all").unwrap();
        });
        let block = vec![1; SIZE];
        let mut sent = 0;
        while sent < SIZE {
            sent += ours.write(&[&block[sent..]]).unwrap();
        }
        assert_eq!(read(&mut *ours, 3, 3).unwrap(), b"all");
        echo.join().unwrap();
    }
}

#[test]
fn nonblocking_to_completion() {
    const SIZE: usize = 8 << 20;
    let (listener, address) = listen();
    let (stream, _) = dial_nonblocking(&mut dialer(address), NONBLOCKING);
    let mut ours = stream.unwrap();
    let echo = thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        let mut all = vec![0; SIZE];
        peer.read_exact(&mut all).unwrap();
        peer.write_all(&all).unwrap();
    });
    let sent: Vec<u8> = (0..SIZE).map(|i| (i / 7) as u8).collect();
    let (mut done, mut blocked) = (0, 0);
    while done < SIZE {
        match ours.write(&[&sent[done..]]) {
            Ok(count) => done += count,
            Err(error) => {
                assert_eq!(error.kind(), Kind::WouldBlock);
                assert_eq!(ours.interest(), Interest { read: false, write: true });
                poll(ours.fileno(), ours.interest(), None);
                blocked += 1;
            }
        }
    }
    let mut received = Vec::new();
    while received.len() < SIZE {
        match read(&mut *ours, 1 << 20, (SIZE - received.len()).min(1 << 20)) {
            Ok(bytes) => received.extend(bytes),
            Err(error) => {
                assert_eq!(error.kind(), Kind::WouldBlock);
                assert_eq!(ours.interest(), Interest { read: true, write: false });
                poll(ours.fileno(), ours.interest(), None);
                blocked += 1;
            }
        }
    }
    assert!(blocked > 0 && received == sent);
    assert_eq!(ours.interest(), Interest::default());
    // Back to blocking: the descriptor must block again.
    ours.set_limits(Limits::NONE);
    assert_eq!(read(&mut *ours, 1, 1).unwrap(), b"");
    echo.join().unwrap();
}

#[test]
fn a_reset_is_named() {
    let (mut ours, peer) = pair(Limits::NONE);
    SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
    let address = peer.local_addr().unwrap();
    drop(peer);
    let error = error(read(&mut *ours, 10, 1));
    assert_eq!((error.kind(), error.os_error()), (Kind::ConnectionReset, libc::ECONNRESET));
    let expected = format!("connection reset by peer while reading from {address} (errno 104)");
    assert_eq!(error.to_string(), expected);
    let error = self::error(ours.write(&[b"x"]));
    assert_eq!((error.kind(), error.os_error()), (Kind::BrokenPipe, libc::EPIPE));
}

#[test]
fn half_close_still_takes_writes() {
    let (mut ours, mut peer) = pair(Limits::NONE);
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(read(&mut *ours, 10, 1).unwrap(), b"");
    assert_eq!(ours.write(&[b"still"]).unwrap(), 5);
    let mut received = [0; 5];
    peer.read_exact(&mut received).unwrap();
    assert_eq!(&received, b"still");
}

#[test]
fn quiet_or_not() {
    let wait = |ours: &dyn Transport| {
        poll(ours.fileno(), Interest { read: true, write: false }, None);
    };
    let (mut ours, mut peer) = pair(Limits::NONE);
    assert!(ours.is_quiet());
    peer.write_all(b"unsolicited").unwrap();
    wait(&*ours);
    assert!(!ours.is_quiet());
    assert_eq!(read(&mut *ours, 100, 1).unwrap(), b"unsolicited");
    assert!(ours.is_quiet());
    drop(peer);
    wait(&*ours);
    assert!(!ours.is_quiet());

    let (mut ours, peer) = pair(Limits::NONE);
    SockRef::from(&peer).set_linger(Some(Duration::ZERO)).unwrap();
    drop(peer);
    wait(&*ours);
    assert!(!ours.is_quiet());
}

// Large reads.

/// Reads `announced` bytes in large reads from a peer that sends `pieces` with pauses between, so that most
/// reads see a part; a read that sees more must come to the same.
fn bulk(pieces: Vec<usize>, announced: usize, limits: Limits) -> (usize, u32) {
    let (mut ours, mut peer) = pair(limits);
    let sender = thread::spawn(move || {
        for piece in pieces {
            peer.write_all(&vec![7; piece]).unwrap();
            thread::sleep(Duration::from_millis(20));
        }
        peer // open until all is read
    });
    let (mut received, mut reads) = (0, 0);
    let mut keep = None;
    while received < announced {
        let want = (announced - received).min(1 << 20);
        let bytes = read(&mut *ours, 1 << 20, want).unwrap();
        if bytes.is_empty() {
            break;
        }
        received += bytes.len();
        reads += 1;
        if received == announced {
            keep = Some(sender.join().unwrap());
            break;
        }
    }
    // And small ones after it are as ever.
    if let Some(mut peer) = keep {
        peer.write_all(b"!").unwrap();
        assert_eq!(read(&mut *ours, 100, 1).unwrap(), b"!");
    }
    (received, reads)
}

#[test]
fn large_reads_never_wait_for_more_than_is_owed() {
    const M: usize = 1 << 20;
    for limits in [Limits::NONE, after(LONG)] {
        // In every split a part comes first, so that a mark of the whole would be waited for in vain.
        for first in [1, 1_000, M / 4, M / 2 - 1, M / 2, M / 2 + 1, 3 * M / 4, M - 1] {
            assert_eq!(bulk(vec![first, M - first], M, limits).0, M);
        }
        for size in [256 * 1024, 300_000, 512 * 1024, 700_000, 3 * M + 1] {
            assert_eq!(bulk(vec![size / 3, size / 3, size - 2 * (size / 3)], size, limits).0, size);
        }
    }
}

#[test]
fn large_reads_end_with_the_peer_and_with_the_timeout() {
    let (mut ours, mut peer) = pair(Limits::NONE);
    let sender = thread::spawn(move || peer.write_all(&[7; 100_000]).unwrap());
    let mut received = 0;
    loop {
        match read(&mut *ours, 1 << 20, 1 << 20).unwrap().len() {
            0 => break,
            count => received += count,
        }
    }
    assert_eq!(received, 100_000);
    sender.join().unwrap();

    // What came before the timeout is data, not a timeout.
    let (mut ours, mut peer) = pair(after(100));
    peer.write_all(b"some").unwrap();
    poll(ours.fileno(), Interest { read: true, write: false }, None);
    assert_eq!(read(&mut *ours, 1 << 20, 1 << 20).unwrap(), b"some");
    assert_eq!(error(read(&mut *ours, 1 << 20, 1 << 20)).kind(), Kind::Timeout);
    // The other modes see single bytes again.
    ours.set_limits(deadline(LONG));
    peer.write_all(b"x").unwrap();
    assert_eq!(read(&mut *ours, 1 << 20, 1 << 20).unwrap(), b"x");
}

// Cancelling.

#[test]
fn cancels_a_read_and_a_write() {
    let modes: [fn() -> Limits; 3] = [|| Limits::NONE, || after(LONG), || deadline(LONG)];
    for limits in modes {
        let (mut ours, _peer) = pair(limits());
        let cancel = Cancel::new().unwrap();
        ours.set_cancel(&cancel).unwrap();
        assert_cancelled(&cancel, || read(&mut *ours, 10, 1));
        // Dead for good, also with the token armed again.
        assert_eq!(error(ours.write(&[b"x"])).kind(), Kind::Cancelled);
        cancel.rearm();
        assert_eq!(error(read(&mut *ours, 10, 1)).kind(), Kind::Cancelled);
        assert!(!ours.is_quiet());

        let (mut ours, _peer) = pair(limits());
        ours.set_cancel(&cancel).unwrap();
        let block = vec![0; 1 << 20];
        assert_cancelled(&cancel, || -> Result<(), Error> {
            loop {
                ours.write(&[&block])?;
            }
        });
    }
}

#[test]
fn cancels_a_lookup_and_an_attempt() {
    let dead = dead();
    let cancel = Cancel::new().unwrap();
    let modes: [fn() -> Limits; 3] = [|| Limits::NONE, || after(LONG), || deadline(LONG)];
    for limits in modes {
        let (_sender, looking_up) = held();
        let two = named(Fixed(vec![dead.address, dead.address]));
        for mut dialer in [looking_up, dialer(dead.address), two] {
            dialer.set_cancel(&cancel).unwrap();
            assert_cancelled(&cancel, || dialer.dial(limits()));
            // Sticky.
            assert_eq!(error(dialer.dial(limits())).kind(), Kind::Cancelled);
            cancel.rearm();
        }
    }
}

#[test]
fn a_cancel_wakes_an_event_loop() {
    let cancel = Cancel::new().unwrap();
    let (_sender, looking_up) = held();
    let dead = dead();
    for mut dialer in [looking_up, dialer(dead.address)] {
        dialer.set_cancel(&cancel).unwrap();
        assert_cancelled(&cancel, || dial_nonblocking(&mut dialer, NONBLOCKING).0);
        cancel.rearm();
    }
    // Also one given while the attempt is under way.
    let mut late = dialer(dead.address);
    assert_eq!(error(late.dial(NONBLOCKING)).kind(), Kind::WouldBlock);
    late.set_cancel(&cancel).unwrap();
    assert_cancelled(&cancel, || dial_nonblocking(&mut late, NONBLOCKING).0);
    cancel.rearm();

    let (mut ours, _peer) = pair(NONBLOCKING);
    ours.set_cancel(&cancel).unwrap();
    assert_cancelled(&cancel, || {
        assert_eq!(error(read(&mut *ours, 1, 1)).kind(), Kind::WouldBlock);
        poll(ours.fileno(), ours.interest(), None);
        read(&mut *ours, 1, 1)
    });
}

#[test]
fn streams_take_their_dialers_token() {
    let (_listener, address) = listen();
    let cancel = Cancel::new().unwrap();
    let mut dialer = dialer(address);
    dialer.set_cancel(&cancel).unwrap();
    let mut first = dialer.dial(Limits::NONE).unwrap();
    assert_cancelled(&cancel, || read(&mut *first, 1, 1));
    assert!(cancel.is_cancelled());
    cancel.cancel();
    cancel.rearm();
    cancel.rearm();
    assert!(!cancel.is_cancelled());
    // A new one works; one made of a cancelled token does not.
    let mut second = dialer.dial(after(LONG)).unwrap();
    second.set_limits(after(50));
    assert_eq!(error(read(&mut *second, 1, 1)).kind(), Kind::Timeout);
    let (mut third, _peer) = pair(Limits::NONE);
    cancel.cancel();
    third.set_cancel(&cancel).unwrap();
    assert_eq!(error(read(&mut *third, 1, 1)).kind(), Kind::Cancelled);
}

// Unix-domain sockets.

#[test]
fn connects_to_unix_sockets() {
    let path = std::env::temp_dir().join(format!("httpclient-test-{}.sock", std::process::id()));
    let text = path.to_str().unwrap();
    let missing = error(UnixDialer::new(text.as_bytes()).unwrap().dial(Limits::NONE));
    assert_eq!((missing.kind(), missing.os_error()), (Kind::Os, libc::ENOENT));
    assert!(missing.to_string().contains("no such file or directory while connecting to '/"));

    let listener = UnixListener::bind(&path).unwrap();
    for limits in [Limits::NONE, after(LONG), deadline(LONG), NONBLOCKING] {
        let mut dialer = UnixDialer::new(text.as_bytes()).unwrap();
        let mut ours = dialer.dial(limits).unwrap();
        assert_cloexec(&*ours);
        let (mut peer, _) = listener.accept().unwrap();
        peer.write_all(b"hello").unwrap();
        assert_eq!(read(&mut *ours, 10, 1).unwrap(), b"hello");
        assert!(ours.is_quiet() && dialer.timings().connected >= dialer.timings().started);
        ours.set_limits(Limits::NONE);
        drop(peer);
        assert_eq!(read(&mut *ours, 1 << 20, 1 << 20).unwrap(), b"");
    }
    drop(listener);
    std::fs::remove_file(&path).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn connects_to_abstract_names_and_waits_for_a_full_queue() {
    let name = format!("\0httpclient-test-{}", std::process::id());
    let listener = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    listener.bind(&SockAddr::unix(&name).unwrap()).unwrap();
    listener.listen(0).unwrap();
    let new = || UnixDialer::new(name.as_bytes()).unwrap();
    let _first = new().dial(Limits::NONE).unwrap();
    assert_eq!(error(new().dial(after(60))).kind(), Kind::Timeout);
    assert_eq!(error(new().dial(deadline(60))).kind(), Kind::Deadline);
    let cancel = Cancel::new().unwrap();
    let mut dialer = new();
    dialer.set_cancel(&cancel).unwrap();
    assert_cancelled(&cancel, || dialer.dial(Limits::NONE));

    let mut dialer = new();
    assert_eq!(error(dialer.dial(NONBLOCKING)).kind(), Kind::WouldBlock);
    assert!(dialer.fileno().is_none());
    // A token that comes now does not keep the loop from waking up.
    dialer.set_cancel(&Cancel::new().unwrap()).unwrap();
    assert!(dialer.fileno().is_some() && dialer.next_timeout().is_some());
    let _peer = listener.accept().unwrap();
    poll(dialer.fileno(), dialer.interest(), dialer.next_timeout());
    assert!(dialer.dial(NONBLOCKING).is_ok());
}

#[test]
fn refuses_bad_unix_paths() {
    for (path, kind) in [
        (&b""[..], Kind::InvalidArgument),
        (b"a\0b", Kind::InvalidArgument),
        (&[b'x'; 200], Kind::Value),
    ] {
        assert_eq!(error(UnixDialer::new(path)).kind(), kind);
    }
}
