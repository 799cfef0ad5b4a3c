//! The certificate authority: made at the first start, kept with the data, and only ever asked for one certificate.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};

/// Names that every certificate has: how a client on the same machine may call the server.
const ALWAYS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

pub(crate) struct Authority {
    /// What clients trust.
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// What the server shows, and proves to be its own.
pub(crate) struct ServerIdentity {
    pub certificate: rcgen::Certificate,
    pub key: KeyPair,
}

impl Authority {
    /// Of this run only.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let key = KeyPair::generate().context("no key could be made for the certificate authority")?;
        Self::make(key).map(|(authority, _)| authority)
    }

    /// The one that is kept in the directory, made there at the first time.
    pub(crate) fn kept_in(directory: &Path) -> anyhow::Result<Self> {
        let (certificate, key) = (directory.join("ca.pem"), directory.join("ca.key"));
        let read = fs::read_to_string(&certificate).and_then(|pem| Ok((pem, fs::read_to_string(&key)?)));
        match read {
            Ok((pem, key)) => Self::parse(pem, &key).with_context(|| {
                format!("{} holds no certificate authority: remove it", directory.display())
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let (authority, secret) = Self::make(KeyPair::generate()?)?;
                fs::create_dir_all(directory)
                    .and_then(|()| fs::write(&key, ""))
                    .and_then(|()| fs::set_permissions(&key, Permissions::from_mode(0o600)))
                    .and_then(|()| fs::write(&key, secret))
                    .and_then(|()| fs::write(&certificate, &authority.pem))
                    .with_context(|| format!("{} cannot be written", directory.display()))?;
                Ok(authority)
            }
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", directory.display())),
        }
    }

    fn parse(pem: String, key: &str) -> anyhow::Result<Self> {
        let key = KeyPair::from_pem(key)?;
        Ok(Self { pem, issuer: Issuer::new(parameters_of_authority()?, key) })
    }

    fn make(key: KeyPair) -> anyhow::Result<(Self, String)> {
        let parameters = parameters_of_authority()?;
        let pem = parameters.self_signed(&key).context("the certificate authority could not be made")?.pem();
        let secret = key.serialize_pem();
        Ok((Self { pem, issuer: Issuer::new(parameters, key) }, secret))
    }

    /// A certificate for this machine and, if there is one, the name that clients call it by.
    pub(crate) fn certify(&self, name: Option<&str>) -> anyhow::Result<ServerIdentity> {
        let names: Vec<String> = ALWAYS.into_iter().chain(name).map(str::to_owned).collect();
        let mut parameters = CertificateParams::new(names)
            .with_context(|| format!("--tls-name {} is no host name", name.unwrap_or_default()))?;
        parameters.distinguished_name = called("redshift-local");
        parameters.use_authority_key_identifier_extension = true;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        valid_for_ever(&mut parameters);
        let key = KeyPair::generate()?;
        let certificate =
            parameters.signed_by(&key, &self.issuer).context("the certificate could not be made")?;
        Ok(ServerIdentity { certificate, key })
    }
}

fn parameters_of_authority() -> anyhow::Result<CertificateParams> {
    let mut parameters = CertificateParams::new(Vec::new())?;
    parameters.distinguished_name = called("redshift-local certificate authority");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    valid_for_ever(&mut parameters);
    Ok(parameters)
}

fn called(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// Nobody renews the certificate of a laptop's database, and a test's clock may be set to any year.
fn valid_for_ever(parameters: &mut CertificateParams) {
    parameters.not_before = date_time_ymd(2000, 1, 1);
    parameters.not_after = date_time_ymd(2999, 12, 31);
}
