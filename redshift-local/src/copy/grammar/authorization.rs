//! With whose keys the objects are read: exactly one of three ways to say it (fact 1.3).

use std::fmt;

use crate::sql::cursor::Cursor;
use crate::sql::refusal::Refusal;

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Authorization {
    /// There is no role to assume here: the environment's own credentials stand in for every role.
    Role,
    Keys {
        id: String,
        secret: String,
        token: Option<String>,
    },
}

/// Without the secret.
impl fmt::Debug for Authorization {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role => formatter.write_str("Role"),
            Self::Keys { id, .. } => formatter.debug_struct("Keys").field("id", id).finish_non_exhaustive(),
        }
    }
}

/// What the statement said about authorization so far.
#[derive(Default)]
pub(crate) struct Claims {
    role: bool,
    credentials: Option<Authorization>,
    id: Option<String>,
    secret: Option<String>,
    token: Option<String>,
}

impl Claims {
    /// One claim, if one is ahead.
    pub(crate) fn take(&mut self, ahead: &mut Cursor<'_>) -> Result<bool, Refusal> {
        if ahead.eat("iam_role") {
            if !ahead.eat("default") {
                let place = ahead.clone();
                let roles = ahead.expect_literal()?;
                if roles != "default" && roles.split(',').any(|role| !role.starts_with("arn")) {
                    return Err(place.syntax_error());
                }
            }
            once(std::mem::replace(&mut self.role, true), "IAM_ROLE")?;
        } else if ahead.eat("credentials") {
            ahead.eat("as");
            let text = ahead.expect_literal()?;
            once(self.credentials.replace(parse_credentials(&text)?).is_some(), "CREDENTIALS")?;
        } else if ahead.eat("access_key_id") {
            once(self.id.replace(value(ahead)?).is_some(), "ACCESS_KEY_ID")?;
        } else if ahead.eat("secret_access_key") {
            once(self.secret.replace(value(ahead)?).is_some(), "SECRET_ACCESS_KEY")?;
        } else if ahead.eat("session_token") {
            once(self.token.replace(value(ahead)?).is_some(), "SESSION_TOKEN")?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    pub(crate) fn settle(self) -> Result<Authorization, Refusal> {
        let keys_named = self.id.is_some() || self.secret.is_some() || self.token.is_some();
        let claimed: Vec<&str> = [
            (self.role, "IAM_ROLE"),
            (self.credentials.is_some(), "CREDENTIALS"),
            (keys_named, "ACCESS_KEY_ID"),
        ]
        .into_iter()
        .filter_map(|(claimed, name)| claimed.then_some(name))
        .collect();
        if claimed.len() > 1 {
            let claimed = claimed.join(", ");
            return Err(Refusal::new("42601", format!("conflicting or redundant options: {claimed}")));
        }
        match (self.credentials, self.id, self.secret) {
            (Some(credentials), _, _) => Ok(credentials),
            (None, Some(id), Some(secret)) => Ok(Authorization::Keys { id, secret, token: self.token }),
            (None, None, None) if self.role => Ok(Authorization::Role),
            (None, None, None) if !keys_named => Err(Refusal::new(
                "42601",
                "COPY from S3 needs an authorization: IAM_ROLE, ACCESS_KEY_ID and SECRET_ACCESS_KEY, or CREDENTIALS",
            )),
            _ => Err(Refusal::new("42601", "ACCESS_KEY_ID and SECRET_ACCESS_KEY must be given together")),
        }
    }
}

fn once(seen: bool, name: &str) -> Result<(), Refusal> {
    if seen {
        Err(Refusal::new("42601", format!("conflicting or redundant options: {name}")))
    } else {
        Ok(())
    }
}

fn value(ahead: &mut Cursor<'_>) -> Result<String, Refusal> {
    ahead.eat("as");
    ahead.expect_literal()
}

/// `aws_iam_role=arn` or `aws_access_key_id=..;aws_secret_access_key=..[;token=..]`, without blanks.
fn parse_credentials(text: &str) -> Result<Authorization, Refusal> {
    let (mut role, mut id, mut secret, mut token) = (None, None, None, None);
    for pair in text.split(';').filter(|pair| !pair.is_empty()) {
        let slot = match pair.split_once('=') {
            Some(("aws_iam_role", value)) => (&mut role, value),
            Some(("aws_access_key_id", value)) => (&mut id, value),
            Some(("aws_secret_access_key", value)) => (&mut secret, value),
            Some(("token", value)) => (&mut token, value),
            Some(("master_symmetric_key", _)) => return Err(Refusal::not_covered("MASTER_SYMMETRIC_KEY")),
            _ => return Err(invalid_credentials()),
        };
        *slot.0 = Some(slot.1.to_owned());
    }
    match (role, id, secret) {
        (Some(_), None, None) => Ok(Authorization::Role),
        (None, Some(id), Some(secret)) => Ok(Authorization::Keys { id, secret, token }),
        _ => Err(invalid_credentials()),
    }
}

/// The text is not repeated: it holds keys.
fn invalid_credentials() -> Refusal {
    Refusal::new(
        "42601",
        "Invalid credentials. Must be of the format: credentials 'aws_iam_role=...' or \
         'aws_access_key_id=...;aws_secret_access_key=...[;token=...]'",
    )
}
