//! Past executions over the drawing, while somebody wishes to see them: times at the cards, the critical path in ink, and
//! for the inspector what data is like.

use std::sync::Arc;

use chrono::TimeDelta;
use leptos::{ev, prelude::*, task::spawn_local};

use super::{editor::Editor, kept};
use crate::{
    api::{insight::get_insight, workflows::list_versions},
    domain::{
        id::{NodeId, WorkflowId},
        insight::{Insight, NodeInsight},
        workflow::Workflow,
    },
    ui::{
        canvas::{Measure, Measures, Scene, Switch},
        components::{Button, Icon, IconButton, Look, span},
    },
};

/// Whether past executions are shown, which, and what they tell.
#[derive(Clone, Copy)]
pub struct Lens {
    id: WorkflowId,
    scene: Scene,
    pub on: RwSignal<bool>,
    /// 0: drafts; none: the live version, or drafts while there is none.
    version: RwSignal<Option<i32>>,
    /// What was published, newest first.
    versions: RwSignal<Vec<i32>>,
    told: RwSignal<Option<Arc<Insight>>>,
    failure: RwSignal<Option<String>>,
}

impl Lens {
    pub fn new(id: WorkflowId, scene: Scene, workflow: RwSignal<Workflow>) -> Self {
        let (version, versions) = (RwSignal::new(None), RwSignal::new(Vec::new()));
        let (on, told, failure) = (RwSignal::new(false), RwSignal::new(None), RwSignal::new(None));
        let lens = Self { id, scene, on, version, versions, told, failure };
        Effect::new(move |_| {
            let measures = match lens.shown() {
                Some(insight) => workflow.with(|workflow| measures(&insight, workflow)),
                None => Measures::default(),
            };
            scene.show_measures(measures);
        });
        // As it was left last time.
        Effect::new(move |_| {
            if kept::shows_insight() {
                lens.on.set(true);
                lens.load();
            }
        });
        lens
    }

    /// What past executions tell, while it is switched on.
    pub fn shown(self) -> Option<Arc<Insight>> {
        if self.on.get() { self.told.get() } else { None }
    }

    pub fn toggle(self) {
        let on = !self.on.get_untracked();
        self.on.set(on);
        kept::remember_insight(on);
        if on {
            self.load();
        } else {
            self.scene.live.set("Insight is off".to_owned());
        }
    }

    pub fn switch(self) -> Switch {
        let (label, title) = ("Insight", "Times and data of past executions (I)");
        Switch { label, title, on: self.on.into(), flip: Callback::new(move |()| self.toggle()) }
    }

    fn choose(self, version: i32) {
        self.version.set(Some(version));
        self.load();
    }

    fn load(self) {
        let wish = self.version.get_untracked();
        self.failure.set(None);
        spawn_local(async move {
            if let Ok(versions) = list_versions(self.id).await {
                self.versions.try_set(versions.into_iter().map(|version| version.version).collect());
            }
        });
        spawn_local(async move {
            let told = get_insight(self.id, wish).await;
            // The page was left, or something else was chosen meanwhile.
            if self.version.try_get_untracked() != Some(wish) {
                return;
            }
            match told {
                Ok(insight) => {
                    self.scene.live.set(sentence(&insight));
                    self.told.set(Some(Arc::new(insight)));
                }
                Err(error) => self.failure.set(Some(error.detail)),
            }
        });
    }
}

fn measures(insight: &Insight, workflow: &Workflow) -> Measures {
    let of = |(id, node): (&NodeId, &NodeInsight)| {
        let measure = Measure { label: measured(node).unwrap_or_default(), is_critical: insight.is_critical(id) };
        (measure.is_critical || !measure.label.is_empty()).then(|| (id.clone(), measure))
    };
    Measures {
        nodes: insight.nodes.iter().filter_map(of).collect(),
        edges: workflow.edges.iter().filter(|edge| insight.leads_along(edge)).cloned().collect(),
    }
}

/// "p95 1.2 s", "p95 1.2 s · 4 failed"; none: it takes no time.
fn measured(node: &NodeInsight) -> Option<String> {
    let p95 = format!("p95 {}", millis(node.time?.p95_ms));
    Some(if node.failed == 0 { p95 } else { format!("{p95} · {} failed", node.failed) })
}

/// The same, and whether the node decides the time: for lists.
pub fn line(insight: &Insight, id: &NodeId) -> Option<String> {
    let node = insight.nodes.get(id)?;
    let path = insight.is_critical(id).then(|| "on the critical path".to_owned());
    let words: Vec<String> = measured(node).into_iter().chain(path).collect();
    (!words.is_empty()).then(|| words.join(" · "))
}

/// A time that was measured: less than half a millisecond is not nothing.
pub fn millis(ms: u64) -> String {
    match i64::try_from(ms).unwrap_or(i64::MAX) {
        0 => "< 1 ms".to_owned(),
        ms => span(TimeDelta::milliseconds(ms)),
    }
}

/// "500 executions of version 3 · half took 310 ms, 95 % up to 1.2 s"
fn sentence(insight: &Insight) -> String {
    let whose = match insight.version {
        0 => "the draft".to_owned(),
        version => format!("version {version}"),
    };
    let mut words = match insight.executions {
        0 => return format!("No execution of {whose} is over yet. Run it, and it shows here."),
        1 => format!("1 execution of {whose}"),
        count => format!("{count} executions of {whose}"),
    };
    if let Some(time) = insight.time {
        words.push_str(&format!(" · half took {}, 95 % up to {}", millis(time.p50_ms), millis(time.p95_ms)));
    }
    if insight.is_partial {
        words.push_str(" · read in part");
    }
    words
}

