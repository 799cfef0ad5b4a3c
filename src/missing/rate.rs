//! How fast messages are sent.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::model::shown::excerpt;

/// Far more than anybody sends one by one.
const MOST_A_SECOND: u32 = 1000;

/// Messages a second, or a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// From one message to the next.
    pub interval: Duration,
    messages: u32,
    period: Period,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Period {
    Second,
    Minute,
}

/// As it is written.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let period = match self.period {
            Period::Second => "s",
            Period::Minute => "m",
        };
        write!(f, "{}/{period}", self.messages)
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{}` is no rate such as 10/s (a second) or 30/m (a minute), at most {MOST_A_SECOND}/s",
                excerpt(text)
            )
        };
        let (number, unit) = text.split_once('/').ok_or_else(wrong)?;
        let (period, length) = match unit.trim() {
            "s" => (Period::Second, Duration::from_secs(1)),
            "m" => (Period::Minute, Duration::from_secs(60)),
            _ => return Err(wrong()),
        };
        let messages: u32 = number.trim().parse().map_err(|_| wrong())?;
        let interval = length.checked_div(messages).ok_or_else(wrong)?;
        if interval < Duration::from_secs(1) / MOST_A_SECOND {
            return Err(wrong());
        }
        Ok(Self { interval, messages, period })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_for_a_second_or_a_minute() {
        for (text, millis) in [("10/s", 100), ("30/m", 2000), ("1000/s", 1)] {
            let rate: Rate = text.parse().unwrap();
            assert_eq!((rate.interval, rate.to_string()), (Duration::from_millis(millis), text.to_owned()));
        }
        for text in ["", "10", "0/s", "-1/s", "10/h", "1001/s", "x/s", "1.5/s"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}
