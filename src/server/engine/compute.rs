//! Work that keeps a core busy, such as expressions over much data: not on the threads that serve everything else, and on
//! no more threads at once than there are cores.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::size;
use crate::domain::{expression::Scope, workflow::Parameters};

/// Data of so many bytes is worked on elsewhere; less is done faster than handed over.
const MUCH: usize = 32 * 1024;
/// With a function that is called for every item, so much less counts as much.
const PER_CALL: usize = 16;

#[derive(Clone)]
pub struct Compute(Arc<Semaphore>);

impl Compute {
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        Self(Arc::new(Semaphore::new(cores)))
    }

    /// Does the work on another thread. None: it panicked.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let turn = self.0.clone().acquire_owned().await.ok()?;
        let done = tokio::task::spawn_blocking(move || {
            // Kept until the work is over, though whoever wanted it may have given up.
            let _turn = turn;
            work()
        });
        done.await.ok()
    }
}

/// Whether evaluating these parameters may take long enough to be noticed.
pub fn is_much(parameters: &Parameters, scope: &Scope) -> bool {
    let calls = parameters.values().any(|value| value.as_str().is_some_and(|text| text.contains("=>")));
    let mut left = if calls { MUCH / PER_CALL } else { MUCH };
    let values = [&scope.input, &scope.trigger, &scope.item].into_iter().chain(scope.nodes.values());
    values.into_iter().any(|value| match size::left(value, left) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scope(bytes: usize) -> Scope {
        Scope { input: json!("x".repeat(bytes)), ..Scope::default() }
    }

    #[test]
    fn much_data_is_worked_on_elsewhere_and_with_functions_less_is_much() {
        let parameters = |text: &str| Parameters::from_iter([("output".to_owned(), json!(text))]);
        let (plain, calls) = (parameters("input.length"), parameters("input.map(item => item.id)"));
        for (parameters, bytes, much) in [
            (&plain, 100, false),
            (&plain, 20_000, false),
            (&plain, 40_000, true),
            (&calls, 100, false),
            (&calls, 3_000, true),
        ] {
            assert_eq!(is_much(parameters, &scope(bytes)), much, "{bytes}");
        }
        let several = (0..8).map(|node| (node.to_string(), json!("x".repeat(5_000)))).collect();
        assert!(is_much(&plain, &Scope { nodes: several, ..Scope::default() }), "outputs of several nodes together");
    }

    #[tokio::test]
    async fn async_work_goes_on_while_all_threads_compute() {
        let compute = Compute::new();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let held = Arc::new(std::sync::Mutex::new(held));
        let busy: Vec<_> = (0..64)
            .map(|_| {
                let (compute, held) = (compute.clone(), held.clone());
                tokio::spawn(async move { compute.run(move || held.lock().map(|held| held.recv()).is_ok()).await })
            })
            .collect();
        // On this runtime's only thread: it would never come to this if the work were done here.
        tokio::task::yield_now().await;
        drop(release);
        for work in busy {
            assert_eq!(work.await.expect("it does not panic"), Some(true));
        }
        assert_eq!(compute.run(|| panic!("on purpose")).await, None::<()>);
        assert_eq!(compute.run(|| 7).await, Some(7), "a panic takes no thread with it");
    }
}
