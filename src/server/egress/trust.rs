//! Whom tasks believe when they connect by TLS: Mozilla's roots, and a company's own authorities where a file names them.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::Tls;
use crate::server::{Error, Result};

#[derive(Clone, Default)]
pub struct Trust {
    own: Arc<[CertificateDer<'static>]>,
}

impl Trust {
    /// Reads the certificates of a PEM file.
    pub fn read(file: &Path) -> Result<Self> {
        let shown = file.display();
        let own: Vec<_> = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect)
            .map_err(|error| Error::internal(format!("The certificates in {shown} cannot be read: {error}.")))?;
        if own.is_empty() {
            return Err(Error::internal(format!("There is no certificate in {shown}. It has to be a PEM file.")));
        }
        Ok(Self { own: own.into() })
    }

    /// The company's own authorities.
    pub fn own(&self) -> &[CertificateDer<'static>] {
        &self.own
    }

    /// TLS over ring: no provider is looked up at run time, no store of the system needed.
    pub fn client(&self) -> Result<ClientConfig> {
        self.client_like(&Tls::default()).map_err(Error::internal)
    }
}
