//! A table of header or trailer fields (RFC 9112 section 5), parsed from a complete block.

use super::buffer::{BlockSearch, HeadLimits, LineKind};
use super::error::{Error, Escaped, Kind, error};
use super::grammar::{
    after_text, after_token, is_blank, is_control, is_name, is_text, is_token, trim,
};
use super::leniency::{Leniency, Rule};
use crate::memory::{self, append};
use alloc::vec::Vec;

/// Fields in the order they came, repetitions and case kept.
///
/// Names and values lie in one text, each followed by a NUL, so that they can be handed to C as
/// they are. The table and its memory can be used again.
#[derive(Debug, Default)]
pub struct Fields {
    text: Vec<u8>,
    /// Where the block begins in the text: a response's status line may stand before it.
    block: usize,
    spans: Vec<FieldSpan>,
    /// The block as received, if it has folded lines and somebody wants them.
    folded: Vec<u8>,
    noted: [Places; Noted::COUNT],
}

/// A piece of a text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(super) fn of(piece: &[u8], text: &[u8]) -> Span {
        let start = piece.as_ptr() as usize - text.as_ptr() as usize;
        Span::between(start, start + piece.len())
    }

    pub(super) fn between(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    pub(super) fn get(self, text: &[u8]) -> &[u8] {
        &text[self.start as usize..self.end as usize]
    }

    pub(super) fn end(self) -> usize {
        self.end as usize
    }
}

#[derive(Clone, Copy, Debug)]
struct FieldSpan {
    name: Span,
    value: Span,
    /// The byte that stood where the value's NUL stands now.
    replaced: u8,
}

impl FieldSpan {
    /// Puts a NUL behind the name (over the colon) and the value (over what stood there).
    fn terminate(&mut self, text: &mut [u8]) {
        text[self.name.end()] = 0;
        self.replaced = core::mem::replace(&mut text[self.value.end()], 0);
    }
}

/// One field. The text has a NUL right behind the name and right behind the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// As received, case kept.
    pub name: &'a [u8],
    /// Without the white space around it; obsolete line folding is replaced by blanks (but see
    /// [`Fields::make_raw`]).
    pub value: &'a [u8],
}

/// The fields whose places are noted while a block is read, since every response is asked for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// `Connection`.
    Connection,
    /// `Content-Length`.
    ContentLength,
    /// `Transfer-Encoding`.
    TransferEncoding,
}

impl Noted {
    /// How many there are.
    const COUNT: usize = Noted::TransferEncoding as usize + 1;

    const fn name(self) -> &'static [u8] {
        match self {
            Noted::Connection => b"Connection",
            Noted::ContentLength => b"Content-Length",
            Noted::TransferEncoding => b"Transfer-Encoding",
        }
    }

    fn of(name: &[u8]) -> Option<Noted> {
        // Their lengths differ, and few other names have one of them.
        let noted = match name.len() {
            10 => Noted::Connection,
            14 => Noted::ContentLength,
            17 => Noted::TransferEncoding,
            _ => return None,
        };
        is_name(name, noted.name()).then_some(noted)
    }
}

/// Where fields of one name stand.
#[derive(Clone, Copy, Debug, Default)]
struct Places {
    first: u32,
    count: u32,
}

