//! Values that COPY may change to make them fit.

use std::fmt;

use crate::model::shown::excerpt;

/// What becomes of a value that is longer than its column, or has bytes that are no UTF-8 where ACCEPTINVCHARS is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnCuts {
    /// It is cut, or its bytes replaced, and counted.
    #[default]
    Allow,
    /// Nothing is loaded.
    Refuse,
    /// Nothing is loaded when more of the rows than this have such a value.
    RefuseOver(Share),
}

/// A part of the rows, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

/// Before the share.
const REFUSE_OVER: &str = "refuse_over:";
/// The whole.
const MILLION: u64 = 1_000_000;

impl OnCuts {
    /// Reads a config's words.
    ///
    /// # Errors
    /// What it must be, to follow the name of the key.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "allow" => Ok(Self::Allow),
            "refuse" => Ok(Self::Refuse),
            _ => {
                text.strip_prefix(REFUSE_OVER).and_then(Share::parse).map(Self::RefuseOver).ok_or_else(|| {
                    format!(
                        "must be allow, refuse or a share of the rows as refuse_over:0.5%, not `{}`",
                        excerpt(text)
                    )
                })
            }
        }
    }
}

impl Share {
    /// Reads a percentage of at most four decimals, such as `0.5%`.
    fn parse(text: &str) -> Option<Self> {
        let number = text.trim().strip_suffix('%')?.trim_end();
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || whole.len() > 3 || decimals.len() > 4 {
            return None;
        }
        let decimals: u32 = format!("{decimals:0<4}").parse().ok()?;
        let millionths = whole.parse::<u32>().ok()? * 10_000 + decimals;
        (u64::from(millionths) <= MILLION).then_some(Self(millionths))
    }

    /// Whether `part` rows are more than this share of `all`.
    pub fn is_exceeded_by(self, part: u64, all: u64) -> bool {
        u128::from(part) * u128::from(MILLION) > u128::from(all) * u128::from(self.0)
    }
}

/// `0.5%`
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, decimals) = (self.0 / 10_000, self.0 % 10_000);
        let decimals = format!("{decimals:04}");
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{whole}%"),
            decimals => write!(f, "{whole}.{decimals}%"),
        }
    }
}

impl fmt::Display for OnCuts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allow => f.write_str("allow"),
            Self::Refuse => f.write_str("refuse"),
            Self::RefuseOver(share) => write!(f, "{REFUSE_OVER}{share}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_what_was_read() {
        for text in [
            "allow",
            "refuse",
            "refuse_over:0.5%",
            "refuse_over:0%",
            "refuse_over:100%",
            "refuse_over:0.0001%",
        ] {
            assert_eq!(OnCuts::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_that_is_no_share_is_refused() {
        for text in [
            "",
            "refuse_over:",
            "refuse_over:5",
            "refuse_over:101%",
            "refuse_over:-1%",
            "refuse_over:.5%",
            "refuse_over:0.00001%",
        ] {
            assert!(OnCuts::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_is_exceeded_by_more_than_it() {
        let OnCuts::RefuseOver(share) = OnCuts::parse("refuse_over:0.5%").unwrap() else {
            panic!("it is a share")
        };
        assert!(!share.is_exceeded_by(5, 1000) && share.is_exceeded_by(6, 1000));
        assert!(!share.is_exceeded_by(0, 0));
        assert!(share.is_exceeded_by(u64::MAX, u64::MAX));
    }
}
