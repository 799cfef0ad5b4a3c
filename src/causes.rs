//! What the causes of an error tell, for the adapters. Libraries mostly say that something failed; the cause says why.

use std::error::Error;
use std::io;

use rustls::CertificateError;

use crate::failure::unreachable::Unreachable;

/// What the standard library says, and only says, of a name without an address.
const NO_ADDRESS: &str = "failed to lookup address information: ";

/// An error and its causes, outermost first. What an I/O error wraps is a cause too.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut causes: Vec<&'a (dyn Error + 'static)> = vec![error];
    let mut current = error;
    while let Some(cause) = wrapped(current).or_else(|| current.source()) {
        causes.push(cause);
        current = cause;
    }
    causes
}

/// [`io::Error::source`] passes over the error that it was made of.
fn wrapped<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let inner = error.downcast_ref::<io::Error>()?.get_ref()?;
    Some(inner)
}

/// An error and its causes in words, each once.
pub(crate) fn in_words(error: &(dyn Error + 'static)) -> String {
    let mut words: Vec<String> = causes(error).into_iter().map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}

/// Whether one of the causes says something that begins like this.
pub(crate) fn one_begins(error: &(dyn Error + 'static), start: &str) -> bool {
    causes(error).into_iter().any(|cause| cause.to_string().starts_with(start))
}

/// Why no connection was made, when this is the error of the attempt.
pub(crate) fn unreachable(error: &(dyn Error + 'static)) -> Unreachable {
    causes(error).into_iter().find_map(of_one).unwrap_or(Unreachable::Broken)
}

fn of_one(cause: &(dyn Error + 'static)) -> Option<Unreachable> {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return of_tls(error);
    }
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        return match error.kind() {
            io::ErrorKind::ConnectionRefused => Some(Unreachable::Refused),
            io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                Some(Unreachable::NoAnswer)
            }
            _ if error.to_string().starts_with(NO_ADDRESS) => Some(Unreachable::UnknownHost),
            _ => None,
        };
    }
    // Of tokio-postgres, which keeps its own kinds to itself.
    match cause.to_string().as_str() {
        "server does not support TLS" => Some(Unreachable::NoTls),
        "timeout waiting for server" => Some(Unreachable::NoAnswer),
        _ => None,
    }
}

fn of_tls(error: &rustls::Error) -> Option<Unreachable> {
    match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Some(Unreachable::ExpiredCertificate),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Some(Unreachable::OtherName)
            }
            CertificateError::UnknownIssuer => Some(Unreachable::UnknownAuthority),
            _ => None,
        },
        // The first bytes are of another protocol.
        rustls::Error::InvalidMessage(_) => Some(Unreachable::NoTls),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped_twice(error: impl Into<Box<dyn Error + Send + Sync>>) -> io::Error {
        io::Error::other(io::Error::new(io::ErrorKind::InvalidData, error))
    }

    #[test]
    fn the_cause_tells_why_a_server_was_not_reached_however_deep_it_lies() {
        let certificate = |error| wrapped_twice(rustls::Error::InvalidCertificate(error));
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let cases = [
            (certificate(CertificateError::UnknownIssuer), Unreachable::UnknownAuthority),
            (certificate(CertificateError::Expired), Unreachable::ExpiredCertificate),
            (certificate(CertificateError::NotValidForName), Unreachable::OtherName),
            (wrapped_twice(refused), Unreachable::Refused),
            (wrapped_twice("server does not support TLS"), Unreachable::NoTls),
            (wrapped_twice("a host called `timed out`"), Unreachable::Broken),
        ];
        for (error, why) in cases {
            assert_eq!(unreachable(&error), why, "{error}");
        }
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_known_by_the_words_of_the_standard_library() {
        let error = tokio::net::TcpStream::connect("no.such.host.invalid:1").await.unwrap_err();
        assert_eq!(unreachable(&error), Unreachable::UnknownHost, "{error}");
    }
}
