//! A stream that breaks off when more comes out of it than a task may hand on: the client keeps all of it in memory. Its end
//! is a failure too, because whoever reads it waits for an answer.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub struct Limited<S> {
    stream: S,
    /// Bytes that may still come.
    left: usize,
    /// Tells whoever waits for the answer why it broke off.
    is_over: Arc<AtomicBool>,
}

impl<S> Limited<S> {
    pub fn new(stream: S, left: usize, is_over: Arc<AtomicBool>) -> Self {
        Self { stream, left, is_over }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Limited<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (before, asks) = (buffer.filled().len(), buffer.remaining() > 0);
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let came = buffer.filled().len() - before;
        Poll::Ready(if came > self.left {
            buffer.set_filled(before);
            self.is_over.store(true, Ordering::Relaxed);
            Err(io::ErrorKind::ConnectionAborted.into())
        } else if came == 0 && asks {
            Err(io::ErrorKind::UnexpectedEof.into())
        } else {
            self.left -= came;
            Ok(())
        })
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Limited<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn it_gives_as_much_as_it_may_and_then_breaks_off() {
        for (length, kind, is_too_much) in [
            (9, io::ErrorKind::UnexpectedEof, false),
            (10, io::ErrorKind::UnexpectedEof, false),
            (11, io::ErrorKind::ConnectionAborted, true),
        ] {
            let is_over = Arc::new(AtomicBool::new(false));
            let bytes = vec![b'x'; length];
            let mut stream = Limited::new(bytes.as_slice(), 10, is_over.clone());
            let ended = stream.read_to_end(&mut Vec::new()).await.unwrap_err();
            assert_eq!((ended.kind(), is_over.load(Ordering::Relaxed)), (kind, is_too_much), "{length}");
        }
    }
}
