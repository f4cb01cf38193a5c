//! Expressions that were parsed lately, by thread: most attempts evaluate what attempts before them did.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use super::{ast::Expr, error::ExpressionError, parser::parse};

/// Expressions kept by each thread, at most, and their length in bytes.
const MOST: usize = 256;
const LONGEST: usize = 1_024;

thread_local! {
    static KNOWN: RefCell<HashMap<String, Rc<Expr>>> = RefCell::default();
}

/// The same as [`parse`], which depends on nothing but the source.
pub(super) fn parsed(source: &str) -> Result<Rc<Expr>, ExpressionError> {
    if let Some(known) = KNOWN.with_borrow(|known| known.get(source).cloned()) {
        return Ok(known);
    }
    let expression = Rc::new(parse(source)?);
    if source.len() <= LONGEST {
        KNOWN.with_borrow_mut(|known| {
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(source.to_owned(), expression.clone());
        });
    }
    Ok(expression)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_parsed_before_is_the_same_and_not_kept_without_bound() {
        let first = parsed("input.a + 1").expect("it parses");
        assert!(Rc::ptr_eq(&first, &parsed("input.a + 1").expect("it parses")));
        assert!(parsed("input.").is_err() && parsed("input.").is_err());
        for number in 0..2 * MOST {
            parsed(&format!("input.a + {number}")).expect("it parses");
        }
        assert!(KNOWN.with_borrow(HashMap::len) <= MOST);
    }
}
