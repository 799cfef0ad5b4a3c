//! How fast messages are sent.

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
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{}` is no rate such as 10/s or 30/m, at most {MOST_A_SECOND}/s", excerpt(text));
        let (number, unit) = text.split_once('/').unwrap_or((text, "s"));
        let period = match unit.trim() {
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            _ => return Err(wrong()),
        };
        let number: u32 = number.trim().parse().map_err(|_| wrong())?;
        let interval = period.checked_div(number).ok_or_else(wrong)?;
        if interval < Duration::from_secs(1) / MOST_A_SECOND {
            return Err(wrong());
        }
        Ok(Self { interval })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_for_a_second_or_a_minute() {
        for (text, millis) in [("10/s", 100), ("10", 100), ("30/m", 2000), ("1000/s", 1)] {
            assert_eq!(
                text.parse::<Rate>().map(|rate| rate.interval),
                Ok(Duration::from_millis(millis)),
                "{text}"
            );
        }
        for text in ["", "0/s", "-1/s", "10/h", "1001/s", "x/s", "1.5/s"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}
