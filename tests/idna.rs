//! Hosts beyond ASCII: what was given is kept, and what goes out is the A-label form, everywhere.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]
#![cfg(feature = "idna")]

mod transcript;

use core::iter;
use httpclient::client::{Body, Connection};
use httpclient::engine::error::Kind;
use std::cell::RefCell;
use transcript::{Dialer, Pace, request, wire};

#[test]
fn the_dialer_and_host_get_the_a_label_form() {
    let dialled = RefCell::new(String::new());
    let (dialer, log) = Dialer::new(vec![], b"", Pace::Whole);
    let mut connection = Connection::new("δπθ.gr:8080", None, 80, |host, port| {
        dialled.replace(format!("{host} {port}"));
        Ok(Box::new(dialer))
    })
    .unwrap();
    assert_eq!(*dialled.borrow(), "xn--pxaix.gr 8080");
    assert_eq!(connection.host().given(), "δπθ.gr");
    request(&mut connection, "/", &[], Body::None).unwrap();
    let sent = String::from_utf8(log.lock().unwrap().sent.concat()).unwrap();
    assert!(sent.starts_with("GET / HTTP/1.1\r\nHost: xn--pxaix.gr:8080\r\n"), "{sent}");
}

#[test]
fn a_tunnel_is_asked_for_in_the_a_label_form() {
    let sent = wire(|connection| {
        connection.set_tunnel("δπθ.gr", None, iter::empty())?;
        let tunnel = connection.tunnel().unwrap();
        assert_eq!((tunnel.host().given(), tunnel.port()), ("δπθ.gr", 80));
        let fields: Vec<_> = tunnel.fields().iter().map(|f| (f.name, f.value)).collect();
        assert_eq!(fields, [(&b"Host"[..], &b"xn--pxaix.gr:80"[..])]);
        // The proxy of the script is silent: what counts is what it was asked.
        loop {
            match connection.connect() {
                Err(error) if error.kind() == Kind::WouldBlock => {}
                outcome => break assert_eq!(outcome.unwrap_err().kind(), Kind::Timeout),
            }
        }
        Ok(())
    });
    assert_eq!(sent.unwrap(), "CONNECT xn--pxaix.gr:80 HTTP/1.1\r\nHost: xn--pxaix.gr:80\r\n\r\n");
}

#[test]
fn a_host_without_an_a_label_form_changes_nothing() {
    let refused = |host: &str| {
        wire(|connection| connection.set_tunnel(host, Some(80), iter::empty())).unwrap_err()
    };
    assert_eq!(refused("é..gr"), Kind::Encoding);
    assert_eq!(refused("é\u{2100}.gr"), Kind::Encoding);
    assert_eq!(refused("é gr"), Kind::InvalidUrl);
    let nobody = |_: &str, _| unreachable!("nobody is dialled");
    let error = Connection::new("é..gr", None, 80, nobody).err().unwrap();
    assert_eq!(error.kind(), Kind::Encoding);
    assert!(error.message().contains("a label is empty"), "{}", error.message());
}

#[test]
fn a_target_is_never_converted() {
    for target in ["http://δπθ.gr/", "/δ"] {
        let refused = wire(|connection| request(connection, target, &[], Body::None));
        assert_eq!(refused.unwrap_err(), Kind::Encoding, "{target}");
    }
}
