//! Accepts connections and hands their requests to the routes. Whoever keeps the server waiting for a request is let go,
//! whoever sends an endless head is refused before anything is looked at.

use std::{net::SocketAddr, pin::pin, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// From the first byte of a connection, or from the last answer on it, to the end of the next head.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Bytes of a head that are read at all; `headers` says what is too much in words.
const READ_AHEAD: usize = 64 * 1024;
const HTTP2_HEAD: u32 = 16 * 1024;

/// Returns when it was stopped and every request under way has its answer.
pub async fn serve(listener: TcpListener, routes: Router, stopping: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    wait_out(&error).await;
                    continue;
                }
            },
            () = stopping.cancelled() => break,
        };
        connections.spawn(connection(stream, peer, routes.clone(), stopping.clone()));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn connection(stream: TcpStream, peer: SocketAddr, routes: Router, stopping: CancellationToken) {
    // Answers are small and wanted at once; a socket that cannot do it is only slower.
    let _ = stream.set_nodelay(true);
    let routes = routes.map_request(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(READ_AHEAD);
    builder.http2().timer(TokioTimer::new()).max_header_list_size(HTTP2_HEAD);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes)));
    // What fails here is the other side's doing: it went away, was too slow, or speaks no HTTP.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stopping.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// A connection that broke off before it was accepted costs nothing; without file descriptors, some have to be given back.
async fn wait_out(error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "no connection can be accepted");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
