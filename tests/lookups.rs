//! Name lookups that hang: how many threads they cost. In a program of its own, since all lookups of a process share
//! a bound.
#![cfg(feature = "std")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

use httpclient::engine::error::{Error, Kind};
use httpclient::transport::resolve::{Resolve, Resolver};
use httpclient::transport::tcp::{TcpDialer, TcpOptions};
use httpclient::transport::{Dial, Limits, Timeout};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

const NONBLOCKING: Limits = Limits { timeout: Timeout::Nonblocking, deadline: None };

/// One test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Default)]
struct State {
    /// Calls that have begun, and that have ended.
    begun: usize,
    ended: usize,
    answer: Option<SocketAddr>,
}

/// A resolver that answers when told to.
#[derive(Clone, Default)]
struct Held(Arc<(Mutex<State>, Condvar)>);

impl Resolve for Held {
    fn resolve(&self, _: &str, _: u16) -> Result<Vec<SocketAddr>, Error> {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        state.begun += 1;
        changed.notify_all();
        let mut state = changed.wait_while(state, |state| state.answer.is_none()).unwrap();
        state.ended += 1;
        changed.notify_all();
        Ok(state.answer.into_iter().collect())
    }
}

impl Held {
    fn answer(&self, address: SocketAddr) {
        let (state, changed) = &*self.0;
        state.lock().unwrap().answer = Some(address);
        changed.notify_all();
    }

    /// Waits until something is so.
    fn wait(&self, until: impl Fn(&State) -> bool) {
        let (state, changed) = &*self.0;
        drop(changed.wait_while(state.lock().unwrap(), |state| !until(state)).unwrap());
    }

    fn begun(&self) -> usize {
        self.0.0.lock().unwrap().begun
    }
}

fn dialer(host: &str, resolver: &Resolver) -> TcpDialer {
    let options = TcpOptions { resolver: Some(resolver.clone()), ..TcpOptions::default() };
    TcpDialer::new(host, 80, options).unwrap()
}

fn dial(dialer: &mut TcpDialer) -> Kind {
    dialer.dial(NONBLOCKING).err().map_or(Kind::Panic, |error| error.kind())
}

/// Dials again until it is connected.
fn connect(dialer: &mut TcpDialer) {
    while let Err(error) = dialer.dial(NONBLOCKING) {
        assert_eq!(error.kind(), Kind::WouldBlock, "{error}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn those_who_ask_for_the_same_name_share_an_answer() {
    let _alone = alone();
    let held = Held::default();
    let resolver = Resolver::new(held.clone()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut dialers: Vec<_> = (0..20).map(|_| dialer("slow.test", &resolver)).collect();
    for _ in 0..30 {
        for dialer in &mut dialers {
            assert_eq!(dial(dialer), Kind::WouldBlock);
            dialer.abandon();
        }
    }
    dialers.iter_mut().for_each(|dialer| assert_eq!(dial(dialer), Kind::WouldBlock));
    held.wait(|state| state.begun > 0);
    held.answer(listener.local_addr().unwrap());
    dialers.iter_mut().for_each(connect);
    assert_eq!(held.begun(), 1);
}

#[test]
fn another_resolver_is_asked_by_itself() {
    let _alone = alone();
    let (one, other) = (Held::default(), Held::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut dialers = [&one, &other].map(|held| {
        let mut dialer = dialer("slow.test", &Resolver::new(held.clone()).unwrap());
        assert_eq!(dial(&mut dialer), Kind::WouldBlock);
        dialer
    });
    for held in [&one, &other] {
        held.answer(listener.local_addr().unwrap());
    }
    dialers.iter_mut().for_each(connect);
    assert_eq!((one.begun(), other.begun()), (1, 1));
}

#[test]
fn there_are_no_more_than_256() {
    const MOST: usize = 256;
    let _alone = alone();
    let held = Held::default();
    let resolver = Resolver::new(held.clone()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    for number in 0..MOST {
        assert_eq!(dial(&mut dialer(&format!("host{number}.test"), &resolver)), Kind::WouldBlock);
    }
    let mut late = dialer("late.test", &resolver);
    let error = late.dial(NONBLOCKING).err().unwrap();
    assert_eq!(error.kind(), Kind::NameLookup);
    assert!(error.message().contains("256 name lookups are under way"), "{error}");
    // One that is under way already can still be joined, and there is room again when they have ended.
    let mut joined = dialer("host7.test", &resolver);
    assert_eq!(dial(&mut joined), Kind::WouldBlock);
    held.wait(|state| state.begun == MOST);
    held.answer(listener.local_addr().unwrap());
    connect(&mut joined);
    held.wait(|state| state.ended == MOST);
    while dial(&mut late) == Kind::NameLookup {
        thread::sleep(Duration::from_millis(1));
    }
    connect(&mut late);
}
