//! TLS options of a request: whom it believes, how new the protocol has to be.

use std::borrow::Cow;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use crate::server::{
    egress::Tls,
    runners::{Call, RunError},
};

/// The call, with a way out of its own where it asks for one.
pub fn prepared(call: &Call) -> Result<Cow<'_, Call>, RunError> {
    if call.optional_text("tls")?.as_deref() != Some("own") {
        return Ok(Cow::Borrowed(call));
    }
    let is = |field: &str, wanted: &str| Ok(call.optional_text(field)?.as_deref() == Some(wanted));
    let tls = Tls {
        authorities: authorities(call)?,
        identity: identity(call)?,
        only_newest: is("tls_version", "1.3")?,
        believes_anybody: is("certificates", "ignore")?,
    };
    let egress = call.egress.with_tls(&tls).map_err(|reason| RunError::field("tls", format!("TLS: {reason}.")))?;
    Ok(Cow::Owned(Call { egress, ..call.clone() }))
}

fn authorities(call: &Call) -> Result<Vec<CertificateDer<'static>>, RunError> {
    let Some(text) = call.optional_text("authority")? else { return Ok(Vec::new()) };
    let unfit =
        || RunError::field("authority", "This is not a certificate: it begins with -----BEGIN CERTIFICATE-----.");
    let found = certificates(&text).ok_or_else(unfit)?;
    if found.is_empty() { Err(unfit()) } else { Ok(found) }
}

/// The certificate that the server may ask for, from a credential.
fn identity(call: &Call) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>, RunError> {
    let Some(secret) = &call.certificate else { return Ok(None) };
    let unfit = |what: &str| {
        let message = format!("The credential holds no {what} in PEM. It wants a certificate and its private key.");
        RunError::field("client_certificate", message)
    };
    let text = secret.value("value")?;
    let chain = certificates(text).filter(|chain| !chain.is_empty()).ok_or_else(|| unfit("certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(&lines(text)).map_err(|_| unfit("private key"))?;
    Ok(Some((chain, key)))
}

/// None: one of them cannot be read.
fn certificates(text: &str) -> Option<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_slice_iter(&lines(text)).collect::<Result<_, _>>().ok()
}

/// PEM that lost its lines in an input for one line gets them back around its marks.
fn lines(text: &str) -> Vec<u8> {
    let mut lines = text.replace("-----BEGIN", "\n-----BEGIN").replace("-----END", "\n-----END");
    for kind in ["CERTIFICATE", "PRIVATE KEY"] {
        lines = lines.replace(&format!("{kind}-----"), &format!("{kind}-----\n"));
    }
    lines.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_on_one_line_is_read_too() {
        let pem = include_str!("../../../tests/tls/server.pem");
        let key = include_str!("../../../tests/tls/server.key");
        for both in
            [format!("{pem}{key}"), format!("{pem}{key}").replace('\n', ""), format!("{pem}{key}").replace('\n', " ")]
        {
            assert!(certificates(&both).is_some_and(|chain| !chain.is_empty()), "{both}");
            assert!(PrivateKeyDer::from_pem_slice(&lines(&both)).is_ok(), "{both}");
        }
    }
}
