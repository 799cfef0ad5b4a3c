//! What a load that has failed leaves behind: nothing.

use tracing::{error, warn};

use crate::config::ending;
use crate::failure::Stage;
use crate::warehouse::redshift::Redshift;
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::sql::session::end_session;

/// Leaves nothing behind in a session whose work has failed: rolls back what is open. A session that does not answer
/// keeps its transaction, and the lock of its table, so it is ended from another one.
pub(super) async fn clean_up(redshift: &Redshift, session: &mut Session) {
    if session.is_in_transaction() && !session.is_unanswered() {
        session.roll_back().await;
    }
    if session.is_unanswered() {
        warn!(session = session.process_id, "a session does not answer any more, ending it from another one");
        end(redshift, session).await;
    }
}

async fn end(redshift: &Redshift, session: &Session) {
    let ended = tokio::time::timeout(ending::END_SESSION, try_to_end(redshift, session.process_id)).await;
    if let Err(why) = ended.unwrap_or_else(|_| Err("no answer in time".to_owned())) {
        error!(session = session.process_id, why, "session could not be ended, and may hold its locks");
    }
}

async fn try_to_end(redshift: &Redshift, process_id: i32) -> Result<(), String> {
    let mut other = redshift.pool.session(Stage::Replace).await.map_err(|failure| failure.to_string())?;
    other.rows(&end_session(process_id)).await.map(drop).map_err(|error| error.to_string())
}
