//! Loads dated files from S3 into Redshift, exactly once, driven by an SQS queue.
//!
//! A message asks for something: an order for each of its tables. The daemon gathers facts, plans with no I/O at all,
//! and executes a plan that leaves no choice open:
//!
//! ```text
//! SQS message -> request::decode -> load::gather (storage + warehouse, reads only) -> plan::planner -> Decision
//!                                                                                                        |
//!             settle <- LoadOutcome | Failure <- warehouse.execute(LoadPlan) <------------- Load --------+-- Skip, Refuse
//! ```
//!
//! # The rooms
//!
//! A room uses only rooms above it in this list. The first eleven are pure: no async, clock, log, metric or SDK.
//!
//! - [`model`]: the nouns
//! - [`failure`]: what can go wrong, [what to do next](failure::advice), and [the one table](failure::disposition) that
//!   says what it means for the message
//! - [`request`]: what a message or a command line asks for
//! - `yaml`: YAML as its writer meant it, as a tree of bounded size
//! - [`routing`]: from the key of a file to what is to be loaded
//! - [`source`]: what producers put on S3: keys, manifests, table configs
//! - [`infer`]: a first table config out of a sample of the data
//! - [`schema`]: the difference between a wanted table and an existing one, and what becomes of it
//! - [`plan`]: the decision, as data
//! - [`missing`]: data on S3 that the ledger does not know, and the dates of a backfill
//! - [`config`]: settings, read once
//! - [`telemetry`]: every metric, and the shape of logs
//! - [`storage`], [`queue`], [`warehouse`]: a port each, and the adapter behind it
//! - [`notify`]: a port for notices, SNS and SQS behind it, and the outbox before it
//! - [`load`]: one order from its facts to its outcome
//! - [`preflight`]: what `check` finds, and how bad it is; pure
//! - [`daemon`]: intake, lanes, the breaker, workers, settlement, life and death; and its state, as others see it
//! - [`page`]: that state as pages for people, rendered with no I/O
//! - [`http`]: shows that state: metrics, health, status and pages
//! - [`app`]: the composition root; the only file that names every concrete type
//! - [`cli`]: the doors
//!
//! Comments that cite "redshift-facts" mean the sections of `docs/redshift-facts.md`.
//!
//! # Invariants
//!
//! - A [`LoadPlan`](plan::LoadPlan) is immutable and complete. Execution makes no choice but to roll back, as steps of the
//!   plan say: after a second look at the ledger under the table's write lock, at what DELETE has removed, at the bucket
//!   after COPY, at the dates of the rows, or at their number.
//! - The ledger row is in the data's transaction: redelivery, a crash between COMMIT and `DeleteMessage`, a second
//!   daemon all find it.
//! - No message is deleted before its commit is known.
//! - Only [`failure::disposition`] decides what a failure means; only `daemon/settle.rs` deletes, parks or releases.
//! - SQL text is made only under `warehouse/redshift/sql/`, or has passed [`model::own_sql`] and is the table config's; and what a step of a plan does is spelt once, for `plan` and for a
//!   run; SDK types stay in `queue/sqs/`, `storage/s3/`, `notify/`, `aws_error.rs`, `aws_calls.rs` and `app.rs`.
//! - Never TRUNCATE in a load, as it commits; never SAVEPOINT, which Redshift lacks; never a name or literal in SQL that
//!   did not pass the quoting types.
//! - A load is stopped by its token and then awaited, never dropped: only it can cancel its query and roll back.

pub mod model;
pub mod failure;
pub mod request;
mod yaml;
pub mod routing;
pub mod source;
pub mod infer;
pub mod schema;
pub mod plan;
pub mod missing;
pub mod config;
pub mod telemetry;
mod causes;
mod aws_error;
pub mod aws_calls;
pub mod storage;
pub mod queue;
pub mod warehouse;
pub mod notify;
pub mod load;
pub mod preflight;
pub mod daemon;
pub mod page;
pub mod http;
pub mod app;
pub mod cli;
