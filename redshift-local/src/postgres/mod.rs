//! The PostgreSQL behind the proxy: found, started under a watchdog, and taught Redshift's catalog.

pub(crate) mod account;
pub(crate) mod binaries;
pub(crate) mod control;
pub(crate) mod launch;
pub(crate) mod prepare;
