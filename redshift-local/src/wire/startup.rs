//! Start-up: what a client says before it is anybody, down to a login or a cancel request.

use std::collections::HashMap;
use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::diagnosis::float_digits_outside;
use super::frame::{put_text, take_text};
use super::report::Report;
use super::severity::{Severity, taken_from};
use crate::sql::inward::login::login_options;
use crate::sql::long_name::LIMIT_OF_POSTGRES;

const PROTOCOL_3: u32 = 3 << 16;
const CANCEL_REQUEST: u32 = 80_877_102;
const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;
const LONGEST_STARTUP: usize = 10_000;

/// The pair that names a running session to somebody who wants to cancel its query.
pub(crate) type SessionKey = (i32, i32);

#[derive(Debug)]
pub(crate) enum Opening {
    Login(Login),
    Cancel(SessionKey),
    /// From here on in TLS: the client waits for the handshake.
    Tls,
    /// The port was probed and closed again.
    Nothing,
}

/// What a client asks for when it logs in.
#[derive(Debug)]
pub(crate) struct Login {
    pub user: String,
    pub database: String,
    parameters: HashMap<String, String>,
}

/// Reads up to the login, the cancel request, or the agreement on TLS, if that is offered.
pub(crate) async fn read_opening<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    offers_tls: bool,
) -> io::Result<Opening> {
    loop {
        let length = match stream.read_u32().await {
            Ok(length) => length as usize,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Opening::Nothing),
            Err(error) => return Err(error),
        };
        if !(8..=LONGEST_STARTUP).contains(&length) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not a PostgreSQL client"));
        }
        let mut body = vec![0; length - 4];
        stream.read_exact(&mut body).await?;
        let mut body = Bytes::from(body);
        match take_u32(&mut body) {
            SSL_REQUEST if offers_tls => {
                stream.write_all(b"S").await?;
                stream.flush().await?;
                return Ok(Opening::Tls);
            }
            SSL_REQUEST | GSS_REQUEST => {
                stream.write_all(b"N").await?;
                stream.flush().await?;
            }
            CANCEL_REQUEST if body.len() == 8 => {
                let pid = take_u32(&mut body).cast_signed();
                let secret = take_u32(&mut body).cast_signed();
                return Ok(Opening::Cancel((pid, secret)));
            }
            // Minor versions of 3 differ only in what may be left out.
            version if version >> 16 == PROTOCOL_3 >> 16 => return login(body).map(Opening::Login),
            _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "unknown protocol version")),
        }
    }
}

fn take_u32(body: &mut Bytes) -> u32 {
    let head = body.split_to(4);
    u32::from_be_bytes([head[0], head[1], head[2], head[3]])
}

fn login(mut body: Bytes) -> io::Result<Login> {
    let mut parameters = HashMap::new();
    while let Some(name) = take_text(&mut body).filter(|name| !name.is_empty()) {
        let value = take_text(&mut body).unwrap_or_default();
        parameters.insert(name, value);
    }
    let user = parameters
        .get("user")
        .cloned()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no user in the startup packet"))?;
    let database = parameters.get("database").cloned().unwrap_or_else(|| user.clone());
    Ok(Login { user, database, parameters })
}

impl Login {
    /// As the client calls itself; empty when it does not.
    pub(crate) fn application_name(&self) -> &str {
        self.parameter("application_name").unwrap_or_default()
    }

    /// Which notices the client wants from the start.
    pub(crate) fn least_severity(&self) -> Severity {
        self.parameter("options").map(|options| taken_from(options).1).unwrap_or_default()
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        let wish = self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        wish.map(|(_, value)| value.as_str())
    }

    /// What the server tells of itself beside PostgreSQL's parameters: the binary protocol that a driver of AWS asked for,
    /// as far as it is spoken, and which SHOW commands its metadata may ask [src `redshift_connector` core.py, cursor.py].
    pub(crate) fn answers(&self) -> Vec<(&'static str, String)> {
        match self.protocol() {
            None => Vec::new(),
            Some(protocol) => {
                vec![("server_protocol_version", protocol.to_string()), ("show_discovery", "4".to_owned())]
            }
        }
    }

    /// The protocol of AWS's drivers that is spoken, where the client asked for one: 0 is PostgreSQL's, 1 describes columns
    /// at more length, 2 has results in binary.
    pub(crate) fn protocol(&self) -> Option<u32> {
        let asked: u32 = self.parameters.get("client_protocol_version")?.parse().ok()?;
        Some(asked.min(2))
    }

    /// The part of the client's wishes that PostgreSQL understands. `redshift_connector` and JDBC send more
    /// (`driver_version`, `client_protocol_version`, ...), which Redshift reads and PostgreSQL would refuse.
    pub(crate) fn for_postgres(&self) -> Result<BytesMut, Box<Report>> {
        let digits = self.parameters.get("extra_float_digits").and_then(|value| value.parse().ok());
        if let Some(words) = digits.and_then(float_digits_outside) {
            return Err(Box::new(Report::fatal("22023", words)));
        }
        // PostgreSQL would cut it, and let the client into another.
        if self.database.len() > LIMIT_OF_POSTGRES {
            let words = format!("database \"{}\" does not exist", self.database);
            return Err(Box::new(Report::fatal("3D000", words)));
        }
        let mut body = BytesMut::new();
        body.extend_from_slice(&PROTOCOL_3.to_be_bytes());
        for (name, value) in [("user", &self.user), ("database", &self.database)] {
            put_text(&mut body, name);
            put_text(&mut body, value);
        }
        for name in
            ["application_name", "client_encoding", "datestyle", "extra_float_digits", "options", "timezone"]
        {
            if let Some(value) = self.parameter(name) {
                put_text(&mut body, name);
                put_text(&mut body, &taken_from(&login_options(value)).0);
            }
        }
        body.extend_from_slice(&[0]);
        Ok(body)
    }
}

/// The packet that asks PostgreSQL to cancel what the session of that key is doing.
pub(crate) fn cancel_request((pid, secret): SessionKey) -> [u8; 16] {
    let mut packet = [0; 16];
    let words = [16, CANCEL_REQUEST, pid.cast_unsigned(), secret.cast_unsigned()];
    for (slot, word) in packet.chunks_exact_mut(4).zip(words) {
        slot.copy_from_slice(&word.to_be_bytes());
    }
    packet
}
