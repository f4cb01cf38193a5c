//! A load generator: keep-alive connections that each send the next request when the last is answered. Written on bare
//! sockets, because it shares the cores with the servers that it measures.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use super::Measured;
use crate::server::{Error, Result};

/// What a webhook's caller sends: about 150 bytes.
pub const SIGN_UP: &str = r#"{"email":"ada@example.com","name":"Ada Lovelace","plan":"pro","source":"bench","note":"one hundred and fifty bytes or so of a sign-up event"}"#;

/// A request to repeat.
#[derive(Clone)]
pub struct Post {
    pub address: SocketAddr,
    pub path: String,
    /// An API token, where one is needed.
    pub token: Option<String>,
    pub body: String,
    /// The one answer that counts as done.
    pub expects: u16,
}

/// When a connection stops to send.
#[derive(Clone)]
enum End {
    At(Instant),
    /// When so many more were sent by all of them.
    After(Arc<AtomicU64>),
}

impl Post {
    /// Calls a webhook.
    pub fn hook(address: SocketAddr, path: &str) -> Self {
        Self { address, path: path.to_owned(), token: None, body: SIGN_UP.to_owned(), expects: 202 }
    }

    /// Sends for so long.
    pub async fn send_for(&self, connections: usize, time: Duration) -> Result<Measured> {
        self.send(connections, End::At(Instant::now() + time)).await
    }

    /// Sends so many.
    pub async fn send_times(&self, connections: usize, times: u64) -> Result<Measured> {
        self.send(connections, End::After(Arc::new(AtomicU64::new(times)))).await
    }

    async fn send(&self, connections: usize, end: End) -> Result<Measured> {
        let began = Instant::now();
        let mut workers = JoinSet::new();
        for _ in 0..connections {
            workers.spawn(one_connection(self.clone(), end.clone()));
        }
        let mut times = Vec::new();
        for answered in workers.join_all().await {
            times.extend(answered?);
        }
        Ok(Measured::of(times, began))
    }

    fn request(&self) -> String {
        let token = self.token.as_ref().map_or_else(String::new, |token| format!("authorization: Bearer {token}\r\n"));
        format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\n{token}content-type: application/json\r\ncontent-length: {}\r\n\r\n{}",
            self.path,
            self.address,
            self.body.len(),
            self.body
        )
    }
}

impl End {
    fn is_reached(&self) -> bool {
        match self {
            Self::At(time) => Instant::now() >= *time,
            Self::After(left) => {
                left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
            }
        }
    }
}

async fn one_connection(post: Post, end: End) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(post.address).await.map_err(Error::internal)?;
    stream.set_nodelay(true).map_err(Error::internal)?;
    let (request, mut buffer, mut times) = (post.request(), Vec::with_capacity(4_096), Vec::new());
    while !end.is_reached() {
        let asked = Instant::now();
        stream.write_all(request.as_bytes()).await.map_err(Error::internal)?;
        let status = read_answer(&mut stream, &mut buffer).await?;
        if status != post.expects {
            let answer = String::from_utf8_lossy(&buffer);
            return Err(Error::internal(format!(
                "{} was answered {status}, not {}: {answer}",
                post.path, post.expects
            )));
        }
        times.push(asked.elapsed());
    }
    Ok(times)
}

/// Reads one answer with a content-length, and gives its status.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<u16> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await.map_err(Error::internal)? == 0 {
            return Err(Error::internal("the server closed the connection"));
        }
        let Some(head_end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&buffer[..head_end]).to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|length| length.trim().parse::<usize>().ok())
            .ok_or_else(|| Error::internal("an answer without content-length"))?;
        if buffer.len() >= head_end + 4 + length {
            let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
            return status.ok_or_else(|| Error::internal("an answer without status"));
        }
    }
}
