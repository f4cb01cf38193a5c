//! The login. Its fields belong to the browser, so that password managers work before the page is awake.

use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::hooks::use_query_map;

use super::{
    components::{Button, Entry, EntryRef, Look, Notice, Tone, text},
    door::Door,
    session::go,
};
use crate::api::{ApiError, session::log_in};

#[component]
pub fn LoginPage() -> impl IntoView {
    let (email, password) = (EntryRef::new(), EntryRef::new());
    let query = use_query_map();
    let next = move || query.with_untracked(|query| safe_next(query.get_str("next").unwrap_or("/")));
    let entering = Action::new(move |(email, password): &(String, String)| log_in(email.clone(), password.clone()));
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        entering.dispatch((text(email), text(password)));
    };
    Effect::new(move |_| {
        if let Some(Ok(())) = entering.value().get() {
            go(&next());
        }
    });
    view! {
        <Door title="Log in to FlowPilot" text="Use the account that your owner or admin gave you.">
            <form method="post" class="flex flex-col gap-3" on:submit=send>
                <Refusal of=entering/>
                <Entry name="email" label="Email" kind="email" autocomplete="username" input=email required=true autofocus=true/>
                <Entry name="password" label="Password" kind="password" autocomplete="current-password" input=password required=true/>
                <SendButton of=entering label="Log in" busy="Logging in …"/>
            </form>
        </Door>
    }
}

/// What the server answered when it refused, unless that is about a field, where it stands already.
#[component]
pub fn Refusal<I: Send + Sync + 'static, O: Send + Sync + Clone + 'static>(
    of: Action<I, Result<O, ApiError>>,
) -> impl IntoView {
    let sentence = move || match of.value().get() {
        Some(Err(error)) if error.problems.is_empty() => Some(view! { <Notice tone=Tone::Bad>{error.detail}</Notice> }),
        _ => None,
    };
    view! { {sentence} }
}

/// What the server said about one field.
pub fn about<I: Send + Sync + 'static, O: Send + Sync + Clone + 'static>(
    action: Action<I, Result<O, ApiError>>,
    field: &'static str,
) -> Signal<Option<String>> {
    Signal::derive(move || match action.value().get() {
        Some(Err(error)) => error
            .problems
            .into_iter()
            .find(|problem| problem.field.as_deref() == Some(field))
            .map(|problem| problem.message),
        _ => None,
    })
}

/// The form's button. It waits for the page to be awake: before, the browser itself would send the form.
#[component]
pub fn SendButton<I: Send + Sync + 'static, O: Send + Sync + Clone + 'static>(
    of: Action<I, Result<O, ApiError>>,
    label: &'static str,
    busy: &'static str,
) -> impl IntoView {
    let awake = RwSignal::new(false);
    Effect::new(move |_| awake.set(true));
    let is_done = move || matches!(of.value().get(), Some(Ok(_)));
    let is_busy = move || of.pending().get() || is_done();
    let disabled = Signal::derive(move || !awake.get() || is_busy());
    view! {
        <div class="mt-2 grid">
            <Button look=Look::Primary submit=true disabled>{move || if is_busy() { busy } else { label }}</Button>
        </div>
    }
}

/// Where to after the login: a page of ours, never another site.
fn safe_next(wanted: &str) -> String {
    let is_path = wanted.starts_with('/') && !wanted.starts_with("//");
    let is_plain = !wanted.contains('\\') && !wanted.chars().any(char::is_control);
    let leads_on = !wanted.starts_with("/login") && !wanted.starts_with("/setup");
    if is_path && is_plain && leads_on { wanted.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What leads elsewhere, or does in some browser or behind some proxy; `\t` and the like are the characters.
    const ELSEWHERE: [&str; 42] = [
        "",
        " ",
        "executions",
        "./executions",
        "../executions",
        "?next=/",
        "#/",
        " /executions",
        "https://evil.test",
        "http://evil.test",
        "HTTPS://evil.test",
        "https:evil.test",
        "https:/evil.test",
        "https:///evil.test",
        "http:\\\\evil.test",
        "//evil.test",
        "//evil.test/executions",
        "///evil.test",
        "////evil.test",
        "//evil.test@localhost",
        "//localhost@evil.test",
        "//%65vil.test",
        "//[::1]",
        "/\\evil.test",
        "/\\/evil.test",
        "\\evil.test",
        "\\\\evil.test",
        "\\/evil.test",
        "/\t/evil.test",
        "/\n/evil.test",
        "/\r\n/evil.test",
        "\t//evil.test",
        "/\u{0}/evil.test",
        "/\u{85}/evil.test",
        "/executions\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "/login?next=//evil.test",
        "/setup?token=x",
    ];

    #[test]
    fn after_the_login_only_pages_of_ours_follow() {
        for ours in
            ["/", "/executions?status=failed", "/workflows/1#top", "/%2f%2fevil.test", "/x?to=https://evil.test"]
        {
            assert_eq!(safe_next(ours), ours);
        }
        for other in ELSEWHERE {
            assert_eq!(safe_next(other), "/", "{other:?}");
        }
    }
}
