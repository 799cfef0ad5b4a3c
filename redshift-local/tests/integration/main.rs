//! What redshift-local does, asked of the running program, one fact per test.
