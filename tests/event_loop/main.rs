//! An event loop over the C interface, as the header tells programs to write theirs, against servers that
//! do all in pieces and with pauses: exchanges of every kind, drawn at random from a seed.
//!
//! Two things are asked of every wait. It ends, since something will happen that it waits for; and it
//! does not end for nothing, again and again, since each wake costs a program its time. And when a call
//! is over there is nothing left to wait for.
//!
//! `HC_SEEDS=FROM..TO` runs those seeds instead of the usual ones.
#![cfg(all(feature = "tls", target_os = "linux"))]
#![allow(unsafe_code)]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod client;
mod plan;
mod server;

use plan::Plan;
use std::ops::Range;

fn seeds() -> Range<u64> {
    let given = std::env::var("HC_SEEDS").ok();
    let given = given.as_deref().and_then(|text| text.split_once(".."));
    given.map_or(1..81, |(from, to)| from.parse().unwrap()..to.parse().unwrap())
}

/// Most of the time goes by in pauses of the servers.
const AT_A_TIME: usize = 8;

#[test]
fn every_wait_is_for_something() {
    let trust = server::Trust::new();
    std::thread::scope(|scope| {
        for worker in 0..AT_A_TIME {
            let (trust, seeds) = (&trust, seeds().skip(worker).step_by(AT_A_TIME));
            scope.spawn(move || seeds.for_each(|seed| check(seed, trust)));
        }
    });
}

fn check(seed: u64, trust: &server::Trust) {
    let plan = Plan::draw(seed);
    let shown = format!("HC_SEEDS={seed}..{}: {plan:?}", seed + 1);
    let peer = server::start(plan.clone(), trust);
    let waits = client::run(&plan, &peer, trust, &shown);
    let steps = peer.end();
    // One wake for each thing that the server did, and as much again for what the kernel makes of it;
    // a call that returns at once for nothing is made thousands of times in a pause.
    assert!(waits <= 2 * steps + 50, "{waits} waits for {steps} steps of the server: {shown}");
}
