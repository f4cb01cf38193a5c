//! Where the person is logged in, and ending a login elsewhere.

use leptos::prelude::*;

use crate::{
    api::session::{end_session, list_sessions},
    domain::{account::SessionSummary, id::SessionId},
    ui::components::{Badge, Button, Card, ErrorState, Icon, Skeleton, Time, Toasts, Tone},
};

#[component]
pub fn Sessions() -> impl IntoView {
    let sessions = Resource::new(|| (), |()| list_sessions());
    let ending = Action::new(|id: &SessionId| end_session(*id));
    let toasts = Toasts::get();
    Effect::new(move |_| match ending.value().get() {
        Some(Ok(())) => sessions.refetch(),
        Some(Err(error)) => toasts.fail(error.detail),
        None => {}
    });
    let end = Callback::new(move |id| {
        ending.dispatch(id);
    });
    let list = move || {
        sessions.get().map(|found| match found {
            Ok(found) => view! { <List sessions=found end/> }.into_any(),
            Err(error) => view! {
                <ErrorState title="Your logins cannot be shown" text=error.detail retry=Callback::new(move |()| sessions.refetch())/>
            }
            .into_any(),
        })
    };
    view! {
        <Card title="Logins">
            <p class="mb-3 text-body text-muted">"A login ends by itself after an hour without use, and after twelve hours."</p>
            <Transition fallback=|| view! { <Skeleton rows=2/> }>{list}</Transition>
        </Card>
    }
}

#[component]
fn List(sessions: Vec<SessionSummary>, end: Callback<SessionId>) -> impl IntoView {
    let line = move |session: SessionSummary| {
        let SessionSummary { id, user_agent, seen_at, current, .. } = session;
        let action = match current {
            true => view! { <Badge tone=Tone::Ok>"This one"</Badge> }.into_any(),
            false => view! { <Button on_click=Callback::new(move |_| end.run(id))>"End"</Button> }.into_any(),
        };
        view! {
            <li class="flex items-center gap-3 py-2.5">
                <span class="grid size-8 shrink-0 place-items-center rounded-lg bg-hover text-muted">{Icon::Globe.view("")}</span>
                <div class="min-w-0 flex-1">
                    <p class="truncate text-body font-medium" title=user_agent.clone()>{browser(&user_agent)}</p>
                    <p class="text-caption text-muted">"Seen "<Time at=seen_at/></p>
                </div>
                {action}
            </li>
        }
    };
    view! { <ul class="divide-y divide-line">{sessions.into_iter().map(line).collect_view()}</ul> }
}

/// "Firefox on Linux", as far as the browser's own description tells.
fn browser(user_agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    let program = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "A browser that does not say its name".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart_by_what_they_call_themselves() {
        for (user_agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
                "Chrome on Linux",
            ),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605 Version/18 Safari/605", "Safari on macOS"),
            ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
            ("curl/8.9", "curl"),
            ("", "A browser that does not say its name"),
        ] {
            assert_eq!(browser(user_agent), expected);
        }
    }
}
