//! Who is spoken to in TLS: the server's side of the handshake, by the flags.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::version::{TLS12, TLS13};
use tokio_rustls::TlsAcceptor;

use super::authority::Authority;
use crate::cli::{Cli, Encryption};

/// TLS as it is offered to clients.
pub(crate) struct Tls {
    pub acceptor: TlsAcceptor,
    /// Where the authority's certificate stands for clients.
    pub ca_file: PathBuf,
    /// Who does not want it is refused, as under `require_SSL` (fact 5.5).
    pub is_required: bool,
}

/// As the flags ask for it; `None` when they ask for none. `scratch` is a directory of this run.
pub(crate) fn from_flags(cli: &Cli, scratch: &Path) -> anyhow::Result<Option<Tls>> {
    if cli.tls == Encryption::Off {
        return Ok(None);
    }
    let kept = cli.data_dir.as_ref().map(|directory| directory.join("tls"));
    let authority = match &kept {
        Some(directory) => Authority::kept_in(directory)?,
        None => Authority::new()?,
    };
    let ca_file = match (&cli.tls_ca_file, kept) {
        (None, Some(directory)) => directory.join("ca.pem"),
        (chosen, _) => {
            let file = chosen.clone().unwrap_or_else(|| scratch.join("ca.pem"));
            std::fs::write(&file, &authority.pem)
                .with_context(|| format!("{} cannot be written", file.display()))?;
            file
        }
    };
    let identity = authority.certify(cli.tls_name.as_deref())?;
    let chain = vec![identity.certificate.der().clone()];
    let key = PrivatePkcs8KeyDer::from(identity.key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, key.into())?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Ok(Some(Tls { acceptor, ca_file, is_required: cli.tls == Encryption::Require }))
}
