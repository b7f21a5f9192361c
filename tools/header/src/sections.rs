//! The header's text: its sections, in reading order, and what stands around them.

use crate::documentation;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A section of the header: its file in src/capi/api, which begins with its introduction, and the others in
/// src/capi that declare something for it, which come before.
struct Section {
    name: &'static str,
    before: &'static [&'static str],
}

const fn section(name: &'static str) -> Section {
    Section { name, before: &[] }
}

const fn section_with(name: &'static str, before: &'static [&'static str]) -> Section {
    Section { name, before }
}

/// The sections, in reading order.
const TABLE: &[Section] = &[
    section_with("connection", &["objects/opaque"]),
    section_with("request", &["callbacks/body"]),
    section("response"),
    section("response_headers"),
    section_with("error", &["error"]),
    section_with("detail", &["objects/detail"]),
    section("status"),
    section("url"),
    section("settings"),
    section_with("tls", &["callbacks/key_log"]),
    section("tls_session"),
    section("event_loop"),
    section("proxy"),
    section("version"),
    section("stepwise"),
    section("header_block"),
    section("interim"),
    section("timings"),
    section_with("trace", &["callbacks/trace"]),
    section_with("transport", &["callbacks/transport"]),
    section_with("dialer", &["callbacks/dialer"]),
    section_with("resolver", &["callbacks/resolver"]),
    section("standalone"),
    section("stream"),
    section("leniency"),
];

/// The first section that most programs can do without.
const ADVANCED: &str = "stepwise";

/// The line before it.
const ADVANCED_LINE: &str = "
/* ################################################################################################
 *
 * ADVANCED: most programs need nothing of what follows.
 *
 * ################################################################################################ */
";

const LICENCE: &str = "/* SPDX-License-Identifier: MIT OR Apache-2.0 */\n";

const OPENING: &str = "\
#ifndef HTTPCLIENT_H
#define HTTPCLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern \"C\" {
#endif

/** What a call came to: HC_OK, which is 0, or another of the codes under ERRORS. 32 bits in C and in C++. */
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
enum hc_error : int32_t;
#endif
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum hc_error hc_error;
#else
typedef int32_t hc_error;
#endif
#endif
";

/// What cbindgen puts behind the enumeration; the header has it above, so that functions can come first.
const ENUM_CLOSING: &str = "#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum hc_error hc_error;
#else
typedef int32_t hc_error;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus
";

const CLOSING: &str = "
#ifdef __cplusplus
} /* extern \"C\" */
#endif

#endif /* HTTPCLIENT_H */
";

/// What cbindgen puts around the functions of a file; the header has it once, around everything.
const SECTION_OPENING: &str = "#ifdef __cplusplus\nextern \"C\" {\n#endif // __cplusplus\n\n";
const SECTION_CLOSING: &str = "\n#ifdef __cplusplus\n}  // extern \"C\"\n#endif  // __cplusplus\n";

/// The whole header.
pub fn header(root: &Path) -> Result<String, String> {
    all_listed(root)?;
    let introduction = introduction(root, "mod")?;
    let mut text = format!("{LICENCE}\n{}\n{OPENING}", documentation::comment(&introduction));
    for section in TABLE {
        if section.name == ADVANCED {
            text += ADVANCED_LINE;
        }
        text += &section.text(root)?;
    }
    text += CLOSING;
    Ok(text)
}

/// Compares what the sources export with what the header declares, so that nothing is lost on the
/// way.
pub fn declares_all(root: &Path, header: &str) -> Result<(), String> {
    let functions = documentation::functions(header)?;
    for name in TABLE.iter().flat_map(Section::files) {
        let source = source(root, &name)?;
        if let Some(lost) = exported_functions(&source).find(|&f| !functions.contains(f)) {
            return Err(format!(
                "src/capi/{name}.rs: {lost} did not reach the header: its signature has a type \
                 without a C form, or it lacks #[unsafe(no_mangle)]"
            ));
        }
        if let Some(lost) = constants(&source).find(|c| !header.contains(&format!("#define {c} ")))
        {
            return Err(format!(
                "src/capi/{name}.rs: {lost} did not reach the header: its value is no literal number"
            ));
        }
    }
    Ok(())
}

