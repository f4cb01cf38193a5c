//! The egress guard: every connection that a task opens passes here. HTTP goes out by [`Egress::send`]; other protocols
//! connect to what [`Egress::addresses`] returns.

mod address;
mod hop;
mod names;
pub mod own;
#[cfg(test)]
mod tests;
mod tls;
mod trust;

use std::{
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use axum::body::Bytes;
use http::{HeaderMap, Method, StatusCode, header::CONTENT_TYPE};
use url::{Host, Url};

use self::{address::Guard, names::Names};
pub use self::{
    address::is_private,
    own::Own,
    tls::{Tls, is_about_tls},
    trust::Trust,
};
use super::{
    config::{EgressConfig, EgressMode},
    pulse::Pulse,
};
use crate::domain::payload;

/// How long a connection may take to be made.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of an answer's body, decompressed, at most, whatever is configured.
pub const MAX_ANSWER: usize = 10 * 1024 * 1024;
/// Bytes of an answer's headers, names and values.
const MAX_HEADERS: usize = 64 * 1024;
const MAX_REDIRECTS: usize = 5;

/// The one way out. Cheap to clone.
#[derive(Clone)]
pub struct Egress {
    client: reqwest::Client,
    /// For requests to a port that one of FlowPilot's own doors has.
    wary: Option<reqwest::Client>,
    guard: Guard,
    names: Names,
    trust: Trust,
    max_answer: usize,
    /// Beats with every piece of an answer.
    pulse: Option<Pulse>,
}

/// What is sent. The URL is the parsed one that is fetched: nothing parses it a second time.
#[derive(Clone)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
}

/// What came back, from the last hop.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// The host that answered, for messages.
    pub host: String,
}

/// Why there is no answer. The texts are for people and hold neither path nor query of a URL, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// It must not be sent or taken, now or later.
    #[error("{0}")]
    Refused(String),
    /// Nobody answered; another attempt may find somebody.
    #[error("{0}")]
    Unreachable(String),
}

impl Egress {
    pub fn new(mode: EgressMode) -> super::Result<Self> {
        let guard = Guard::of(mode);
        Self::with(guard.clone(), Names::system(guard), Trust::default())
    }

    /// As it is configured; `own` are FlowPilot's own doors.
    pub fn open(config: &EgressConfig, own: Vec<Own>) -> super::Result<Self> {
        let trust = config.ca_file.as_deref().map(Trust::read).transpose()?.unwrap_or_default();
        let guard = Guard::configured(config, own);
        Self::with(guard.clone(), Names::system(guard), trust)
    }

    /// Believes the authorities in a PEM file besides the public ones.
    pub fn trusting(mode: EgressMode, authorities: &Path) -> super::Result<Self> {
        let guard = Guard::of(mode);
        Self::with(guard.clone(), Names::system(guard), Trust::read(authorities)?)
    }

    /// The same guard, with TLS as one task wants it. The error is for people.
    pub fn with_tls(&self, tls: &Tls) -> Result<Self, String> {
        let config = self.trust.client_like(tls)?;
        let client = |names| client(config.clone(), names).map_err(|error| error.to_string());
        let wary = self.wary.as_ref().map(|_| client(self.names.wary())).transpose()?;
        Ok(Self { client: client(self.names.clone())?, wary, ..self.clone() })
    }

    fn with(guard: Guard, names: Names, trust: Trust) -> super::Result<Self> {
        let wary = guard.has_doors().then(|| client(trust.client()?, names.wary())).transpose()?;
        let client = client(trust.client()?, names.clone())?;
        Ok(Self { client, wary, guard, names, trust, max_answer: MAX_ANSWER, pulse: None })
    }

    /// Takes answers of so many bytes at most; never more than [`MAX_ANSWER`].
    pub fn taking(self, max_answer: usize) -> Self {
        Self { max_answer: max_answer.min(MAX_ANSWER), ..self }
    }

    /// Gives a sign of life with every piece of an answer that arrives.
    pub fn telling(self, pulse: Pulse) -> Self {
        Self { pulse: Some(pulse), ..self }
    }

