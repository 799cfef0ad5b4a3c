use proptest::prelude::*;

use super::*;

fn observed(values: &[String]) -> Observed {
    let mut observed = Observed::default();
    values.iter().for_each(|value| observed.add(Value::Field(value)));
    observed
}

/// Fields of all kinds, often the same ones.
fn fields() -> impl Strategy<Value = Vec<String>> {
    let one = prop_oneof![
        "-?[0-9]{1,3}",
        "[0-9]{1,2}\\.[0-9]{1,3}",
        "2015-07-0[1-9]( 10:00:0[0-9](Z)?)?",
        "(true|false|NA|Y|007|NaN|1e3)?",
        "[a-z\u{0}]{0,6}",
    ];
    prop::collection::vec(one, 0..20)
}

proptest! {
    #[test]
    fn the_order_of_the_values_does_not_matter(values in fields(), seed: u64) {
        let mut shuffled = values.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        prop_assert_eq!(observed(&shuffled), observed(&values));
    }

    #[test]
    fn what_is_known_of_parts_joins_to_what_is_known_of_all(values in fields(), at in 0_usize..20) {
        let (one, other) = values.split_at(at.min(values.len()));
        let mut joined = observed(one);
        joined.join(&observed(other));
        prop_assert_eq!(joined, observed(&values));
    }
}

#[test]
fn a_value_that_stands_twice_is_seen_also_where_parts_are_joined() {
    let distinct = |values: &[&str]| {
        observed(&values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>()).distinct
    };
    assert!(matches!(distinct(&["1", "2"]), Distinct::So(hashes) if hashes.len() == 2));
    assert_eq!(distinct(&["1", "2", "1"]), Distinct::Not);
    // Nothing is no value that stands twice.
    assert!(matches!(distinct(&["1", "", ""]), Distinct::So(_)));
}
