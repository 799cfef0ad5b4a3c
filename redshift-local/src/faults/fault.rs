//! A fault as data: where it strikes, whom, what happens, and how a wish for one is read.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::Injected;
use crate::sql::cursor::TableName;

/// A place on a session's way where a fault may strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// The startup packet is read, nothing is answered.
    Login,
    /// PostgreSQL has seen nothing of the statement.
    BeforeStatement,
    /// PostgreSQL has done it (without BEGIN: committed it), the client does not know.
    AfterStatement,
    /// COPY has its lock, and no rows yet.
    CopyStart,
    /// The first rows have reached PostgreSQL.
    CopyMiddle,
    /// A COMMIT that would commit has arrived.
    BeforeCommit,
    /// PostgreSQL has committed, the client does not know.
    AfterCommit,
}

impl Point {
    const KNOWN: [(&'static str, Self); 7] = [
        ("login", Self::Login),
        ("before_statement", Self::BeforeStatement),
        ("after_statement", Self::AfterStatement),
        ("copy_start", Self::CopyStart),
        ("copy_middle", Self::CopyMiddle),
        ("before_commit", Self::BeforeCommit),
        ("after_commit", Self::AfterCommit),
    ];

    fn is_in_copy(self) -> bool {
        matches!(self, Self::CopyStart | Self::CopyMiddle)
    }

    /// What was asked is done: an error would be a lie.
    fn is_too_late_to_fail(self) -> bool {
        matches!(self, Self::AfterStatement | Self::AfterCommit)
    }

    fn has_statement(self) -> bool {
        !matches!(self, Self::Login | Self::BeforeCommit | Self::AfterCommit)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Nothing goes on until it is released, or the statement cancelled.
    Hold,
    Slow(Duration),
    /// The connection is reset, and PostgreSQL's session ends.
    Cut,
    /// As after a server's crash behind a firewall: the socket stays open, PostgreSQL's session ends.
    Vanish,
    /// As after a firewall forgot the flow: the socket stays open, PostgreSQL's session lives on with its locks.
    Silence,
    Fail(Injected),
}

impl Effect {
    const NAMES: [&str; 6] = ["hold", "slow", "cut", "vanish", "silence", "error"];
}

/// What a client has to be and to do for a fault to strike. What is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selector {
    pub containing: Option<String>,
    pub table: Option<String>,
    pub user: Option<String>,
    pub application: Option<String>,
}

/// Who passes a point, and with which statement.
#[derive(Debug, Clone)]
pub(crate) struct Subject<'a> {
    pub user: &'a str,
    pub application: &'a str,
    pub statement: &'a str,
    pub table: Option<&'a TableName>,
}

impl Selector {
    fn chooses(&self, subject: &Subject<'_>) -> bool {
        let is = |wish: &Option<String>, value: &str| wish.as_ref().is_none_or(|wish| wish == value);
        let contains = self.containing.as_ref().is_none_or(|text| subject.statement.contains(text.as_str()));
        let table = self.table.as_ref().is_none_or(|wish| {
            subject.table.is_some_and(|table| table.short() == wish || table.0.join(".") == *wish)
        });
        contains && table && is(&self.user, subject.user) && is(&self.application, subject.application)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    pub point: Point,
    pub effect: Effect,
    pub selector: Selector,
    pub times: u32,
}

impl Fault {
    pub(crate) fn strikes(&self, point: Point, subject: &Subject<'_>) -> bool {
        self.point == point && self.selector.chooses(subject)
    }
}

/// The arguments of `redshift_local.inject`.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub(crate) struct Wish {
    pub point: String,
    pub effect: String,
    containing: Option<String>,
    table_name: Option<String>,
    user_name: Option<String>,
    application_name: Option<String>,
    #[serde(default)]
    times: i64,
    seconds: Option<f64>,
    code: Option<String>,
    message: Option<String>,
    detail: Option<String>,
}

impl Wish {
    /// The fault, or what is wrong with the wish.
    pub(crate) fn fault(self) -> Result<Fault, String> {
        let point = named(&Point::KNOWN, &self.point)
            .ok_or_else(|| unknown("point", &self.point, Point::KNOWN.iter().map(|(name, _)| *name)))?;
        let effect = self.effect()?;
        check(point, &effect, &self)?;
        let times = u32::try_from(self.times).ok().filter(|times| *times > 0);
        let times = times.ok_or_else(|| format!("a fault cannot strike {} times", self.times))?;
        let selector = Selector {
            containing: self.containing,
            table: self.table_name,
            user: self.user_name,
            application: self.application_name,
        };
        Ok(Fault { point, effect, selector, times })
    }

    fn effect(&self) -> Result<Effect, String> {
        Ok(match self.effect.as_str() {
            "hold" => Effect::Hold,
            "slow" => Effect::Slow(
                self.seconds
                    .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                    .ok_or("effect 'slow' needs seconds => 0 or more")?,
            ),
            "cut" => Effect::Cut,
            "vanish" => Effect::Vanish,
            "silence" => Effect::Silence,
            "error" => Effect::Fail(self.chosen_error()?),
            other => Effect::Fail(named(&Injected::KNOWN, other).ok_or_else(|| {
                let errors = Injected::KNOWN.iter().map(|(name, _)| *name);
                unknown("effect", other, Effect::NAMES.into_iter().chain(errors))
            })?),
        })
    }

    fn chosen_error(&self) -> Result<Injected, String> {
        let code = self.code.clone().unwrap_or_else(|| "XX000".to_owned());
        if code.len() != 5 || !code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            return Err(format!("'{code}' is no SQLSTATE: five digits and capital letters"));
        }
        let message = self.message.clone().ok_or("effect 'error' needs message => '...'")?;
        Ok(Injected::Chosen { code, message, detail: self.detail.clone() })
    }
}

/// Combinations that could never strike, or would tell the client something untrue.
fn check(point: Point, effect: &Effect, wish: &Wish) -> Result<(), String> {
    let (point_name, effect_name) = (&wish.point, &wish.effect);
    if let Effect::Fail(error) = effect {
        let expired = *error == Injected::ExpiredCredentials;
        if point.is_too_late_to_fail() {
            return Err(format!(
                "'{effect_name}' cannot strike at '{point_name}': PostgreSQL has done what was asked; there is hold, slow, cut, vanish, silence"
            ));
        }
        if error.is_of_s3() && !point.is_in_copy() {
            return Err(format!("'{effect_name}' strikes at 'copy_start' and 'copy_middle' only"));
        }
        if expired && !point.is_in_copy() && point != Point::Login {
            return Err(
                "'expired_credentials' strikes at 'login', 'copy_start' and 'copy_middle' only".to_owned()
            );
        }
        if point == Point::Login && !expired && !matches!(error, Injected::Chosen { .. }) {
            return Err(format!(
                "'{effect_name}' cannot strike at 'login'; there is expired_credentials and error"
            ));
        }
    }
    if !point.has_statement() && (wish.table_name.is_some() || wish.containing.is_some()) {
        return Err(format!("at '{point_name}' there is no table and no statement to select by"));
    }
    Ok(())
}

fn named<T: Clone>(known: &[(&'static str, T)], name: &str) -> Option<T> {
    known.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    format!("there is no {what} '{name}'; there is {}", known.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests;
