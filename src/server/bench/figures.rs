//! Every figure: its key, what it is, its unit and its target on two cores shared with Postgres (none: to be known).

/// What is measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Expressions,
    HttpRequest,
    Webhook,
    Answer,
    FirstTask,
    ThreeSteps,
    Fibonacci,
    Code,
    Fan,
    Chain,
    Items,
    NoOps,
    Payloads,
    Retries,
    Replicas,
    Ready,
    Adoption,
    Neighbour,
    Timers,
    /// Towards the end: what is kept stays.
    Kept,
    /// Last: what waits stays.
    Memory,
}

pub struct Figure {
    pub key: &'static str,
    pub group: Group,
    pub what: &'static str,
    pub unit: &'static str,
    pub target: &'static str,
}

const fn figure(
    group: Group,
    key: &'static str,
    what: &'static str,
    unit: &'static str,
    target: &'static str,
) -> Figure {
    Figure { key, group, what, unit, target }
}

pub const FIGURES: &[Figure] = &[
    figure(Group::Expressions, "expressions_per_s", "simple expressions evaluated on one core", "per s", "≥ 1,000,000"),
    figure(
        Group::HttpRequest,
        "http_request_overhead_us",
        "HTTP request as a task, beyond the same call by the bare client, p50",
        "µs",
        "≤ 150",
    ),
    figure(Group::Webhook, "webhook_202_per_s", "webhook → durable 202, 50 connections", "per s", "≥ 12,000"),
    figure(Group::Webhook, "webhook_202_p50_ms", "the same, p50", "ms", ""),
    figure(Group::Webhook, "webhook_202_p99_ms", "the same, p99", "ms", "≤ 20"),
    figure(
        Group::Webhook,
        "webhook_server_us",
        "processor time of server and load for each, its three tasks included",
        "µs",
        "",
    ),
    figure(Group::Webhook, "webhook_postgres_us", "processor time of Postgres for each", "µs", ""),
    figure(
        Group::Answer,
        "webhook_answer_per_s",
        "webhook → 3 tasks → answer with the result, 50 connections",
        "per s",
        "≥ 7,000",
    ),
    figure(Group::Answer, "webhook_answer_p99_ms", "the same, p99", "ms", "≤ 20"),
    figure(Group::Answer, "rest_answer_per_s", "the same by REST, POST /executions?wait=30", "per s", ""),
    figure(Group::FirstTask, "first_task_p50_ms", "start → durable, its first task handed out, p50", "ms", "≤ 0.6"),
    figure(Group::FirstTask, "first_task_p99_ms", "the same, p99", "ms", "≤ 1.5"),
    figure(Group::ThreeSteps, "three_steps_p50_ms", "three trivial tasks, one execution at a time, p50", "ms", "≤ 2"),
    figure(Group::ThreeSteps, "three_steps_p95_ms", "the same, p95", "ms", "≤ 4"),
    figure(Group::ThreeSteps, "three_steps_per_s", "three trivial tasks, 200 executions at once", "per s", "≥ 10,000"),
    figure(
        Group::Fibonacci,
        "forty_fibonacci_s",
        "40 × fibonacci(10) in sequence, each an expression of a transform",
        "s",
        "≤ 0.3",
    ),
    figure(Group::Code, "javascript_ms", "JavaScript, from a ready child to its result, p50", "ms", "≤ 5"),
    figure(
        Group::Code,
        "python_over_bare_ms",
        "Python in the sandbox, more than bare python3 takes, p50",
        "ms",
        "≤ 40",
    ),
    figure(Group::Code, "forty_fibonacci_js_s", "40 × fibonacci(10) in sequence, as JavaScript tasks", "s", "≤ 0.3"),
    figure(
        Group::Code,
        "ten_fibonacci_python_s",
        "10 × fibonacci(33) in sequence, as Python tasks",
        "s",
        "≤ plain Python + 5 %",
    ),
    figure(Group::Code, "ten_fibonacci_plain_s", "the same in plain Python", "s", ""),
    figure(Group::Fan, "fan_100_ms", "1 → 100 no-ops → 1, p50", "ms", "≤ 6"),
    figure(Group::Fan, "fan_1000_ms", "1 → 997 no-ops → 1, a workflow of 1,000 nodes, p50", "ms", ""),
    figure(
        Group::Chain,
        "chain_100_per_s",
        "chain of 100 no-ops behind a webhook, 50 connections, to the last end",
        "per s",
        "≥ 300",
    ),
    figure(Group::Chain, "chain_100_eager_per_s", "the same, committed eagerly", "per s", "≥ 1,200"),
    figure(Group::Chain, "chain_100_end_per_s", "the same, committed at the end", "per s", ""),
    figure(Group::Chain, "chain_100_ms", "chain of 100 no-ops, one at a time, p50", "ms", ""),
    figure(
        Group::Items,
        "items_1000_per_s",
        "1,000 items, each made into one of eight fields, and a summary, 50 executions at once",
        "per s",
        "≥ 200",
    ),
    figure(
        Group::NoOps,
        "noop_tasks_per_s",
        "no-op tasks with full history, chains of 10, 500 at once",
        "per s",
        "≥ 60,000",
    ),
    figure(Group::NoOps, "wal_bytes_per_task", "WAL for each of them", "bytes", ""),
    figure(Group::NoOps, "noop_server_us", "processor time of the server for each", "µs", ""),
    figure(Group::NoOps, "noop_postgres_us", "processor time of Postgres for each", "µs", ""),
    figure(Group::NoOps, "hot_updates_percent", "updates of executions that touched no index (HOT)", "%", ""),
    figure(Group::Payloads, "payload_1kb_ms", "three tasks that hand 1 KB on, one at a time, p50", "ms", ""),
    figure(Group::Payloads, "payload_100kb_ms", "the same with 100 KB", "ms", ""),
    figure(Group::Payloads, "payload_1mb_ms", "the same with 1 MB", "ms", ""),
    figure(
        Group::Retries,
        "retry_10_percent_per_s",
        "one HTTP call, 10 % of the attempts fail and are made again, 200 at once",
        "per s",
        "",
    ),
    figure(Group::Replicas, "replicas_1_per_s", "three trivial tasks through 1 replica, to the last end", "per s", ""),
    figure(Group::Replicas, "replicas_2_per_s", "the same through 2 replicas", "per s", ""),
    figure(Group::Replicas, "replicas_3_per_s", "the same through 3 replicas", "per s", ""),
    figure(Group::Ready, "ready_s", "start to ready, existing database", "s", "≤ 1"),
    figure(Group::Ready, "ready_embedded_s", "the same, embedded Postgres included", "s", "≤ 2"),
    figure(Group::Adoption, "adoption_s", "replica killed → its work goes on", "s", "≤ 10"),
    figure(
        Group::Neighbour,
        "neighbour_slowdown",
        "three trivial tasks, one at a time, beside a workspace whose tasks hang, compute and explode; against alone",
        "×",
        "≤ 1.2",
    ),
    figure(Group::Timers, "timers_100k_s", "100,000 waits due at one moment, until the last of them is over", "s", ""),
    figure(Group::Timers, "timers_per_s", "the same, per second", "per s", ""),
    figure(
        Group::Timers,
        "timers_other_p50_ms",
        "meanwhile, another workspace's webhook → 3 tasks → answer, p50",
        "ms",
        "",
    ),
    figure(Group::Timers, "timers_other_p99_ms", "the same, p99", "ms", ""),
    figure(
        Group::Timers,
        "timers_peak_rss_mb",
        "memory of one of the two replicas that share them, at most",
        "MB",
        "≤ 400",
    ),
    figure(
        Group::Kept,
        "kept_10k_per_s",
        "three trivial tasks, 200 executions at once, 10,000 executions kept",
        "per s",
        "",
    ),
    figure(Group::Kept, "kept_100k_per_s", "the same with 100,000", "per s", ""),
    figure(Group::Kept, "kept_1m_per_s", "the same with 1,000,000", "per s", ""),
    figure(Group::Memory, "idle_rss_mb", "memory of an idle replica", "MB", "≤ 60"),
    figure(Group::Memory, "waiting_100k_rss_mb", "memory with 100,000 waiting executions", "MB", "≤ 150"),
];

