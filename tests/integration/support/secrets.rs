//! The secrets of the suite, made anew for each run, and the search for them in whatever the program shows.
//!
//! No test asks for the search: the support code does it to all output that it collects.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// What nobody may see. Each has characters that a log, a URL, or SQL writes in another way.
pub(crate) struct Secrets {
    /// Of the key pair, by which COPY reads S3 where there is no role.
    pub(crate) aws_secret_key: String,
    pub(crate) aws_session_token: String,
    /// Of the database's superuser.
    pub(crate) password: String,
    /// Of every other user that a test makes.
    pub(crate) user_password: String,
    /// Of nobody; the database refuses it.
    pub(crate) wrong_password: String,
    /// Of control over HTTP.
    pub(crate) control_token: String,
}

pub(crate) static SECRETS: LazyLock<Secrets> = LazyLock::new(|| Secrets {
    aws_secret_key: random(40, "/+"),
    aws_session_token: random(200, "/+="),
    password: random(24, "!$%&+|~ "),
    // Redshift takes no quotes, blanks, slashes and `@` in a password.
    user_password: random(24, "!$%&+|~"),
    wrong_password: random(24, "!$%&+|~'\"\\"),
    control_token: random(32, "!$%&+|~'\"\\/="),
});

/// Letters, digits and each of `special`.
fn random(length: usize, special: &str) -> String {
    let mut characters: Vec<char> = special.chars().chain("Aa1".chars()).collect();
    characters.resize_with(length, fastrand::alphanumeric);
    fastrand::shuffle(&mut characters);
    characters.into_iter().collect()
}

/// Fails the test when `text` holds a secret, in whatever spelling; never shows it.
pub(crate) fn assert_none_in(whence: &str, text: &str) {
    if let Some((name, spelling)) = found_in(text) {
        panic!("{whence} shows {name}, {spelling}");
    }
}

fn found_in(text: &str) -> Option<(&'static str, &'static str)> {
    SPELLINGS.iter().find(|spelling| text.contains(&spelling.text)).map(|found| (found.secret, found.how))
}

struct Spelling {
    secret: &'static str,
    how: &'static str,
    text: String,
}

static SPELLINGS: LazyLock<Vec<Spelling>> = LazyLock::new(|| {
    let secrets = [
        ("the AWS secret key", &SECRETS.aws_secret_key),
        ("the AWS session token", &SECRETS.aws_session_token),
        ("the database password", &SECRETS.password),
        ("the password of a user", &SECRETS.user_password),
        ("the wrong password", &SECRETS.wrong_password),
        ("the token of control", &SECRETS.control_token),
    ];
    let mut spellings = Vec::new();
    let mut known = BTreeSet::new();
    for (secret, value) in secrets {
        for (how, text) in spellings_of(value) {
            if known.insert(text.clone()) {
                spellings.push(Spelling { secret, how, text });
            }
        }
    }
    spellings
});

/// A secret, and what is left of it where it stands in another notation.
fn spellings_of(secret: &str) -> Vec<(&'static str, String)> {
    let quoted = serde_json::to_string(secret).expect("a text is JSON");
    let quoted = quoted.trim_matches('"').to_owned();
    let quoted_twice = serde_json::to_string(&quoted).expect("a text is JSON");
    let lower_hex = |byte: &u8| format!("{byte:02x}");
    let mut spellings = vec![
        ("as it is", secret.to_owned()),
        // A part of it is as bad.
        ("its first half", secret.get(..secret.len() / 2).expect("it is ASCII").to_owned()),
        ("its second half", secret.get(secret.len() / 2..).expect("it is ASCII").to_owned()),
        ("in quotes", quoted.clone()),
        ("in quotes within quotes", quoted_twice.trim_matches('"').to_owned()),
        ("as Rust quotes it", secret.escape_debug().to_string()),
        ("as bytes", format!("{:?}", secret.as_bytes()).trim_matches(['[', ']']).to_owned()),
        ("as SQL quotes it", secret.replace('\\', "\\\\").replace('\'', "''")),
        ("as a URL", url(secret, |byte| format!("%{byte:02X}"))),
        ("as a URL in small letters", url(secret, |byte| format!("%{byte:02x}"))),
        ("as a form", url(secret, |byte| format!("%{byte:02X}")).replace("%20", "+")),
        ("as hex", secret.as_bytes().iter().map(lower_hex).collect()),
    ];
    // Within a longer text it begins at any of three offsets, and its ends are mixed with what is beside it.
    for offset in 0..3 {
        let coded = base64(&[&[0; 2][..offset], secret.as_bytes()].concat());
        let inner = coded.get(4..coded.len() - 4).expect("it is long").to_owned();
        spellings.push(("as base64 of URLs", inner.replace('+', "-").replace('/', "_")));
        spellings.push(("as base64", inner));
    }
    spellings
}

fn url(text: &str, escaped: impl Fn(u8) -> String) -> String {
    let spelt = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => escaped(byte),
    };
    text.bytes().map(spelt).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |three: &[u8]| {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | usize::from(three.get(at).copied().unwrap_or(0)));
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[bits >> shift & 63]))
    };
    bytes.chunks(3).flat_map(group).collect()
}

#[test]
fn a_secret_is_found_in_every_spelling() {
    let secrets =
        [&SECRETS.aws_secret_key, &SECRETS.aws_session_token, &SECRETS.password, &SECRETS.wrong_password];
    for secret in secrets {
        let header = base64(format!("user:{secret}:").as_bytes());
        let shown = [
            format!("COPY … SECRET_ACCESS_KEY '{secret}'"),
            format!("{:?}", serde_json::json!({"a": secret}).to_string()),
            format!("{secret:?}"),
            format!("x={}&", url(secret, |byte| format!("%{byte:02X}"))),
            format!("Authorization: Basic {header}"),
            format!("{:?}", secret.as_bytes()),
            format!("starts with {}", secret.get(..secret.len() / 2).unwrap()),
        ];
        for text in &shown {
            assert!(found_in(text).is_some(), "not found in a text of {} bytes", text.len());
        }
    }
    assert!(found_in("COPY … SECRET_ACCESS_KEY '***'").is_none());
}
