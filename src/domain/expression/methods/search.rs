//! Finding one text in another in linear time (Knuth, Morris, Pratt 1977), so that no pair of texts is slow.

use crate::domain::expression::{budget::Budget, error::Outcome};

pub(super) struct Search<'n> {
    needle: &'n [u16],
    /// For each place how long a beginning of the needle ends there.
    borders: Vec<u32>,
}

impl<'n> Search<'n> {
    pub fn new(needle: &'n [u16], budget: &Budget) -> Outcome<Self> {
        budget.scan(needle.len())?;
        budget.bytes(4 * needle.len())?;
        let mut borders = vec![0_u32; needle.len()];
        let mut length = 0;
        for index in 1..needle.len() {
            while length > 0 && needle[index] != needle[length] {
                length = borders[length - 1] as usize;
            }
            if needle[index] == needle[length] {
                length += 1;
            }
            borders[index] = length as u32;
        }
        Ok(Self { needle, borders })
    }

    /// The first place at or after `from`.
    pub fn find(&self, text: &[u16], from: usize, budget: &Budget) -> Outcome<Option<usize>> {
        if self.needle.is_empty() {
            return Ok((from <= text.len()).then_some(from));
        }
        let mut length = 0;
        for (index, unit) in text.iter().enumerate().skip(from) {
            while length > 0 && *unit != self.needle[length] {
                length = self.borders[length - 1] as usize;
            }
            if *unit == self.needle[length] {
                length += 1;
            }
            if length == self.needle.len() {
                budget.scan(index - from)?;
                return Ok(Some(index + 1 - length));
            }
        }
        budget.scan(text.len().saturating_sub(from))?;
        Ok(None)
    }

    /// Every place, from left to right, without overlaps.
    pub fn all(&self, text: &[u16], budget: &Budget) -> Outcome<Vec<usize>> {
        let (mut places, mut from) = (Vec::new(), 0);
        while let Some(place) = self.find(text, from, budget)? {
            budget.bytes(8)?;
            places.push(place);
            from = place + self.needle.len().max(1);
        }
        Ok(places)
    }

    /// The last place at or before `to`.
    pub fn find_last(&self, text: &[u16], to: usize, budget: &Budget) -> Outcome<Option<usize>> {
        let text = &text[..text.len().min(to.saturating_add(self.needle.len()))];
        if self.needle.is_empty() {
            return Ok(Some(text.len().min(to)));
        }
        budget.scan(text.len())?;
        let (mut length, mut last) = (0, None);
        for (index, unit) in text.iter().enumerate() {
            while length > 0 && (length == self.needle.len() || *unit != self.needle[length]) {
                length = self.borders[length - 1] as usize;
            }
            if *unit == self.needle[length] {
                length += 1;
            }
            if length == self.needle.len() {
                last = Some(index + 1 - length);
            }
        }
        Ok(last)
    }
}
