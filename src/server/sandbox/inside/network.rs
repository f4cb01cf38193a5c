//! The network inside: a loopback, and on it, where the task may, the way to the server's proxy.

use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    net::{Ipv4Addr, TcpListener},
    os::{
        fd::{AsFd, AsRawFd},
        unix::net::UnixStream,
    },
};

use nix::sys::socket::{AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, sendto, socket};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

use super::{
    super::{PROXY_PORT, message},
    Report, told,
};

/// Raises `lo`: one message of rtnetlink, `RTM_NEWLINK` for interface 1 with the flag `IFF_UP`.
pub fn raise_loopback() -> io::Result<()> {
    let socket = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)
        .map_err(|error| told("reach the network inside", &error))?;
    let mut message = Vec::with_capacity(32);
    // nlmsghdr: length, RTM_NEWLINK, NLM_F_REQUEST, sequence, port.
    message.extend(32_u32.to_ne_bytes());
    message.extend(16_u16.to_ne_bytes());
    message.extend(1_u16.to_ne_bytes());
    message.extend([0; 8]);
    // ifinfomsg: family, padding, type, index, flags, mask of flags.
    message.extend([0; 4]);
    message.extend(1_i32.to_ne_bytes());
    message.extend(1_u32.to_ne_bytes());
    message.extend(1_u32.to_ne_bytes());
    sendto(socket.as_raw_fd(), &message, &NetlinkAddr::new(0, 0), MsgFlags::empty())
        .map_err(|error| told("raise the loopback", &error))?;
    Ok(())
}

/// Listens inside and gives the listener to the server: it accepts there, and the task reaches it and nothing else.
pub fn open(control: &UnixStream) -> io::Result<()> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, PROXY_PORT)).map_err(|error| told("listen inside", &error))?;
    let frame = message::frame(&Report::Listening, &[])?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let descriptors = [listener.as_fd()];
    ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
    sendmsg(control, &[IoSlice::new(&frame)], &mut ancillary, SendFlags::empty())?;
    Ok(())
}
