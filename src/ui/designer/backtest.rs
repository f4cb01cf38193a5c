//! The draft on what the workflow was given last: what would be the same, what not, from which node on.

use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;

use super::{actions::Desk, editor::Editor};
use crate::{
    api::workflows::backtest_workflow,
    domain::{
        backtest::{Backtest, ChangedCall, Difference, MOST, Tested, USUAL, Verdict},
        id::NodeId,
    },
    ui::components::{Badge, Button, Cell, Dialog, HeadCell, Icon, Look, Notice, Table, TextField, Time, Tone},
};

#[component]
pub fn BacktestDialog(desk: Desk) -> impl IntoView {
    view! {
        <Dialog open=desk.overlays.backtest title="Backtest the draft" wide=true>
            <Bench editor=desk.editor/>
        </Dialog>
    }
}

#[component]
fn Bench(editor: Editor) -> impl IntoView {
    let last = RwSignal::new(USUAL.to_string());
    let (found, failure) = (RwSignal::new(None::<Backtest>), RwSignal::new(None::<String>));
    let busy = RwSignal::new(false);
    let error = Signal::derive(move || last.with(|text| count(text).err()));
    let ask = Callback::new(move |saved: bool| {
        let Ok(last) = last.with_untracked(|text| count(text)) else { return };
        spawn_local(async move {
            match asked(editor, saved, last).await {
                Ok(backtest) => {
                    found.try_set(Some(backtest));
                }
                Err(reason) => {
                    failure.try_set(Some(reason));
                }
            }
            busy.try_set(false);
        });
    });
    let start = Callback::new(move |_| {
        busy.set(true);
        failure.set(None);
        editor.saver.then(editor.workflow, ask);
    });
    let is_held_up = Signal::derive(move || busy.get() || error.with(Option::is_some));
    view! {
        <div class="flex flex-col gap-4">
            <p class="text-body text-muted">
                "Runs the draft on recorded inputs and touches nothing: what only computes is computed, every other task answers as it did then."
            </p>
            <div class="flex items-end gap-3">
                <TextField name="last" label="Last inputs" value=last on_input=Callback::new(move |text| last.set(text)) error/>
                <Button look=Look::Primary icon=Icon::History on_click=start disabled=is_held_up>"Backtest"</Button>
            </div>
            {move || failure.get().map(|reason| view! { <Notice tone=Tone::Bad>{reason}</Notice> })}
            {move || found.get().map(|backtest| view! { <Results editor backtest/> })}
        </div>
    }
}

async fn asked(editor: Editor, saved: bool, last: u32) -> Result<Backtest, String> {
    if !saved {
        return Err("The draft could not be saved, so it was not tried.".to_owned());
    }
    backtest_workflow(editor.id, last).await.map_err(|error| {
        let first = error.problems.first().map(|problem| format!(" {}", problem.message)).unwrap_or_default();
        format!("{}{first}", error.detail)
    })
}

fn count(text: &str) -> Result<u32, String> {
    let count = text.trim().parse().ok().filter(|count| (1..=MOST).contains(count));
    count.ok_or_else(|| format!("1 to {MOST}"))
}

#[component]
fn Results(editor: Editor, backtest: Backtest) -> impl IntoView {
    let summary = summary(&backtest);
    let is_empty = backtest.tested.is_empty();
    let rows = StoredValue::new(backtest.tested);
    let lines = move || rows.get_value().into_iter().map(|tested| line(editor, tested)).collect_view();
    let head = || {
        view! {
            <HeadCell>"Input"</HeadCell>
            <HeadCell>"It was"</HeadCell>
            <HeadCell>"The draft"</HeadCell>
            <HeadCell>"Where"</HeadCell>
        }
        .into_any()
    };
    view! {
        <p role="status" class="text-body font-medium">{summary}</p>
        {(!is_empty).then(|| view! { <Table label="Recorded inputs" head=Box::new(head)>{lines()}</Table> })}
    }
}

