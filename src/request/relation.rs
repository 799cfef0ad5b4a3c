//! How orders relate: which of them one load answers, and which may be carried out before another. Orders are compared by
//! their terms as a whole, so that whatever terms come to say counts here as well.

use chrono::Duration;

use crate::model::granularity::Granularity;
use crate::model::load_mode::LoadMode;
use crate::request::order::Order;
use crate::request::terms::Terms;

/// Whether a load for `order` leaves nothing to do for `other`, if `other` was there before the load began: both ask the
/// same, but that a load by force also does what one without it would do.
pub fn covers(order: &Order, other: &Order) -> bool {
    order.target == other.target && order.terms == other.terms && (order.force || !other.force)
}

/// Whether one load can load the files of both orders: both announce files for the same table, to be loaded in the same way.
///
/// Those that were put off are kept apart from the others, which they might keep from being loaded.
pub fn gathers(order: &Order, other: &Order) -> bool {
    let (Some(announced), Some(other_announced)) = (&order.announced, &other.announced) else { return false };
    announced.limits == other_announced.limits
        && announced.set_aside.is_some() == other_announced.set_aside.is_some()
        && order.force == other.force
        && order.target == other.target
        && order.terms == other.terms
}

/// Whether it does not matter if files that announced themselves are loaded before `order` or after it.
///
/// They are appended, and take no
/// row away: so it matters only to an order that takes rows away which they may have brought. Without force, a load for a date takes
/// away what an older file brought, if anything.
pub fn commutes_with_files(order: &Order) -> bool {
    let Terms { stream, mode, .. } = &*order.terms;
    let takes_rows_away =
        order.force || stream.is_some() || matches!(mode, Some(LoadMode::Replace | LoadMode::Merge));
    order.announced.is_some() || !takes_rows_away
}

/// Whether orders behind `other` may be carried out along with `first`, before `other`.
///
/// They may as long as it does not matter what comes first. Between load messages it matters to an order that clears the table, and to one that
/// replaces rows of a window by those of another file. Without force the later date of a window stays, whatever comes first.
pub fn lets_pass(first: &Order, other: &Order) -> bool {
    let either_clears = first.terms.replace_all() || other.terms.replace_all();
    let replaces = other.force || other.terms.stream.is_some();
    let last_one_stays = (first.force || other.force) && may_share_a_window(&first.terms, &other.terms);
    !either_clears && !last_one_stays && (!replaces || reads_the_same(first, other))
}

/// Whether orders for a date each, of other terms, may replace rows of one another. Who asks for the newest file leaves the date
/// to what is there when it is carried out, and shares no window that is known here.
fn may_share_a_window(one: &Terms, other: &Terms) -> bool {
    let (Some(date), Some(other_date)) = (one.selection.date(), other.selection.date()) else { return false };
    if one == other {
        return false;
    }
    // A merge replaces rows by their keys, whatever their dates.
    if [one, other].iter().any(|terms| terms.mode == Some(LoadMode::Merge)) {
        return true;
    }
    let is_exact = |terms: &Terms| terms.granularity == Some(Granularity::Exact);
    if date == other_date || (is_exact(one) && is_exact(other)) {
        return date == other_date;
    }
    // The config may say day, and by any clock. Of the one day of 25 hours that a zone has in a year, the dates of the first and
    // of the last hour are taken for two days all the same: else orders for one day after another would all wait.
    (date.instant() - other_date.instant()).abs() < Duration::days(1)
}

