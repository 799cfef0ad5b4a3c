//! The exchange at login: what the client is asked, and whether its answer shows that it knows the password.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::stored::{Stored, hex};
use crate::cli::Authentication;
use crate::wire::frame::{Frame, take_text};

const AUTHENTICATION: u8 = b'R';
const CLEAR_TEXT: u32 = 3;
const MD5: u32 = 5;
/// Redshift's own. Drivers made for PostgreSQL stop at this number.
const DIGEST: u32 = 13;
const DIGEST_SHA256: u32 = 0;

const PASSWORD_MESSAGE: u8 = b'p';
const DIGEST_MESSAGE: u8 = b'd';

/// What keeps one login's answer from opening another.
pub(crate) type Nonce = [u8; 32];

/// What a client is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    ClearText,
    Md5 { salt: [u8; 4] },
    Digest { salt: Vec<u8>, nonce: Nonce },
}

impl Challenge {
    /// By what is known of the user, then by the flag. A user who does not exist is asked all the same.
    pub(crate) fn choose(flag: Authentication, stored: Option<&Stored>, nonce: Nonce) -> Self {
        let [one, two, three, four, ..] = nonce;
        let md5 = Self::Md5 { salt: [one, two, three, four] };
        match (flag, stored) {
            (Authentication::Password, _) => Self::ClearText,
            (Authentication::Md5, Some(Stored::Plain { .. }) | None) | (_, Some(Stored::Md5(_))) => md5,
            (_, Some(Stored::Digest(salted) | Stored::Plain { salted, .. })) => {
                Self::Digest { salt: salted.salt.clone(), nonce }
            }
            (Authentication::Sha256, None) => Self::Digest { salt: nonce.to_vec(), nonce },
        }
    }

    pub(crate) fn frame(&self) -> Frame {
        let mut body = BytesMut::new();
        match self {
            Self::ClearText => body.put_u32(CLEAR_TEXT),
            Self::Md5 { salt } => {
                body.put_u32(MD5);
                body.put_slice(salt);
            }
            Self::Digest { salt, nonce } => {
                body.put_u32(DIGEST);
                body.put_u32(DIGEST_SHA256);
                for part in [&salt[..], nonce] {
                    body.put_u32(u32::try_from(part.len()).expect("a salt fits a statement"));
                    body.put_slice(part);
                }
            }
        }
        Frame::new(AUTHENTICATION, body)
    }

    /// Whether the answer was made from the password.
    pub(crate) fn is_answered_by(&self, answer: Frame, user: &str, stored: &Stored) -> bool {
        let mut body = answer.body;
        match (self, answer.tag) {
            (Self::ClearText, PASSWORD_MESSAGE) => {
                take_text(&mut body).is_some_and(|password| stored.is(user, &password))
            }
            (Self::Md5 { salt }, PASSWORD_MESSAGE) => {
                let inner = match stored {
                    Stored::Md5(digits) => digits.clone(),
                    Stored::Plain { md5, .. } => hex(md5),
                    Stored::Digest(_) => return false,
                };
                let expected =
                    format!("md5{}", hex(&Md5::new().chain_update(inner).chain_update(salt).finalize()));
                take_text(&mut body).is_some_and(|answer| answer == expected)
            }
            (Self::Digest { nonce, .. }, DIGEST_MESSAGE) => {
                let (Stored::Digest(salted) | Stored::Plain { salted, .. }) = stored else { return false };
                let (Some(digest), Some(client_nonce)) = (take_bytes(&mut body), take_bytes(&mut body))
                else {
                    return false;
                };
                let expected = Sha256::new()
                    .chain_update(salted.digest)
                    .chain_update(nonce)
                    .chain_update(client_nonce)
                    .finalize();
                digest[..] == expected[..]
            }
            _ => false,
        }
    }
}

/// Bytes behind their number.
fn take_bytes(body: &mut Bytes) -> Option<Bytes> {
    let length = usize::try_from(body.try_get_u32().ok()?).ok()?;
    (length <= body.len()).then(|| body.split_to(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: Nonce = [9; 32];

    fn md5_answer(password: &str) -> Frame {
        let inner = hex(&Md5::new().chain_update(password).chain_update("dev").finalize());
        let outer = hex(&Md5::new().chain_update(inner).chain_update([9; 4]).finalize());
        Frame::text(PASSWORD_MESSAGE, &format!("md5{outer}"))
    }

    fn digest_answer(password: &str, salt: &[u8]) -> Frame {
        let inner = Sha256::new().chain_update(password).chain_update(salt).finalize();
        let outer = Sha256::new().chain_update(inner).chain_update(NONCE).chain_update("12345").finalize();
        let mut body = BytesMut::new();
        for part in [&outer[..], b"12345"] {
            body.put_u32(u32::try_from(part.len()).expect("it is short"));
            body.put_slice(part);
        }
        Frame::new(DIGEST_MESSAGE, body)
    }

    #[test]
    fn every_challenge_is_answered_by_the_right_password_only() {
        let stored = Stored::plain("dev", "secret");
        for flag in [Authentication::Md5, Authentication::Password, Authentication::Sha256] {
            let challenge = Challenge::choose(flag, Some(&stored), NONCE);
            for (password, right) in [("secret", true), ("wrong", false)] {
                let answer = match &challenge {
                    Challenge::ClearText => Frame::text(PASSWORD_MESSAGE, password),
                    Challenge::Md5 { .. } => md5_answer(password),
                    Challenge::Digest { salt, .. } => digest_answer(password, salt),
                };
                assert_eq!(challenge.is_answered_by(answer, "dev", &stored), right, "{flag:?} {password}");
            }
            assert!(!challenge.is_answered_by(Frame::empty(PASSWORD_MESSAGE), "dev", &stored));
            assert!(!challenge.is_answered_by(Frame::empty(DIGEST_MESSAGE), "dev", &stored));
        }
    }

    #[test]
    fn a_user_with_a_digest_meets_code_13_whatever_the_flag_says_of_others() {
        let digest = Stored::parse("dev", "sha256|Secret12").expect("it is well-formed");
        let challenge = Challenge::choose(Authentication::Md5, Some(&digest), NONCE);
        assert!(matches!(challenge, Challenge::Digest { .. }));
        assert_eq!(challenge.frame().body[..8], [0, 0, 0, 13, 0, 0, 0, 0]);
    }
}
