//! A Redshift for laptops and tests: a wire-level proxy in front of a real PostgreSQL that it starts itself.
//!
//! # Code map
//! - [`cli`]: the flags.
//! - [`server`]: start, accept, stop.
//! - [`postgres`]: finding, starting, watching and preparing PostgreSQL.
//! - [`catalog`]: Redshift's catalog as SQL that PostgreSQL runs once.
//! - [`passwords`]: how they are kept, and how a client shows that it knows one.
//! - [`tls`]: the certificates that clients check.
//! - [`wire`]: frames, start-up and reports of the PostgreSQL v3 protocol.
//! - [`sql`]: statements as text: what they are to us, and how PostgreSQL shall see them. No I/O.
//! - [`conflict`]: serializable isolation, table by table.
//! - [`copy`]: COPY from S3: grammar, objects, rows, conversion, load errors.
//! - [`faults`]: what a test orders to go wrong, and where it strikes.
//! - [`session`]: one client's session, which brings all of this together.
//!
//! # Invariants
//! - What is not recognised passes unchanged: PostgreSQL judges it.
//! - What Redshift refuses is refused with Redshift's text and SQLSTATE. Each rule names its fact where it lives.
//! - No name is cut: PostgreSQL sees a stand-in for one that it cannot keep, and the client never sees a stand-in.
//! - Whatever fails, PostgreSQL's transaction is in the state that the client was told.
//! - PostgreSQL never refuses a row that [`copy`] has let through: rows are judged once, by Redshift's rules.
//! - PostgreSQL never outlives this process, and a session never outlives its client.

mod catalog;
pub mod cli;
mod conflict;
mod copy;
mod faults;
mod passwords;
mod postgres;
pub mod server;
mod session;
mod shared;
mod sql;
mod tls;
mod wire;