impl Fields {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The field at `index`.
    pub fn get(&self, index: usize) -> Option<Field<'_>> {
        self.spans.get(index).map(|span| self.field(span))
    }

    /// All fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        self.spans.iter().map(|span| self.field(span))
    }

    /// The values of every field of that name, any case, in order.
    pub fn values<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.iter().filter(move |f| f.name.eq_ignore_ascii_case(name)).map(|f| f.value)
    }

    /// The elements of a comma-separated list (RFC 9110 section 5.6.1) over all fields of that name;
    /// empty elements are left out.
    pub fn list<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        elements(self.values(name))
    }

    /// Whether there is a field of a name that is noted.
    pub fn has(&self, noted: Noted) -> bool {
        self.noted[noted as usize].count > 0
    }

    /// The values of every field of a name that is noted, in order.
    pub fn noted(&self, noted: Noted) -> impl Iterator<Item = &[u8]> {
        let places = self.noted[noted as usize];
        let from = self.spans.get(places.first as usize..).unwrap_or_default();
        let same = move |field: &Field<'_>| is_name(field.name, noted.name());
        let fields = from.iter().map(|span| self.field(span)).filter(same);
        fields.map(|field| field.value).take(places.count as usize)
    }

    fn field(&self, span: &FieldSpan) -> Field<'_> {
        Field { name: span.name.get(&self.text), value: span.value.get(&self.text) }
    }

    /// Adds a field, unchecked.
    pub fn push(&mut self, name: &[u8], value: &[u8]) -> Result<(), Error> {
        let line = [name, b": ", value, b"\r\n"];
        let len: usize = line.iter().map(|part| part.len()).sum();
        if self.text.len().checked_add(len).is_none_or(|end| end > u32::MAX as usize) {
            return Err(error!(Kind::HeadTooLarge, "the header block is over 4 GiB"));
        }
        self.text.try_reserve(len)?;
        let start = self.text.len();
        let end = start + name.len();
        let value = Span::between(end + 2, end + 2 + value.len());
        self.add(name, Span::between(start, end), value)?;
        line.iter().try_for_each(|part| append(&mut self.text, part))?;
        self.spans.last_mut().into_iter().for_each(|span| span.terminate(&mut self.text));
        Ok(())
    }

    /// A copy.
    ///
    /// # Errors
    /// `Kind::NoMemory`
    pub fn copy(&self) -> Result<Fields, Error> {
        Ok(Fields {
            text: memory::copy(&self.text)?,
            block: self.block,
            spans: memory::copy(&self.spans)?,
            folded: memory::copy(&self.folded)?,
            noted: self.noted,
        })
    }

    /// Forgets all fields; the memory stays.
    pub fn clear(&mut self) {
        self.text.clear();
        self.block = 0;
        self.spans.clear();
        self.folded.clear();
        self.noted = Default::default();
    }

    /// How much memory the texts hold.
    pub fn capacity(&self) -> usize {
        self.text.capacity() + self.folded.capacity()
    }

    /// Reads the block at the front of `data`, within the limits, and returns how many bytes it took.
    /// On an error the table is empty; data that end before their empty line are `IncompleteRead`.
    pub fn parse_front(
        &mut self,
        data: &[u8],
        limits: &HeadLimits,
        leniency: &mut Leniency,
    ) -> Result<usize, Error> {
        self.clear();
        let end = BlockSearch::default().run(data, limits, LineKind::Header)?;
        if end.unwrap_or(data.len()) > limits.bytes {
            return Err(error!(Kind::HeadTooLarge, "the header block exceeds its byte limit"));
        }
        let Some(len) = end else {
            return Err(error!(
                Kind::IncompleteRead,
                "the header block does not end with an empty line"
            )
            .with_counts(data.len() as u64, None));
        };
        self.parse(&data[..len], 0, leniency)?;
        Ok(len)
    }

    /// Reads the block that begins at `block` in `data` in one pass and returns where it ends. `None`: it is
    /// not complete, or there is something about it that has to be looked at line by line.
    pub(super) fn read_plain(
        &mut self,
        data: &[u8],
        block: usize,
        limits: &HeadLimits,
    ) -> Option<usize> {
        self.clear();
        let data = &data[..data.len().min(limits.bytes).min(u32::MAX as usize)];
        let end = self.find_plain(data, block, limits);
        let stored = end.and_then(|end| {
            append(&mut self.text, &data[..end]).ok()?;
            self.block = block;
            self.terminate();
            Some(end)
        });
        if stored.is_none() {
            self.clear();
        }
        stored
    }

    /// Finds the fields of such a block, and its end.
    fn find_plain(&mut self, data: &[u8], block: usize, limits: &HeadLimits) -> Option<usize> {
        let mut rest = data.get(block..)?;
        while self.spans.len() < limits.lines {
            if let Some(behind) = after_line_end(rest) {
                return Some(data.len() - behind.len());
            }
            let (name, value, behind) = plain_field(rest)?;
            if rest.len() - behind.len() > limits.line {
                return None;
            }
            self.add(name, Span::of(name, data), Span::of(value, data)).ok()?;
            rest = behind;
        }
        None
    }

    /// Adds a field that has this name, and notes where it is.
    #[inline]
    fn add(&mut self, text: &[u8], name: Span, value: Span) -> Result<(), Error> {
        if self.spans.len() == self.spans.capacity() {
            self.spans.try_reserve(1)?;
        }
        if let Some(noted) = Noted::of(text) {
            let places = &mut self.noted[noted as usize];
            if places.count == 0 {
                places.first = self.spans.len() as u32;
            }
            places.count += 1;
        }
        // Measured: 20 instructions of each field less than by `memory::push`.
        #[cfg_attr(not(test), expect(clippy::disallowed_methods, reason = "there is room"))]
        self.spans.push(FieldSpan { name, value, replaced: 0 });
        Ok(())
    }

    /// Reads the block that begins at `block` in `data` and ends with its empty line, where `data` ends. On an
    /// error the table is empty.
    pub(super) fn parse(
        &mut self,
        data: &[u8],
        block: usize,
        leniency: &mut Leniency,
    ) -> Result<(), Error> {
        if self.read_plain(data, block, &HeadLimits::NONE) == Some(data.len()) {
            return Ok(());
        }
        self.clear();
        let mut text = core::mem::take(&mut self.text);
        append(&mut text, data)?;
        self.parse_text(&mut text, block, leniency)
    }

    /// The same for a block in memory of its own, which becomes the table's. After an error it is the caller's, and
    /// can be tried once more where there was no memory.
    pub(super) fn parse_text(
        &mut self,
        text: &mut Vec<u8>,
        block: usize,
        leniency: &mut Leniency,
    ) -> Result<(), Error> {
        self.clear();
        if text.len() > u32::MAX as usize {
            return Err(error!(Kind::HeadTooLarge, "the header block is over 4 GiB"));
        }
        self.block = block;
        let parsed = self.tidy(text, leniency).and_then(|()| self.index(text, leniency));
        match parsed {
            Ok(()) => {
                self.text = core::mem::take(text);
                self.terminate();
            }
            Err(_) => self.clear(),
        }
        parsed
    }

    /// Makes a line of each field, and keeps the block as it was received where somebody wants that.
    fn tidy(&mut self, text: &mut [u8], leniency: &mut Leniency) -> Result<(), Error> {
        let block = self.block;
        if leniency.has(Rule::RawValues) && has_fold(&text[block..]) {
            append(&mut self.folded, text)?;
        }
        // All memory is there before the text is changed, which may be looked at once more.
        self.spans.try_reserve(memchr::memchr_iter(b'\n', &text[block..]).count())?;
        unfold(&mut text[block..]);
        if leniency.has(Rule::BareCr) && blank_bare_crs(&mut text[block..]) {
            leniency.allows(Rule::BareCr);
            blank_bare_crs(self.folded.get_mut(block..).unwrap_or_default());
        }
        Ok(())
    }

    /// Finds the fields of an unfolded text line by line, with what may pass although it breaks the rules.
    fn index(&mut self, text: &[u8], leniency: &mut Leniency) -> Result<(), Error> {
        let mut start = self.block;
        for line in text[start..].split_inclusive(|&b| b == b'\n') {
            let content = without_line_end(line);
            if content.is_empty() {
                break;
            }
            if let Some(name_len) = field_name_len(content, leniency)? {
                let name = Span::between(start, start + name_len);
                let value = match trim(&content[name_len + 1..]) {
                    b"" => Span::between(name.end() + 1, name.end() + 1),
                    value => Span::of(value, text),
                };
                self.add(&content[..name_len], name, value)?;
            }
            start += line.len();
        }
        Ok(())
    }

    /// Gives values as http.client does from now on: with the line breaks of folding in them and the
    /// blanks behind them. Whatever is evaluated has to be evaluated before.
    pub fn make_raw(&mut self, leniency: &mut Leniency) {
        let mut differs = false;
        if !self.folded.is_empty() {
            self.text[self.block..].copy_from_slice(&self.folded[self.block..]);
        }
        for span in &mut self.spans {
            if self.folded.is_empty() {
                self.text[span.value.end()] = span.replaced;
            }
            self.text[span.name.end()] = 0;
            let value = raw_value(&self.text, span.name.end() + 1);
            let broken = memchr::memchr(b'\n', value.get(&self.text)).is_some();
            differs |= broken || value.end - value.start != span.value.end - span.value.start;
            span.value = value;
            span.replaced = core::mem::replace(&mut self.text[value.end()], 0);
        }
        if differs {
            leniency.allows(Rule::RawValues);
        }
    }

    /// Puts a NUL behind each name and each value.
    fn terminate(&mut self) {
        self.spans.iter_mut().for_each(|span| span.terminate(&mut self.text));
    }

    /// What stands before the block.
    pub(super) fn line(&self) -> &[u8] {
        self.text.get(..self.block).unwrap_or_default()
    }

    /// Changes a byte of what stands before the block, and gives the one that stood there.
    pub(super) fn replace_in_line(&mut self, at: usize, byte: u8) -> u8 {
        self.text.get_mut(at).map_or(byte, |there| core::mem::replace(there, byte))
    }

    /// Appends the block as it was received to `out`, and what stands before it, but for folded lines, which
    /// stay unfolded unless values are to be given as they are.
    pub fn write_raw(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        if !self.folded.is_empty() {
            return Ok(append(out, &self.folded)?);
        }
        let base = out.len();
        append(out, &self.text)?;
        for span in &self.spans {
            out[base + span.name.end()] = b':';
            out[base + span.value.end()] = span.replaced;
        }
        Ok(())
    }
}

