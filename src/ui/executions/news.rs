//! What changed in the list since it was loaded, from the workspace's feed.

use leptos::prelude::*;

use crate::{
    domain::execution::{ExecutionFilter, ExecutionPage, ExecutionSummary},
    ui::live::{Link, Listener, listen},
};

/// Changes kept; beyond them the oldest are forgotten, as their executions left the page.
const KEPT: usize = 500;

/// The latest state of each execution that changed, in the order of the changes.
#[derive(Clone, Copy)]
pub struct Changes(RwSignal<Vec<ExecutionSummary>>);

impl Changes {
    /// Listens while the page is shown. `reload` is called when the feed opens and when it missed something: between
    /// the page and the feed there is then no gap.
    pub fn follow(reload: Callback<()>) -> Self {
        let changes = Self(RwSignal::default());
        let start_anew = move || {
            changes.0.set(Vec::new());
            reload.run(());
        };
        let link = RwSignal::new(Link::default());
        Effect::new(move |_| {
            listen(
                link,
                Listener {
                    address: Box::new(|| "/live/executions".to_owned()),
                    on_open: Box::new(start_anew),
                    on_news: Box::new(move |news| changes.take(news)),
                    on_reset: Box::new(start_anew),
                },
            );
        });
        changes
    }

    pub fn get(self) -> RwSignal<Vec<ExecutionSummary>> {
        self.0
    }

    fn take(self, news: Vec<String>) {
        let new: Vec<ExecutionSummary> = news.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
        self.0.update(|changes| {
            changes.retain(|known| new.iter().all(|change| change.id != known.id));
            changes.extend(new);
            let surplus = changes.len().saturating_sub(KEPT);
            changes.drain(..surplus);
        });
    }
}

/// The page with what changed since: rows take their latest state, those that no longer match leave, and on the first
/// page new ones come in on top.
pub fn merge(page: &ExecutionPage, changes: &[ExecutionSummary], filter: &ExecutionFilter) -> Vec<ExecutionSummary> {
    let matches = |execution: &ExecutionSummary| {
        let workflow_fits = filter.workflow.is_none_or(|workflow| workflow == execution.workflow_id);
        workflow_fits && (filter.statuses.is_empty() || filter.statuses.contains(&execution.status))
    };
    // What is finished changes no more, so a finished row is never older than a change.
    let latest = |execution: &ExecutionSummary| {
        let change = changes.iter().find(|change| change.id == execution.id && !execution.status.is_finished());
        change.unwrap_or(execution).clone()
    };
    let mut rows: Vec<ExecutionSummary> = page.executions.iter().map(latest).collect();
    let oldest = page.next.map(|next| next.created_at);
    let comes_in = |change: &&ExecutionSummary| {
        let belongs_to_page = filter.before.is_none() && oldest.is_none_or(|oldest| change.created_at > oldest);
        belongs_to_page && page.executions.iter().all(|execution| execution.id != change.id)
    };
    rows.extend(changes.iter().filter(comes_in).cloned());
    rows.retain(matches);
    rows.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
    rows
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        execution::{ExecutionCursor, ExecutionStatus},
        id::{ExecutionId, WorkflowId},
    };

    fn execution(number: u8, status: ExecutionStatus) -> ExecutionSummary {
        ExecutionSummary {
            id: ExecutionId(Uuid::from_u128(number.into())),
            workflow_id: WorkflowId(Uuid::nil()),
            workflow_name: "Sign-up".to_owned(),
            version: 1,
            status,
            started_via: "webhook".to_owned(),
            created_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(number.into()),
            finished_at: None,
            error: None,
        }
    }

    fn shown(page: &[ExecutionSummary], changes: &[ExecutionSummary], filter: ExecutionFilter) -> String {
        let page = ExecutionPage { executions: page.to_vec(), next: None };
        let rows = merge(&page, changes, &filter);
        rows.iter().map(|row| format!("{}:{}", row.id.0.as_u128(), row.status.name())).collect::<Vec<_>>().join(" ")
    }

    use ExecutionStatus::{Failed, Running, Succeeded};

    #[test]
    fn a_row_changes_in_place_and_a_new_one_comes_in_on_top() {
        let page = [execution(2, Running), execution(1, Running)];
        let changes = [execution(1, Succeeded), execution(3, Running)];
        assert_eq!(shown(&page, &changes, ExecutionFilter::default()), "3:running 2:running 1:succeeded");
    }

    #[test]
    fn what_no_longer_matches_the_filter_leaves() {
        let filter = ExecutionFilter { statuses: vec![Running], ..Default::default() };
        let page = [execution(2, Running), execution(1, Running)];
        assert_eq!(shown(&page, &[execution(1, Failed), execution(3, Failed)], filter), "2:running");
    }

    #[test]
    fn a_later_page_takes_no_new_rows() {
        let before = Some(ExecutionCursor { created_at: DateTime::UNIX_EPOCH, id: ExecutionId(Uuid::nil()) });
        let filter = ExecutionFilter { before, ..Default::default() };
        assert_eq!(shown(&[execution(1, Running)], &[execution(3, Running)], filter), "1:running");
    }

    #[test]
    fn another_workflow_stays_out() {
        let filter = ExecutionFilter { workflow: Some(WorkflowId(Uuid::from_u128(9))), ..Default::default() };
        assert_eq!(shown(&[], &[execution(3, Running)], filter), "");
    }
}
