//! How much a task may hand on: every output is kept in the journal, held in memory while its execution lives and sent
//! to pages.

use std::io;

use serde::Serialize;

use crate::domain::payload;

/// Passes values whose JSON has at most so many bytes; else says what to do. Nothing is allocated to find out.
pub fn check(value: &impl Serialize, most: usize) -> Result<(), String> {
    if left(value, most).is_some() {
        return Ok(());
    }
    Err(format!(
        "The result is larger than {}, the most that a task may hand on. Ask for less: a page, or only the fields you need.",
        payload::readable(most)
    ))
}

/// How much of the allowance the value's JSON leaves; none: it takes more.
pub fn left(value: &impl Serialize, allowance: usize) -> Option<usize> {
    let mut allowance = Allowance(allowance);
    serde_json::to_writer(&mut allowance, value).is_ok().then_some(allowance.0)
}

/// A writer that keeps nothing and fails once more was written than is left.
struct Allowance(usize);

impl io::Write for Allowance {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::WriteZero)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_result_of_the_limit_passes_and_one_byte_more_does_not() {
        let value = json!({ "text": "ä".repeat(500) });
        let size = value.to_string().len();
        assert_eq!(check(&value, size), Ok(()));
        assert!(check(&value, size - 1).is_err_and(|message| message.contains("the most that a task may hand on")));
    }
}
