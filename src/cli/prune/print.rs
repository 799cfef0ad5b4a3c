//! What was removed, or would be: for people and for programs.

use std::io::Write;

use serde_json::{Value, json};

use crate::cli::terminal::HEAD;
use crate::load::retention::Old;
use crate::model::object::SourceBucket;
use crate::model::shown::{shown, shown_as_json};
use crate::model::target_table::TargetTable;
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
            let width =
                tables.keys().map(|table| name(table).chars().count()).max().unwrap_or_default().max(5);
            writeln!(out, "{HEAD}{:<width$}  {:>8}  {:<10}  last{HEAD:#}", "table", "loads", "first")?;
            for (table, (count, first, last)) in &tables {
                let [first, last] = [first, last].map(|end| end.format("%Y-%m-%d"));
                writeln!(out, "{:<width$}  {count:>8}  {first}  {last}", name(table))?;
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
            writeln!(out, "{count:>8} files of {} {forgotten}, loaded from {from} to {to}", name(target))?;
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

/// As the ledger has it, in which there may be anything.
fn name(table: &TargetTable) -> String {
    shown(&table.to_string()).into_owned()
}

fn write_json(out: &mut impl Write, line: &Value) -> std::io::Result<()> {
    writeln!(out, "{}", shown_as_json(&line.to_string()))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::load::retention::Manifests;
    use crate::model::ident::Ident;
    use crate::model::load_id::LoadId;
    use crate::warehouse::old_rows::{OldLoad, OldRows};

    #[test]
    fn names_that_the_ledger_has_are_escaped() {
        let target =
            TargetTable { schema: Ident::of_catalog("web"), table: Ident::of_catalog("a\u{1b}[2j\nb") };
        let at = DateTime::UNIX_EPOCH;
        let load = OldLoad { load_id: LoadId("l".to_owned()), target: target.clone(), finished_at: at };
        let files = OldFiles { target, replacing: None, count: 1, from: at, to: at };
        let rows = OldRows {
            loads: vec![load],
            are_all: true,
            messages: 0,
            messages_from: at,
            files: vec![files],
            forget_before: Some(at),
        };
        let old = Old { before: at, rows, manifests: Manifests::default() };
        let pruned = Pruned { old: &old, folders: &[], is_dry_run: true };
        let mut out = Vec::new();
        pruned.write_forgotten(&mut out).unwrap();
        pruned.write_rows(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.matches(r"web.a\u{1b}[2j\nb").count(), 3, "{text}");
        assert!(!text.contains("\u{1b}[2j"), "{text}");
    }
}
