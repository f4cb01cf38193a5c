//! A word in a pill.

use leptos::prelude::*;

/// What a colour means, everywhere the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    Ok,
    Run,
    Bad,
    Wait,
    #[default]
    Idle,
    Accent,
}

impl Tone {
    /// The name that the stylesheet knows it by (`data-tone`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Run => "run",
            Self::Bad => "bad",
            Self::Wait => "wait",
            Self::Idle => "idle",
            Self::Accent => "accent",
        }
    }

    /// Soft background with readable text.
    pub fn pill(self) -> &'static str {
        match self {
            Self::Ok => "bg-ok-soft text-ok-text",
            Self::Run => "bg-run-soft text-run-text",
            Self::Bad => "bg-bad-soft text-bad-text",
            Self::Wait => "bg-wait-soft text-wait-text",
            Self::Idle => "bg-idle-soft text-idle-text",
            Self::Accent => "bg-accent-soft text-accent-strong",
        }
    }

    /// A small dot.
    pub fn dot(self) -> &'static str {
        match self {
            Self::Ok => "bg-ok",
            Self::Run => "bg-run",
            Self::Bad => "bg-bad",
            Self::Wait => "bg-wait",
            Self::Idle => "bg-idle",
            Self::Accent => "bg-accent",
        }
    }

    /// Text on the page's own background.
    pub fn text(self) -> &'static str {
        match self {
            Self::Ok => "text-ok-text",
            Self::Run => "text-run-text",
            Self::Bad => "text-bad-text",
            Self::Wait => "text-wait-text",
            Self::Idle => "text-muted",
            Self::Accent => "text-accent-strong",
        }
    }
}

#[component]
pub fn Badge(#[prop(optional)] tone: Tone, children: Children) -> impl IntoView {
    let class = format!(
        "inline-flex items-center gap-1.5 rounded-full px-2 py-0.5 text-label whitespace-nowrap tabular {}",
        tone.pill()
    );
    view! { <span class=class>{children()}</span> }
}
