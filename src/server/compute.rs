//! Work that keeps a core busy, such as expressions over much data and the reading of files: not on the threads that serve
//! everything else, and on no more threads at once than there are cores.

use std::sync::Arc;

use tokio::sync::Semaphore;

#[derive(Clone)]
pub struct Compute(Arc<Semaphore>);

impl Default for Compute {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        Self(Arc::new(Semaphore::new(cores)))
    }
}

impl Compute {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn async_work_goes_on_while_all_threads_compute() {
        let compute = Compute::default();
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
