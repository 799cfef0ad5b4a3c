//! Why a server could not be reached.

/// A server that loads need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    Redshift,
    S3,
}

/// What was in the way of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// No address is known for the name.
    UnknownHost,
    /// Nothing listens at the address.
    Refused,
    /// Nothing came back in time.
    NoAnswer,
    /// The certificate is signed by nobody who is trusted here.
    UnknownAuthority,
    /// The certificate has expired, or is not valid yet, by this machine's clock.
    ExpiredCertificate,
    /// The certificate is for another name.
    OtherName,
    /// What answers does not speak TLS.
    NoTls,
    /// The connection broke, or could not be used.
    Broken,
}
