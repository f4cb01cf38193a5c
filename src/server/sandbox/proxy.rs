//! The one way out of a child: a proxy for HTTP and HTTPS on a listener inside, which connects to what the egress guard
//! lets tasks connect to, and to nothing else.

use std::{io, net::TcpListener as StdListener, os::fd::OwnedFd, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use url::Url;

use crate::server::egress::{CONNECT_TIMEOUT, Egress, EgressError};

const MAX_HEAD: usize = 32 * 1024;
/// Connections at the same time.
const MAX_CONNECTIONS: usize = 32;

/// Serves until it is dropped; its connections end with it.
pub struct Proxy(JoinHandle<()>);

impl Drop for Proxy {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub fn serve(listener: OwnedFd, egress: Egress) -> io::Result<Proxy> {
    let listener = StdListener::from(listener);
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    Ok(Proxy(tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok(permit) = free.clone().acquire_owned().await {
            let Ok((client, _)) = listener.accept().await else { return };
            let egress = egress.clone();
            connections.spawn(async move {
                // Whoever breaks off is not told why.
                let _ = pass(client, &egress).await;
                drop(permit);
            });
            while connections.try_join_next().is_some() {}
        }
    })))
}

/// One connection: a tunnel to a server, or a request to one.
async fn pass(mut client: TcpStream, egress: &Egress) -> io::Result<()> {
    let Some((head, rest)) = read_head(&mut client).await? else { return Ok(()) };
    let Some(wish) = Wish::of(&head) else {
        return answer(&mut client, "400 Bad Request", "This is a proxy for HTTP and HTTPS.").await;
    };
    let mut server = match connect(&wish.url, egress).await {
        Ok(server) => server,
        Err(EgressError::Refused(words)) => return answer(&mut client, "403 Forbidden", &words).await,
        Err(EgressError::Unreachable(words)) => return answer(&mut client, "502 Bad Gateway", &words).await,
    };
    match &wish.request {
        None => client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?,
        Some(request) => server.write_all(request.as_bytes()).await?,
    }
    server.write_all(&rest).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// Everything up to the empty line, and what came after it.
async fn read_head(client: &mut TcpStream) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut received = Vec::new();
    while received.len() < MAX_HEAD {
        if client.read_buf(&mut received).await? == 0 {
            return Ok(None);
        }
        if let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = received.split_off(end + 4);
            return Ok(String::from_utf8(received).ok().map(|head| (head, rest)));
        }
    }
    Ok(None)
}

async fn answer(client: &mut TcpStream, status: &str, words: &str) -> io::Result<()> {
    let length = words.len();
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{words}"
    );
    client.write_all(text.as_bytes()).await
}

async fn connect(url: &Url, egress: &Egress) -> Result<TcpStream, EgressError> {
    let host = url.host_str().unwrap_or_default();
    let addresses = egress.web_addresses(url).await?;
    match timeout(CONNECT_TIMEOUT, TcpStream::connect(addresses.as_slice())).await {
        Ok(Ok(server)) => Ok(server),
        Ok(Err(error)) => Err(EgressError::Unreachable(format!("{host} cannot be reached: {error}."))),
        Err(_) => Err(EgressError::Unreachable(format!("{host} did not take the connection within 5 s."))),
    }
}

/// What a client of the proxy wants.
struct Wish {
    url: Url,
    /// The head of the request as the server gets it; none: a tunnel.
    request: Option<String>,
}

impl Wish {
    fn of(head: &str) -> Option<Self> {
        let (first, headers) = head.split_once("\r\n")?;
        let mut words = first.split(' ');
        let (method, target, _) = (words.next()?, words.next()?, words.next()?);
        if method == "CONNECT" {
            return Some(Self { url: Url::parse(&format!("https://{target}/")).ok()?, request: None });
        }
        let url = Url::parse(target).ok().filter(|url| url.scheme() == "http")?;
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let is_for_us = |line: &&str| {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            matches!(name.as_str(), "connection" | "proxy-connection" | "proxy-authorization" | "keep-alive")
        };
        let kept: Vec<&str> = headers.lines().filter(|line| !line.is_empty() && !is_for_us(line)).collect();
        let kept = kept.join("\r\n");
        let request = format!("{method} {path} HTTP/1.1\r\n{kept}\r\nconnection: close\r\n\r\n");
        Some(Self { url, request: Some(request) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_a_tunnel_or_a_request() {
        let tunnel = Wish::of("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n").unwrap();
        assert_eq!((tunnel.url.as_str(), tunnel.request), ("https://example.com/", None));
        let head = "GET http://example.com:8080/a?b=1 HTTP/1.1\r\nHost: example.com:8080\r\nProxy-Connection: keep-alive\r\n\r\n";
        let request = Wish::of(head).unwrap();
        assert_eq!(request.url.port(), Some(8080));
        let expected = "GET /a?b=1 HTTP/1.1\r\nHost: example.com:8080\r\nconnection: close\r\n\r\n";
        assert_eq!(request.request.as_deref(), Some(expected));
        for head in ["GET /relative HTTP/1.1\r\n\r\n", "GET ftp://a/ HTTP/1.1\r\n\r\n", "\r\n\r\n", "CONNECT\r\n\r\n"] {
            assert!(Wish::of(head).is_none(), "{head}");
        }
    }
}
