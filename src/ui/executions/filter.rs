//! Which executions the list shows. The filter lives in the address, so it can be shared and works without JavaScript.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use crate::{
    domain::{
        execution::{ExecutionCursor, ExecutionFilter, ExecutionStatus},
        id::WorkflowId,
    },
    ui::components::{Select, face},
};

/// What the address says: `?status=failed,running&workflow=…&before=…`. What cannot be read is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Of the page, without the query.
    pub path: String,
    pub workflow: Option<WorkflowId>,
    pub statuses: Vec<ExecutionStatus>,
    pub before: Option<ExecutionCursor>,
}

impl Filter {
    pub fn of(path: &str, query: impl Fn(&str) -> Option<String>) -> Self {
        let statuses = query("status").unwrap_or_default();
        Self {
            path: path.to_owned(),
            workflow: query("workflow").and_then(|id| id.parse().ok()),
            statuses: statuses.split(',').filter_map(ExecutionStatus::parse).collect(),
            before: query("before").and_then(|cursor| cursor.parse().ok()),
        }
    }

    pub fn query(&self) -> ExecutionFilter {
        ExecutionFilter { workflow: self.workflow, statuses: self.statuses.clone(), before: self.before, limit: 0 }
    }

    /// The page is about one workflow, whatever the filter.
    pub fn is_of_one_workflow(&self) -> bool {
        self.path != "/executions"
    }

    /// Whether something is left out that the page could show.
    pub fn is_narrowed(&self) -> bool {
        let one_of_several = self.workflow.is_some() && !self.is_of_one_workflow();
        one_of_several || !self.statuses.is_empty() || self.before.is_some()
    }

    fn address(&self) -> String {
        let mut query = Vec::new();
        if let (Some(workflow), false) = (self.workflow, self.is_of_one_workflow()) {
            query.push(format!("workflow={workflow}"));
        }
        if !self.statuses.is_empty() {
            let names: Vec<&str> = self.statuses.iter().map(|status| status.name()).collect();
            query.push(format!("status={}", names.join(",")));
        }
        if let Some(before) = self.before {
            query.push(format!("before={before}"));
        }
        if query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, query.join("&")) }
    }

    /// The address of the page that goes on there.
    pub fn before(&self, before: ExecutionCursor) -> String {
        Self { before: Some(before), ..self.clone() }.address()
    }

    /// The address of the first page; none: this is it.
    pub fn first_page(&self) -> Option<String> {
        self.before.map(|_| Self { before: None, ..self.clone() }.address())
    }

    /// The address with this status added or taken out.
    fn toggled(&self, status: ExecutionStatus) -> String {
        let mut statuses = self.statuses.clone();
        match statuses.iter().position(|known| *known == status) {
            Some(at) => drop(statuses.remove(at)),
            None => statuses.push(status),
        }
        Self { statuses, before: None, ..self.clone() }.address()
    }

    fn of_workflow(&self, workflow: Option<WorkflowId>) -> String {
        Self { workflow, before: None, ..self.clone() }.address()
    }
}

/// A chip per status; with `options`, a choice of the workflow.
#[component]
pub fn FilterBar(filter: Memo<Filter>, options: Vec<(WorkflowId, String)>) -> impl IntoView {
    let chips = ExecutionStatus::ALL.iter().map(|status| view! { <Chip filter status=*status/> }).collect_view();
    let choice = (!options.is_empty()).then(|| view! { <WorkflowChoice filter options/> });
    view! {
        <div class="mb-4 flex flex-wrap items-end justify-between gap-3">
            <nav aria-label="Statuses" class="flex flex-wrap gap-1.5">{chips}</nav>
            {choice}
        </div>
    }
}

#[component]
fn Chip(filter: Memo<Filter>, status: ExecutionStatus) -> impl IntoView {
    let face = face(status);
    let is_on = Memo::new(move |_| filter.with(|filter| filter.statuses.contains(&status)));
    let class = move || {
        let look = if is_on.get() { face.tone.pill() } else { "bg-surface text-muted hover:bg-hover hover:text-fg" };
        format!(
            "inline-flex h-8 items-center gap-1.5 rounded-full border border-line px-3 text-label font-medium {look}"
        )
    };
    view! {
        <a href=move || filter.with(|filter| filter.toggled(status)) aria-current=move || is_on.get().then_some("true") data-noscroll="true" class=class>
            {face.icon.view("size-3.5")}
            {face.word}
        </a>
    }
}

#[component]
fn WorkflowChoice(filter: Memo<Filter>, options: Vec<(WorkflowId, String)>) -> impl IntoView {
    let navigate = use_navigate();
    let all = std::iter::once((String::new(), "All workflows".to_owned()));
    let options: Vec<(String, String)> =
        all.chain(options.into_iter().map(|(id, name)| (id.to_string(), name))).collect();
    let value =
        Signal::derive(move || filter.with(|filter| filter.workflow.map(|id| id.to_string()).unwrap_or_default()));
    let on_change = Callback::new(move |chosen: String| {
        navigate(&filter.with_untracked(|filter| filter.of_workflow(chosen.parse().ok())), Default::default());
    });
    view! { <div class="w-full md:w-56"><Select name="workflow" label="Workflow" options=Signal::stored(options) value on_change/></div> }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, query: &[(&str, &str)]) -> Filter {
        Filter::of(path, |name| query.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn an_address_survives_being_read() {
        let filter =
            read("/executions", &[("status", "failed,running"), ("before", "5_00000000-0000-0000-0000-000000000007")]);
        assert_eq!(filter.statuses, [ExecutionStatus::Failed, ExecutionStatus::Running]);
        assert_eq!(filter.address(), "/executions?status=failed,running&before=5_00000000-0000-0000-0000-000000000007");
    }

    #[test]
    fn nonsense_in_the_address_filters_nothing() {
        let filter = read("/executions", &[("status", "done"), ("before", "x"), ("workflow", "7")]);
        assert_eq!(filter, read("/executions", &[]));
        assert!(!filter.is_narrowed());
    }

    #[test]
    fn a_chip_turns_its_status_on_and_off_and_starts_at_the_first_page() {
        let filter = read("/executions", &[("status", "failed"), ("before", "5_00000000-0000-0000-0000-000000000007")]);
        assert_eq!(filter.toggled(ExecutionStatus::Failed), "/executions");
        assert_eq!(filter.toggled(ExecutionStatus::Queued), "/executions?status=failed,queued");
    }
}
