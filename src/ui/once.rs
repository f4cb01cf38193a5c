//! Starting once what somebody wants once: a press that is sent again, by a double click or a shaky line, has the same key.

use leptos::prelude::*;

/// An idempotency key for one wish. Made when it is first needed, in the browser.
#[derive(Clone, Copy)]
pub struct Once(StoredValue<Option<String>>);

impl Once {
    pub fn new() -> Self {
        Self(StoredValue::new(None))
    }

    /// The same until [`Self::renew`].
    pub fn key(self) -> String {
        let known = self.0.get_value();
        known.unwrap_or_else(|| {
            let part = || (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
            let key = format!("page:{:08x}{:08x}{:08x}{:08x}", part(), part(), part(), part());
            self.0.set_value(Some(key.clone()));
            key
        })
    }

    /// What comes next is another wish.
    pub fn renew(self) {
        self.0.set_value(None);
    }
}
