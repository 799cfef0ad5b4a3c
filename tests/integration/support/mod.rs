//! What the tests stand on: servers, a scenario for each test, the daemon as a process, and faults to order.

pub(crate) mod scenario;
pub(crate) mod table;
pub(crate) mod daemon;
pub(crate) mod wait;
pub(crate) mod servers;
pub(crate) mod secrets;
pub(crate) mod process;
pub(crate) mod warehouse_faults;
pub(crate) mod holding_proxy;
pub(crate) mod batchless_proxy;
pub(crate) mod counting_proxy;
pub(crate) mod duplicating_proxy;
pub(crate) mod tls_server;
pub(crate) mod recording_proxy;
pub(crate) mod prometheus;
pub(crate) mod browser;
