use proptest::prelude::{ProptestConfig, Strategy, prop, prop_oneof, proptest};

use super::*;

const LEDGER: TableId = 1;

#[test]
fn two_who_read_and_write_one_table_have_no_order() {
    let mut order = Precedence::default();
    let (one, two) = (order.begin(), order.begin());
    for id in [one, two] {
        order.access(id, &[LEDGER], &[]).expect("reading alone is fine");
    }
    order.access(one, &[], &[LEDGER]).expect("the first writer is fine");
    order.commit(one);
    let cycle = order.access(two, &[], &[LEDGER]).expect_err("each must come before the other");
    assert_eq!(cycle, Cycle { table: LEDGER, transactions: vec![two, one] });
}

#[test]
fn pure_writers_and_a_late_snapshot_are_fine() {
    let mut order = Precedence::default();
    let (one, two) = (order.begin(), order.begin());
    order.access(one, &[], &[LEDGER]).expect("it only writes");
    order.access(two, &[], &[LEDGER]).expect("it only writes");
    order.commit(one);
    let three = order.begin();
    order.access(three, &[LEDGER], &[LEDGER]).expect("it sees one, and two does not read");
    order.commit(two);
    order.commit(three);
    assert!(order.transactions.is_empty(), "nobody is left who could close a circle");
}

/// One step of a history: which of a few transactions, and what it does to which of a few tables.
#[derive(Debug, Clone, Copy)]
enum Step {
    Read(usize, TableId),
    Write(usize, TableId),
    Commit(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..5_usize, 0..3_u32).prop_map(|(who, table)| Step::Read(who, table)),
        3 => (0..5_usize, 0..3_u32).prop_map(|(who, table)| Step::Write(who, table)),
        2 => (0..5_usize).prop_map(Step::Commit),
    ]
}

/// What a transaction did and saw, kept apart from the code under test.
#[derive(Debug, Clone, Default)]
struct Seen {
    snapshot: Vec<usize>,
    reads: BTreeSet<TableId>,
    writes: BTreeSet<TableId>,
}

/// Tries every order: each transaction must see exactly the writers before it, of the tables it reads.
fn has_an_order(all: &BTreeMap<usize, Seen>, before: &mut Vec<usize>) -> bool {
    if before.len() == all.len() {
        return true;
    }
    all.iter().any(|(&id, own)| {
        if before.contains(&id) {
            return false;
        }
        let fits = all.iter().filter(|(other, _)| **other != id).all(|(other, theirs)| {
            theirs.writes.is_disjoint(&own.reads) || before.contains(other) == own.snapshot.contains(other)
        });
        fits && {
            before.push(id);
            let found = has_an_order(all, before);
            before.pop();
            found
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn an_access_is_refused_exactly_when_no_order_is_left(steps in prop::collection::vec(step(), 1..24)) {
        let mut order = Precedence::default();
        let mut ids: BTreeMap<usize, TransactionId> = BTreeMap::new();
        let mut all: BTreeMap<usize, Seen> = BTreeMap::new();
        let mut committed: Vec<usize> = Vec::new();
        for step in steps {
            let (who, table, writes) = match step {
                Step::Read(who, table) => (who, table, false),
                Step::Write(who, table) => (who, table, true),
                Step::Commit(who) => {
                    if let Some(&id) = ids.get(&who).filter(|_| !committed.contains(&who)) {
                        order.commit(id);
                        committed.push(who);
                    }
                    continue;
                }
            };
            if committed.contains(&who) {
                continue;
            }
            let id = *ids.entry(who).or_insert_with(|| order.begin());
            let snapshot = committed.clone();
            let before = all.clone();
            let own = all.entry(who).or_insert_with(|| Seen { snapshot, ..Seen::default() });
            if writes { own.writes.insert(table) } else { own.reads.insert(table) };
            let (reads, written) = if writes { (vec![], vec![table]) } else { (vec![table], vec![]) };
            let allowed = order.access(id, &reads, &written).is_ok();
            assert_eq!(allowed, has_an_order(&all, &mut Vec::new()));
            if !allowed {
                order.roll_back(id);
                ids.remove(&who);
                all = before;
                all.remove(&who);
            }
        }
    }
}