/// The elements of comma-separated lists (RFC 9110 section 5.6.1); empty ones are left out.
pub fn elements<'a>(values: impl Iterator<Item = &'a [u8]>) -> impl Iterator<Item = &'a [u8]> {
    values
        .flat_map(|value| value.split(|&b| b == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|element| !element.is_empty())
}

/// Replaces each line break that a blank or tab follows by blanks (obs-fold, RFC 9112 section 5.2),
/// so that nothing after this can see a field in two ways. A fold before the first field stays, for the
/// parser to refuse.
fn unfold(block: &mut [u8]) {
    let mut from = 0;
    while let Some(found) = memchr::memchr(b'\n', &block[from..]) {
        let lf = from + found;
        from = lf + 1;
        if matches!(block.get(from), Some(b' ' | b'\t')) {
            block[lf] = b' ';
            if lf > 0 && block[lf - 1] == b'\r' {
                block[lf - 1] = b' ';
            }
        }
    }
}

/// Whether a line break is followed by a blank or tab.
fn has_fold(block: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', block).any(|lf| block.get(lf + 1).copied().is_some_and(is_blank))
}

/// Makes each CR within a value a blank that no LF follows (RFC 9112 section 2.2). Whether there was one.
fn blank_bare_crs(block: &mut [u8]) -> bool {
    let mut found = false;
    for line in block.split_inclusive_mut(|&b| b == b'\n') {
        let content = without_line_end(line).len();
        // What is folded is of a value, too.
        let value = match line.first() {
            Some(b' ' | b'\t') => 0,
            _ => memchr::memchr(b':', &line[..content]).unwrap_or(content),
        };
        for byte in line[value..content].iter_mut().filter(|byte| **byte == b'\r') {
            *byte = b' ';
            found = true;
        }
    }
    found
}

