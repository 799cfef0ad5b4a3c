//! How often somebody may try tokens. Decides, and does nothing.
//!
//! Each address by itself, and wrong tokens only. Many people may come from one address, through an ingress or a port-forward: the
//! right token is never refused for what others have sent from there. It is too long to be guessed at any rate that is answered here.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

/// Wrong tokens of one address within [`MINUTE`] of the first of them.
const MOST_WRONG: u32 = 5;
const MINUTE: Duration = Duration::from_secs(60);
/// Addresses that are remembered; the oldest is forgotten first.
const MOST_ADDRESSES: usize = 1000;

/// The wrong tokens of the last minute.
#[derive(Default)]
pub(super) struct Attempts(HashMap<IpAddr, Wrong>);

struct Wrong {
    count: u32,
    first_at: Instant,
}

impl Attempts {
    /// After how long this address may try another wrong token; `None` when it may now.
    pub(super) fn wait_of(&self, peer: IpAddr, now: Instant) -> Option<Duration> {
        let wrong = self.0.get(&network(peer)).filter(|wrong| wrong.count >= MOST_WRONG)?;
        let ends_at = wrong.first_at + MINUTE;
        (ends_at > now).then(|| ends_at - now)
    }

    /// Notes a wrong token.
    pub(super) fn was_wrong(&mut self, peer: IpAddr, now: Instant) {
        self.0.retain(|_, wrong| wrong.first_at + MINUTE > now);
        let network = network(peer);
        if self.0.len() >= MOST_ADDRESSES && !self.0.contains_key(&network) {
            let oldest = self.0.iter().min_by_key(|(_, wrong)| wrong.first_at).map(|(address, _)| *address);
            oldest.and_then(|oldest| self.0.remove(&oldest));
        }
        self.0.entry(network).or_insert(Wrong { count: 0, first_at: now }).count += 1;
    }
}

/// One customer has 2^64 addresses of IPv6.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn after_five_wrong_tokens_an_address_waits_until_its_minute_is_over_and_others_do_not() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        let (peer, other) = (address("10.0.0.1"), address("10.0.0.2"));
        for second in 0..5 {
            assert_eq!(attempts.wait_of(peer, start), None);
            attempts.was_wrong(peer, start + Duration::from_secs(second));
        }
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(attempts.wait_of(peer, after(10)), Some(Duration::from_secs(50)));
        assert_eq!(attempts.wait_of(other, after(10)), None);
        assert_eq!(attempts.wait_of(address("::ffff:10.0.0.1"), after(10)), Some(Duration::from_secs(50)));
        assert_eq!(attempts.wait_of(peer, after(60)), None);
        attempts.was_wrong(peer, after(60));
        assert_eq!(attempts.wait_of(peer, after(60)), None, "it counts anew");
    }

    #[test]
    fn addresses_of_one_network_are_one() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        for host in 1..=5 {
            attempts.was_wrong(address(&format!("2001:db8:1:2::{host}")), now);
        }
        assert!(attempts.wait_of(address("2001:db8:1:2:ffff::9"), now).is_some());
        assert!(attempts.wait_of(address("2001:db8:1:3::1"), now).is_none());
    }

    #[test]
    fn however_many_try_a_bounded_number_is_remembered() {
        let (mut attempts, now) = (Attempts::default(), Instant::now());
        for host in 0..2 * u32::try_from(MOST_ADDRESSES).unwrap() {
            attempts.was_wrong(IpAddr::V4(host.into()), now + Duration::from_millis(host.into()));
        }
        assert_eq!(attempts.0.len(), MOST_ADDRESSES);
    }
}
