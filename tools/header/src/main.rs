//! Writes include/httpclient.h and tools/symbols.txt from src/capi, a section of the header for each file of
//! its folder api, in reading order; with `--check`, fails and shows the difference if they are not current.
//!
//! cbindgen sees one file at a time here. How to write a section for it (what the tool or a C
//! compiler does not catch is marked with "careful"):
//!
//! * A file of src/capi/api must be listed in `sections::TABLE`, with the files elsewhere whose constants and
//!   types stand before its own. Its `//!` lines are the introduction: the first line is the title. A line `include: examples/x.c` stands for that file's text.
//! * Within a section come constants, types and functions, in this order and each in the order of
//!   the file (a type that another needs comes first). So a type stands in the same or an earlier
//!   section than its users.
//! * Types of another file are written by their last path segment, unseen: `use` them by their C
//!   name, never `as` another. Every `pub` type of the file is exported, used there or not.
//! * A handle is a `pub struct hc_x` *without* `repr(C)`: a forward declaration, whatever is inside.
//!   No type parameters. A struct for C is `repr(C)` with named fields.
//! * A callback is `pub type hc_x_fn = Option<unsafe extern "C" fn(ctx: *mut c_void, ...) -> T>;`:
//!   the Option *inside* the alias, since `Option<hc_x_fn>` of another file becomes a struct
//!   `Option_hc_x_fn`; and (careful) each parameter named, or it has none in C. Without Option it
//!   looks the same in C, but NULL is undefined behaviour in Rust.
//! * A constant is `pub const HC_X: i32` (or u32, u64, bool) with a literal; bits may be `1 << 3`.
//!   It becomes a `#define` with a plain number, which cgo, Swift and `#if` all read (an `enum` would
//!   be a type of its own in C++ and has no `#if`). Careful: `as` becomes a C cast, which Swift and
//!   `#if` cannot read; a u64 of 2^63 and more gets `ull`; associated constants get the type's name
//!   in front. `&str`, `&CStr`, `cfg!` and calls give nothing.
//! * A set of such constants is passed as i32 or u32, never as a Rust enum: C may pass any number.
//!   The only enum is hc_error, and that only as a *result*.
//! * A function is `pub [unsafe] extern "C" fn hc_x` with `#[unsafe(no_mangle)]`, and stands in the
//!   file as such: cbindgen does not look into macros. A slice, a tuple or `impl` in its signature
//!   drops it; a `Result` becomes a struct. No `static` is exported.
//! * `&T`, `Option<&T>` and `*const T` are `const T *`; `&mut T`, `*mut T`, `Box<T>` and
//!   `Option<NonNull<T>>` are `T *`. `usize` is size_t, `isize` is ptrdiff_t, `c_char` is char,
//!   `c_int` is int, `u8` is uint8_t. A parameter `_x` is `_x` in C too.
//! * `#[cfg]` on an item is not seen: the header declares it always. Write the function once and let
//!   it return HC_ERR_UNSUPPORTED; two under opposite cfgs would be declared twice.
//! * Documentation is read by C programmers: no Rust links or paths, no headings, no `/*`. An example
//!   stands between "```c" and "```" lines, which the header shows as an indented block (indented
//!   without them, rustdoc would run it as Rust). A function newer than 0.1 has a line "Since 0.x."; one that
//!   returns hc_error and takes no handle, or can fail in a way of its own, a paragraph that begins "Errors:" and
//!   names codes; one that may block says so.
#![forbid(unsafe_code)]

mod documentation;
mod sections;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// What is generated, by its path from the root.
const HEADER: &str = "include/httpclient.h";
const SYMBOLS: &str = "tools/symbols.txt";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => generate(&root).and_then(|files| write(&root, files)),
        ["--check"] => generate(&root).and_then(|files| check(&root, files)),
        _ => Err("usage: header [--check]".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The header and the list of its functions, checked.
fn generate(root: &Path) -> Result<[(&'static str, String); 2], String> {
    let header = sections::header(root)?;
    let functions = documentation::functions(&header)?;
    sections::declares_all(root, &header)?;
    let symbols = functions.into_iter().collect::<Vec<_>>().join("\n") + "\n";
    Ok([(HEADER, header), (SYMBOLS, symbols)])
}

fn write(root: &Path, files: [(&str, String); 2]) -> Result<(), String> {
    for (path, text) in files {
        let file = root.join(path);
        let folder = file.parent().unwrap_or(root);
        fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        fs::write(&file, text).map_err(|e| format!("{path}: {e}"))?;
    }
    Ok(())
}

fn check(root: &Path, files: [(&str, String); 2]) -> Result<(), String> {
    let mut differences = String::new();
    for (path, wanted) in files {
        let present = fs::read_to_string(root.join(path)).unwrap_or_default();
        let diff = similar::TextDiff::from_lines(&present, &wanted);
        differences += &diff.unified_diff().header(path, "generated from src/capi").to_string();
    }
    match differences.is_empty() {
        true => Ok(()),
        false => Err(format!("{differences}Not current. Run: cargo run -p header")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_files_are_current() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        if let Err(message) = generate(&root).and_then(|files| check(&root, files)) {
            panic!("{message}");
        }
    }
}
