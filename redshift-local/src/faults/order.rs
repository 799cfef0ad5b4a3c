//! Orders: what functions tell the proxy, each in a notice of its own; most of them belong to the schema
//! `redshift_local`.

use serde::Deserialize;

use super::fault::Wish;
use crate::wire::frame::Frame;
use crate::wire::report::{NOTICE, Report};

/// The SQLSTATE of a notice that is meant for the proxy.
const ORDER: &str = "RLOCL";

#[derive(Debug, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub(crate) enum Order {
    Inject {
        id: i32,
        #[serde(flatten)]
        wish: Box<Wish>,
    },
    Release {
        id: i32,
    },
    ClearFaults {
        id: Option<i32>,
    },
    WaitForFault {
        id: i32,
        times: u32,
        seconds: f64,
    },
    Maintenance {
        seconds: f64,
    },
    EndMaintenance,
    /// `pg_cancel_backend()`
    Cancel {
        session: i32,
    },
}

/// The order in a frame from PostgreSQL, if it is one. What is wrong with it is an error to the client.
pub(crate) fn order_in(frame: &Frame) -> Option<Result<Order, String>> {
    if frame.tag != NOTICE {
        return None;
    }
    let report = Report::decode(frame.body.clone());
    (report.code == ORDER).then(|| {
        serde_json::from_str(&report.message).map_err(|error| format!("the order is not understood: {error}"))
    })
}
