//! Peers that speak TLS, with a certificate for localhost and 127.0.0.1 of an authority that exists for these tests
//! only. Its own key was thrown away.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    sync::Arc,
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// Where the authority's certificate is.
pub fn authority() -> PathBuf {
    file("authority.pem")
}

/// A mail server that accepts every mail, once TLS is on: from the first byte, or after STARTTLS.
pub fn mail_server(tls_first: bool) -> SocketAddr {
    serve(move |stream, config| match tls_first {
        true => talk(BufReader::new(secured(stream, config)), "220 sink\r\n"),
        false => {
            let mut plain = BufReader::new(stream);
            say(&mut plain, "220 sink\r\n")?;
            for answer in ["250-sink\r\n250 STARTTLS\r\n", "220 Go on\r\n"] {
                plain.read_line(&mut String::new())?;
                say(&mut plain, answer)?;
            }
            talk(BufReader::new(secured(plain.into_inner(), config)), "")
        }
    })
}

/// An HTTP service that answers every request with `{"secure":true}`.
pub fn http_server() -> SocketAddr {
    serve(|stream, config| {
        let mut stream = BufReader::new(secured(stream, config));
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            stream.read_line(&mut line)?;
        }
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\nconnection: close\r\n\r\n";
        say(&mut stream, head)?;
        say(&mut stream, "{\"secure\":true}")
    })
}

fn serve(peer: impl Fn(TcpStream, Arc<ServerConfig>) -> std::io::Result<()> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = config();
    // A client that does not believe us hangs up; that is its right.
    thread::spawn(move || listener.incoming().for_each(|stream| drop(peer(stream.unwrap(), config.clone()))));
    address
}

fn talk<S: Read + Write>(mut stream: BufReader<S>, greeting: &str) -> std::io::Result<()> {
    say(&mut stream, greeting)?;
    let mut in_data = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let answer = match line.get(..4).unwrap_or_default() {
            _ if in_data && line != ".\r\n" => continue,
            "EHLO" => "250-sink\r\n250 AUTH PLAIN\r\n",
            "DATA" => "354 Go on\r\n",
            "AUTH" => "235 Welcome\r\n",
            _ => "250 Ok over TLS\r\n",
        };
        in_data = answer.starts_with("354");
        say(&mut stream, answer)?;
    }
}

fn say<S: Read + Write>(stream: &mut BufReader<S>, text: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(text.as_bytes())?;
    stream.get_mut().flush()
}

fn secured(stream: TcpStream, config: Arc<ServerConfig>) -> StreamOwned<ServerConnection, TcpStream> {
    StreamOwned::new(ServerConnection::new(config).unwrap(), stream)
}

fn config() -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_file(file("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    Arc::new(config.unwrap())
}

pub fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/tests/tls").join(name)
}