    fn beat(&self) {
        if let Some(pulse) = &self.pulse {
            pulse.beat();
        }
    }

    /// Sends the request and follows redirects, each of which is checked like the first address. The body is read to
    /// its end. There is no time limit besides that of the connection: the caller drops the future when it is late.
    pub async fn send(&self, request: Request) -> Result<Answer, EgressError> {
        self.send_within(request, |_| true).await
    }

    /// The same, to some hosts only, also after redirects.
    pub async fn send_within(
        &self,
        request: Request,
        is_allowed: impl Fn(&str) -> bool,
    ) -> Result<Answer, EgressError> {
        let (response, host) = self.follow(request, is_allowed).await?;
        self.read(response, host).await
    }

    /// The same, but a stream of events is given piece by piece as it comes, and its answer has no body.
    pub async fn listen(&self, request: Request, hear: impl FnMut(&[u8])) -> Result<Answer, EgressError> {
        let (response, host) = self.follow(request, |_| true).await?;
        if response.status().is_success() && is_event_stream(response.headers()) {
            return self.take(response, host, MAX_ANSWER, hear).await;
        }
        self.read(response, host).await
    }

    /// The response at the end of all redirects, and the host that gave it.
    async fn follow(
        &self,
        mut request: Request,
        is_allowed: impl Fn(&str) -> bool,
    ) -> Result<(reqwest::Response, String), EgressError> {
        for _ in 0..=MAX_REDIRECTS {
            let host = host_of(&request.url);
            if !is_allowed(&host) {
                return Err(EgressError::Refused(format!("{host} is not among the hosts that may be asked.")));
            }
            let response = self.hop(&request).await?;
            self.beat();
            match hop::next(&request, response.status(), response.headers())? {
                Some(next) => request = next,
                None => return Ok((response, host_of(&request.url))),
            }
        }
        let host = host_of(&request.url);
        Err(EgressError::Refused(format!("{host} redirects in a circle: more than {MAX_REDIRECTS} times.")))
    }

    /// Sends the request and takes what comes back as the answer, also where it leads elsewhere.
    pub async fn ask(&self, request: &Request) -> Result<Answer, EgressError> {
        let response = self.hop(request).await?;
        self.read(response, host_of(&request.url)).await
    }

    /// Checked addresses to connect to for anything that is not HTTP.
    pub async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, EgressError> {
        let addresses = self.checked(host, port).await?;
        self.guard.check_other_port(host, port)?;
        Ok(addresses)
    }

    /// Checked addresses of a web server, for somebody else who speaks HTTP to it.
    pub async fn web_addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, EgressError> {
        self.vet(url)?;
        self.checked(&host_of(url), url.port_or_known_default().unwrap_or_default()).await
    }

