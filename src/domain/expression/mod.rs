//! The expression language: a strict subset of JavaScript's expressions, the same in the browser and on the server.
//! Whatever it accepts means what JavaScript means by it; the rest is an error that says what to write instead.
//! No clock, no randomness, no way to anything but the data of the [`Scope`]; every evaluation has a [`budget`].

mod arguments;
mod ast;
pub mod budget;
mod completion;
mod convert;
mod error;
mod eval;
mod functions;
mod json;
mod lexer;
mod members;
mod methods;
mod names;
mod needs;
mod number;
mod operand;
mod output;
mod parsed;
mod parser;
pub mod reference;
mod references;
mod resolve;
mod scope;
mod suggest;
mod template;
mod time;
mod value;

use serde_json::Value;

pub use ast::Expr;
pub use completion::{Call, Completion, Offer, complete};
pub use error::{ExpressionError, Span};
pub use needs::Needs;
pub use parser::parse;
pub use references::{Mention, References, mentions, references};
pub use resolve::{FieldError, check, resolve, resolve_briefly};
pub use scope::{Scope, member, paths};
pub use suggest::sentence as suggestion;
pub use template::template;

/// The value of a bare expression; undefined counts as null.
pub fn evaluate(text: &str, scope: &Scope) -> Result<Value, ExpressionError> {
    template::value_of(text, 0, scope, &budget::Budget::default())
}

/// The names of all functions and methods, for the documentation and for completion.
pub fn names() -> Vec<&'static str> {
    let functions = ast::Function::ALL.iter().map(|function| function.name());
    let mut names: Vec<_> = functions.chain(methods::ALL.into_iter().flatten().copied()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
