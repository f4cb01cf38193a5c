//! When what happens in the workflow's executions is written down, and what that promises.

use leptos::prelude::*;

use crate::{
    domain::commit::Commit,
    ui::{components::Select, designer::editor::Editor},
};

#[component]
pub fn CommitChoice(editor: Editor) -> impl IntoView {
    let chosen = Memo::new(move |_| editor.workflow.with(|workflow| workflow.settings.commit));
    let options = Commit::ALL.map(|commit| (commit.name().to_owned(), commit.label().to_owned())).to_vec();
    let value = Signal::derive(move || chosen.get().name().to_owned());
    let choose = Callback::new(move |name: String| {
        if let Some(commit) = Commit::ALL.into_iter().find(|commit| commit.name() == name) {
            editor.edit("Change when it is written", move |workflow| workflow.settings.commit = commit);
        }
    });
    view! {
        <div class="mt-5 flex flex-col gap-1.5" data-field="commit">
            <Select name="commit" label="Written to the database" options=Signal::stored(options) value on_change=choose/>
            <p class="text-label text-muted">{move || chosen.get().promise()}</p>
        </div>
    }
}
