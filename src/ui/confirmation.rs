//! Asking for the password before something that gives power away. The server says when: it answers `confirm_password`
//! when the person has not shown it within ten minutes.

use leptos::prelude::*;

use super::{
    components::{Entry, EntryRef, text},
    login::about,
};
use crate::api::{ApiError, session::confirm_password};

/// Whether the password is asked for, and where it is typed.
#[derive(Clone, Copy)]
pub struct Confirmation {
    is_asked: RwSignal<bool>,
    input: EntryRef,
}

impl Confirmation {
    /// Asks once the action was answered that way.
    pub fn of<I: Send + Sync + 'static, O: Send + Sync + Clone + 'static>(
        action: Action<I, Result<O, ApiError>>,
    ) -> Self {
        let confirmation = Self { is_asked: RwSignal::new(false), input: EntryRef::new() };
        Effect::new(move |_| {
            if matches!(action.value().get(), Some(Err(error)) if error.code == "confirm_password") {
                confirmation.is_asked.set(true);
            }
        });
        confirmation
    }

    /// What to show before the action, if it was asked for.
    pub fn password(self) -> Option<String> {
        self.is_asked.get_untracked().then(|| text(self.input))
    }
}

/// Shows the password, where there is one to show.
pub async fn confirm(password: Option<String>) -> Result<(), ApiError> {
    match password {
        Some(password) => confirm_password(password).await,
        None => Ok(()),
    }
}

/// The field, once it is asked for.
#[component]
pub fn PasswordWhenAsked<I: Send + Sync + 'static, O: Send + Sync + Clone + 'static>(
    confirmation: Confirmation,
    of: Action<I, Result<O, ApiError>>,
) -> impl IntoView {
    let field = move || {
        confirmation.is_asked.get().then(|| {
            view! {
                <Entry name="own-password" label="Your password" kind="password" autocomplete="current-password"
                    input=confirmation.input error=about(of, "password") required=true autofocus=true/>
            }
        })
    };
    view! { {field} }
}
