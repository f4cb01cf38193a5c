//! The first part of the way in: away from root, into namespaces of its own.

use std::{
    fs, io,
    os::unix::process::ExitStatusExt,
    process::{Command, ExitCode, Stdio},
};

use nix::{
    sched::{CloneFlags, unshare},
    sys::{prctl, signal::Signal},
    unistd::{Gid, Pid, Uid, getpid, setgroups, setresgid, setresuid},
};
use rustix::thread::{CapabilitySet, capabilities, configure_capability_in_ambient_set, set_capabilities};

use super::{Plan, told};

/// Added to the process id, this is a user that nobody else has on the machine.
const FIRST_UID: u32 = 2_000_000_000;
/// Where user namespaces hold 65,536 users, as in many containers; several children may then share one.
const FIRST_SMALL_UID: u32 = 61_184;
const SMALL_UIDS: u32 = 4_000;
/// Who the task is, inside.
pub const INSIDE_UID: u32 = 1_000;

/// Takes on a user without rights, where it is root; ends with the server in any case.
pub fn as_nobody_else() -> io::Result<()> {
    // Of all processes, tasks go first where memory ends.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    if Uid::effective().is_root() {
        let pid = u32::try_from(getpid().as_raw()).unwrap_or_default();
        setgroups(&[]).map_err(|error| told("leave root's groups", &error))?;
        become_user(FIRST_UID + pid)
            .or_else(|_| become_user(FIRST_SMALL_UID + pid % SMALL_UIDS))
            .map_err(|error| told("become a user without rights", &error))?;
    }
    // A change of user takes both away.
    prctl::set_dumpable(true)?;
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    Ok(())
}

fn become_user(id: u32) -> nix::Result<()> {
    let (uid, gid) = (Uid::from_raw(id), Gid::from_raw(id));
    setresgid(gid, gid, gid)?;
    setresuid(uid, uid, uid)
}

/// Whether no other process on the machine has this user.
pub fn has_own_user() -> bool {
    Uid::effective().as_raw() == FIRST_UID.wrapping_add(u32::try_from(Pid::this().as_raw()).unwrap_or_default())
}

/// Whether the kernel counts this child's processes apart from all others: in a user namespace, or under a user of its own.
pub fn counts_alone() -> bool {
    has_own_user() || Uid::effective().as_raw() == INSIDE_UID && Pid::this().as_raw() == 1
}

/// Starts the rest in namespaces of its own, as their first process: with it, everything in them ends.
pub fn namespaces(plan: &Plan) -> io::Result<ExitCode> {
    as_nobody_else()?;
    let (uid, gid) = (Uid::effective(), Gid::effective());
    let all = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWCGROUP;
    unshare(all).map_err(|error| told("make namespaces (are user namespaces allowed on this machine?)", &error))?;
    fs::write("/proc/self/setgroups", "deny").map_err(|error| told("map users", &error))?;
    fs::write("/proc/self/uid_map", format!("{INSIDE_UID} {uid} 1")).map_err(|error| told("map users", &error))?;
    fs::write("/proc/self/gid_map", format!("{INSIDE_UID} {gid} 1")).map_err(|error| told("map groups", &error))?;
    nix::unistd::sethostname("box").map_err(|error| told("name the box", &error))?;
    hand_on_rights().map_err(|error| told("hand on rights", &error))?;
    let mut first = Command::new("/proc/self/exe")
        .args(["sandbox", "inside", plan.tier.name(), plan.profile.name(), &plan.home])
        .stdin(Stdio::inherit())
        .env_clear()
        .spawn()
        .map_err(|error| told("start inside", &error))?;
    super::close_output(&super::nothing()?)?;
    let status = first.wait()?;
    Ok(status
        .code()
        .map_or(ExitCode::from(128 | status.signal().unwrap_or_default() as u8), |code| (code as u8).into()))
}

/// What the next program needs to mount, to raise the loopback and to give all of it up.
fn hand_on_rights() -> rustix::io::Result<()> {
    let needed = [CapabilitySet::SYS_ADMIN, CapabilitySet::NET_ADMIN, CapabilitySet::SETPCAP];
    let mut sets = capabilities(None)?;
    sets.inheritable = needed.into_iter().collect();
    set_capabilities(None, sets)?;
    needed.into_iter().try_for_each(|right| configure_capability_in_ambient_set(right, true))
}