impl Section {
    /// Its files, in reading order.
    fn files(&self) -> impl Iterator<Item = String> {
        let before = self.before.iter().map(|&file| file.to_owned());
        before.chain([format!("api/{}", self.name)])
    }

    /// A banner with the introduction, and the declarations: constants and types of all files, then functions.
    fn text(&self, root: &Path) -> Result<String, String> {
        let introduction = introduction(root, &format!("api/{}", self.name))?;
        let mut text = format!("\n{}\n", documentation::banner(&introduction));
        if self.name == "version" {
            text += &version(root)?;
        }
        let parts = self.files().map(|file| declarations(root, &file));
        let parts = parts.filter(|part| part.as_ref().map_or(true, |part| !part.trim().is_empty()));
        text += &parts.collect::<Result<Vec<_>, _>>()?.join("\n");
        Ok(text)
    }
}

/// Refuses a file of src/capi/api that is no section, and one listed that is not there.
fn all_listed(root: &Path) -> Result<(), String> {
    let entries =
        fs::read_dir(root.join("src/capi/api")).map_err(|e| format!("src/capi/api: {e}"))?;
    let present: BTreeSet<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".rs").map(Into::into))
        .collect();
    let listed = |name: &str| TABLE.iter().any(|section| section.name == name);
    if let Some(name) = present.iter().find(|name| *name != "mod" && !listed(name)) {
        return Err(format!(
            "src/capi/api/{name}.rs is not in TABLE of tools/header/src/sections.rs"
        ));
    }
    let mut files = TABLE.iter().flat_map(Section::files);
    match files.find(|file| !root.join(format!("src/capi/{file}.rs")).is_file()) {
        Some(file) => Err(format!("src/capi/{file}.rs is in TABLE but not there")),
        None => Ok(()),
    }
}

/// The `//!` lines at the top of a file. A line `include: PATH` stands for that file's text.
fn introduction(root: &Path, name: &str) -> Result<String, String> {
    let mut text = String::new();
    for line in source(root, name)?.lines().map_while(|line| line.strip_prefix("//!")) {
        let line = line.strip_prefix(' ').unwrap_or(line);
        match line.strip_prefix("include: ") {
            Some(path) => text += &format!("```c\n{}```\n", read(root, path)?),
            None => text += &format!("{line}\n"),
        }
    }
    match text.is_empty() {
        true => Err(format!("src/capi/{name}.rs: no introduction (//! lines) at its top")),
        false => documentation::introduction(&text).map_err(|e| format!("src/capi/{name}.rs: {e}")),
    }
}

/// cbindgen's output for one file.
fn declarations(root: &Path, name: &str) -> Result<String, String> {
    let mut config = cbindgen::Config {
        language: cbindgen::Language::C,
        cpp_compat: true,
        style: cbindgen::Style::Both,
        no_includes: true,
        usize_is_size_t: true,
        line_length: 100,
        tab_width: 4,
        documentation_style: cbindgen::DocumentationStyle::Doxy,
        ..Default::default()
    };
    config.export.include = types(&source(root, name)?);
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(root.join(format!("src/capi/{name}.rs")))
        .generate()
        .map_err(|e| format!("src/capi/{name}.rs: {e}"))?;
    let mut bytes = Vec::new();
    bindings.write(&mut bytes);
    let text = String::from_utf8(bytes).map_err(|e| format!("src/capi/{name}.rs: {e}"))?;
    only_functions_and_own_types(&text).map_err(|e| format!("src/capi/{name}.rs: {e}"))?;
    let text = text.replace(SECTION_OPENING, "").replace(SECTION_CLOSING, "");
    let text = text.replace(ENUM_CLOSING, "");
    let text = documentation::comments(&text).map_err(|e| format!("src/capi/{name}.rs: {e}"))?;
    Ok(by_typedef(&documentation::compact(&values(&text))))
}

