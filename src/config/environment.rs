//! Reads variables and collects every problem, so that an operator fixes them all in one go.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

use crate::model::secret::Secret;
use crate::model::shown::shown_within;

/// Bytes of a wrong value that are shown.
const LONGEST_VALUE: usize = 200;

/// The environment of the process, and what was wrong with the variables read from it so far.
pub struct Environment {
    variables: HashMap<String, String>,
    /// Names of variables whose value is no text.
    unreadable: HashSet<String>,
    problems: Vec<String>,
}

/// Everything that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct InvalidConfiguration {
    /// Never empty; each names its variable.
    pub problems: Vec<String>,
}

impl fmt::Display for InvalidConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is not usable:")?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl Environment {
    pub fn of_process() -> Self {
        Self::of(std::env::vars_os())
    }

    /// A value that is not UTF-8 is a problem once it is asked for.
    pub fn of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut environment = Self::new([]);
        for (name, value) in variables {
            // A name that is not UTF-8 cannot be one of ours.
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => drop(environment.variables.insert(name, value)),
                Err(_) => drop(environment.unreadable.insert(name)),
            }
        }
        environment
    }

    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { variables: variables.into_iter().collect(), unreadable: HashSet::new(), problems: Vec::new() }
    }

    /// An unset variable and an empty one are the same, as deployment templates leave empty ones behind.
    pub fn optional(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The same, of a setting of ours: a value that is no text is a problem.
    pub fn setting(&mut self, name: &str) -> Option<String> {
        if self.unreadable.contains(name) {
            self.problems.push(format!("{name} is not UTF-8 text"));
        }
        self.optional(name)
    }

    pub fn required(&mut self, name: &str) -> String {
        self.setting(name).unwrap_or_else(|| {
            if !self.unreadable.contains(name) {
                self.problems.push(format!("{name} is required"));
            }
            String::new()
        })
    }

    /// Kept as it is: a password may begin with a space.
    pub fn required_secret(&mut self, name: &str) -> Secret {
        match self.variables.get(name) {
            Some(value) if !value.is_empty() => Secret::new(value.as_str()),
            _ => Secret::new(self.required(name)),
        }
    }

    /// A value that `parse` understands, or `default` where it is unset. `expected` completes "must be …".
    pub fn parsed<T>(
        &mut self,
        name: &str,
        default: T,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        let Some(text) = self.setting(name) else { return default };
        parse(&text).unwrap_or_else(|| {
            self.must_be(name, expected, &text);
            default
        })
    }

    /// A duration with a unit of at least one second, such as `5m` or `1h 30m`.
    pub fn duration(&mut self, name: &str, default: Duration) -> Duration {
        self.parsed(name, default, "a duration of at least 1s with a unit, such as 90s or 5m", |text| {
            humantime::parse_duration(text).ok().filter(|duration| *duration >= Duration::from_secs(1))
        })
    }

    /// A count of at least one.
    pub fn count(&mut self, name: &str, default: usize) -> usize {
        self.parsed(name, default, "a number of at least 1", |text| {
            text.parse().ok().filter(|count| *count >= 1)
        })
    }

    /// Notes that a variable has a wrong value, which is shown: never that of a secret.
    pub fn must_be(&mut self, name: &str, expected: &str, value: &str) {
        let value = shown_within(value, LONGEST_VALUE);
        self.problems.push(format!("{name} must be {expected}, not `{value}`"));
    }

    pub fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// The settings, unless anything was wrong.
    pub fn finish<T>(self, settings: T) -> Result<T, InvalidConfiguration> {
        if self.problems.is_empty() {
            return Ok(settings);
        }
        Err(InvalidConfiguration { problems: self.problems })
    }
}