/// The value that starts at `from` in a block, up to the end of its last line: only the blanks in front
/// of it are not its own.
fn raw_value(block: &[u8], from: usize) -> Span {
    let blanks = block[from..].iter().position(|&b| !is_blank(b)).unwrap_or(0);
    let start = from + blanks;
    let mut end = start;
    for line in block[start..].split_inclusive(|&b| b == b'\n') {
        end += line.len();
        if !block.get(end).copied().is_some_and(is_blank) {
            return Span::between(start, end - (line.len() - without_line_end(line).len()));
        }
    }
    Span::between(start, start)
}

/// The field at the front of `data`: its name, its value, and what stands behind its line. `None`: there is
/// no complete line, or not one that follows every rule.
#[inline]
fn plain_field(data: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let behind_name = after_token(data);
    let (name, _) = data.split_at(data.len() - behind_name.len());
    let behind_colon = behind_name.strip_prefix(b":")?;
    let mut value = behind_colon;
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    let behind_value = after_text(value);
    (value, _) = value.split_at(value.len() - behind_value.len());
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    if value.is_empty() {
        // Right behind the colon, where its NUL does no harm.
        (value, _) = behind_colon.split_at(0);
    }
    let behind = after_line_end(behind_value)?;
    if name.is_empty() { None } else { Some((name, value, behind)) }
}

