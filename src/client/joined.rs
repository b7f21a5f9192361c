//! The values of a repeated field as one text.

use crate::engine::error::Error;
use crate::engine::fields::Fields;
use crate::memory::{append, push};
use alloc::vec::Vec;

/// The joined values that were asked for, kept for as long as their fields.
#[derive(Default)]
pub struct Joined(Vec<Repeated>);

struct Repeated {
    /// Index of the first field of that name.
    first: usize,
    /// The values joined by `, `, and a NUL.
    text: Vec<u8>,
}

impl Joined {
    /// How many values there is room for.
    pub fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// All values of the fields of that name, any case, joined by `, `; a NUL stands behind it.
    /// `None` if there is no such field.
    pub fn get<'a>(
        &'a mut self,
        fields: &'a Fields,
        name: &[u8],
    ) -> Result<Option<&'a [u8]>, Error> {
        let mut same = fields.iter().enumerate().filter(|(_, f)| f.name.eq_ignore_ascii_case(name));
        let Some((first, field)) = same.next() else { return Ok(None) };
        if same.next().is_none() {
            return Ok(Some(field.value));
        }
        let known = self.0.iter().position(|retried| retried.first == first);
        let index = match known {
            Some(index) => index,
            None => {
                let text = join(fields, name)?;
                push(&mut self.0, Repeated { first, text })?;
                self.0.len() - 1
            }
        };
        let text = &self.0[index].text;
        Ok(Some(&text[..text.len() - 1]))
    }
}

fn join(fields: &Fields, name: &[u8]) -> Result<Vec<u8>, Error> {
    let mut text = Vec::new();
    for (index, value) in fields.values(name).enumerate() {
        if index > 0 {
            append(&mut text, b", ")?;
        }
        append(&mut text, value)?;
    }
    push(&mut text, 0)?;
    Ok(text)
}
