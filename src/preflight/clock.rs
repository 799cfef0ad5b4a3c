//! Verdicts on clocks: a load's window, its freshness and the signatures of requests rest on them.

use chrono::{DateTime, TimeDelta, Utc};

use crate::preflight::Finding;

/// More than answers take, and less than what AWS refuses.
const MOST: TimeDelta = TimeDelta::seconds(60);

/// What another clock said, between two looks at ours.
pub fn clock(
    check: &'static str,
    whose: &str,
    told: Option<DateTime<Utc>>,
    [before, after]: [DateTime<Utc>; 2],
) -> Finding {
    let Some(told) = told else {
        return Finding::unknown(check, format!("{whose} did not tell the time"));
    };
    // It told whole seconds, so it was within the second after that.
    let (least, most) = (told - after, told + TimeDelta::seconds(1) - before);
    let (skew, side) = match (least > TimeDelta::zero(), most < TimeDelta::zero()) {
        (true, _) => (least, "behind"),
        (_, true) => (-most, "ahead of"),
        (false, false) => (TimeDelta::zero(), ""),
    };
    let seconds = skew.num_seconds();
    if skew > MOST {
        return Finding::warning(
            check,
            format!(
                "this machine's clock is {seconds} s {side} that of {whose}: windows and ages are wrong by so much, and AWS \
                 refuses requests after 5 minutes; set the clock of this machine right"
            ),
        );
    }
    match seconds {
        0 => Finding::ok(check, format!("this machine's clock and that of {whose} agree")),
        _ => Finding::ok(check, format!("this machine's clock is {seconds} s {side} that of {whose}")),
    }
}
