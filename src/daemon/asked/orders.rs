//! The orders of the files of one message: one for all that go into one table in the same way.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use crate::model::announced_file::AnnouncedFile;
use crate::model::batch_limits::BatchLimits;
use crate::model::target_table::TargetTable;
use crate::request::InvalidRequest;
use crate::request::order::{Announced, Order};
use crate::request::terms::{Selection, Terms};
use crate::routing::RoutedLoad;

/// As many as a load message has: each waits for itself, and whoever writes keys chooses the tables.
const MOST_ORDERS: usize = 100;

/// The orders of one message.
#[derive(Default)]
pub(super) struct Orders {
    /// By the fields of a message that asks for the same, so that thousands of files share one.
    terms: IndexMap<String, Result<Arc<Terms>, InvalidRequest>>,
    files: IndexMap<KindOfOrder, (Vec<AnnouncedFile>, BatchLimits)>,
}

/// Files of which this is the same are loaded together.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct KindOfOrder {
    target: TargetTable,
    /// Their place among all.
    terms: usize,
    /// The rule, which knows the limits.
    line: u32,
}

impl Orders {
    /// Which order a file belongs to, of which a rule makes this load.
    ///
    /// # Errors
    /// When its table config must not be read, or the message has too many tables.
    pub(super) fn kind_of(
        &mut self,
        line: u32,
        load: RoutedLoad,
        table_config_dir: Option<&Path>,
    ) -> Result<KindOfOrder, InvalidRequest> {
        let RoutedLoad { request, fields, .. } = load;
        let target = request.targets.first().cloned().expect("a request has a table");
        // The table is the order's, and the date the file's.
        let differs = |name: &str| matches!(name, "schema" | "tables" | "date");
        let fields: BTreeMap<&String, &Value> = fields.iter().filter(|(name, _)| !differs(name)).collect();
        let fields = serde_json::to_string(&fields).expect("texts are always JSON");
        let entry = self.terms.entry(fields);
        let place = entry.index();
        let terms = entry.or_insert_with(|| {
            let request = request.confined_to(table_config_dir)?;
            Ok(Arc::new(Terms { selection: Selection::Newest, ..request.terms }))
        });
        let refused = |problems, target| Err(InvalidRequest { problems, targets: vec![target] });
        if let Err(invalid) = terms {
            return refused(invalid.problems.clone(), target);
        }
        let kind = KindOfOrder { target, terms: place, line };
        if self.files.len() >= MOST_ORDERS && !self.files.contains_key(&kind) {
            let problem = format!(
                "the message announces files of more than {MOST_ORDERS} tables; send them in several"
            );
            return refused(vec![problem], kind.target);
        }
        Ok(kind)
    }

    pub(super) fn put(&mut self, kind: KindOfOrder, file: AnnouncedFile, limits: BatchLimits) {
        let (files, _) = self.files.entry(kind).or_insert_with(|| (Vec::new(), limits));
        files.push(file);
    }

    pub(super) fn of(self, message_id: &str) -> Vec<Order> {
        let terms = |place: usize| {
            let (_, terms) = self.terms.get_index(place)?;
            terms.as_ref().ok().map(Arc::clone)
        };
        let order = |(kind, (files, limits)): (KindOfOrder, _)| Order {
            target: kind.target,
            force: false,
            terms: terms(kind.terms).expect("an order was made of terms that are there"),
            message_id: message_id.to_owned(),
            covered: Vec::new(),
            announced: Some(Arc::new(Announced { files, limits, set_aside: None })),
        };
        self.files.into_iter().map(order).collect()
    }
}
