//! One rule: for which keys it is, and what it makes of them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::batch_limits::BatchLimits;
use crate::model::data_date::DataDate;
use crate::model::ident::Ident;
use crate::model::object::ObjectUri;
use crate::model::routed_date::RoutedDate;
use crate::model::target_table::TargetTable;
use crate::request::decode::of_fields;
use crate::request::{InvalidRequest, fields};
use crate::routing::RoutedLoad;
use crate::routing::date_part::{DatePart, unescaped};
use crate::routing::pattern::{DATE, Pattern};
use crate::routing::template::Template;

#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// Of the file, from 1.
    pub(super) line: u32,
    pub(super) pattern: Pattern,
    pub(super) action: Action,
}

/// Which files of a table rules may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MayTake {
    Nothing,
    /// Without a date.
    Files,
    DatedFiles,
}

#[derive(Debug, Clone)]
pub(super) enum Action {
    /// Such keys are no data.
    Ignore,
    Load(LoadOf),
}

/// The request that a rule makes of a key: fields of a message in which parts of the key stand.
#[derive(Debug, Clone, Default)]
pub(super) struct LoadOf {
    pub(super) fields: Vec<(&'static fields::Field, FieldText)>,
    pub(super) limits: BatchLimits,
}

/// What a rule says of a field.
#[derive(Debug, Clone)]
pub(super) enum FieldText {
    One(Template),
    List(Vec<Template>),
}

impl FieldText {
    pub(super) fn templates(&self) -> &[Template] {
        match self {
            Self::One(template) => std::slice::from_ref(template),
            Self::List(templates) => templates,
        }
    }

    fn fill(&self, parts: &[(String, String)]) -> Vec<String> {
        self.templates().iter().map(|template| template.fill(parts)).collect()
    }
}

impl Rule {
    /// What it may make of keys of a table.
    pub(super) fn may_take(&self, target: &TargetTable) -> MayTake {
        let Action::Load(load) = &self.action else { return MayTake::Nothing };
        let is = |field, part, name: &Ident| match load.text(field) {
            Some(text) => text.templates().iter().all(|template| template.may_be(name.as_str())),
            None => self.pattern.names().any(|known| known == part),
        };
        if !(is("schema", "schema", &target.schema) && is("tables", "table", &target.table)) {
            return MayTake::Nothing;
        }
        let is_dated = load.text(DATE).is_some() || self.pattern.names().any(|name| name == DATE);
        if is_dated { MayTake::DatedFiles } else { MayTake::Files }
    }
}

impl LoadOf {
    /// The table of every key, where no part of the key decides it.
    pub(super) fn named_table(&self) -> Option<TargetTable> {
        let fixed = |name: &str| {
            let (_, text) = self.fields.iter().find(|(field, _)| field.name == name)?;
            let [template] = text.templates() else { return None };
            (template.parts().next().is_none()).then(|| Ident::new(&template.fill(&[])).ok()).flatten()
        };
        Some(TargetTable { schema: fixed("schema")?, table: fixed("tables")? })
    }

    fn text(&self, name: &str) -> Option<&FieldText> {
        self.fields.iter().find(|(field, _)| field.name == name).map(|(_, text)| text)
    }

    /// The request for one key. What the rule says of a field goes before a part of the key of the same name.
    pub(super) fn of(
        &self,
        key: &ObjectUri,
        pattern: &Pattern,
        parts: &[(String, String)],
    ) -> Result<RoutedLoad, InvalidRequest> {
        let mut values: BTreeMap<String, Value> = self
            .fields
            .iter()
            .map(|(field, text)| (field.name.to_owned(), field.shape.of_flag(text.fill(parts))))
            .collect();
        let part =
            |name: &str| parts.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        for (field, name) in [("schema", "schema"), ("tables", "table")] {
            if let Some(value) = part(name) {
                values.entry(field.to_owned()).or_insert_with(|| value.into());
            }
        }
        values.insert("bucket".to_owned(), key.bucket.as_str().into());
        let of_key = part(DATE).filter(|_| !values.contains_key(DATE));
        let date = of_key.map(|text| date(pattern.date(), text));
        let request = of_fields(&values);
        let date = match date.transpose() {
            Ok(date) => date,
            Err(problem) => {
                let (known, targets) = match request {
                    Ok(request) => (Vec::new(), request.targets),
                    Err(invalid) => (invalid.problems, invalid.targets),
                };
                let problems = known.into_iter().chain([format!("`{DATE}`: {problem}")]).collect();
                return Err(InvalidRequest { problems, targets });
            }
        };
        // One part of a key is one name.
        if request.as_ref().is_ok_and(|request| request.targets.len() > 1) {
            return Err(InvalidRequest {
                problems: vec!["`table` must be the name of one table".to_owned()],
                targets: Vec::new(),
            });
        }
        let request = request?;
        let date = date.or_else(|| request.terms.selection.date().map(RoutedDate::Instant));
        Ok(RoutedLoad { request, date, fields: values, limits: self.limits })
    }
}

/// The date of a part of a key: as the pattern says, else RFC 3339, or a day alone; as it stands, or escaped as Hive does.
fn date(format: Option<&DatePart>, text: &str) -> Result<RoutedDate, String> {
    if let Some(format) = format {
        return format.read(text);
    }
    match DataDate::parse(&unescaped(text)) {
        Ok(date) => Ok(RoutedDate::Instant(date)),
        Err(problem) => DatePart::parse("%Y-%m-%d")?.read(text).map_err(|_| problem.to_string()),
    }
}
