//! Who may come in: maintenance, the faults of a login, and the password.

use std::io;

use tokio::time::Instant;

use super::client::{Client, Incoming};
use crate::faults::error::{Victim, wrong_password};
use crate::faults::fault::{Point, Subject};
use crate::faults::maintenance::{self, ADMIN};
use crate::faults::strike::{Outcome, Strike};
use crate::passwords::exchange::{Challenge, Nonce};
use crate::shared::Shared;
use crate::wire::report::Report;
use crate::wire::startup::Login;

pub(crate) enum Admission {
    Granted {
        /// Maintenance leaves the session alone.
        is_admin: bool,
    },
    Refused(Report),
}

pub(crate) async fn admit(
    reader: &mut Incoming,
    client: &mut Client,
    login: &Login,
    shared: &Shared,
) -> io::Result<Admission> {
    let claims_admin = login.application_name() == ADMIN;
    if !claims_admin && shared.maintenance.goes_on(Instant::now()) {
        return Ok(Admission::Refused(maintenance::refused()));
    }
    if let Some(report) = strike(reader, client, login, shared).await? {
        return Ok(Admission::Refused(report));
    }
    if let Err(report) = authenticate(reader, client, login, shared).await? {
        return Ok(Admission::Refused(report));
    }
    let is_admin =
        claims_admin && shared.control.is_superuser(&login.user).await.map_err(io::Error::other)?;
    if !is_admin && shared.maintenance.goes_on(Instant::now()) {
        return Ok(Admission::Refused(maintenance::refused()));
    }
    Ok(Admission::Granted { is_admin })
}

/// Lets the fault strike that is armed for this login, if one is. The report, when it fails by that.
async fn strike(
    reader: &mut Incoming,
    client: &mut Client,
    login: &Login,
    shared: &Shared,
) -> io::Result<Option<Report>> {
    let subject =
        Subject { user: &login.user, application: login.application_name(), statement: "", table: None };
    let Some(strike) = Strike::claim(&shared.faults, Point::Login, &subject) else { return Ok(None) };
    let victim = Victim { user: &login.user, session: None, query: shared.next_query_id() };
    let outcome = tokio::select! {
        outcome = strike.play(&victim) => outcome,
        // Nothing was asked, so the client can only have left.
        _ = reader.next() => return Err(io::ErrorKind::ConnectionAborted.into()),
    };
    match outcome {
        Outcome::GoOn => return Ok(None),
        Outcome::Fail(report) => return Ok(Some(Report { severity: "FATAL".to_owned(), ..report })),
        Outcome::Cut => {
            strike.mark();
            client.reset()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Outcome::Vanish => strike.mark(),
        Outcome::Silence => {}
    }
    while reader.next().await?.is_some() {}
    Err(io::ErrorKind::ConnectionAborted.into())
}

async fn authenticate(
    reader: &mut Incoming,
    client: &mut Client,
    login: &Login,
    shared: &Shared,
) -> io::Result<Result<(), Report>> {
    let mut nonce = Nonce::default();
    getrandom::fill(&mut nonce).map_err(io::Error::other)?;
    let stored = shared.control.stored_password(&login.user).await.map_err(io::Error::other)?;
    let challenge = Challenge::choose(shared.authentication, stored.as_ref(), nonce);
    client.send(&challenge.frame()).await?;
    client.flush().await?;
    // A client that does not know the exchange, or asks its user for the password first, leaves without a word.
    let answer = reader.next().await?.ok_or(io::ErrorKind::ConnectionAborted)?;
    if stored.is_some_and(|stored| challenge.is_answered_by(answer, &login.user, &stored)) {
        return Ok(Ok(()));
    }
    Ok(Err(wrong_password(&login.user)))
}
