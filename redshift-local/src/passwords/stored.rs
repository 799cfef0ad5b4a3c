//! How a password is kept: in PostgreSQL's own catalog, in a form that PostgreSQL takes for one of its own.
//!
//! `md5` and 32 hex digits are what PostgreSQL keeps too. A SHA-256 digest goes in the shape of a SCRAM secret,
//! `SCRAM-SHA-256$1:salt$digest:rest`, so that it is committed, rolled back, renamed and dropped with its user.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::Md5;
use sha2::{Digest as _, Sha256};

const SHAPE: &str = "SCRAM-SHA-256$1:";

/// What is known of a user's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stored {
    /// Given as an md5 hash.
    Md5(Md5Hex),
    /// Given as a digest, or as `sha256|password`.
    Digest(Salted),
    /// Given in clear text: good for every exchange.
    Plain { md5: [u8; 16], salted: Salted },
}

/// 32 hex digits of md5(password, user).
pub(crate) type Md5Hex = String;

/// SHA-256 of the password and a salt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Salted {
    pub salt: Vec<u8>,
    pub digest: [u8; 32],
}

impl Stored {
    pub(crate) fn plain(user: &str, password: &str) -> Self {
        let md5 = Md5::new().chain_update(password).chain_update(user).finalize().into();
        Self::Plain { md5, salted: Salted::of(user, password) }
    }

    /// Reads what follows PASSWORD in CREATE USER. `None` for a broken digest.
    pub(crate) fn parse(user: &str, password: &str) -> Option<Self> {
        if let Some(digits) = password.strip_prefix("md5").filter(|digits| is_hex(digits, 32)) {
            return Some(Self::Md5(digits.to_owned()));
        }
        let Some(rest) = password.strip_prefix("sha256|") else { return Some(Self::plain(user, password)) };
        let Some((digest, salt)) = rest.split_once('|') else {
            return Some(Self::Digest(Salted::of(user, rest)));
        };
        let digest = unhex(digest)?.try_into().ok()?;
        Some(Self::Digest(Salted { salt: unhex(salt)?, digest }))
    }

    /// As PostgreSQL keeps it.
    pub(crate) fn to_catalog(&self) -> String {
        let (salted, rest) = match self {
            Self::Md5(digits) => return format!("md5{digits}"),
            Self::Digest(salted) => (salted, [0; 32]),
            Self::Plain { md5, salted } => {
                let mut rest = [0; 32];
                rest[..16].copy_from_slice(md5);
                // An md5 of zeros would be a digest otherwise.
                rest[31] = 1;
                (salted, rest)
            }
        };
        let [salt, digest, rest] =
            [&salted.salt[..], &salted.digest, &rest].map(|part| BASE64_STANDARD.encode(part));
        format!("{SHAPE}{salt}${digest}:{rest}")
    }

    /// The way back. `None` for a secret that is not ours.
    pub(crate) fn from_catalog(text: &str) -> Option<Self> {
        if let Some(digits) = text.strip_prefix("md5") {
            return Some(Self::Md5(digits.to_owned()));
        }
        let (salt, keys) = text.strip_prefix(SHAPE)?.split_once('$')?;
        let (digest, rest) = keys.split_once(':')?;
        let [salt, digest, rest] = [salt, digest, rest].map(|part| BASE64_STANDARD.decode(part).ok());
        let salted = Salted { salt: salt?, digest: digest?.try_into().ok()? };
        let rest: [u8; 32] = rest?.try_into().ok()?;
        let (md5, _) = rest.split_first_chunk::<16>()?;
        Some(if rest == [0; 32] { Self::Digest(salted) } else { Self::Plain { md5: *md5, salted } })
    }

    /// Whether this is the password, said in clear text.
    pub(crate) fn is(&self, user: &str, password: &str) -> bool {
        match self {
            Self::Md5(digits) => {
                *digits == hex(&Md5::new().chain_update(password).chain_update(user).finalize())
            }
            Self::Digest(salted) | Self::Plain { salted, .. } => {
                let digest: [u8; 32] =
                    Sha256::new().chain_update(password).chain_update(&salted.salt).finalize().into();
                digest == salted.digest
            }
        }
    }
}

impl Salted {
    /// A salt has to differ from user to user; on a laptop it need not be hard to guess.
    fn of(user: &str, password: &str) -> Self {
        let salt = Sha256::new().chain_update("redshift-local: ").chain_update(user).finalize().to_vec();
        let digest = Sha256::new().chain_update(password).chain_update(&salt).finalize().into();
        Self { salt, digest }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => {
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            Some(digit(*high)? << 4 | digit(*low)?)
        }
        _ => None,
    });
    digits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_the_catalog_and_knows_its_password() {
        let salt = [7; 32];
        let digest = hex(&Sha256::new().chain_update("Secret12").chain_update(salt).finalize());
        let given = format!("sha256|{digest}|{}", hex(&salt));
        let md5 = format!("md5{}", hex(&Md5::digest(b"Secret12dev")));
        for (password, kind) in
            [("Secret12", "plain"), ("sha256|Secret12", "digest"), (&given, "digest"), (&md5, "md5")]
        {
            let stored = Stored::parse("dev", password).expect("it is well-formed");
            let named = match stored {
                Stored::Plain { .. } => "plain",
                Stored::Digest(_) => "digest",
                Stored::Md5(_) => "md5",
            };
            assert_eq!(named, kind, "{password}");
            assert_eq!(Stored::from_catalog(&stored.to_catalog()).as_ref(), Some(&stored));
            assert!(stored.is("dev", "Secret12"), "{password}");
            assert!(!stored.is("dev", "Secret13"), "{password}");
        }
        assert_eq!(Stored::parse("dev", "sha256|12|34"), None);
        assert_eq!(Stored::parse("dev", &format!("sha256|{digest}|xyz")), None);
    }
}