pub fn keys() -> Vec<&'static str> {
    FIGURES.iter().map(|figure| figure.key).collect()
}

impl Group {
    pub const ALL: [Self; 21] = [
        Self::Expressions,
        Self::HttpRequest,
        Self::Webhook,
        Self::Answer,
        Self::FirstTask,
        Self::ThreeSteps,
        Self::Fibonacci,
        Self::Code,
        Self::Fan,
        Self::Chain,
        Self::Items,
        Self::NoOps,
        Self::Payloads,
        Self::Retries,
        Self::Replicas,
        Self::Ready,
        Self::Adoption,
        Self::Neighbour,
        Self::Timers,
        Self::Kept,
        Self::Memory,
    ];

    /// The key of its first figure.
    pub fn name(self) -> &'static str {
        FIGURES.iter().find(|figure| figure.group == self).map_or("", |figure| figure.key)
    }

    /// Whether one of these keys is its own; without keys everything is wanted.
    pub fn is_wanted(self, keys: &[String]) -> bool {
        let is_named = |figure: &&Figure| figure.group == self && keys.iter().any(|key| key == figure.key);
        keys.is_empty() || FIGURES.iter().any(|figure| is_named(&figure))
    }

    pub fn rounds(self, asked: u32) -> u32 {
        match self {
            Self::Replicas | Self::Adoption => asked.min(3),
            Self::Timers | Self::Kept | Self::Memory => 1,
            _ => asked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_has_figures_and_every_key_is_there_once() {
        assert!(Group::ALL.into_iter().all(|group| !group.name().is_empty()));
        let mut keys = keys();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), FIGURES.len());
    }

    #[test]
    fn whatever_reads_the_figures_finds_them() {
        let known = keys();
        for key in [
            "webhook_202_per_s",
            "webhook_202_p99_ms",
            "three_steps_p50_ms",
            "three_steps_p95_ms",
            "three_steps_per_s",
            "forty_fibonacci_s",
            "fan_100_ms",
            "chain_100_per_s",
            "items_1000_per_s",
            "ready_s",
            "webhook_answer_per_s",
            "webhook_answer_p99_ms",
            "first_task_p50_ms",
            "first_task_p99_ms",
            "noop_tasks_per_s",
            "adoption_s",
            "idle_rss_mb",
            "waiting_100k_rss_mb",
            "wal_bytes_per_task",
        ] {
            assert!(known.contains(&key), "{key}");
        }
    }

    #[test]
    fn a_key_stands_for_its_group() {
        let wanted = |keys: &[&str]| {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            Group::ALL.into_iter().filter(|group| group.is_wanted(&keys)).collect::<Vec<_>>()
        };
        assert_eq!(wanted(&["fan_1000_ms", "ready_s"]), [Group::Fan, Group::Ready]);
        assert_eq!(wanted(&[]).len(), Group::ALL.len());
    }
}
