//! A load generator for one webhook: keep-alive connections that each send the next request when the last is
//! answered. Written on bare sockets, because it shares the cores with the server that it measures.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::Measured;
use crate::server::{Error, Result};

/// Where to post.
#[derive(Clone)]
pub struct Hook {
    pub address: SocketAddr,
    pub path: String,
}

/// Posts for so long; every answer has to be a 202.
pub async fn post(hook: &Hook, connections: usize, time: Duration) -> Result<Measured> {
    let body = r#"{"email":"ada@example.com","name":"Ada Lovelace","plan":"pro","source":"bench","note":"one hundred and fifty bytes or so of a sign-up event"}"#;
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        hook.path,
        hook.address,
        body.len()
    );
    let began = Instant::now();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..connections {
        workers.spawn(one_connection(hook.address, request.clone(), began + time));
    }
    let mut times = Vec::new();
    for answered in workers.join_all().await {
        times.extend(answered?);
    }
    Ok(Measured::of(times, began))
}

async fn one_connection(address: SocketAddr, request: String, until: Instant) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await.map_err(Error::internal)?;
    stream.set_nodelay(true).map_err(Error::internal)?;
    let mut buffer = Vec::with_capacity(4_096);
    let mut times = Vec::new();
    while Instant::now() < until {
        let asked = Instant::now();
        stream.write_all(request.as_bytes()).await.map_err(Error::internal)?;
        let status = read_answer(&mut stream, &mut buffer).await?;
        if status != 202 {
            return Err(Error::internal(format!("the webhook answered {status}")));
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