    async fn checked(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, EgressError> {
        let host = Host::parse(host).map_err(|_| EgressError::Refused(format!("{host} is not a host name.")))?;
        let addresses = match &host {
            Host::Domain(name) => self.names.addresses(name).await?,
            Host::Ipv4(address) => vec![(*address).into()],
            Host::Ipv6(address) => vec![(*address).into()],
        };
        // Names were checked on the way; literals are by this.
        let host = host.to_string();
        let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect::<Vec<_>>();
        for address in &addresses {
            self.guard.check(&host, address.ip())?;
            self.guard.check_own(&host, *address)?;
        }
        Ok(addresses)
    }

    /// How anything that is not HTTP connects by TLS.
    pub fn tls(&self) -> super::Result<rustls::ClientConfig> {
        let mut config = self.trust.client()?;
        config.alpn_protocols.clear();
        Ok(config)
    }

    /// Authorities to believe besides the public ones, for anything that is not HTTP.
    pub fn authorities(&self) -> &[rustls::pki_types::CertificateDer<'static>] {
        self.trust.own()
    }

    async fn hop(&self, request: &Request) -> Result<reqwest::Response, EgressError> {
        self.vet(&request.url)?;
        let client = match &self.wary {
            Some(wary) if self.guard.is_own_port(request.url.port_or_known_default()) => wary,
            _ => &self.client,
        };
        let mut builder = client.request(request.method.clone(), request.url.clone()).headers(request.headers.clone());
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let response = builder.send().await.map_err(|error| describe(error, &host_of(&request.url)))?;
        if let Some(peer) = response.remote_addr() {
            self.guard.check(&host_of(&request.url), peer.ip())?;
            self.guard.check_own(&host_of(&request.url), peer)?;
        }
        Ok(response)
    }

    async fn read(&self, response: reqwest::Response, host: String) -> Result<Answer, EgressError> {
        let mut body = Vec::new();
        let answer = self.take(response, host, self.max_answer, |piece| body.extend_from_slice(piece)).await?;
        Ok(Answer { body, ..answer })
    }

    /// Gives the body piece by piece, `most` bytes at most; the answer has none.
    async fn take(
        &self,
        mut response: reqwest::Response,
        host: String,
        most: usize,
        mut each: impl FnMut(&[u8]),
    ) -> Result<Answer, EgressError> {
        let headers = std::mem::take(response.headers_mut());
        let header_bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if header_bytes > MAX_HEADERS {
            return Err(EgressError::Refused(format!("{host} answered with headers of more than 64 KiB.")));
        }
        let mut taken = 0;
        while let Some(chunk) = response.chunk().await.map_err(|error| describe(error, &host))? {
            taken += chunk.len();
            if taken > most {
                let limit = payload::readable(most);
                return Err(EgressError::Refused(format!(
                    "{host} answered with more than {limit}, which is the limit."
                )));
            }
            self.beat();
            each(&chunk);
        }
        Ok(Answer { status: response.status(), headers, body: Vec::new(), host })
    }

    /// What can be said without asking for names. Literal addresses never reach the resolver, so they are checked here.
    fn vet(&self, url: &Url) -> Result<(), EgressError> {
        if !matches!(url.scheme(), "http" | "https") {
            let scheme = url.scheme();
            return Err(EgressError::Refused(format!("{scheme}: addresses cannot be called; use http or https.")));
        }
        if !url.username().is_empty() || url.password().is_some() {
            let text = "The URL holds a login. Put it into a credential: URLs are shown and logged.";
            return Err(EgressError::Refused(text.to_owned()));
        }
        match url.host() {
            Some(Host::Ipv4(address)) => self.vet_address(url, address.into())?,
            Some(Host::Ipv6(address)) => self.vet_address(url, address.into())?,
            Some(Host::Domain(_)) => {}
            None => return Err(EgressError::Refused("The URL names no host.".to_owned())),
        }
        self.guard.check_web_port(url)
    }

    fn vet_address(&self, url: &Url, address: IpAddr) -> Result<(), EgressError> {
        let host = host_of(url);
        self.guard.check(&host, address)?;
        self.guard.check_own(&host, SocketAddr::new(address, url.port_or_known_default().unwrap_or_default()))
    }
}

fn client(tls: rustls::ClientConfig, names: Names) -> super::Result<reqwest::Client> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(Arc::new(names))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .http1_max_headers(128)
        .http2_max_header_list_size(MAX_HEADERS as u32)
        .build()
        .map_err(super::Error::internal)
}

/// Whether the body is server-sent events.
pub fn is_event_stream(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("text/event-stream")
}

pub fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// The client's errors name the URL; these do not.
fn describe(error: reqwest::Error, host: &str) -> EgressError {
    let error = error.without_url();
    let mut cause: &(dyn std::error::Error + 'static) = &error;
    while let Some(source) = cause.source() {
        if let Some(ours) = source.downcast_ref::<EgressError>() {
            return ours.clone();
        }
        cause = source;
    }
    if error.is_builder() {
        return EgressError::Refused(format!("The request to {host} is not valid HTTP: {cause}."));
    }
    EgressError::Unreachable(match (error.is_timeout(), error.is_connect(), error.is_body() || error.is_decode()) {
        (true, ..) => format!("{host} did not take the connection within 5 s."),
        (_, true, _) => format!("{host} cannot be reached: {cause}."),
        (_, _, true) => format!("The answer of {host} broke off: {cause}."),
        _ => format!("The request to {host} failed: {cause}."),
    })
}
