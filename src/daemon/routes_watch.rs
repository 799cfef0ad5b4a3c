//! Reads the file of routes again from time to time, and tells what has come of it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::daemon::Daemon;
use crate::load::routes::current::{CurrentRoutes, ReadAgain};

/// A request to S3 each time, where the file is there.
const EVERY: Duration = Duration::from_secs(10);

/// Keeps the routes as their file says, until `stop`.
pub(super) async fn run(daemon: &Daemon, stop: &CancellationToken) {
    let Some(routes) = &daemon.routes else {
        stop.cancelled().await;
        return;
    };
    let mut state = State::Good;
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
        let read = tokio::select! {
            read = routes.read_again() => read,
            () = stop.cancelled() => return,
        };
        state = told(routes, state, read);
        daemon.metrics.routes_refused(routes.obstacle().is_some());
    }
}

/// How the file was when it was read last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    Refused,
    Unreadable {
        /// The file that was there before.
        was_refused: bool,
    },
}

/// Tells what is new.
fn told(routes: &CurrentRoutes, before: State, read: ReadAgain) -> State {
    match read {
        ReadAgain::Unchanged => match before {
            State::Unreadable { was_refused } => {
                info!("routes can be read again from {routes}");
                if was_refused { State::Refused } else { State::Good }
            }
            State::Good | State::Refused => before,
        },
        ReadAgain::Changed(count) => {
            info!("routes have changed: the {count} rules of {routes} are in use from now on");
            State::Good
        }
        ReadAgain::Refused(problems) => {
            error!(
                "routes are refused, those from before stay in use; correct the file, it is read again by itself: {}",
                problems.join("; ")
            );
            State::Refused
        }
        ReadAgain::Unreadable(why) => match before {
            State::Unreadable { .. } => before,
            State::Good | State::Refused => {
                warn!("{why}; those from before stay in use");
                State::Unreadable { was_refused: before == State::Refused }
            }
        },
    }
}
