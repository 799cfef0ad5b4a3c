//! Orders from functions, carried out between PostgreSQL's answer and the client's.

use std::time::Duration;

use tokio::time::Instant;

use super::backend::Status;
use super::connection::cancel;
use super::failure::Failure;
use super::state::Session;
use crate::faults::order::Order;
use crate::sql::quote::literal;
use crate::sql::settings::stand_in;
use crate::wire::report::Report;

impl Session {
    /// Leaves what `redshift_local.faults` shows, and the number of the next fault, where PostgreSQL finds them.
    pub(crate) async fn tell_faults(&mut self) -> Result<(), Failure> {
        if self.backend.status() != Status::Failed {
            let faults = &self.shared.faults;
            let board = literal(&faults.shown());
            let next = *self.next_fault.get_or_insert_with(|| faults.next_id());
            let (board_name, next_name) = (stand_in("board"), stand_in("next_fault"));
            self.backend.ask(&format!("SET {board_name} = {board}; SET {next_name} = '{next}'")).await?;
        }
        Ok(())
    }

    /// Does what is ordered; what cannot be done is the statement's error.
    pub(crate) async fn carry_out(&mut self, order: Order) -> Result<(), Report> {
        let faults = &self.shared.faults;
        let done = match order {
            Order::Inject { id, wish } => {
                self.next_fault = None;
                faults.arm(id, *wish)
            }
            Order::Release { id } => faults.release(id),
            Order::ClearFaults { id } => {
                faults.clear(id);
                Ok(())
            }
            Order::WaitForFault { id, times, seconds } => {
                let patience = duration(seconds).map_err(invalid)?;
                tokio::select! {
                    struck = faults.struck(id, times, patience) => struck,
                    () = self.handle.cancelled.notified() => return Err(self.cancelled_report()),
                }
            }
            Order::Maintenance { seconds } => {
                self.shared.maintenance.set(Some(Instant::now() + duration(seconds).map_err(invalid)?));
                self.shared.sessions.kill_all_but(self.key).await;
                self.leaving = !self.handle.is_admin;
                Ok(())
            }
            Order::Cancel { session } => match self.shared.sessions.key_of(session) {
                Some(key) => cancel(&self.shared, key).await.map_err(|error| error.to_string()),
                None => Ok(()),
            },
            Order::EndMaintenance => {
                self.shared.maintenance.set(None);
                Ok(())
            }
        };
        done.map_err(invalid)
    }
}

/// A day at most: what is not meant to end has no number of seconds.
fn duration(seconds: f64) -> Result<Duration, String> {
    const LONGEST: f64 = 86_400.0;
    Duration::try_from_secs_f64(seconds.min(LONGEST))
        .map_err(|_| format!("{seconds} is no number of seconds"))
}

fn invalid(message: String) -> Report {
    Report::error("22023", message)
}
