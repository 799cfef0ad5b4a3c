//! Who may have the daemon do something: whoever sends the token of `CONTROL_TOKEN`, and is no page in somebody's browser.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderName, ORIGIN};
use subtle::ConstantTimeEq;
use tokio::time::Instant;
use tracing::warn;

use crate::http::control::attempts::Attempts;
use crate::model::secret::Secret;
use crate::telemetry::once_a_minute::OnceAMinute;

/// What a browser says of where a request comes from.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The token, and who has tried others.
pub struct Admission {
    /// `None`: nobody may.
    token: Option<Secret>,
    attempts: Mutex<Attempts>,
    wrong: OnceAMinute<IpAddr>,
}

/// Why somebody may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotAdmitted {
    /// Nobody may.
    IsOff,
    /// A page of some site sends it, whatever its token.
    FromBrowser,
    NoToken,
    WrongToken,
    /// A wrong one, and too many came from there before.
    TooManyWrong(Duration),
}

impl Admission {
    /// Admits whoever has the token; without one nobody.
    pub fn new(token: Option<Secret>) -> Self {
        let told = |count: u64, peer: &IpAddr| {
            warn!(%peer, "requests with a wrong CONTROL_TOKEN were refused: {count}, the last one from {peer}");
        };
        Self { token, attempts: Mutex::default(), wrong: OnceAMinute::new(told) }
    }

    /// Writes the log lines that were held back for a minute. Never returns.
    pub(in crate::http) async fn tell_what_is_held_back(&self) {
        self.wrong.tell_what_is_held_back().await;
    }

    pub(super) fn admit(&self, headers: &HeaderMap, peer: IpAddr) -> Result<(), NotAdmitted> {
        let Some(token) = &self.token else { return Err(NotAdmitted::IsOff) };
        // No page of ours sends anything. With a token that is no cookie none could, but this does not rest on one lock.
        if headers.contains_key(ORIGIN) || headers.contains_key(SEC_FETCH_SITE) {
            return Err(NotAdmitted::FromBrowser);
        }
        let Some(sent) = headers.get(AUTHORIZATION) else { return Err(NotAdmitted::NoToken) };
        // Of another length it is wrong in no time, which tells no more than that.
        let is_right =
            bearer(sent.as_bytes()).is_some_and(|sent| bool::from(sent.ct_eq(token.reveal().as_bytes())));
        if is_right {
            return Ok(());
        }
        self.wrong.happened(1, peer);
        Err(self.wrong_token(peer))
    }

    fn wrong_token(&self, peer: IpAddr) -> NotAdmitted {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(wait) = attempts.wait_of(peer, now) {
            return NotAdmitted::TooManyWrong(wait);
        }
        attempts.was_wrong(peer, now);
        NotAdmitted::WrongToken
    }
}

/// The token in a header; the scheme may be in any case.
fn bearer(header: &[u8]) -> Option<&[u8]> {
    const SCHEME: &[u8] = b"bearer ";
    let (scheme, token) = header.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use hyper::header::HeaderValue;

    use super::*;

    const TOKEN: &str = "0123456789abcdef";
    const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn admission() -> Admission {
        Admission::new(Some(Secret::new(TOKEN)))
    }

    fn headers(headers: &[(HeaderName, &str)]) -> HeaderMap {
        headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[tokio::test]
    async fn the_token_is_needed_and_nothing_near_it_will_do() {
        let sent = |text: &str| admission().admit(&headers(&[(AUTHORIZATION, text)]), PEER);
        assert_eq!(sent("Bearer 0123456789abcdef"), Ok(()));
        assert_eq!(sent("bearer  0123456789abcdef"), Ok(()));
        for wrong in [
            "Bearer 0123456789abcdeF",
            "Bearer 0123456789abcde",
            "Bearer ",
            "Basic 0123456789abcdef",
            TOKEN,
            "",
        ] {
            assert_eq!(sent(wrong), Err(NotAdmitted::WrongToken), "{wrong}");
        }
        assert_eq!(admission().admit(&HeaderMap::new(), PEER), Err(NotAdmitted::NoToken));
        assert_eq!(Admission::new(None).admit(&HeaderMap::new(), PEER), Err(NotAdmitted::IsOff));
    }

    #[tokio::test]
    async fn no_page_in_a_browser_is_admitted_be_its_token_right() {
        for (name, value) in
            [(ORIGIN, "https://evil.example"), (ORIGIN, "null"), (SEC_FETCH_SITE, "same-origin")]
        {
            let headers = headers(&[(AUTHORIZATION, "Bearer 0123456789abcdef"), (name, value)]);
            assert_eq!(admission().admit(&headers, PEER), Err(NotAdmitted::FromBrowser));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_tries_tokens_waits_and_the_right_one_is_taken_from_there_all_the_same() {
        let admission = admission();
        let sent =
            |token: &str| admission.admit(&headers(&[(AUTHORIZATION, &format!("Bearer {token}"))]), PEER);
        for _ in 0..5 {
            assert_eq!(sent("wrong"), Err(NotAdmitted::WrongToken));
        }
        tokio::time::advance(Duration::from_secs(20)).await;
        assert_eq!(sent("wrong"), Err(NotAdmitted::TooManyWrong(Duration::from_secs(40))));
        assert_eq!(sent(TOKEN), Ok(()), "others may share the address");
        assert_eq!(
            sent("wrong"),
            Err(NotAdmitted::TooManyWrong(Duration::from_secs(40))),
            "and nobody starts anew by it"
        );
        tokio::time::advance(Duration::from_secs(40)).await;
        assert_eq!(sent("wrong"), Err(NotAdmitted::WrongToken));
    }
}
