//! What goes wrong with an expression: a sentence for the person who wrote it, and the place it is about.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Byte offsets in the text that was handed in, `start` inclusive, `end` exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// From the start of this one to the end of the other.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end }
    }

    /// The same place in a text that holds this one from `offset` on.
    pub fn shifted(self, offset: usize) -> Self {
        Self { start: self.start + offset, end: self.end + offset }
    }
}

/// Why an expression cannot be read or has no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpressionError {
    /// What is wrong and what to do.
    pub message: String,
    pub span: Span,
}

impl ExpressionError {
    pub fn new(message: impl Into<String>, span: Span) -> Self {
        Self { message: message.into(), span }
    }

    pub(super) fn shifted(self, offset: usize) -> Self {
        Self { message: self.message, span: self.span.shifted(offset) }
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ExpressionError {}

/// An error on its way up to the node of the expression that it is about.
#[derive(Debug)]
pub(super) struct Fault {
    message: String,
    span: Option<Span>,
}

/// What evaluating gives.
pub(super) type Outcome<T> = Result<T, Fault>;

impl Fault {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), span: None }
    }

    /// Names the place, unless a narrower one is named already.
    pub fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }
}

impl From<Fault> for ExpressionError {
    fn from(fault: Fault) -> Self {
        Self { message: fault.message, span: fault.span.unwrap_or_default() }
    }
}