/// Writes bits as unsigned numbers, and puts negative numbers in parentheses.
fn values(text: &str) -> String {
    let line = |line: &str| match line
        .strip_prefix("#define ")
        .and_then(|rest| rest.split_once(' '))
    {
        Some((name, value)) if value.starts_with('-') => format!("#define {name} ({value})\n"),
        Some((name, value)) => format!("#define {name} {}\n", value.replace("(1 << ", "(1u << ")),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// Refuses what cbindgen makes of Rust's own types, and variables.
fn only_functions_and_own_types(text: &str) -> Result<(), String> {
    for line in text.lines() {
        let foreign = line.strip_prefix("typedef struct ").filter(|rest| !rest.starts_with("hc_"));
        if let Some(rest) = foreign {
            return Err(format!("{} has no form in C", identifier(rest)));
        }
        if line.starts_with("extern ") && !line.starts_with("extern \"C\"") {
            return Err(format!("a variable cannot be exported: {line}"));
        }
    }
    Ok(())
}

/// In functions, names a struct by its typedef whichever file it comes from. cbindgen writes
/// `struct` before those of the same file only.
fn by_typedef(text: &str) -> String {
    let mut within = false;
    let mut renamed = String::new();
    for line in text.split_inclusive('\n') {
        within |= documentation::begins_function(line);
        renamed += &if within { line.replace("struct hc_", "hc_") } else { line.to_owned() };
        within &= !line.trim_end().ends_with(';');
    }
    renamed
}

/// The version as constants, from Cargo.toml, so that it is written in one place.
fn version(root: &Path) -> Result<String, String> {
    let manifest = read(root, "Cargo.toml")?;
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .ok_or("Cargo.toml: no version")?;
    let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    let [major, minor, patch] = parts[..] else {
        return Err(format!("Cargo.toml: version {version} is not three numbers"));
    };
    let number = major * 1_000_000 + minor * 1_000 + patch;
    Ok(format!(
        "\
/** This header's version: major. */
#define HC_VERSION_MAJOR {major}
/** This header's version: minor. */
#define HC_VERSION_MINOR {minor}
/** This header's version: patch. */
#define HC_VERSION_PATCH {patch}
/** This header's version as one number: major * 1000000 + minor * 1000 + patch. */
#define HC_VERSION_NUMBER {number}
/** This header's version as text. */
#define HC_VERSION_STRING \"{version}\"

"
    ))
}

/// The types that a file makes public, so that cbindgen writes those too that only other files use.
fn types(source: &str) -> Vec<String> {
    let kinds = ["pub struct ", "pub enum ", "pub union ", "pub type "];
    let after =
        |line: &str| kinds.iter().find_map(|kind| Some(line.strip_prefix(kind)?.to_owned()));
    source.lines().filter_map(after).map(|rest| identifier(&rest).to_owned()).collect()
}

/// The constants that a file makes public.
fn constants(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| Some(identifier(line.strip_prefix("pub const ")?)))
}

/// The functions that a file exports, in whatever form cbindgen may have overlooked.
fn exported_functions(source: &str) -> impl Iterator<Item = &str> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.filter_map(|line| {
        let (before, after) = line.split_once("fn hc_")?;
        let start = line.len() - after.len() - "hc_".len();
        before.contains("extern").then(|| identifier(&line[start..]))
    })
}

/// The identifier that a text begins with.
fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

fn source(root: &Path, name: &str) -> Result<String, String> {
    read(root, &format!("src/capi/{name}.rs"))
}

fn read(root: &Path, path: &str) -> Result<String, String> {
    fs::read_to_string(root.join(path)).map_err(|e| format!("{path}: {e}"))
}
