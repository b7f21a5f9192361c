//! Rules that a caller may loosen, one by one, where an old server or client needs it, and the record
//! of those that were needed.
//!
//! None lets one message be taken for another: where that hangs on the connection being used again, it
//! is not used again.

/// A rule that can be loosened. The bits are those of the C layer, where each is documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Rule {
    // Heads of responses.
    /// A head has its empty line.
    TruncatedHead = 1 << 0,
    /// A status is three digits.
    StatusCode = 1 << 1,
    /// A version is `HTTP/1.` and one digit.
    Version = 1 << 2,
    /// A 101 answers an Upgrade.
    UnrequestedSwitch = 1 << 3,
    /// A field has a name.
    NamelessField = 1 << 4,
    /// A field's name is a token.
    FieldName = 1 << 5,
    /// A line `From ...` is no field.
    FromLine = 1 << 6,
    /// The first field does not begin with a blank.
    LeadingFold = 1 << 7,
    /// Values and reasons have no control bytes.
    ControlBytes = 1 << 8,
    /// Values are given out unfolded and trimmed.
    RawValues = 1 << 9,

    // Bodies of responses.
    /// A Content-Length is not negative.
    NegativeLength = 1 << 10,
    /// A Content-Length is a number.
    UnreadableLength = 1 << 11,
    /// A Content-Length has only digits.
    IntegerLength = 1 << 12,
    /// A body that is cut short is an error for every read.
    ShortBody = 1 << 13,
    /// A chunked body ends with an empty line.
    LastChunk = 1 << 14,
    /// Trailers are fields, and as few as headers.
    Trailers = 1 << 15,
    /// A TLS session ends with its closing alert.
    TlsTruncation = 1 << 16,

    // Requests.
    /// A method is a token.
    Method = 1 << 17,
    /// The name of a field that is sent is a token.
    SentName = 1 << 18,
    /// A value that is sent has no line breaks.
    SentFold = 1 << 19,
    /// A value that is sent has no control bytes.
    SentControlBytes = 1 << 20,
    /// `Expect: 100-continue` comes with content.
    Expect = 1 << 21,
    /// TRACE has no content.
    TraceContent = 1 << 22,
    /// TE and Upgrade come with their options of Connection, and TE does not name chunked.
    ConnectionOptions = 1 << 23,

    // Checks of what the caller gives, which http.client lets a subclass leave out.
    /// A target has neither blanks nor control bytes, and its fragment is not sent.
    Target = 1 << 24,
    /// Method and target are ASCII.
    Ascii = 1 << 25,

    /// In a field's line a CR stands before LF alone. http.client ends the line there, which is not to be had.
    BareCr = 1 << 26,
    /// CONNECT names a host and a port.
    ConnectTarget = 1 << 27,
    /// A request of HTTP/1.1 has a Host field, which is an authority.
    Host = 1 << 28,
}

/// Which rules are loosened, and which of these were needed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leniency {
    allowed: u32,
    used: u32,
}

impl Leniency {
    /// Every rule holds.
    pub const STRICT: Leniency = Leniency { allowed: 0, used: 0 };

    /// All that http.client takes where it cannot take one message for another.
    pub const HTTP_CLIENT: Leniency =
        Leniency::of((Rule::Target as u32 - 1) | Rule::ConnectTarget as u32 | Rule::Host as u32);

    /// Whatever a response or request may need.
    pub const ALL: Leniency = Leniency::of(Leniency::HTTP_CLIENT.allowed | Rule::BareCr as u32);

    /// The checks that http.client lets a subclass leave out.
    pub const CHECKS: Leniency = Leniency::of(Rule::Target as u32 | Rule::Ascii as u32);

    /// Where somebody else may see another end of the response: nothing can follow it.
    const LAST: u32 = Rule::TruncatedHead as u32
        | Rule::StatusCode as u32
        | Rule::LeadingFold as u32
        | Rule::IntegerLength as u32
        | Rule::ShortBody as u32
        | Rule::LastChunk as u32
        | Rule::Trailers as u32
        | Rule::TlsTruncation as u32
        | Rule::BareCr as u32;

    /// The rules with these bits are loosened.
    pub const fn of(bits: u32) -> Leniency {
        Leniency { allowed: bits, used: 0 }
    }

    /// The same rules loosened, with what was needed before.
    pub const fn after(self, before: Leniency) -> Leniency {
        Leniency { used: self.used | before.used, ..self }
    }

    /// The bits of the rules that are loosened.
    pub const fn allowed(self) -> u32 {
        self.allowed
    }

    /// The bits of the rules that were needed.
    pub const fn used(self) -> u32 {
        self.used
    }

    /// Whether a rule is loosened: for where it is not known yet whether that is needed.
    pub const fn has(self, rule: Rule) -> bool {
        self.allowed & rule as u32 != 0
    }

    /// Whether a rule that is broken here is loosened; if it is, that was needed.
    pub fn allows(&mut self, rule: Rule) -> bool {
        self.used |= self.allowed & rule as u32;
        self.has(rule)
    }

    /// Whether a rule was needed.
    pub const fn needed(self, rule: Rule) -> bool {
        self.used & rule as u32 != 0
    }

    /// Whether a rule was needed that lets nothing follow on the connection.
    pub const fn ends_the_connection(self) -> bool {
        self.used & Leniency::LAST != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn use_is_noted_only_where_it_is_allowed() {
        let mut leniency = Leniency::of(Rule::Version as u32);
        assert!(leniency.has(Rule::Version) && !leniency.needed(Rule::Version));
        assert!(!leniency.allows(Rule::StatusCode));
        assert_eq!(leniency.used(), 0);
        assert!(leniency.allows(Rule::Version));
        assert_eq!(leniency.used(), Rule::Version as u32);
        assert!(!leniency.ends_the_connection());
        let mut last = Leniency::HTTP_CLIENT;
        assert!(last.allows(Rule::StatusCode) && last.ends_the_connection());
    }

    #[test]
    fn the_preset_has_every_rule_but_the_checks() {
        assert!(Leniency::HTTP_CLIENT.has(Rule::TruncatedHead));
        assert!(Leniency::HTTP_CLIENT.has(Rule::ConnectionOptions));
        assert_eq!(Leniency::HTTP_CLIENT.allowed() & Leniency::CHECKS.allowed(), 0);
    }
}
