//! Passwords: how they are kept, and how a client shows that it knows one (fact 0.6).
//!
//! PostgreSQL keeps them and never asks for one: the proxy does. There is deliberately no policy of length and
//! letters: a laptop's password is `dev`.

pub(crate) mod exchange;
pub(crate) mod stored;
