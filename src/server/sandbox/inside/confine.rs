//! What a process gives up before it performs a task: rights, sight, system calls, and more than its share.

use std::{fs, io, os::unix::fs::MetadataExt};

use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
    path_beneath_rules,
};
use nix::{
    sys::{
        prctl,
        resource::{Resource, setrlimit},
    },
    unistd::Uid,
};
use rustix::thread::{
    CapabilitySet, CapabilitySets, clear_ambient_capability_set, remove_capability_from_bounding_set, set_capabilities,
};

use super::{Plan, Profile, Tier, enter, filter, told};

const FILE_BYTES: u64 = 128 * 1024 * 1024;
const STACK_BYTES: u64 = 8 * 1024 * 1024;
const OPEN_FILES: u64 = 256;
/// Processes and threads.
const PROCESSES: u64 = 64;
/// What programs read where the machine's own file system is all there is.
const READABLE: [&str; 17] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/pki",
    "/etc/ssl/certs",
    "/dev/random",
    "/dev/urandom",
];
const WRITABLE_DEVICES: [&str; 3] = ["/dev/null", "/dev/zero", "/dev/full"];

pub fn shut_in(plan: &Plan) -> io::Result<()> {
    prctl::set_child_subreaper(true)?;
    limit()?;
    give_up_rights().map_err(|error| told("give up rights", &error))?;
    prctl::set_no_new_privs()?;
    see_less(plan)?;
    // Nobody inside looks into this process.
    prctl::set_dumpable(false)?;
    filter::apply(plan)
}

fn limit() -> io::Result<()> {
    for (resource, most) in [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_FSIZE, FILE_BYTES),
        (Resource::RLIMIT_STACK, STACK_BYTES),
        (Resource::RLIMIT_NOFILE, OPEN_FILES),
        (Resource::RLIMIT_MEMLOCK, 64 * 1024),
        (Resource::RLIMIT_MSGQUEUE, 0),
        (Resource::RLIMIT_NICE, 0),
        (Resource::RLIMIT_RTPRIO, 0),
    ] {
        setrlimit(resource, most, most).map_err(|error| told("limit resources", &error))?;
    }
    // The kernel counts by user: of one who has others besides, it counts those too.
    let others = if enter::counts_alone() { 0 } else { threads_of_the_user() };
    let most = PROCESSES + others;
    setrlimit(Resource::RLIMIT_NPROC, most, most).map_err(|error| told("limit processes", &error))
}

fn threads_of_the_user() -> u64 {
    let user = Uid::effective().as_raw();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let own = processes.filter(|process| process.metadata().is_ok_and(|found| found.uid() == user));
    own.map(|process| fs::read_dir(process.path().join("task")).map_or(0, |threads| threads.count() as u64)).sum()
}

fn give_up_rights() -> rustix::io::Result<()> {
    clear_ambient_capability_set()?;
    for right in CapabilitySet::all().iter() {
        // Without the right to do so there is nothing to give up.
        let _ = remove_capability_from_bounding_set(right);
    }
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
}

/// Landlock: in namespaces a second wall, and as much of it as the kernel has; without them the wall itself.
fn see_less(plan: &Plan) -> io::Result<()> {
    match plan.tier {
        Tier::Strict => {
            let rules = rules(plan, CompatLevel::BestEffort, ABI::V6, true, &["/"], &["/box", "/dev/shm"]);
            rules.map(drop).map_err(|error| told("apply Landlock", &error))
        }
        Tier::Restricted => {
            let home = [plan.home.as_str()];
            let whole = rules(plan, CompatLevel::HardRequirement, ABI::V6, true, &READABLE, &home);
            let enforced = match whole {
                Err(_) if enter::has_own_user() => {
                    rules(plan, CompatLevel::HardRequirement, ABI::V1, false, &READABLE, &home)
                }
                other => other,
            };
            match enforced {
                Ok(RulesetStatus::FullyEnforced) => Ok(()),
                Ok(_) => Err(told("shut in", &"the kernel enforces a part of Landlock only")),
                Err(error) => Err(told(
                    "shut in: without namespaces this takes Landlock of Linux 6.12, or 5.13 where the server is root",
                    &error,
                )),
            }
        }
    }
}

fn rules(
    plan: &Plan,
    level: CompatLevel,
    abi: ABI,
    scoped: bool,
    readable: &[&str],
    writable: &[&str],
) -> Result<RulesetStatus, landlock::RulesetError> {
    let all = AccessFs::from_all(abi);
    let mut read = AccessFs::from_read(abi);
    if plan.profile != Profile::Command {
        read &= !AccessFs::Execute;
    }
    let mut rules = Ruleset::default().set_compatibility(level).handle_access(all)?;
    if scoped {
        rules = rules.scope(Scope::Signal)?.scope(Scope::AbstractUnixSocket)?;
    }
    let of_file = AccessFs::from_file(abi);
    let device = of_file & (AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev);
    let restricted = rules
        .create()?
        .set_compatibility(CompatLevel::BestEffort)
        .add_rules(path_beneath_rules(readable, read))?
        .add_rules(path_beneath_rules(writable, all))?
        .add_rules(path_beneath_rules(WRITABLE_DEVICES, device))?
        .restrict_self()?;
    Ok(restricted.ruleset)
}