/// Whether both orders look for files and configs in the same places.
fn reads_the_same(one: &Order, other: &Order) -> bool {
    (&one.terms.source, &one.terms.config) == (&other.terms.source, &other.terms.config)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::announced_file::AnnouncedFile;
    use crate::model::batch_limits::BatchLimits;
    use crate::model::object::ObjectUri;
    use crate::request::decode::decode;
    use crate::request::order::Announced;

    /// An order for `s.t` from bucket `b`, with more fields.
    fn order(more: &str) -> Order {
        let body = format!(r#"{{"schema": "s", "tables": "t", "bucket": "b"{more}}}"#);
        Order::all_of(decode(&body).unwrap(), "m").remove(0)
    }

    #[test]
    fn an_order_covers_its_like_whoever_sent_it() {
        let other = Order { message_id: "n".to_owned(), ..order("") };
        assert!(covers(&order(""), &other));
        assert!(covers(&order(r#", "force": true"#), &order(r#", "force": true"#)));
    }

    #[test]
    fn an_order_by_force_covers_one_without_and_never_the_other_way_round() {
        let forced = order(r#", "force": true"#);
        assert!(covers(&forced, &order("")));
        assert!(!covers(&order(""), &forced));
    }

    #[test]
    fn an_order_of_other_terms_or_for_another_table_is_not_covered() {
        for more in [
            r#", "truncate": true"#,
            r#", "date": "2015-07-01T00:00:00Z""#,
            r#", "config": "s3://b/c.yml""#,
            r#", "expected_rows": 1"#,
        ] {
            assert!(!covers(&order(""), &order(more)) && !covers(&order(more), &order("")), "{more}");
        }
        let elsewhere = decode(r#"{"schema": "s", "tables": "u", "bucket": "b"}"#).unwrap();
        assert!(!covers(&order(""), &Order::all_of(elsewhere, "m").remove(0)));
    }

    /// An order for files like that of [`order`].
    fn files(more: &str, limits: BatchLimits) -> Order {
        let uri = ObjectUri::parse("s3://b/t/1.json").unwrap();
        let file = AnnouncedFile { uri, size: None, etag: None, version_id: None, date: None };
        Order {
            announced: Some(Arc::new(Announced { files: vec![file], limits, set_aside: None })),
            ..order(more)
        }
    }

    #[test]
    fn files_are_gathered_that_are_loaded_in_the_same_way() {
        let limits = BatchLimits::DEFAULT;
        let one = files("", limits);
        assert!(gathers(&one, &Order { message_id: "n".to_owned(), ..files("", limits) }));
        assert!(!gathers(&one, &files(r#", "format": "csv""#, limits)));
        assert!(!gathers(&one, &files("", BatchLimits { files: 2, ..limits })));
        let mut put_off = files("", limits);
        put_off.announced.as_mut().map(Arc::make_mut).unwrap().set_aside = Some(Vec::new());
        assert!(gathers(&put_off, &put_off) && !gathers(&one, &put_off) && !gathers(&put_off, &one));
        let other_table =
            Order::all_of(decode(r#"{"schema": "s", "tables": "u", "bucket": "b"}"#).unwrap(), "m");
        assert!(!gathers(&one, &Order { target: other_table[0].target.clone(), ..files("", limits) }));
        assert!(!gathers(&one, &order("")) && !gathers(&order(""), &one), "no file is known yet");
        assert!(!gathers(&order(""), &order("")));
    }

    #[test]
    fn files_pass_and_are_passed_by_what_takes_none_of_their_rows_away() {
        assert!(commutes_with_files(&files("", BatchLimits::DEFAULT)));
        for more in ["", r#", "date": "2015-07-01T00:00:00Z""#, r#", "mode": "append""#] {
            assert!(commutes_with_files(&order(more)), "{more}");
        }
        for more in [
            r#", "force": true"#,
            r#", "truncate": true"#,
            r#", "mode": "merge""#,
            r#", "granularity": "stream", "stream_start": "2015-07-01T00:00:00Z", "stream_end": "2015-07-02T00:00:00Z""#,
        ] {
            assert!(!commutes_with_files(&order(more)), "{more}");
        }
    }

    #[test]
    fn an_order_that_clears_the_table_lets_nobody_pass_and_passes_nobody() {
        let clearing = order(r#", "truncate": true"#);
        assert!(!lets_pass(&order(""), &clearing) && !lets_pass(&clearing, &order("")));
    }

    #[test]
    fn an_order_by_force_lets_pass_what_reads_in_the_same_places() {
        let forced = order(r#", "force": true, "mode": "append""#);
        let of_config = order(r#", "force": true, "mode": "append", "config": "s3://b/c.yml""#);
        assert!(lets_pass(&order(r#", "date": "2015-07-01T00:00:00Z""#), &forced));
        assert!(!lets_pass(&order(""), &of_config));
        assert!(lets_pass(&of_config, &order("")), "without force nothing is replaced");
    }

    #[test]
    fn by_force_merges_keep_their_order_whatever_their_dates() {
        let of = |day: u8, more: &str| order(&format!(r#", "date": "2015-07-0{day}T00:00:00Z"{more}"#));
        let forced = r#", "force": true, "mode": "merge""#;
        assert!(!lets_pass(&of(1, forced), &of(4, forced)));
        assert!(
            lets_pass(&of(1, r#", "mode": "merge""#), &of(4, r#", "mode": "merge""#)),
            "the later date stays"
        );
    }

    #[test]
    fn by_force_orders_for_two_dates_of_one_day_keep_their_order() {
        let of = |date: &str, more: &str| order(&format!(r#", "date": "2015-07-{date}:00:00Z"{more}"#));
        let (forced, exact) = (r#", "force": true"#, r#", "force": true, "granularity": "exact""#);
        for (one, other) in [(forced, forced), (forced, ""), ("", forced)] {
            assert!(!lets_pass(&of("01T04", one), &of("01T05", other)), "{one} {other}");
            assert!(lets_pass(&of("01T04", one), &of("02T04", other)), "{one} {other}");
        }
        assert!(lets_pass(&of("01T04", ""), &of("01T05", "")), "the later date stays");
        assert!(lets_pass(&of("01T04", exact), &of("01T05", exact)), "they replace other rows");
        let of_csv = of("01T04", r#", "force": true, "format": "csv""#);
        assert!(!lets_pass(&of("01T04", forced), &of_csv), "one date, in another way");
    }
}
