//! Other people at the same workflow: who they are, which node they have selected, and what they saved meanwhile.

use std::time::Duration;

use leptos::{ev, prelude::*, task::spawn_local};
use uuid::Uuid;

use super::editor::Editor;
use crate::{
    api::workflows::keep_company,
    domain::{draft::Present, id::NodeId},
    ui::canvas::Visitor,
};

/// How often the page asks.
const EVERY: Duration = Duration::from_secs(5);
/// Whoever touched neither mouse nor keyboard for so long is not there, and their session may end.
const ABSENT_MS: f64 = 300_000.0;
const TINTS: u128 = 6;

/// Says that this tab is open and shows who else is there, until the page is left.
pub fn keep(editor: Editor) -> RwSignal<Vec<Present>> {
    let others = RwSignal::new(Vec::new());
    let tab = StoredValue::new(None::<Uuid>);
    let touched = StoredValue::new(0.0);
    let selected = Memo::new(move |_| editor.scene.selection.with(|selection| selection.only_node().cloned()));
    let ask = move |node: Option<NodeId>| {
        let is_away = js_sys::Date::now() - touched.get_value() > ABSENT_MS;
        let (Some(tab), false) = (tab.get_value(), is_away || document().hidden()) else { return };
        spawn_local(async move {
            // Whoever cannot be asked now is asked again soon.
            let Ok(company) = keep_company(editor.id, tab, node).await else { return };
            let Some(before) = others.try_get_untracked() else { return };
            if before != company.others {
                editor.scene.visitors.set(visitors(&company.others));
                others.set(company.others);
            }
            editor.catch_up(company.revision);
        });
    };
    Effect::new(move |_| {
        tab.set_value(Some(own_tab()));
        touched.set_value(js_sys::Date::now());
        let touch = move || touched.set_value(js_sys::Date::now());
        let pointer = window_event_listener(ev::pointerdown, move |_| touch());
        let key = window_event_listener(ev::keydown, move |_| touch());
        let timer = set_interval_with_handle(move || ask(selected.get_untracked()), EVERY).ok();
        on_cleanup(move || {
            pointer.remove();
            key.remove();
            timer.into_iter().for_each(|timer| timer.clear());
        });
    });
    Effect::new(move |_| ask(selected.get()));
    others
}

/// The id of this tab. It stays over reloads and other pages, so that nobody meets themselves.
fn own_tab() -> Uuid {
    const KEY: &str = "flowpilot.tab";
    let kept = window().session_storage().ok().flatten();
    let known = kept.as_ref().and_then(|kept| kept.get_item(KEY).ok().flatten()?.parse().ok());
    known.unwrap_or_else(|| {
        let tab = random();
        // Where nothing can be kept, the id lives as long as the page.
        kept.map(|kept| kept.set_item(KEY, &tab.to_string()));
        tab
    })
}

fn random() -> Uuid {
    let part = || (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
    Uuid::from_u128((0..4).fold(0, |id, _| (id << 32) | u128::from(part())))
}

fn tint(tab: Uuid) -> u8 {
    (tab.as_u128() % TINTS) as u8
}

fn visitors(others: &[Present]) -> Vec<Visitor> {
    let visitor = |present: &Present| {
        let node = present.node.clone()?;
        Some(Visitor { node, name: present.name.clone(), initials: initials(&present.name), tint: tint(present.tab) })
    };
    others.iter().filter_map(visitor).collect()
}

fn initials(name: &str) -> String {
    let letters = name.split_whitespace().filter_map(|word| word.chars().next());
    letters.take(2).flat_map(char::to_uppercase).collect()
}

/// Circles with the initials of everybody else who is here.
#[component]
pub fn Company(others: RwSignal<Vec<Present>>) -> impl IntoView {
    let face = |present: Present| {
        let text = format!("{} is here", present.name);
        view! {
            <li>
                <span class="visitor-face" data-tint=tint(present.tab).to_string() role="img" aria-label=text.clone() title=text.clone()>{initials(&present.name)}</span>
            </li>
        }
    };
    view! {
        <Show when=move || others.with(|others| !others.is_empty())>
            <ul aria-label="Also here" class="hidden items-center -space-x-1.5 sm:flex">
                {move || others.get().into_iter().map(face).collect_view()}
            </ul>
        </Show>
    }
}
