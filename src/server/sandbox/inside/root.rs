//! The file system inside: what programs need of the machine, read-only, and a box of its own.

use std::{fs, io, os::unix::fs::symlink, path::Path};

use nix::{
    mount::{MntFlags, MsFlags, mount, umount2},
    sys::{
        prctl,
        signal::Signal,
        statvfs::{FsFlags, statvfs},
    },
    unistd::pivot_root,
};

use super::told;

/// Where the new root is put together; covered in this mount namespace only.
const STAGE: &str = "/tmp";
/// Directories of programs and libraries.
const PROGRAMS: [&str; 9] = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix/store", "gnu/store"];
/// What programs read of `/etc`; nothing that says anything about the machine's users or services.
const CONFIGURATION: [&str; 10] = [
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "fonts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "pki",
    "ssl/certs",
];
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];
const BOX_BYTES: u64 = 256 * 1024 * 1024;

pub fn build() -> io::Result<()> {
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    let nothing = None::<&str>;
    mount(nothing, "/", nothing, MsFlags::MS_REC | MsFlags::MS_PRIVATE, nothing)
        .map_err(|error| told("take mounts as its own", &error))?;
    temporary(STAGE, "size=1m,nr_inodes=512,mode=755")?;
    for path in PROGRAMS {
        program(path)?;
    }
    configuration()?;
    devices()?;
    directory("proc")?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(Some("proc"), at("proc").as_str(), Some("proc"), flags, nothing)
        .map_err(|error| told("mount /proc", &error))?;
    directory("box")?;
    temporary(&at("box"), &format!("size={BOX_BYTES},nr_inodes=16384,mode=700"))?;
    symlink("box", at("tmp"))?;
    enter()
}

/// Makes it the root, and lets go of the old one.
fn enter() -> io::Result<()> {
    directory("old")?;
    pivot_root(STAGE, &*at("old")).map_err(|error| told("change the root", &error))?;
    std::env::set_current_dir("/")?;
    umount2("/old", MntFlags::MNT_DETACH).map_err(|error| told("leave the old root", &error))?;
    fs::remove_dir("/old")?;
    let flags = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(None::<&str>, "/", None::<&str>, flags, None::<&str>).map_err(|error| told("keep the root", &error))
}

fn at(path: &str) -> String {
    format!("{STAGE}/{path}")
}

fn directory(path: &str) -> io::Result<()> {
    fs::create_dir_all(at(path)).map_err(|error| told(&format!("make /{path}"), &error))
}

fn temporary(target: &str, options: &str) -> io::Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("tmpfs"), target, Some("tmpfs"), flags, Some(options))
        .map_err(|error| told(&format!("mount {target}"), &error))
}

/// A directory of the machine, or the link that it is.
fn program(path: &str) -> io::Result<()> {
    let source = Path::new("/").join(path);
    match fs::symlink_metadata(&source) {
        Ok(found) if found.is_symlink() => symlink(fs::read_link(&source)?, at(path)),
        Ok(found) if found.is_dir() => {
            directory(path)?;
            read_only(&source, path)
        }
        _ => Ok(()),
    }
}

fn configuration() -> io::Result<()> {
    directory("etc")?;
    fs::write(at("etc/passwd"), "box:x:1000:1000:box:/box:/bin/sh\n")?;
    fs::write(at("etc/group"), "box:x:1000:\n")?;
    fs::write(at("etc/hosts"), "127.0.0.1 localhost box\n")?;
    for name in CONFIGURATION {
        let path = format!("etc/{name}");
        let source = Path::new("/").join(&path);
        let Ok(found) = fs::metadata(&source) else { continue };
        if found.is_dir() {
            directory(&path)?;
        } else {
            fs::write(at(&path), "")?;
        }
        read_only(&source, &path)?;
    }
    Ok(())
}

fn devices() -> io::Result<()> {
    directory("dev/shm")?;
    temporary(&at("dev/shm"), "size=16m,mode=700")?;
    for name in DEVICES {
        let path = format!("dev/{name}");
        fs::write(at(&path), "")?;
        bind(&Path::new("/").join(&path), &path)?;
    }
    for (name, target) in [("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")] {
        symlink(format!("/proc/self/{target}"), at(&format!("dev/{name}")))?;
    }
    Ok(())
}

fn bind(source: &Path, path: &str) -> io::Result<()> {
    mount(Some(source), &*at(path), None::<&str>, MsFlags::MS_BIND | MsFlags::MS_REC, None::<&str>)
        .map_err(|error| told(&format!("show {}", source.display()), &error))
}

fn read_only(source: &Path, path: &str) -> io::Result<()> {
    bind(source, path)?;
    let found = statvfs(at(path).as_str()).map_err(|error| told(&format!("look at /{path}"), &error))?.flags();
    // What the machine does not allow there must stay so.
    let kept = [
        (FsFlags::ST_NOEXEC, MsFlags::MS_NOEXEC),
        (FsFlags::ST_NOATIME, MsFlags::MS_NOATIME),
        (FsFlags::ST_NODIRATIME, MsFlags::MS_NODIRATIME),
        (FsFlags::ST_RELATIME, MsFlags::MS_RELATIME),
    ];
    let kept = kept
        .into_iter()
        .filter(|(known, _)| found.contains(*known))
        .fold(MsFlags::empty(), |all, (_, flag)| all | flag);
    let flags = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(None::<&str>, &*at(path), None::<&str>, flags | kept, None::<&str>)
        .map_err(|error| told(&format!("protect /{path}"), &error))
}
