//! Who is logged in, for every page: the session, the person's initials, and the way to the login when it is over.

use leptos::{ev, prelude::*};

use crate::{
    api::{self, ApiError},
    domain::{account::Session, role::Role},
};

/// The session of this browser. None: nobody is logged in.
#[derive(Clone, Copy)]
pub struct CurrentSession(Resource<Result<Option<Session>, ApiError>>);

impl CurrentSession {
    /// Called once, by the application. In the browser it looks again whenever the tab comes back to the front, and goes to
    /// the login when the session has ended meanwhile.
    pub fn provide() {
        let asked = Resource::new(|| (), |()| api::session::session());
        provide_context(Self(asked));
        Effect::new(move |_| {
            let looks = window_event_listener(ev::focus, move |_| asked.refetch());
            on_cleanup(move || looks.remove());
        });
        Effect::new(move |_| {
            if matches!(asked.get(), Some(Ok(None))) {
                ask_to_log_in();
            }
        });
    }

    pub fn get() -> Self {
        expect_context()
    }

    /// None while it is loading or nobody is logged in. Read it inside of a `Transition` or `Suspense`.
    pub fn session(self) -> Option<Session> {
        self.0.get().and_then(Result::ok).flatten()
    }

    /// The person's role, once it is known; none: nobody is logged in.
    pub async fn role(self) -> Option<Role> {
        self.0.await.ok().flatten().map(|session| session.role)
    }

    /// Asks the server again, after the person changed something about themselves.
    pub fn reload(self) {
        self.0.refetch();
    }
}

/// Leaves for the login, which leads back here. Stays where people are not logged in on purpose.
pub fn ask_to_log_in() {
    let location = window().location();
    let (path, query) = (location.pathname().unwrap_or_default(), location.search().unwrap_or_default());
    if !["/login", "/setup", "/invitation"].contains(&path.as_str()) {
        let next = js_sys::encode_uri_component(&format!("{path}{query}"));
        go(&format!("/login?next={next}"));
    }
}

/// Loads a page anew, so that everything on it belongs to the session of now.
pub fn go(to: &str) {
    // Only an address that does not parse is refused; ours do.
    let _ = window().location().set_href(to);
}

/// A circle with the person's initials, which leads to their settings.
#[component]
pub fn Avatar() -> impl IntoView {
    let current = CurrentSession::get();
    let circle = move || {
        current.session().map(|session| {
            let who = format!("{} · {}", session.email, session.workspace_name);
            view! {
                <a
                    href="/settings"
                    title=who.clone()
                    aria-label=format!("{}, your account: {who}", session.initials())
                    class="grid size-8 place-items-center rounded-full bg-hover text-caption font-semibold text-fg"
                >
                    <span aria-hidden="true">{session.initials()}</span>
                </a>
            }
        })
    };
    view! { <Transition>{circle}</Transition> }
}
