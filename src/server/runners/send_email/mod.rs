//! Sends an email through a mail server: composed in `message`, delivered here.

mod message;

use lettre::transport::smtp::{
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters},
    extension::ClientId,
};
use serde_json::json;
use url::{Host, Url};

use super::{Call, Outcome, RunError, answer};
use crate::server::egress::{CONNECT_TIMEOUT, is_private};

pub async fn run(call: &Call) -> Result<Outcome, RunError> {
    let server = Server::read(&call.text("server")?)?;
    let message = message::compose(call)?;
    let mut connection = server.connect(call).await?;
    let words = |error| server.refusal(error, None);
    server.log_in(call, &mut connection).await?;
    let reply = connection.send(message.envelope(), &message.formatted()).await.map_err(words)?;
    // The message is accepted: whether the farewell arrives changes nothing.
    let _ = connection.quit().await;
    let accepted: Vec<String> = message.envelope().to().iter().map(ToString::to_string).collect();
    let output = json!({
        "accepted": accepted,
        "message_id": message::id(call, &message),
        "response": reply.message().collect::<Vec<_>>().join(" "),
    });
    Ok(Outcome::done(output))
}

/// Logs in and leaves.
pub async fn probe(call: &Call) -> Result<String, RunError> {
    let server = Server::read(&call.text("server")?)?;
    let mut connection = server.connect(call).await?;
    server.log_in(call, &mut connection).await?;
    let _ = connection.quit().await;
    Ok(format!("{} takes the login.", server.host))
}

/// Where to deliver, and whether TLS comes first.
struct Server {
    host: String,
    port: u16,
    tls_first: bool,
}

impl Server {
    fn read(text: &str) -> Result<Self, RunError> {
        let wrong = |text: &str| RunError::field("server", text);
        let url = Url::parse(text.trim())
            .map_err(|_| wrong("The mail server cannot be read. It looks like smtps://smtp.example.com:465."))?;
        let (tls_first, usual_port) = match url.scheme() {
            "smtps" => (true, 465),
            "smtp" => (false, 587),
            _ => return Err(wrong("The mail server begins with smtps:// or smtp://.")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "The mail server's address holds a login. Put it into a credential of the kind SMTP login.",
            ));
        }
        let host =
            url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("The mail server has no name."))?;
        let host = Host::parse(host).map_err(|_| wrong("The mail server's name is not a host name."))?.to_string();
        Ok(Self { host, port: url.port().unwrap_or(usual_port), tls_first })
    }

    /// Tries the addresses in turn. On the way of `smtp://`, TLS starts where the server offers it.
    async fn connect(&self, call: &Call) -> Result<AsyncSmtpConnection, RunError> {
        let addresses = call.egress.addresses(&self.host, self.port).await;
        let addresses = addresses.map_err(|error| answer::unanswered(error, "server"))?;
        let mut last = RunError::retry(format!("{} has no address.", self.host));
        for address in addresses {
            let tls = if self.tls_first { Some(self.tls(call)?) } else { None };
            let hello = ClientId::default();
            match AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT_TIMEOUT), &hello, tls, None).await {
                Ok(mut connection) if connection.can_starttls() => {
                    connection.starttls(self.tls(call)?, &hello).await.map_err(|error| self.refusal(error, None))?;
                    return self.careful(call, connection, address.ip());
                }
                Ok(connection) => return self.careful(call, connection, address.ip()),
                Err(error) => last = self.refusal(error, None),
            }
        }
        Err(last)
    }

    /// A login never crosses the internet unencrypted, even if somebody on the way hides the server's offer of TLS.
    fn careful(
        &self,
        call: &Call,
        connection: AsyncSmtpConnection,
        address: std::net::IpAddr,
    ) -> Result<AsyncSmtpConnection, RunError> {
        if call.credential.is_none() || connection.is_encrypted() || is_private(address) {
            return Ok(connection);
        }
        let text = format!("{} offers no encryption, so the login was not sent. Use smtps://.", self.host);
        Err(RunError::field("server", text))
    }

    async fn log_in(&self, call: &Call, connection: &mut AsyncSmtpConnection) -> Result<(), RunError> {
        let Some(secret) = &call.credential else {
            return Ok(());
        };
        let user = secret.value_for(&self.host, "username")?.to_owned();
        let login = Credentials::new(user, secret.value_for(&self.host, "password")?.to_owned());
        connection
            .auth(&[Mechanism::Plain, Mechanism::Login], &login)
            .await
            .map(|_| ())
            .map_err(|error| self.refusal(error, Some("credential")))
    }

    fn tls(&self, call: &Call) -> Result<TlsParameters, RunError> {
        let wrong = |error| self.refusal(error, Some("server"));
        let name = self.host.trim_matches(['[', ']']).to_owned();
        let mut tls = TlsParameters::builder(name).certificate_store(CertificateStore::WebpkiRoots);
        for authority in call.egress.authorities() {
            tls = tls.add_root_certificate(Certificate::from_der(authority.to_vec()).map_err(wrong)?);
        }
        tls.build().map_err(wrong)
    }

    /// 4xx and a broken connection may go better next time; 5xx and what we cannot do stay.
    fn refusal(&self, error: lettre::transport::smtp::Error, field: Option<&str>) -> RunError {
        let host = &self.host;
        let words = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        let field = field.map(str::to_owned);
        match error.status() {
            Some(code) => {
                let message = format!("{host} answered {code}: {words}");
                let details = json!({ "code": code.to_string().parse::<u16>().ok(), "response": words });
                if error.is_transient() {
                    RunError::Retry { message, details, after: None }
                } else {
                    RunError::Fail { message, field, details }
                }
            }
            None if error.is_client() || error.is_tls() => {
                RunError::Fail { message: format!("{host}: {words}."), field, details: json!(null) }
            }
            None => RunError::retry(format!("{host} cannot be reached or broke off: {words}.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_decides_about_tls_and_the_usual_port() {
        let read = |text: &str| Server::read(text).map(|server| (server.host, server.port, server.tls_first));
        assert_eq!(read("smtps://mail.example.com"), Ok(("mail.example.com".into(), 465, true)));
        assert_eq!(read(" smtp://Mail.Example.com "), Ok(("mail.example.com".into(), 587, false)));
        assert_eq!(read("smtp://0x7f.1:25/"), Ok(("127.0.0.1".into(), 25, false)));
        for text in ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://u:p@mail.example.com", "smtp:25"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
