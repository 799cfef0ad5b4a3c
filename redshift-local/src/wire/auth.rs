//! Passwords: the md5 exchange, which is what a user made with a plain password meets on Redshift.

use bytes::BytesMut;
use md5::{Digest as _, Md5};

use super::frame::Frame;

const AUTHENTICATION: u8 = b'R';
const MD5_PASSWORD: u32 = 5;

/// The number that keeps one login's answer from opening another.
pub(crate) type Salt = [u8; 4];

pub(crate) fn challenge(salt: Salt) -> Frame {
    let mut body = BytesMut::new();
    body.extend_from_slice(&MD5_PASSWORD.to_be_bytes());
    body.extend_from_slice(&salt);
    Frame::new(AUTHENTICATION, body)
}

/// Whether the answer was made from the password that `stored` (`md5` and 32 hex digits, as `pg_authid` keeps it) stands for.
pub(crate) fn answers(stored: &str, salt: Salt, answer: &str) -> bool {
    let Some(inner) = stored.strip_prefix("md5") else { return false };
    answer == format!("md5{}", md5_hex(&[inner.as_bytes(), &salt]))
}

fn md5_hex(parts: &[&[u8]]) -> String {
    let mut digest = Md5::new();
    for part in parts {
        digest.update(part);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_under_the_right_salt_answers() {
        let stored = format!("md5{}", md5_hex(&[b"secret", b"dev"]));
        let answer = format!("md5{}", md5_hex(&[md5_hex(&[b"secret", b"dev"]).as_bytes(), &[1, 2, 3, 4]]));
        assert!(answers(&stored, [1, 2, 3, 4], &answer));
        assert!(!answers(&stored, [4, 3, 2, 1], &answer));
        assert!(!answers("", [1, 2, 3, 4], &answer));
    }
}
