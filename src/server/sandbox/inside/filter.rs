//! System calls: what programs may not ask of the kernel, and the few that our own interpreters need.

use std::{collections::BTreeMap, io};

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter, sock_filter,
};

use super::{Plan, Profile, Tier, told};

/// The first system call that was unknown when this was written: such do not exist inside, nor do those of the x32 ABI.
const UNKNOWN: u32 = 472;

/// Other processes' memory, the kernel's own workings, mounts, other namespaces, and ways around all of these.
const FORBIDDEN: &[libc::c_long] = &[
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_lookup_dcookie,
    libc::SYS_fanotify_init,
    libc::SYS_vhangup,
    libc::SYS_personality,
    libc::SYS_nfsservctl,
    libc::SYS_mbind,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    libc::SYS_set_mempolicy,
];

/// The same for one processor's calls.
#[cfg(target_arch = "x86_64")]
const FORBIDDEN_HERE: &[libc::c_long] =
    &[libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt, libc::SYS_uselib, libc::SYS__sysctl];
#[cfg(not(target_arch = "x86_64"))]
const FORBIDDEN_HERE: &[libc::c_long] = &[];

/// Memory, time, and the conversation with the server.
const ENOUGH_TO_COMPUTE: &[libc::c_long] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_close,
    libc::SYS_dup3,
    libc::SYS_fcntl,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_gettimeofday,
    libc::SYS_sched_yield,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_tgkill,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// The same for one processor's calls.
#[cfg(target_arch = "x86_64")]
const ENOUGH_HERE: &[libc::c_long] = &[libc::SYS_dup2];
#[cfg(not(target_arch = "x86_64"))]
const ENOUGH_HERE: &[libc::c_long] = &[];

/// `CLONE_NEW…`: of time, mounts, cgroups, names, messages, users, processes and networks.
const NEW_NAMESPACES: [u64; 8] =
    [0x80, 0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000];

pub fn apply(plan: &Plan) -> io::Result<()> {
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    let program = match plan.profile {
        Profile::Command => build(forbidden(plan)?, SeccompAction::Allow, refused),
        Profile::JavaScript | Profile::Plugin => {
            let few = ENOUGH_TO_COMPUTE.iter().chain(ENOUGH_HERE).map(|call| (*call, Vec::new())).collect();
            build(few, refused, SeccompAction::Allow)
        }
    };
    let mut program = program.map_err(|error| told("build the filter of system calls", &error))?;
    if plan.profile == Profile::Command {
        // How programs make threads: what its flags are cannot be seen, and libraries go on with `clone`.
        let no_clone3 = build(
            [(libc::SYS_clone3, Vec::new())].into(),
            SeccompAction::Allow,
            SeccompAction::Errno(libc::ENOSYS as u32),
        );
        let no_clone3 = no_clone3.map_err(|error| told("build the filter of system calls", &error))?;
        apply_filter(&no_clone3).map_err(|error| told("filter system calls", &error))?;
    }
    program.splice(0..0, unknown_calls_do_not_exist());
    apply_filter(&program).map_err(|error| told("filter system calls", &error))
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn build(
    rules: Rules,
    otherwise: SeccompAction,
    matched: SeccompAction,
) -> Result<BpfProgram, seccompiler::BackendError> {
    SeccompFilter::new(rules, otherwise, matched, std::env::consts::ARCH.try_into()?)?.try_into()
}

fn forbidden(plan: &Plan) -> io::Result<Rules> {
    let mut rules: Rules = FORBIDDEN.iter().chain(FORBIDDEN_HERE).map(|call| (*call, Vec::new())).collect();
    let conditional = conditional(plan).map_err(|error| told("build the filter of system calls", &error))?;
    rules.extend(conditional);
    Ok(rules)
}

fn conditional(plan: &Plan) -> Result<Rules, seccompiler::BackendError> {
    let flag = |index: u8, flag: u64| {
        let is_set = SeccompCondition::new(index, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(flag), flag)?;
        SeccompRule::new(vec![is_set])
    };
    let namespaces = NEW_NAMESPACES.into_iter().map(|namespace| flag(0, namespace)).collect::<Result<Vec<_>, _>>()?;
    let mut rules = Rules::from([(libc::SYS_clone, namespaces)]);
    // Faked input for a terminal that the server may have (TIOCSTI, TIOCLINUX).
    let of_terminals = [libc::TIOCSTI, libc::TIOCLINUX].into_iter().map(|request| {
        SeccompRule::new(vec![SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, request)?])
    });
    rules.insert(libc::SYS_ioctl, of_terminals.collect::<Result<Vec<_>, _>>()?);
    match plan.tier {
        Tier::Strict => {
            let families = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6];
            rules.insert(libc::SYS_socket, vec![none_of(families)?]);
        }
        // Nothing else would keep it from the sockets of the machine.
        Tier::Restricted => {
            rules.insert(libc::SYS_socket, Vec::new());
        }
    }
    Ok(rules)
}

fn none_of<const N: usize>(families: [i32; N]) -> Result<SeccompRule, seccompiler::BackendError> {
    let is_another = |family: i32| SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, family as u64);
    SeccompRule::new(families.into_iter().map(is_another).collect::<Result<_, _>>()?)
}

/// In front of a filter: load the call's number; from `UNKNOWN` on, answer `ENOSYS`.
fn unknown_calls_do_not_exist() -> [sock_filter; 3] {
    let enosys = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;
    [
        sock_filter { code: (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16, jt: 0, jf: 0, k: 0 },
        sock_filter { code: (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16, jt: 0, jf: 1, k: UNKNOWN },
        sock_filter { code: (libc::BPF_RET | libc::BPF_K) as u16, jt: 0, jf: 0, k: enosys },
    ]
}
