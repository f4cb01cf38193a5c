//! The server's end of the connection to a child: frames, and descriptors that come with them.

use std::{
    io::{self, IoSliceMut},
    mem::MaybeUninit,
    os::{fd::OwnedFd, unix::net::UnixStream as StdStream},
};

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use serde::Serialize;
use tokio::{
    io::{AsyncWriteExt, Interest},
    net::UnixStream,
};

use super::message::{self, Report};

pub struct Wire {
    stream: UnixStream,
    received: Vec<u8>,
    descriptors: Vec<OwnedFd>,
}

impl Wire {
    pub fn of(stream: StdStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream: UnixStream::from_std(stream)?, received: Vec::new(), descriptors: Vec::new() })
    }

    pub async fn send(&mut self, head: &impl Serialize, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(&message::frame(head, bytes)?).await
    }

    /// The other side hears nothing more.
    pub async fn close(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    /// The next report; none: there are no more. May be dropped and called again.
    pub async fn next(&mut self) -> io::Result<Option<(Report, Vec<u8>)>> {
        loop {
            if let Some(found) = self.whole()? {
                return Ok(Some(found));
            }
            let mut buffer = [0; 16 * 1024];
            let (stream, descriptors) = (&self.stream, &mut self.descriptors);
            let count = stream.async_io(Interest::READABLE, || receive(stream, &mut buffer, descriptors)).await?;
            if count == 0 {
                return Ok(None);
            }
            self.received.extend(&buffer[..count]);
        }
    }

    /// A descriptor that came with what was read so far.
    pub fn descriptor(&mut self) -> Option<OwnedFd> {
        self.descriptors.pop()
    }

    fn whole(&mut self) -> io::Result<Option<(Report, Vec<u8>)>> {
        let Some(begin) = self.received.first_chunk::<8>() else { return Ok(None) };
        let (head, bytes) = message::lengths(*begin)?;
        let whole = 8 + head + bytes;
        if self.received.len() < whole {
            return Ok(None);
        }
        let report = serde_json::from_slice(&self.received[8..8 + head])?;
        let bytes = self.received[8 + head..whole].to_vec();
        self.received.drain(..whole);
        Ok(Some((report, bytes)))
    }
}

fn receive(stream: &UnixStream, buffer: &mut [u8], descriptors: &mut Vec<OwnedFd>) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let read = recvmsg(stream, &mut [IoSliceMut::new(buffer)], &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(found) = message {
            descriptors.extend(found);
        }
    }
    Ok(read.bytes)
}
