//! TLS: the certificate that the server shows, and the authority that clients are told to trust.

pub(crate) mod acceptor;
pub(crate) mod authority;
