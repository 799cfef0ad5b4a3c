//! Verdicts on the warehouse itself and on the ledger.

use crate::config::warehouse::{Tls, WarehouseSettings};
use crate::failure::Failure;
use crate::model::pause::Pauses;
use crate::model::shown::shown_within;
use crate::preflight::Finding;
use crate::warehouse::examined::{Isolation, LedgerState, Version, WarehouseFacts};

/// Bytes of an answer that is not as expected.
const LONGEST_ANSWER: usize = 200;

/// Whether our login is let in.
pub fn login(settings: &WarehouseSettings, reached: &Result<(), Failure>) -> Finding {
    let WarehouseSettings { host, port, database, user, .. } = settings;
    match reached {
        Ok(()) => Finding::ok("login", format!("{user}@{host}:{port}/{database} is let in")),
        Err(failure) => Finding::failed("login", failure),
    }
}

/// Whether the connection is encrypted, and the server known for who it is.
pub fn tls(settings: &WarehouseSettings) -> Finding {
    match settings.tls {
        Tls::VerifyFull => Finding::ok("tls", "encrypted, with the server's certificate and name checked"),
        Tls::Disable if is_of_this_machine(&settings.host) => {
            Finding::ok("tls", "off, for a server on this machine")
        }
        Tls::Disable => Finding::warning(
            "tls",
            "password and data go over the network in the clear; set REDSHIFT_SSLMODE=verify-full",
        ),
    }
}

fn is_of_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What the warehouse says of itself, apart from its clock.
pub fn facts(facts: &WarehouseFacts) -> [Finding; 3] {
    let version = match &facts.version {
        Version::Redshift(version) => {
            Finding::ok("version", format!("Redshift {}", shown_within(version, LONGEST_ANSWER)))
        }
        Version::Other(text) => Finding::warning(
            "version",
            format!(
                "it does not call itself Redshift but `{}`; check REDSHIFT_HOST",
                shown_within(text, LONGEST_ANSWER)
            ),
        ),
    };
    let isolation = match facts.isolation {
        Some(Isolation::Snapshot) => Finding::ok("isolation", "SNAPSHOT"),
        Some(Isolation::Serializable) => Finding::ok(
            "isolation",
            "SERIALIZABLE: loads that meet other writers of a table are retried more often than under SNAPSHOT",
        ),
        None => {
            Finding::unknown("isolation", "the database does not tell; loads are right under either level")
        }
    };
    [version, isolation, zone(facts)]
}

fn zone(facts: &WarehouseFacts) -> Finding {
    let others = facts.default_zone.as_deref().map(|zone| shown_within(zone, LONGEST_ANSWER));
    match facts.zone.as_str() {
        "UTC" => Finding::ok(
            "timezone",
            match others {
                Some(zone) if zone != "UTC" => format!(
                    "UTC in sessions of the loader, which reads and writes all times in UTC; {zone} in sessions that choose none"
                ),
                _ => "UTC, here and in Redshift".to_owned(),
            },
        ),
        other => Finding::failed(
            "timezone",
            &format!(
                "Redshift keeps the loader's sessions in {} though UTC was set: times without a zone would be shifted; check the \
                 settings of the loader's user",
                shown_within(other, LONGEST_ANSWER)
            ),
        ),
    }
}

/// Whether somebody keeps loads from starting, or nobody could tell.
pub fn pauses(pauses: &Result<Pauses, Failure>) -> Finding {
    let pauses = match pauses {
        Ok(pauses) => pauses,
        // A daemon that cannot read them starts no load.
        Err(failure) => return Finding::failed("pauses", failure),
    };
    match (pauses.of_all(), pauses.of_tables().next(), pauses.of_tables().count()) {
        (Some(pause), _, _) => Finding::warning("pauses", format!("every load is {pause}")),
        (None, Some(pause), 1) => Finding::warning("pauses", format!("{} is {pause}", pause.target)),
        (None, Some(pause), count) => {
            let sentence = format!("{count} pauses of tables are in force, as {} is {pause}", pause.target);
            Finding::warning("pauses", sentence)
        }
        (None, None, _) => Finding::ok("pauses", "nothing is paused"),
    }
}

/// Whether loads can be recorded, which needs a database that is not read-only.
pub fn ledger(schema: &str, state: &Result<LedgerState, Failure>) -> Finding {
    match state {
        Ok(LedgerState::Writable) => {
            Finding::ok("ledger", format!("{schema} is of this version and can be written"))
        }
        Ok(LedgerState::CanBeMade) => {
            Finding::ok("ledger", format!("{schema} is not there; the first daemon or load can make it"))
        }
        Ok(LedgerState::Earlier { missing }) => Finding::ok(
            "ledger",
            format!("{schema} is of an earlier version; the next daemon or load adds {}", missing.join(", ")),
        ),
        Err(failure) => Finding::failed("ledger", failure),
    }
}
