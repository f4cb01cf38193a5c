//! Attempts that a lane makes itself: at tasks that only compute, and little. A slot, a task of the runtime and the way
//! back through the inbox would cost them several times what they do.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::LazyLock,
};

use super::{Core, attempt, compute, message::Ending, work::Work};
use crate::{
    domain::{expression, limit::TaskLimits, workflow::Node},
    server::{pulse::Pulse, runners},
};

/// Nobody feels the pulse of what is over at once: one stands for all.
static PULSE: LazyLock<Pulse> = LazyLock::new(Pulse::begin);

/// How the attempt ended; none: it has to be made in the ordinary way, and nothing was done.
pub fn attempt(core: &Core, work: &Work) -> Option<Ending> {
    let node = work.node();
    if node.disabled {
        return Some(attempt::pass_on(work));
    }
    let run = runners::computing(node.kind)?;
    // Whoever reads the execution's facts may want its resume URL, and the variables are in the database: few want either.
    if asks_for_more(node)
        || !work.scope.execution.is_null()
        || work.reads_variables()
        || compute::is_much(&node.parameters, &work.scope)
    {
        return None;
    }
    let parameters = expression::resolve_briefly(node.kind, &node.parameters, &work.scope)?;
    let call = work.call(core, parameters, None, PULSE.clone());
    Some(match catch_unwind(AssertUnwindSafe(|| run(&call))) {
        Ok(ended) => {
            attempt::end(ended.map_err(|error| runners::explained(&call, error)), core.parts.settings.max_result)
        }
        Err(_panic) => attempt::broke_off(work),
    })
}

/// Whether attempts at this node are made so, if they take no longer than they should. They change nothing outside: nobody
/// can tell when one was made, nor how often.
pub fn is_for(node: &Node) -> bool {
    node.disabled || runners::computing(node.kind).is_some() && !asks_for_more(node)
}

/// Whether something besides the task itself has to be seen to.
fn asks_for_more(node: &Node) -> bool {
    node.group.is_some()
        || node.start_timeout_secs.is_some()
        || node.heartbeat_timeout_secs.is_some()
        || node.limits != TaskLimits::default()
}
