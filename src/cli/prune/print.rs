//! What was removed, or would be: for people and for programs.

use std::io::Write;

use serde_json::{Value, json};

use crate::cli::terminal::HEAD;
use crate::load::retention::Old;
use crate::model::object::SourceBucket;
use crate::model::shown::shown_as_json;
use crate::warehouse::old_rows::OldFiles;

pub(super) struct Pruned<'a> {
    pub(super) old: &'a Old,
    /// Those in which manifests were looked for.
    pub(super) folders: &'a [SourceBucket],
    pub(super) is_dry_run: bool,
}

impl Pruned<'_> {
    fn removed(&self) -> &'static str {
        if self.is_dry_run { "would be removed" } else { "removed" }
    }

    fn folders(&self) -> Vec<String> {
        self.folders.iter().map(ToString::to_string).collect()
    }

    pub(super) fn write_rows(&self, out: &mut impl Write) -> std::io::Result<()> {
        let removed = self.removed();
        let tables = self.old.loads_of_tables();
        if !tables.is_empty() {
            let width = tables.keys().map(|table| table.to_string().len()).max().unwrap_or_default().max(5);
            writeln!(out, "{HEAD}{:<width$}  {:>8}  {:<10}  last{HEAD:#}", "table", "loads", "first")?;
            for (table, (count, first, last)) in &tables {
                let [first, last] = [first, last].map(|end| end.format("%Y-%m-%d"));
                writeln!(out, "{:<width$}  {count:>8}  {first}  {last}", table.to_string())?;
            }
        }
        writeln!(out, "{:>8} rows of loads {removed} from the ledger", self.old.rows.loads.len())?;
        writeln!(out, "{:>8} rows of covered messages {removed} from the ledger", self.old.rows.messages)?;
        writeln!(out, "{:>8} rows of files {removed} from the ledger", self.old.rows.count_files())?;
        if self.old.rows.forget_before.is_some() {
            self.write_forgotten(out)?;
        }
        Ok(())
    }

    fn write_forgotten(&self, out: &mut impl Write) -> std::io::Result<()> {
        let (forgotten, mut is_any) =
            (if self.is_dry_run { "would be forgotten" } else { "forgotten" }, false);
        for OldFiles { target, count, from, to, .. } in self.old.rows.forgotten() {
            let [from, to] = [from, to].map(|at| at.format("%Y-%m-%d"));
            writeln!(out, "{count:>8} files of {target} {forgotten}, loaded from {from} to {to}")?;
            is_any = true;
        }
        if is_any {
            writeln!(
                out,
                "         such a file is loaded again when it is announced again; `s3-to-redshift missing` shows those that are still on S3"
            )
        } else {
            writeln!(out, "{:>8} files {forgotten}", 0)
        }
    }

    pub(super) fn write_manifests(&self, out: &mut impl Write) -> std::io::Result<()> {
        let (removed, manifests) = (self.removed(), &self.old.manifests);
        match self.folders {
            [] => writeln!(
                out,
                "         no manifests looked for: name buckets with --bucket, or set MANIFEST_URL"
            )?,
            _ => writeln!(
                out,
                "{:>8} manifests {removed} from {}",
                manifests.count(),
                self.folders().join(", ")
            )?,
        }
        if !self.old.rows.are_all || !manifests.are_all {
            writeln!(out, "         there is more: run this again")?;
        }
        Ok(())
    }

    pub(super) fn write_rows_as_json(&self, out: &mut impl Write) -> std::io::Result<()> {
        for (table, (count, first, last)) in self.old.loads_of_tables() {
            let [first, last] = [first, last].map(|end| end.to_rfc3339());
            let line = json!({"table": table.to_string(), "loads": count, "first": first, "last": last});
            write_json(out, &line)?;
        }
        let Old { rows, .. } = self.old;
        for OldFiles { target, count, from, to, .. } in rows.forgotten() {
            let [first, last] = [from, to].map(chrono::DateTime::to_rfc3339);
            let line =
                json!({"table": target.to_string(), "files_forgotten": count, "first": first, "last": last});
            write_json(out, &line)?;
        }
        write_json(
            out,
            &json!({
                "ledger": {"loads": rows.loads.len(), "covered_messages": rows.messages, "files": rows.count_files()},
                "removed": !self.is_dry_run,
                "are_all": rows.are_all,
            }),
        )
    }

    pub(super) fn write_manifests_as_json(&self, out: &mut impl Write) -> std::io::Result<()> {
        let manifests = &self.old.manifests;
        write_json(
            out,
            &json!({
                "manifests": manifests.count(),
                "folders": self.folders(),
                "removed": !self.is_dry_run,
                "are_all": manifests.are_all,
            }),
        )
    }
}

fn write_json(out: &mut impl Write, line: &Value) -> std::io::Result<()> {
    writeln!(out, "{}", shown_as_json(&line.to_string()))
}