/// Over the canvas: which executions are shown, and how long they took.
#[component]
pub fn InsightStrip(editor: Editor) -> impl IntoView {
    let lens = editor.lens;
    let off = Callback::new(move |_: ev::MouseEvent| lens.toggle());
    view! {
        <Show when=move || lens.on.get()>
            <section
                aria-label="Insight"
                class="absolute top-4 left-4 z-10 flex max-w-[calc(100%-9rem)] flex-wrap items-center gap-x-3 gap-y-1 rounded-lg border border-line bg-surface py-1 pr-1 pl-3 text-label"
            >
                <Sentence editor/>
                <Versions lens/>
                <IconButton icon=Icon::Close label="Close insight (I)" on_click=off/>
            </section>
        </Show>
    }
}

/// What is shown, in words; how loading goes.
#[component]
pub fn Sentence(editor: Editor) -> impl IntoView {
    let lens = editor.lens;
    let again = Callback::new(move |_: ev::MouseEvent| lens.load());
    let words = move || match (lens.failure.get(), lens.told.get()) {
        (Some(failure), _) => view! {
            <span class="text-bad-text" role="alert">{failure}</span>
            <Button look=Look::Quiet icon=Icon::Retry on_click=again>"Try again"</Button>
        }
        .into_any(),
        (None, Some(insight)) => view! { <span class="tabular">{sentence(&insight)}</span> }.into_any(),
        (None, None) => view! { <span class="text-muted">"Reading past executions…"</span> }.into_any(),
    };
    view! { {words} }
}

#[component]
fn Versions(lens: Lens) -> impl IntoView {
    let choose = move |event: ev::Event| {
        if let Ok(version) = event_target_value(&event).parse() {
            lens.choose(version);
        }
    };
    let shown = Memo::new(move |_| lens.told.with(|told| told.as_ref().map(|told| told.version)));
    let options = move || {
        let numbers = lens.versions.get().into_iter().chain([0]);
        numbers.map(|number| option(number, shown.get() == Some(number))).collect_view()
    };
    view! {
        <Show when=move || lens.versions.with(|versions| !versions.is_empty())>
            <select class="control w-auto min-h-7 py-0.5 text-label" aria-label="Whose executions are shown" on:change=choose>{options}</select>
        </Show>
    }
}

fn option(number: i32, is_shown: bool) -> impl IntoView {
    let label = if number == 0 { "Drafts".to_owned() } else { format!("Version {number}") };
    view! { <option value=number.to_string() selected=is_shown>{label}</option> }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::{insight::Time, workflow::Edge};

    fn node(p95_ms: u64, failed: usize) -> NodeInsight {
        let time = Some(Time { p50_ms: 1, p95_ms });
        NodeInsight { runs: 10, failed, time, unread: 0, outputs: BTreeMap::new() }
    }

    fn insight() -> Insight {
        Insight {
            version: 3,
            executions: 500,
            since: None,
            time: Some(Time { p50_ms: 310, p95_ms: 1_240 }),
            is_partial: false,
            shows_data: true,
            nodes: BTreeMap::from([
                ("start".into(), NodeInsight { time: None, ..node(0, 0) }),
                ("slow".into(), node(1_240, 4)),
                ("quick".into(), node(0, 0)),
            ]),
            critical_path: vec!["start".into(), "slow".into()],
        }
    }

    #[test]
    fn cards_tell_their_times_and_the_way_that_decides() {
        let edges = vec![Edge::between("start", "slow"), Edge::between("start", "quick")];
        let shown = measures(&insight(), &Workflow { edges: edges.clone(), ..Workflow::default() });
        assert_eq!(shown.edges.into_iter().collect::<Vec<_>>(), edges[..1]);
        for (id, label, is_critical) in
            [("slow", "p95 1.2 s · 4 failed", true), ("quick", "p95 < 1 ms", false), ("start", "", true)]
        {
            let expected = Measure { label: label.to_owned(), is_critical };
            assert_eq!(shown.nodes.get(&NodeId::from(id)), Some(&expected));
        }
        assert_eq!(shown.nodes.len(), 3);
    }

    #[test]
    fn lists_tell_it_in_words() {
        let line = |id: &str| line(&insight(), &NodeId::from(id));
        assert_eq!(line("slow").as_deref(), Some("p95 1.2 s · 4 failed · on the critical path"));
        assert_eq!(line("start").as_deref(), Some("on the critical path"));
        assert_eq!(line("gone"), None);
    }

    #[test]
    fn a_sentence_tells_whose_executions_these_are() {
        let words = "500 executions of version 3 · half took 310 ms, 95 % up to 1.2 s";
        assert_eq!(sentence(&insight()), words);
        let part = Insight { version: 0, executions: 1, time: None, is_partial: true, ..insight() };
        assert_eq!(sentence(&part), "1 execution of the draft · read in part");
        let none = sentence(&Insight { executions: 0, ..insight() });
        assert_eq!(none, "No execution of version 3 is over yet. Run it, and it shows here.");
    }
}