/// "3 the same, 1 differs, 1 would fail".
fn summary(backtest: &Backtest) -> String {
    let of = |is: fn(&Verdict) -> bool| backtest.tested.iter().filter(|tested| is(&tested.verdict)).count();
    let counts = [
        (of(|verdict| matches!(verdict, Verdict::Same)), "the same"),
        (of(|verdict| matches!(verdict, Verdict::Differs { .. })), "different"),
        (of(|verdict| matches!(verdict, Verdict::Fails { .. })), "would fail"),
        (of(|verdict| matches!(verdict, Verdict::Unknown { .. })), "unknown"),
        (backtest.left_out as usize, "left out for lack of time"),
    ];
    let told: Vec<String> =
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if told.is_empty() { "Nothing is recorded yet. Run the workflow first.".to_owned() } else { told.join(", ") }
}

fn line(editor: Editor, tested: Tested) -> impl IntoView {
    let Tested { execution, started_at, was, verdict, changed_calls } = tested;
    let (tone, word) = match &verdict {
        Verdict::Same => (Tone::Ok, "Same"),
        Verdict::Differs { .. } => (Tone::Wait, "Differs"),
        Verdict::Fails { .. } => (Tone::Bad, "Would fail"),
        Verdict::Unknown { .. } => (Tone::Idle, "Unknown"),
    };
    view! {
        <tr>
            <Cell><a href=format!("/executions/{execution}") class="whitespace-nowrap underline underline-offset-2"><Time at=started_at/></a></Cell>
            <Cell>{was.name()}</Cell>
            <Cell><Badge tone>{word}</Badge></Cell>
            <Cell>
                <div class="flex flex-col gap-1">
                    {place(editor, verdict)}
                    {changed_calls.into_iter().map(|call| changed(editor, call)).collect_view()}
                </div>
            </Cell>
        </tr>
    }
}

/// Where the draft comes to something else, and to what.
fn place(editor: Editor, verdict: Verdict) -> impl IntoView {
    let (node, sentence, differences) = match verdict {
        Verdict::Same => return None,
        Verdict::Differs { node, differences } => (node, None, differences),
        Verdict::Fails { node, message } => (node, Some(message), Vec::new()),
        Verdict::Unknown { node, reason } => (node, Some(reason), Vec::new()),
    };
    let name = node.map_or("Result".to_owned(), |node| name(editor, &node));
    Some(view! {
        <p class="font-medium break-words">{sentence.unwrap_or(name)}</p>
        {list(differences)}
    })
}

fn changed(editor: Editor, call: ChangedCall) -> impl IntoView {
    let name = name(editor, &call.run.node);
    view! {
        <p class="break-words text-wait-text">{format!("Changed call: {name}")}</p>
        {list(call.differences)}
    }
}

fn list(differences: Vec<Difference>) -> impl IntoView {
    let text = |value: Option<Value>| value.map_or("nothing".to_owned(), |value| value.to_string());
    let item = move |Difference { path, before, after }: Difference| {
        let path = if path.is_empty() { String::new() } else { format!("{path}: ") };
        view! { <li class="mono text-caption break-all">{path}<del>{text(before)}</del>" → "<ins>{text(after)}</ins></li> }
    };
    view! { <ul class="flex flex-col">{differences.into_iter().map(item).collect_view()}</ul> }
}

fn name(editor: Editor, id: &NodeId) -> String {
    editor.with_node(id, |node| node.name.clone()).unwrap_or_else(|| id.to_string())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{execution::ExecutionStatus, id::ExecutionId};

    #[test]
    fn what_came_of_the_inputs_is_told_in_one_line() {
        let tested = |verdict| Tested {
            execution: ExecutionId(Uuid::nil()),
            started_at: DateTime::UNIX_EPOCH,
            was: ExecutionStatus::Succeeded,
            verdict,
            changed_calls: Vec::new(),
        };
        let fails = Verdict::Fails { node: None, message: String::new() };
        let tested = [Verdict::Same, fails, Verdict::Same].map(tested).to_vec();
        assert_eq!(summary(&Backtest { tested, left_out: 2 }), "2 the same, 1 would fail, 2 left out for lack of time");
        assert!(summary(&Backtest::default()).starts_with("Nothing is recorded yet"));
    }

    #[test]
    fn a_backtest_takes_between_one_and_fifty_inputs() {
        assert_eq!((count(" 7 "), count("50")), (Ok(7), Ok(50)));
        for wrong in ["", "0", "51", "-1", "x"] {
            assert!(count(wrong).is_err(), "{wrong}");
        }
    }
}