/// What stands behind the CRLF or LF at the front.
fn after_line_end(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'\r', b'\n', behind @ ..] | [b'\n', behind @ ..] => Some(behind),
        _ => None,
    }
}

/// The length of the name of a field's line, or `None` for a line that is left out.
fn field_name_len(line: &[u8], leniency: &mut Leniency) -> Result<Option<usize>, Error> {
    let skip = |leniency: &mut Leniency, rule| {
        if leniency.allows(rule) { Ok(None) } else { Err(malformed(line, "name")) }
    };
    let colon = memchr::memchr(b':', line);
    let stray = line.iter().position(|b| matches!(b, b'\r' | 0));
    match (line, colon) {
        _ if stray.is_some() && stray > colon => Err(malformed(line, "value")),
        _ if stray.is_some() => Err(malformed(line, "name")),
        // Unfolded, no line but the first can begin with a blank.
        ([first, ..], _) if is_blank(*first) => skip(leniency, Rule::LeadingFold),
        ([b'F', b'r', b'o', b'm', b' ', ..], _) => skip(leniency, Rule::FromLine),
        (_, Some(0)) => skip(leniency, Rule::NamelessField),
        (_, Some(colon)) => {
            let (name, value) = line.split_at(colon);
            let good = name.iter().copied().all(is_token)
                || name.iter().all(u8::is_ascii_graphic) && leniency.allows(Rule::FieldName);
            if !good {
                return Err(malformed(line, "name"));
            }
            let fine =
                |byte| is_text(byte) || is_control(byte) && leniency.allows(Rule::ControlBytes);
            if value.iter().copied().all(fine) {
                Ok(Some(colon))
            } else {
                Err(malformed(line, "value"))
            }
        }
        (_, None) => Err(malformed(line, "name")),
    }
}

