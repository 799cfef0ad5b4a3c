//! What all sessions share: the way to PostgreSQL and S3, who is connected, and what is ordered to go wrong.

pub(crate) mod long_names;
pub(crate) mod roster;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use self::long_names::LongNames;
use self::roster::Roster;
use crate::cli::{Authentication, Cli, Isolation, Kind, LongestRow};
use crate::conflict::watch::Order;
use crate::copy::source::Source;
use crate::faults::board::Board;
use crate::faults::maintenance::Maintenance;
use crate::postgres::control::Control;
use crate::tls::acceptor::Tls;

/// What all sessions share.
pub(crate) struct Shared {
    pub socket: PathBuf,
    pub control: Control,
    pub isolation: Isolation,
    pub authentication: Authentication,
    /// `None` when it is not offered.
    pub tls: Option<Tls>,
    pub kind: Kind,
    pub longest_row: LongestRow,
    pub s3: Source,
    pub sessions: Roster,
    pub faults: Arc<Board>,
    pub maintenance: Maintenance,
    /// Of transactions, under serializable isolation.
    pub order: Order,
    pub long_names: Arc<LongNames>,
    query_ids: AtomicI32,
}

impl Shared {
    /// Of PostgreSQL at `socket`, before the first session.
    pub(crate) fn new(socket: PathBuf, control: Control, cli: &Cli, tls: Option<Tls>) -> Self {
        Self {
            socket,
            control,
            isolation: cli.isolation,
            authentication: cli.auth,
            tls,
            kind: cli.kind,
            longest_row: cli.longest_row,
            s3: Source::default(),
            sessions: Roster::default(),
            faults: Arc::default(),
            maintenance: Maintenance::default(),
            order: Order::default(),
            long_names: Arc::default(),
            query_ids: AtomicI32::new(1),
        }
    }

    pub(crate) fn next_query_id(&self) -> i32 {
        self.query_ids.fetch_add(1, Ordering::Relaxed)
    }
}
