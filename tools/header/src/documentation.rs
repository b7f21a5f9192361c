//! The header's comments: their form, and the rules they keep.

use std::collections::BTreeSet;

/// A comment without borders: for the introduction of the whole.
pub fn comment(text: &str) -> String {
    format!("/*\n{} */\n", prefixed(text))
}

/// A section's comment: ruled, its first line the title.
pub fn banner(text: &str) -> String {
    let rule = "=".repeat(96);
    let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
    let title = title.trim_end_matches('.').to_uppercase();
    format!("/* {rule}\n * {title}\n{} * {rule} */\n", prefixed(rest))
}

fn prefixed(text: &str) -> String {
    text.lines().map(|line| format!(" * {line}").trim_end().to_owned() + "\n").collect()
}

/// Turns what is written for rustdoc too into plain text: fenced examples are indented instead.
/// Refuses what a C reader could not read, or a C compiler would take for the end of a comment.
pub fn introduction(text: &str) -> Result<String, String> {
    plain(text, |line| Some(("", line)))
}

/// The same within the comments of C source.
pub fn comments(source: &str) -> Result<String, String> {
    plain(source, |line| {
        let star = line.find(|c| c != ' ').filter(|&at| line[at..].starts_with('*'))? + 1;
        let words = line[star..].strip_prefix(' ').unwrap_or(&line[star..]);
        (words != "/").then_some((&line[..star], words))
    })
}

/// `documented` splits a line of documentation into its border and its words.
fn plain(text: &str, documented: fn(&str) -> Option<(&str, &str)>) -> Result<String, String> {
    let mut plain = String::new();
    let mut fenced = false;
    for line in text.lines() {
        match documented(line) {
            Some((_, words)) if words.starts_with("```") => {
                fenced = !fenced;
                continue;
            }
            Some((border, words)) => {
                if let Some(what) = unreadable(words, fenced) {
                    return Err(format!("{what} in the documentation: {words}"));
                }
                let space = if border.is_empty() { "" } else { " " };
                let indent = if fenced { "    " } else { "" };
                plain += format!("{border}{space}{indent}{words}").trim_end();
            }
            None => plain += line,
        }
        plain.push('\n');
    }
    if fenced { Err("an example is not closed by ```".into()) } else { Ok(plain) }
}

const RUST_ROOTS: [&str; 6] = ["crate::", "super::", "core::", "alloc::", "std::", "Kind::"];

/// What makes a line of documentation unfit for the header.
fn unreadable(words: &str, fenced: bool) -> Option<&'static str> {
    match words {
        _ if words.contains("/*") || words.contains("*/") => Some("the border of a comment"),
        _ if fenced => None,
        _ if words.starts_with("# ") => Some("a heading"),
        _ if words.contains("[`") || words.contains("](") => Some("a link"),
        _ if RUST_ROOTS.iter().any(|root| words.contains(root)) => Some("a Rust path"),
        _ => None,
    }
}

/// The widest line of the header.
const WIDTH: usize = 112;

/// Puts a comment of one line on one line, behind a constant, an enumerator or a member where there is room, and
/// such constants below each other. "Family: ..." at the beginning of a constant's comment is one for it and those
/// that follow.
pub fn compact(text: &str) -> String {
    let mut compact: Vec<String> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim() != "/**" {
            compact.push(line.to_owned());
            continue;
        }
        let indent = &line[..line.len() - "/**".len()];
        let mut words: Vec<&str> = Vec::new();
        for line in lines.by_ref().take_while(|line| line.trim() != "*/") {
            words.push(line.trim().trim_start_matches('*').trim_start());
        }
        let family =
            words.first().and_then(|first| first.strip_prefix("Family: ")).map(str::to_owned);
        if family.is_some() {
            words.drain(..words.len().min(2));
        }
        let item = lines.peek().copied().unwrap_or_default();
        let constant = item.starts_with("#define ");
        match family {
            Some(family) => compact.push(format!("/* {family} */")),
            None if constant => join_constants(&mut compact),
            None => {}
        }
        match &words[..] {
            [words] if constant || item.ends_with(',') || is_member(item) => {
                let behind = format!("{item} /**< {words} */");
                if behind.len() <= WIDTH {
                    compact.push(behind);
                    lines.next();
                } else {
                    compact.push(format!("{indent}/** {words} */"));
                }
            }
            [words] => compact.push(format!("{indent}/** {words} */")),
            words => {
                compact.push(format!("{indent}/**"));
                compact.extend(
                    words.iter().map(|words| format!("{indent} * {words}").trim_end().to_owned()),
                );
                compact.push(format!("{indent} */"));
            }
        }
    }
    compact.join("\n").trim_start().to_owned() + "\n"
}

/// Whether a line is a whole member of a struct.
fn is_member(line: &str) -> bool {
    line.starts_with("    ") && line.ends_with(';')
}

/// Takes the empty line away behind a constant, before another.
fn join_constants(lines: &mut Vec<String>) {
    if let [.., above, blank] = &lines[..] {
        if blank.is_empty() && above.starts_with("#define") {
            lines.pop();
        }
    }
}

/// The functions that the header declares. Fails, naming all offenders, if one is declared twice, or
/// has no documentation or none that keeps the rules.
pub fn functions(header: &str) -> Result<BTreeSet<String>, String> {
    let mut functions = BTreeSet::new();
    let mut faults = Vec::new();
    let mut rest = header;
    while let Some((before, declaration, after)) = next_function(rest) {
        let name = declaration.split_once('(').map_or(declaration, |(head, _)| head);
        let name = name.rsplit([' ', '*']).next().unwrap_or(name).to_owned();
        let documentation = match before.trim_end().strip_suffix("*/") {
            Some(text) => text.rsplit_once("/*").map_or("", |(_, comment)| comment),
            None => "",
        };
        if let Some(fault) = fault(documentation, declaration) {
            faults.push(format!("{name}: {fault}"));
        }
        if functions.contains(&name) {
            faults.push(format!("{name}: declared twice"));
        }
        functions.insert(name);
        rest = after;
    }
    match faults.is_empty() {
        true => Ok(functions),
        false => Err(faults.join("\n")),
    }
}

