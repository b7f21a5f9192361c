#!/bin/bash
# idna's `Uts46::process` is documented to return `ProcessingError::SinkError` when the sink says that it has no more
# room. It does so before and behind a label in Punycode; but within one it takes the sink's error for an overflow that
# its bounds rule out, and panics. A sink for it must not fail: it has to note by itself that something did not fit.
#
# Seen with the crate idna 1.1.0. Needs cargo.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cargo init -q --name sink --vcs none .
cat >>Cargo.toml <<'TOML'
idna = { version = "=1.1.0", default-features = false, features = ["alloc", "compiled_data"] }
idna_adapter = "=1.1.0"
TOML
cat >src/main.rs <<'RUST'
use idna::uts46::{AsciiDenyList, ErrorPolicy, Hyphens, Uts46};

/// Room for so many bytes.
struct Room(usize);

impl std::fmt::Write for Room {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0 = self.0.checked_sub(text.len()).ok_or(std::fmt::Error)?;
        Ok(())
    }
}

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    for (name, room) in [("b\u{fc}cher.example", 3), ("b\u{fc}cher.example", 8), ("b\u{fc}cher.example", 16)] {
        let outcome = std::panic::catch_unwind(|| {
            Uts46::new().process(
                name.as_bytes(),
                AsciiDenyList::URL,
                Hyphens::Allow,
                ErrorPolicy::FailFast,
                |_, _, _| false,
                &mut Room(room),
                None,
            )
        });
        match outcome {
            Ok(outcome) => println!("room for {room}: {outcome:?}"),
            Err(_) => println!("room for {room}: a panic"),
        }
    }
}
RUST
cargo run -q >seen
cat seen
diff seen - <<'SEEN'
room for 3: Err(SinkError)
room for 8: a panic
room for 16: Err(SinkError)
SEEN
