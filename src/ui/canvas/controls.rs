//! Zoom, fit, the grid and whatever buttons the page adds, in the canvas' lower left corner.

use leptos::prelude::*;

use super::scene::Scene;
use crate::ui::components::Icon;

const BUTTON: &str = "flex h-8 items-center px-3 text-label text-muted transition-colors hover:bg-hover hover:text-fg aria-pressed:text-accent-strong";
/// Where the browser remembers that nothing snaps.
const KEPT: &str = "flowpilot.canvas.free";

/// Something that the page switches on and off.
#[derive(Clone, Copy)]
pub struct Switch {
    pub label: &'static str,
    pub title: &'static str,
    pub on: Signal<bool>,
    pub flip: Callback<()>,
}

#[component]
pub fn Controls(
    scene: Scene,
    #[prop(into)] tidy: Option<Callback<()>>,
    switch: Option<Switch>,
    editable: bool,
) -> impl IntoView {
    let percent = move || format!("{:.0} %", scene.viewport.get().k * 100.0);
    let tidy = tidy.map(|tidy| {
        view! { <button type="button" class=BUTTON title="Arrange the nodes (Shift+Alt+T)" on:click=move |_| tidy.run(())>"Tidy"</button> }
    });
    let switch = switch.map(|Switch { label, title, on, flip }| {
        view! {
            <button type="button" class=BUTTON title=title aria-pressed=move || on.get().to_string() on:click=move |_| flip.run(())>{label}</button>
        }
    });
    let snap = editable.then(|| {
        recall(scene);
        view! {
            <button
                type="button"
                class=BUTTON
                aria-label="Snap to the grid"
                title="Snap to the grid (G)"
                aria-pressed=move || scene.snaps.get().to_string()
                on:click=move |_| scene.toggle_snap()
            >
                {Icon::Magnet.view("size-3.5")}
            </button>
        }
    });
    view! {
        <div
            role="toolbar"
            aria-label="View"
            class="absolute bottom-4 left-4 flex items-center divide-x divide-line overflow-hidden rounded-lg border border-line bg-surface"
        >
            <div class="flex items-center">
                <button type="button" class=BUTTON aria-label="Zoom out" title="Zoom out (−)" on:click=move |_| scene.zoom(1.0 / 1.25)>
                    {Icon::Minus.view("size-3.5")}
                </button>
                <output class="tabular w-11 text-center text-label text-muted" aria-label="Zoom">{percent}</output>
                <button type="button" class=BUTTON aria-label="Zoom in" title="Zoom in (+)" on:click=move |_| scene.zoom(1.25)>
                    {Icon::Plus.view("size-3.5")}
                </button>
            </div>
            <button type="button" class=BUTTON title="Show everything (1)" on:click=move |_| scene.fit()>"Fit"</button>
            {tidy}
            {snap}
            {switch}
        </div>
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// As it was left last time.
fn recall(scene: Scene) {
    Effect::new(move |_| {
        if storage().and_then(|storage| storage.get_item(KEPT).ok().flatten()).is_some() {
            scene.snaps.set(false);
        }
    });
}

impl Scene {
    pub fn toggle_snap(self) {
        let snaps = !self.snaps.get_untracked();
        self.snaps.set(snaps);
        self.live.set(if snaps { "Snaps to the grid" } else { "Moves freely" }.to_owned());
        if let Some(storage) = storage() {
            // Forbidden storage costs the memory of it, nothing else.
            drop(if snaps { storage.remove_item(KEPT) } else { storage.set_item(KEPT, "yes") });
        }
    }
}
