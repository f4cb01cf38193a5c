"""Tries to get out, one way after the other. Prints a line for each: the way, and `kept` or `ESCAPED`."""
import ctypes
import errno
import json
import os
import platform
import resource
import socket
import sys

given = json.load(sys.stdin)
libc = ctypes.CDLL(None, use_errno=True)


def attempt(way, action):
    try:
        got = action()
    except (OSError, ValueError, OverflowError) as error:
        print(f"{way}: kept ({error.__class__.__name__} {getattr(error, 'errno', '')})")
        return
    print(f"{way}: {'ESCAPED' if got else 'kept'} {got!r}")


def read(path, most=4096):
    with open(path, "rb") as file:
        return file.read(most)


def holds_secret(path):
    return given["secret"].encode() in read(path, 1 << 20)


def connect(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as peer:
        peer.settimeout(2)
        peer.connect(address)
        return True


def opens(family, kind, protocol=0):
    with socket.socket(family, kind, protocol):
        return True


def write(path):
    with open(path, "w") as file:
        file.write("x")
    return True


# What the server keeps.
attempt("read the key", lambda: read(given["key"]))
attempt("list the data directory", lambda: os.listdir(given["dir"]))
attempt("reach the key through /proc/self/root", lambda: read("/proc/self/root" + given["key"]))
attempt("reach the key through /proc/self/cwd", lambda: read("/proc/self/cwd/../../../../../.." + given["key"]))
attempt("link to the key", lambda: (os.symlink(given["key"], "link"), read("link")))
attempt("hard link to the key", lambda: (os.link(given["key"], "hard"), read("hard")))
for pid in (given["pid"], os.getppid(), 1):
    attempt(f"environment of {pid}", lambda: holds_secret(f"/proc/{pid}/environ"))
    attempt(f"memory of {pid}", lambda: read(f"/proc/{pid}/mem"))
    attempt(f"files of {pid}", lambda: os.listdir(f"/proc/{pid}/fd"))
    attempt(f"root of {pid}", lambda: os.listdir(f"/proc/{pid}/root/"))
attempt("signal the server", lambda: os.kill(given["pid"], 0) or True)
attempt("trace its parent", lambda: libc.ptrace(16, os.getppid(), 0, 0) == 0)

# Who listens on the machine.
attempt("a socket by its path", lambda: connect(socket.AF_UNIX, given["socket"]))
attempt("a socket without a path", lambda: connect(socket.AF_UNIX, "\0" + given["abstract"]))
attempt("a port of the machine", lambda: connect(socket.AF_INET, ("127.0.0.1", given["port"])))
attempt("a port of the machine by IPv6", lambda: connect(socket.AF_INET6, ("::ffff:127.0.0.1", given["port"])))
attempt("the metadata of the cloud", lambda: connect(socket.AF_INET, ("169.254.169.254", 80)))
attempt("a public address", lambda: connect(socket.AF_INET, ("1.1.1.1", 80)))
attempt("a datagram", lambda: connect(socket.AF_INET, ("1.1.1.1", 53), socket.SOCK_DGRAM))
attempt("a raw socket", lambda: opens(socket.AF_INET, socket.SOCK_RAW, 1))
attempt("a packet socket", lambda: opens(socket.AF_PACKET, socket.SOCK_RAW))
attempt("the hypervisor", lambda: opens(socket.AF_VSOCK, socket.SOCK_STREAM))
attempt("netlink", lambda: opens(socket.AF_NETLINK, socket.SOCK_RAW))
attempt("the kernel's ciphers", lambda: opens(socket.AF_ALG, socket.SOCK_SEQPACKET))

# Places that others read. (C22)
for path in [
    "/etc/passwd", "/etc/x", "/etc/ld.so.preload", "/etc/cron.d/x", "/usr/x", "/usr/bin/x", "/usr/local/bin/x",
    "/usr/lib/x", "/usr/lib/python3/x", "/bin/x", "/lib/x", "/sbin/x", "/x", "/root/x", "/home/x", "/var/x",
    "/var/tmp/x", "/var/lib/x", "/opt/x", "/srv/x", "/run/x", "/boot/x", "/sys/x", "/sys/kernel/uevent_helper",
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger",
    given["dir"] + "/x",
]:
    attempt(f"write {path}", lambda: write(path))
for path in ["/etc/shadow", "/etc/hostname", "/root", "/home", "/var/log", "/run", "/sys", "/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda", "/dev/fuse", "/dev/ptmx"]:
    attempt(f"look into {path}", lambda: os.listdir(path) if os.path.isdir(path) else read(path))

# More rights.
attempt("become root", lambda: os.setuid(0) or True)
attempt("become root's group", lambda: os.setgid(0) or True)
attempt("join groups", lambda: os.setgroups([0]) or True)
attempt("make a device", lambda: os.mknod("device", 0o60600, os.makedev(8, 0)) or True)
attempt("be more important", lambda: os.nice(-5) is None)
attempt("raise a limit", lambda: resource.setrlimit(resource.RLIMIT_NPROC, (4096, 4096)) is None)
attempt("write a core", lambda: resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20)) is None)
attempt("rights left", lambda: any(int(line.split()[1], 16) for line in read("/proc/self/status").decode().splitlines() if line.startswith("Cap")))

# What the kernel is not asked. The numbers: x86-64, and what other processors share.
calls = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "io_uring_setup": (425, 425), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "mount_setattr": (442, 442), "unshare": (272, 97), "setns": (308, 268), "kexec_load": (246, 104),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "reboot": (169, 142),
    "swapon": (167, 224), "acct": (163, 89), "quotactl": (179, 60), "syslog": (103, 116),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "personality": (135, 92), "clone3": (435, 435), "a call of the future": (999, 999),
}
column = 0 if platform.machine() == "x86_64" else 1
for name, numbers in calls.items():
    ctypes.set_errno(0)
    answer = libc.syscall(numbers[column], 0x10000000, 0, 0, 0, 0, 0)
    refused = answer == -1 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS)
    print(f"call {name}: {'kept' if refused else 'ESCAPED'} {answer} {errno.errorcode.get(ctypes.get_errno())}")
if platform.machine() == "x86_64":
    ctypes.set_errno(0)
    # getpid of the x32 ABI.
    answer = libc.syscall(0x40000000 + 39)
    print(f"call by x32: {'kept' if answer == -1 else 'ESCAPED'} {answer}")
    ctypes.set_errno(0)
    answer = libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)
    print(f"clone into namespaces: {'kept' if answer == -1 else 'ESCAPED'} {answer}")
ctypes.set_errno(0)
answer = libc.ioctl(0, 0x5412, b"x")
print(f"type into a terminal: {'kept' if answer == -1 else 'ESCAPED'}")
