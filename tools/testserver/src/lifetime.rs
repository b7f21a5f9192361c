//! Ways in which the server ends by itself, so that a killed test leaves nothing behind.

use std::io::{self, Read};
use std::os::unix::process::parent_id;
use std::process::exit;
use std::thread;
use std::time::Duration;

/// A bound in time, and the exit code of a server that reaches it.
#[derive(Clone, Copy)]
pub struct Lifetime {
    pub limit: Duration,
    pub exit_code: i32,
}

impl Lifetime {
    /// Ends the process once the limit has passed.
    pub fn limit(self) {
        thread::spawn(move || {
            thread::sleep(self.limit);
            eprintln!("testserver: ended after its lifetime of {} s", self.limit.as_secs());
            exit(self.exit_code);
        });
    }

    /// Ends the process once `parent` is no longer its parent.
    pub fn follow_parent(self, parent: u32) {
        thread::spawn(move || {
            // There is no portable event for it.
            while parent_id() == parent {
                thread::sleep(Duration::from_millis(100));
            }
            eprintln!("testserver: ended because process {parent} is not its parent");
            exit(self.exit_code);
        });
    }
}

/// Ends the process, successfully, at the end of its standard input.
pub fn follow_stdin() {
    thread::spawn(|| {
        let mut ignored = [0; 4096];
        let mut stdin = io::stdin().lock();
        loop {
            match stdin.read(&mut ignored) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(1..) => {}
                Ok(0) | Err(_) => exit(0),
            }
        }
    });
}