/// The error for a line whose `part` is at fault.
fn malformed(line: &[u8], part: &str) -> Error {
    let shown = Escaped(line);
    Error::format(
        Kind::BadHeader,
        format_args!("malformed header line {shown}: invalid header {part}"),
    )
    .with_line(line)
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn fields_that_were_added_are_there_as_they_were_given() {
        let mut fields = Fields::default();
        for (name, value) in [(&b"A"[..], &b" b "[..]), (b"Empty", b""), (b"A", b"c")] {
            fields.push(name, value).unwrap();
        }
        let list: Vec<_> = fields.iter().map(|field| (field.name, field.value)).collect();
        assert_eq!(list, [(&b"A"[..], &b" b "[..]), (b"Empty", b""), (b"A", b"c")]);
        let mut raw = Vec::new();
        fields.write_raw(&mut raw).unwrap();
        assert_eq!(raw, b"A:  b \r\nEmpty: \r\nA: c\r\n");
        assert_eq!(fields.text.iter().filter(|&&byte| byte == 0).count(), 6);
    }

    type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

    fn parse(block: &[u8]) -> Result<Pairs, Error> {
        let mut fields = Fields::default();
        fields.parse(block, 0, &mut Leniency::default())?;
        Ok(fields.iter().map(|f| (f.name.to_vec(), f.value.to_vec())).collect())
    }

    #[test]
    fn order_case_and_repetitions_are_kept() {
        let fields = parse(b"B: 1\r\na:2\r\nB:\t3 \r\nEmpty:\r\nBlank:  \r\n\r\n").unwrap();
        let expected: Vec<(&[u8], &[u8])> =
            vec![(b"B", b"1"), (b"a", b"2"), (b"B", b"3"), (b"Empty", b""), (b"Blank", b"")];
        let fields: Vec<_> = fields.iter().map(|(n, v)| (&n[..], &v[..])).collect();
        assert_eq!(fields, expected);
    }

    #[test]
    fn every_name_and_value_is_followed_by_nul() {
        let mut fields = Fields::default();
        fields.parse(b"A: b\r\nC:\nD:  \r\nEe: ff \n\r\n", 0, &mut Leniency::default()).unwrap();
        for span in &fields.spans {
            assert_eq!(fields.text[span.name.end()], 0);
            assert_eq!(fields.text[span.value.end()], 0);
        }
    }

    #[test]
    fn the_raw_block_can_be_had_back() {
        let block = b"A: b\r\nC:\nD:  \r\nEe: ff \n\r\n";
        let mut fields = Fields::default();
        fields.parse(block, 0, &mut Leniency::default()).unwrap();
        let mut raw = Vec::new();
        fields.write_raw(&mut raw).unwrap();
        assert_eq!(raw, block);
    }

    #[test]
    fn folds_become_blanks_before_anything_is_evaluated() {
        let fields = parse(b"T: a\r\n b\r\n\t \r\nC: d\n e\r\n\r\n").unwrap();
        assert_eq!(fields[0].1, b"a   b");
        assert_eq!(fields[1].1, b"d  e");
    }

    #[test]
    fn what_is_no_field_is_refused_with_its_line() {
        for bad in [
            &b" A: b\r\n\r\n"[..],
            b"A : b\r\n\r\n",
            b": b\r\n\r\n",
            b"no colon\r\n\r\n",
            b"A: b\rC: d\r\n\r\n",
            b"A: \0\r\n\r\n",
            b"A\xe9: b\r\n\r\n",
            b"A: \x1b\r\n\r\n",
        ] {
            let mut block = b"Good: yes\r\n".to_vec();
            if bad[0] != b' ' {
                block.extend_from_slice(bad);
            } else {
                block = bad.to_vec();
            }
            let error = parse(&block).unwrap_err();
            assert_eq!(error.kind(), Kind::BadHeader, "{bad:?}");
            let line = &bad[..bad.len() - 4];
            assert_eq!(error.line(), line);
        }
    }

    #[test]
    fn the_byte_limit_of_a_block_is_exact() {
        let block = b"A: b\r\n\r\nrest";
        let within = |bytes| {
            let limits = HeadLimits { bytes, ..HeadLimits::DEFAULT };
            Fields::default()
                .parse_front(block, &limits, &mut Leniency::default())
                .map_err(|error| error.kind())
        };
        assert_eq!(within(8), Ok(8));
        assert_eq!(within(7), Err(Kind::HeadTooLarge));
    }

    #[test]
    fn more_fields_than_fit_on_the_stack() {
        let mut block = Vec::new();
        for n in 0..1000 {
            block.extend_from_slice(alloc::format!("X-{n}: {n}\r\n").as_bytes());
        }
        block.extend_from_slice(b"\r\n");
        let fields = parse(&block).unwrap();
        assert_eq!(fields.len(), 1000);
        assert_eq!(fields[999].1, b"999");
    }
}
