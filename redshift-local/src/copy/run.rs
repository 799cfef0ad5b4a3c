//! COPY in a session: lock, look at the table, find the objects, stream, and tell the client how it went.

use std::sync::Arc;

use tokio::time::Instant;

use super::decode::Decoded;
use super::grammar::clauses::Clauses;
use super::grammar::format::{Format, Mapping};
use super::grammar::statement::{CopyStatement, WrittenCopy};
use super::grammar::template;
use super::history::{self, Load};
use super::load_error::{Context, LoadError, record};
use super::readers;
use super::replacements;
use super::stream::{Source, Streamed};
use super::target::{
    Column, Target, check_fits, check_relation, chosen_columns, nonexistent, query_for_columns,
    query_for_relation,
};
use crate::session::failure::Failure;
use crate::session::state::{LastCopy, Session};
use crate::session::timeout::overdue;
use crate::sql::cursor::TableName;
use crate::sql::write::{Write, WriteKind};
use crate::wire::report::{NOTICE, Report};

impl Session {
    /// Runs the statement and answers with its notice and its `CommandComplete`.
    pub(crate) async fn copy(&mut self, written: &WrittenCopy) -> Result<(), Failure> {
        let template = match &written.template {
            Some(name) => Some(self.options_of_template(name).await?),
            None => None,
        };
        let copy = &written.judged(template.as_ref())?;
        if let Some(refusal) = readers::refusal(&copy.options.format) {
            return Err(refusal.into());
        }
        let cancelled = Arc::clone(&self.handle.cancelled);
        let cancelled = cancelled.notified();
        tokio::pin!(cancelled);
        // From here on a cancel is remembered until somebody looks.
        cancelled.as_mut().enable();
        let query = self.shared.next_query_id();
        let begun = Instant::now();
        // 0 on failure; the number of the COPY stays that of the last one that went through (fact 1.15).
        self.last_copy.count = 0;
        let write = Write { table: copy.table.clone(), kind: WriteKind::Add };
        self.lock_for(&write).await.map_err(|failure| match failure {
            Failure::Statement(report) if report.code == "42P01" => nonexistent(&copy.table).into(),
            other => other,
        })?;
        let timeout = self.statement_timeout().await?;
        let interrupted = async {
            tokio::select! {
                () = cancelled => {}
                () = overdue(begun, timeout) => {}
            }
        };
        tokio::pin!(interrupted);
        let target = self.target(copy).await?;
        check_fits(&copy.options.format, &target.columns)?;
        self.note_load(target.oid)?;

        let reader = self.shared.s3.bucket_reader(copy).await;
        let objects = tokio::select! {
            objects = reader.objects(copy) => objects?,
            () = interrupted.as_mut() => return Err(self.cancelled_report().into()),
        };
        let paths = match &copy.options.format {
            Format::Json(Mapping::Paths(location)) | Format::Avro(Mapping::Paths(location)) => {
                reader.paths(location, target.columns.len()).await?
            }
            _ => None,
        };
        let source = Source { reader, objects, paths };
        let Streamed { decoded, objects, lines, replacements } =
            self.stream(copy, &target, source, interrupted).await?;

        let table = copy.table.short();
        let mut refusal = None;
        let (rows, errors, completed) = match decoded {
            Decoded::Complete { rows, skipped } => (rows, skipped, true),
            Decoded::Rejected(errors) => (0, errors, false),
            Decoded::Unscannable(error) => {
                refusal = Some(error.report(query, self.key.0));
                (0, Vec::new(), false)
            }
            Decoded::Abandoned => return Err(Report::error("XX000", "COPY was abandoned").into()),
        };
        let loaded = if copy.options.no_load { 0 } else { rows };
        let load = Load {
            copy,
            table: self.shared.long_names.name_of(copy.table.short()),
            objects: &objects,
            lines,
            replacements,
            rows: loaded,
            errors: errors.len(),
            completed,
            took: begun.elapsed(),
        };
        self.write_down(query, target.oid, &errors, &load).await?;
        if let Some(report) = refusal {
            return Err(report.into());
        }
        let diagnosis = self.shared.kind.load_errors();
        if !completed {
            let message = format!("Load into table '{table}' failed.{diagnosis}");
            return Err(Report::error("XX000", message).into());
        }
        self.last_copy = LastCopy { id: query, count: loaded };
        // In this order [DG tutorial-loading-run-copy].
        let mut outcomes = vec![format!("{loaded} record(s) loaded successfully.")];
        if !errors.is_empty() {
            outcomes.push(format!("{} record(s) could not be loaded.{diagnosis}", errors.len()));
        }
        if load.replacements.rows() > 0 {
            outcomes.push(format!(
                "{} record(s) were loaded with replacements made for ACCEPTINVCHARS.{}",
                load.replacements.rows(),
                self.shared.kind.replacements()
            ));
        }
        for outcome in outcomes {
            let notice = Report::info(format!("Load into table '{table}' completed, {outcome}"));
            self.client.send(&notice.encode(NOTICE)).await?;
        }
        // The number of rows is in the notice only (fact 0.10); drivers want a number here (fact 8.1).
        Ok(self.client.complete("COPY 0").await?)
    }

    async fn options_of_template(&mut self, name: &TableName) -> Result<Clauses, Failure> {
        let rows = self.backend.ask(&template::question(name)?).await?;
        let options = rows.into_iter().flatten().flatten().next().unwrap_or_default();
        Ok(template::stored(&options)?)
    }

    async fn target(&mut self, copy: &CopyStatement) -> Result<Target, Failure> {
        let relation = self.backend.ask(&query_for_relation(&copy.table)).await?;
        let oid = check_relation(&relation, &copy.table, copy.options.update_statistics)?;
        let rows = self.backend.ask(&query_for_columns(oid)).await?;
        let listed = copy.columns.as_deref();
        let described = chosen_columns(&rows, listed, copy.options.explicit_ids, &copy.table)?;
        let mut columns = Vec::with_capacity(described.len());
        for found in described {
            let default = match found.default_expression.filter(|_| found.column.not_null) {
                Some(expression) => {
                    let rows = self.backend.ask(&format!("SELECT ({expression})::varchar")).await?;
                    rows.into_iter().next().and_then(|row| row.into_iter().next().flatten())
                }
                None => None,
            };
            let name = self.shared.long_names.name_of(&found.column.name);
            columns.push(Column { name, default, ..found.column });
        }
        Ok(Target { oid, columns })
    }

    /// Before the client hears of the outcome, so that it finds the rows when it looks for them.
    async fn write_down(
        &self,
        query: i32,
        table: u32,
        errors: &[LoadError],
        load: &Load<'_>,
    ) -> Result<(), Failure> {
        let context = Context { user: &self.user, query, session: self.key.0, table };
        let written = async {
            let control = self.shared.control.connect(&self.database).await?;
            record(&control, &context, errors).await?;
            replacements::record(&control, &context, &load.replacements, load.took).await?;
            history::record(&control, &context, load).await
        };
        written.await.map_err(|error| {
            Report::error("XX000", format!("the load could not be written down: {error}")).into()
        })
    }
}