/// The text before the next declaration of a function, the declaration, and the text after it.
fn next_function(text: &str) -> Option<(&str, &str, &str)> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if begins_function(line) {
            let end = start + text[start..].find(';')?;
            return Some((&text[..start], &text[start..end], &text[end..]));
        }
        start += line.len();
    }
    None
}

/// Whether a declaration of a function begins on this line.
pub fn begins_function(line: &str) -> bool {
    let head = line.split_once('(').map_or("", |(head, _)| head);
    let name = head.rsplit([' ', '*']).next().unwrap_or("");
    let outermost = line.starts_with(|c: char| c.is_ascii_alphabetic());
    outermost && name.starts_with("hc_") && !line.starts_with("typedef ")
}

/// What is wrong with a function's documentation. What the header's conventions say of all functions need not be
/// repeated: that it is there since 0.1, and what everything that takes a handle can return.
fn fault(documentation: &str, declaration: &str) -> Option<&'static str> {
    let lines =
        || documentation.lines().map(|line| line.trim_start().trim_start_matches('*').trim());
    let malformed = |line: &str| {
        let version = line.strip_prefix("Since ").map(|rest| rest.strip_suffix('.').unwrap_or(""));
        version.is_some_and(|v| !v.split('.').all(|part| part.parse::<u32>().is_ok()))
    };
    if documentation.is_empty() {
        Some("no documentation comment")
    } else if lines().any(malformed) {
        Some("its line \"Since\" has no version behind it: \"Since 0.2.\"")
    } else if declaration.starts_with("hc_error ")
        && !takes_handle(declaration)
        && !names_errors(lines())
    {
        Some("it returns hc_error, but no paragraph \"Errors: HC_ERR_...\" says which")
    } else {
        None
    }
}

/// Whether the first parameter is a handle.
fn takes_handle(declaration: &str) -> bool {
    const HANDLES: [&str; 7] =
        ["conn", "response", "headers", "stream", "tls_builder", "tls_config", "cancel_handle"];
    let parameter = declaration.split_once('(').map_or("", |(_, parameters)| parameters);
    let parameter = parameter.trim_start().trim_start_matches("const ");
    HANDLES.iter().any(|name| {
        parameter
            .strip_prefix("hc_")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with(" *"))
    })
}

/// Whether a paragraph begins "Errors:" and names a code.
fn names_errors<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let mut paragraph =
        lines.skip_while(|line| !line.starts_with("Errors:")).take_while(|l| !l.is_empty());
    paragraph.any(|line| line.contains("HC_ERR_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_in_every_form() {
        let header = "\
/** Text. */
typedef int32_t (*hc_fn)(void *ctx);
/** Text. */
const char *hc_a(void);
/**
 * Errors: HC_ERR_BUSY.
 *
 * Since 0.12.3.
 */
hc_error hc_b(int a,
              int b);
/** What all can return. */
hc_error hc_c(hc_conn *conn);
";
        assert_eq!(functions(header).unwrap(), ["hc_a", "hc_b", "hc_c"].map(String::from).into());
    }

    #[test]
    fn missing_documentation_is_named() {
        let faults = functions(
            "void hc_a(void);\n/** x */\nhc_error hc_b(void);\n/**\n * Since then.\n */\nint hc_c(int a);\n",
        );
        assert_eq!(
            faults.unwrap_err(),
            "hc_a: no documentation comment\n\
             hc_b: it returns hc_error, but no paragraph \"Errors: HC_ERR_...\" says which\n\
             hc_c: its line \"Since\" has no version behind it: \"Since 0.2.\""
        );
    }

    #[test]
    fn examples_are_indented_and_links_refused() {
        let text = "/**\n * Text.\n * ```c\n * int a;\n *\n *   b();\n * ```\n */\n";
        assert_eq!(
            comments(text).unwrap(),
            "/**\n * Text.\n *     int a;\n *\n *       b();\n */\n"
        );
        assert_eq!(introduction("a\n```c\nint a;\n```\nb\n").unwrap(), "a\n    int a;\nb\n");
        let field =
            "struct hc_x {\n    /**\n     * ```c\n     * a;\n     * ```\n     */\n    int *a;\n";
        let shown = "struct hc_x {\n    /**\n     *     a;\n     */\n    int *a;\n";
        assert_eq!(comments(field).unwrap(), shown);
        for bad in ["see [`Kind`]", "# Safety", "```c", "see core::ffi", "a /* b"] {
            assert!(introduction(bad).is_err(), "{bad}");
            assert!(comments(&format!("/**\n * {bad}\n */\n")).is_err(), "{bad}");
        }
    }

    #[test]
    fn short_comments_take_one_line_and_families_one_comment() {
        let text = "/**\n * One.\n */\n#define A 1\n\n/**\n * Two.\n */\n#define B 2\n\n/**\n * a\n * b\n */\n";
        assert_eq!(
            compact(text),
            "#define A 1 /**< One. */\n#define B 2 /**< Two. */\n\n/**\n * a\n * b\n */\n"
        );
        let text = "/**\n * Family: Bits.\n *\n * One.\n */\n#define A 1\n\n/**\n * a\n * b\n */\n#define B 2\n";
        assert_eq!(
            compact(text),
            "/* Bits. */\n#define A 1 /**< One. */\n/**\n * a\n * b\n */\n#define B 2\n"
        );
    }
}
