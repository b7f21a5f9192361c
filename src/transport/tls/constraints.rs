//! Names that an authority is restricted to (the extension nameConstraints, RFC 5280, section 4.2.1.10) of kinds that
//! webpki does not compare: it refuses every certificate with a name of such a kind, whether it would fit or not.

use super::der::{self, Fields};
use super::shown::{Member, Shown, Whose};

const NAME_CONSTRAINTS: &[u8] = &[0x55, 29, 30];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 29, 17];

/// The authority among those shown or the roots that is restricted to names of a kind that is not supported, where
/// there is a name of this kind below it; and the kind.
pub(super) fn unsupported(shown: Shown<'_>) -> Option<(Whose<'_>, &'static str)> {
    // Once for all: who sends many certificates with many names must not cost the product of both.
    let used = shown.members().fold(1 << DIRECTORY, |used, member| used | kinds_of(&member.fields));
    let sent = shown.members().filter_map(|Member { whose, fields }| {
        Some((whose, der::content(fields.extension(NAME_CONSTRAINTS)?)?))
    });
    let roots = shown.roots().filter_map(|root| {
        Some((Whose::Root(root.subject.as_ref()), root.name_constraints.as_ref()?.as_ref()))
    });
    sent.chain(roots).find_map(|(whose, constraints)| {
        let kind = restricted(constraints).find(|kind| used & 1 << kind != 0)?;
        Some((whose, name_of(kind)?))
    })
}

/// The kinds of names that are permitted or excluded and that are not supported.
fn restricted(constraints: &[u8]) -> impl Iterator<Item = u8> {
    let subtrees = der::elements(constraints).flat_map(|list| der::elements(list.content));
    let bases = subtrees.filter_map(|subtree| der::elements(subtree.content).next());
    bases.map(|base| base.tag() & 0x1f).filter(|kind| name_of(*kind).is_some())
}

/// The kinds of names in a certificate's subjectAltName, a bit for each. All certificates have a subject, which is a
/// directory's.
fn kinds_of(fields: &Fields<'_>) -> u32 {
    let names = fields.extension(SUBJECT_ALT_NAME).and_then(der::content).unwrap_or_default();
    der::elements(names).fold(0, |kinds, name| kinds | 1 << (name.tag() & 0x1f))
}

const DIRECTORY: u8 = 4;

/// A kind of names that is not supported.
fn name_of(kind: u8) -> Option<&'static str> {
    Some(match kind {
        0 => "otherName",
        1 => "e-mail address",
        3 => "X.400 address",
        DIRECTORY => "directoryName",
        5 => "EDI party name",
        6 => "URI",
        8 => "registered ID",
        _ => return None,
    })
}
