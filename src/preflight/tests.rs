//! What cannot be made to happen on a stand-in, and what is right and must not be called wrong.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::environment::Environment;
use crate::config::warehouse::{self, WarehouseSettings};
use crate::model::object::SourceBucket;
use crate::preflight::bucket::{Listing, listing};
use crate::preflight::clock::clock;
use crate::preflight::queue::{dead_letter_queue, parking, redrive_policy, visibility_timeout};
use crate::preflight::warehouse::{facts, tls};
use crate::preflight::{Finding, Verdict};
use crate::queue::QueueSetup;
use crate::warehouse::examined::{Isolation, Version, WarehouseFacts};

const MINUTE: Duration = Duration::from_secs(60);

fn queue(max_receive_count: Option<u32>, days: u64) -> QueueSetup {
    QueueSetup {
        url: "https://sqs.eu-west-1.amazonaws.com/1/loads".to_owned(),
        is_fifo: false,
        max_receive_count,
        retention: Some(Duration::from_secs(days * 86_400)),
        told_at: None,
    }
}

fn verdict(finding: &Finding) -> Verdict {
    assert!(!finding.sentence.contains('\n'), "{finding:?}");
    finding.verdict
}

#[test]
fn a_clock_that_is_off_by_more_than_a_minute_is_told_with_its_side() {
    let now = DateTime::from_timestamp(1_800_000_000, 400_000_000).unwrap();
    let look = |told: i64| {
        let told: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000 + told, 0).unwrap();
        clock("clock_aws", "AWS", Some(told), [now, now + TimeDelta::milliseconds(300)])
    };
    assert_eq!(look(0).sentence, "this machine's clock and that of AWS agree");
    assert_eq!((verdict(&look(60)), verdict(&look(-60))), (Verdict::Ok, Verdict::Ok));
    for (told, expected) in [(120, "119 s behind that of AWS"), (-120, "119 s ahead of that of AWS")] {
        let finding = look(told);
        assert_eq!(verdict(&finding), Verdict::Warning);
        assert!(finding.sentence.contains(expected), "{finding:?}");
    }
    assert_eq!(verdict(&clock("clock_aws", "AWS", None, [now, now])), Verdict::Unknown);
}

#[test]
fn a_queue_that_gives_up_before_the_daemon_does_is_warned_of() {
    assert_eq!(verdict(&redrive_policy(&queue(Some(5), 4), true)), Verdict::Warning);
    let few = redrive_policy(&queue(Some(49), 4), true);
    assert_eq!(verdict(&few), Verdict::Warning);
    assert!(
        few.sentence.contains("the pause of a table has had delivered so often, without a reason"),
        "{few:?}"
    );
    assert_eq!(verdict(&redrive_policy(&queue(Some(50), 4), true)), Verdict::Ok);
    assert_eq!(verdict(&redrive_policy(&queue(None, 4), false)), Verdict::Warning);
    assert_eq!(verdict(&redrive_policy(&queue(None, 4), true)), Verdict::Ok);
}

#[test]
fn a_dead_letter_queue_keeps_messages_for_as_long_as_the_queue_or_is_warned_of() {
    assert_eq!(verdict(&dead_letter_queue(&queue(None, 4), &queue(None, 1), None)), Verdict::Warning);
    assert_eq!(verdict(&dead_letter_queue(&queue(None, 4), &queue(None, 4), Some(3))), Verdict::Ok);
}

#[test]
fn a_stand_in_that_takes_a_message_of_nothing_proves_nothing() {
    let dead = queue(None, 14);
    let (refused, taken) = (parking(&dead, Ok(false)), parking(&dead, Ok(true)));
    assert_eq!((verdict(&refused), verdict(&taken)), (Verdict::Ok, Verdict::Warning));
    assert!(taken.sentence.contains("there is a message in it that `check` has left"), "{taken:?}");
}

#[test]
fn a_listing_that_did_not_answer_is_not_taken_for_an_empty_one() {
    let source = SourceBucket::parse("analytics").unwrap();
    let told = |tables: usize, objects: u64, data: u64, is_all: bool| {
        let finding = listing(&source, tables, &Ok(Listing { objects, data, is_all, readable: None }));
        (verdict(&finding), finding.sentence)
    };
    for tables in [0, 1] {
        let (verdict, sentence) = told(tables, 0, 0, false);
        assert!(verdict == Verdict::Failed && sentence.contains("did not answer in time"), "{sentence}");
    }
    assert_eq!(told(1, 0, 0, true).0, Verdict::Warning);
    assert_eq!(told(1, 5, 2, true).1, "s3://analytics/ has 2 objects with data of these tables");
    assert_eq!(told(1, 5, 2, false).1, "s3://analytics/ has at least 2 objects with data of these tables");
    assert_eq!((told(1, 5, 0, true).0, told(1, 5, 0, false).0), (Verdict::Warning, Verdict::Unknown));
}

#[test]
fn times_that_sqs_does_not_keep_are_warned_of() {
    let hours = |hours: u32| MINUTE * 60 * hours;
    assert_eq!(verdict(&visibility_timeout(MINUTE * 5, hours(2))), Verdict::Ok);
    assert_eq!(verdict(&visibility_timeout(MINUTE * 5, hours(12))), Verdict::Warning);
    assert_eq!(verdict(&visibility_timeout(MINUTE / 6, hours(2))), Verdict::Warning);
}

#[test]
fn only_a_server_on_this_machine_is_spoken_to_in_the_clear_without_a_warning() {
    let settings = |host: &str, mode: &str| -> WarehouseSettings {
        let variables = [("REDSHIFT_HOST", host), ("REDSHIFT_SSLMODE", mode)];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        warehouse::read(&mut Environment::new(variables))
    };
    for (host, mode, expected) in [
        ("127.0.0.1", "disable", Verdict::Ok),
        ("localhost", "disable", Verdict::Ok),
        ("a.redshift.amazonaws.com", "disable", Verdict::Warning),
        ("a.redshift.amazonaws.com", "verify-full", Verdict::Ok),
    ] {
        assert_eq!(verdict(&tls(&settings(host, mode))), expected, "{host} {mode}");
    }
}

#[test]
fn a_warehouse_that_is_none_or_keeps_another_zone_is_told() {
    let good = WarehouseFacts {
        version: Version::Redshift("1.0.12345".to_owned()),
        zone: "UTC".to_owned(),
        default_zone: Some("Europe/Berlin".to_owned()),
        told_at: None,
        isolation: Some(Isolation::Serializable),
    };
    let verdicts = |of: &WarehouseFacts| facts(of).each_ref().map(verdict);
    assert_eq!(verdicts(&good), [Verdict::Ok; 3]);
    assert!(facts(&good)[2].sentence.contains("Europe/Berlin in sessions that choose none"));
    let bad = WarehouseFacts {
        version: Version::Other("PostgreSQL 15.3\nby somebody".to_owned()),
        zone: "Europe/Berlin".to_owned(),
        isolation: None,
        ..good
    };
    assert_eq!(verdicts(&bad), [Verdict::Warning, Verdict::Unknown, Verdict::Failed]);
}
