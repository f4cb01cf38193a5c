//! The outside world of the simulation: people who cancel, pause, approve and reject, services that send events. Now and
//! then they are not sure and say it twice.

use serde_json::json;

use super::{super::message::Letter, world::World};
use crate::domain::{
    event::{Answer, Release, WaitsFor},
    execution::TaskRunStatus,
    id::{ExecutionId, RunId},
    task::port,
};

/// Names of events, and keys.
const EVENTS: [&str; 2] = ["paid", "sent"];
const KEYS: [Option<&str>; 3] = [None, Some("a"), Some("b")];

impl World {
    pub fn somebody_acts(&mut self) {
        match self.chance.below(100) {
            0..40 => self.steer(),
            40..50 => {
                let held = self.held();
                let chosen = self.chance.below(held.len().max(1));
                if let Some((execution, run)) = held.into_iter().nth(chosen) {
                    self.let_go(execution, run);
                }
            }
            50..80 => {
                let waiting = self.waiting();
                let chosen = self.chance.below(waiting.len().max(1));
                if let Some((execution, run, _)) = waiting.into_iter().nth(chosen) {
                    self.answer_to(execution, run);
                }
            }
            _ => {
                let (name, key) = (EVENTS[self.chance.below(2)], KEYS[self.chance.below(3)]);
                self.send_event(name, key);
            }
        }
    }

    fn steer(&mut self) {
        let known: Vec<ExecutionId> = self.store.rows.keys().copied().collect();
        let Some(execution) = self.chance.one_of(&known) else { return };
        let by = || "ada".to_owned();
        let letter = match self.chance.below(8) {
            0 => Letter::Cancel { by: by() },
            1..4 => Letter::Pause { by: by() },
            4..6 => Letter::Step { by: by() },
            _ => Letter::Resume { by: by() },
        };
        self.send(execution, letter);
    }

    fn send(&mut self, execution: ExecutionId, letter: Letter) {
        let times = if self.is_troubled && self.chance.percent(20) { 2 } else { 1 };
        (0..times).for_each(|_| self.store.letters.push((execution, letter.clone())));
    }

    /// What waits for a person or a call, as the journal tells.
    fn waiting(&self) -> Vec<(ExecutionId, RunId, WaitsFor)> {
        let runs = self.store.states.iter().filter(|(_, state)| !state.status.is_finished());
        let runs = runs.flat_map(|(id, state)| state.task_runs.iter().map(|(run, found)| (*id, run.clone(), found)));
        let waiting = runs.filter(|(_, _, run)| run.status == TaskRunStatus::Waiting);
        let waiting = waiting.filter_map(|(id, run, found)| Some((id, run, found.waits_for.clone()?)));
        waiting.filter(|(_, _, what)| matches!(what, WaitsFor::Approval { .. } | WaitsFor::Call)).collect()
    }

    /// What stands at a breakpoint, as the journal tells.
    fn held(&self) -> Vec<(ExecutionId, RunId)> {
        let runs = self.store.states.iter().filter(|(_, state)| !state.status.is_finished());
        let runs = runs.flat_map(|(id, state)| state.task_runs.iter().map(|(run, found)| (*id, run.clone(), found)));
        runs.filter(|(_, _, run)| run.held_at().is_some()).map(|(id, run, _)| (id, run)).collect()
    }

    fn let_go(&mut self, execution: ExecutionId, run: RunId) {
        let payload = self.chance.percent(30).then(|| json!({ "number": self.chance.below(1_000) }));
        let release = Release { by: "ada".into(), payload, step: self.chance.percent(30) };
        self.send(execution, Letter::Release { run, release });
    }

    fn answer_to(&mut self, execution: ExecutionId, run: RunId) {
        let node = self.node_of(execution, &run);
        let ports: Vec<&'static str> = node.map_or(vec![port::OUT], |node| node.kind.spec().outputs.to_vec());
        let port = self.chance.one_of(&ports).unwrap_or(port::OUT).to_owned();
        let output = json!({ "number": self.chance.below(1_000) });
        self.send(execution, Letter::Answer { run, answer: Answer { output, port, by: "ada".into() } });
    }

    /// One statement: whoever waits for it gets a letter, once.
    fn send_event(&mut self, name: &str, key: Option<&str>) {
        let is_meant =
            |(wanted, of): &(String, Option<String>)| wanted == name && of.as_deref().is_none_or(|of| Some(of) == key);
        let meant = self.store.waits.iter().filter(|(_, wait)| is_meant(wait)).map(|(whose, _)| whose.clone());
        for whose in meant.collect::<Vec<_>>() {
            self.store.waits.remove(&whose);
            let (execution, run) = whose;
            let answer = Answer { output: json!({ "event": name }), port: port::OUT.to_owned(), by: "shop".into() };
            self.store.letters.push((execution, Letter::Answer { run, answer }));
        }
    }

    /// So that everything comes to its end: nothing stays paused, everybody gets an answer.
    pub fn answer_everything(&mut self) {
        let states = self.store.states.iter();
        let paused = states.filter(|(_, state)| state.paused_by.is_some() && !state.status.is_finished());
        let resume = paused.map(|(execution, _)| (*execution, Letter::Resume { by: "ada".into() }));
        let resume: Vec<_> = resume.collect();
        self.store.letters.extend(resume);
        self.held().into_iter().for_each(|(execution, run)| self.let_go(execution, run));
        self.waiting().into_iter().for_each(|(execution, run, _)| self.answer_to(execution, run));
        for name in EVENTS {
            KEYS.into_iter().for_each(|key| self.send_event(name, key));
        }
    }
}
