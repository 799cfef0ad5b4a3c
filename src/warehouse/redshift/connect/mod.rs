//! Sessions with Redshift: how they are opened, lent, asked and stopped.

pub(crate) mod pool;
pub(crate) mod session;
