//! `check`: looks at everything that the daemon will need, and says what is wrong and what to do. Changes nothing.

mod ask;

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use clap::builder::styling::Style;

use crate::app::{App, ProcessSettings};
use crate::cli::CommandError;
use crate::cli::terminal::{self, FAILED, HEAD, OK, UNKNOWN, WARNING};
use crate::config::environment::Environment;
use crate::config::serve::ServeSettings;
use crate::model::ident::Ident;
use crate::model::object::SourceBucket;
use crate::model::shown::{shown, shown_as_json};
use crate::model::target_table::TargetTable;
use crate::preflight::{Finding, Verdict};

#[derive(Args)]
pub(super) struct CheckFlags {
    /// Also look at tables of this target schema, named with --tables
    #[arg(long, requires = "tables")]
    schema: Option<String>,
    /// Tables that are to be loaded, separated by commas
    #[arg(long, value_name = "A,B", value_delimiter = ',', requires = "schema")]
    tables: Vec<String>,
    /// Also look at this bucket of data, or bucket/prefix
    #[arg(long)]
    bucket: Option<String>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

impl CheckFlags {
    fn targets(&self, environment: &mut Environment) -> Vec<TargetTable> {
        let mut name = |flag: &str, text: &str| {
            let parsed = Ident::new(text).map_err(|error| environment.problem(format!("{flag}: {error}")));
            parsed.ok()
        };
        let Some(schema) = self.schema.as_deref().and_then(|text| name("--schema", text)) else {
            return Vec::new();
        };
        let tables = self.tables.iter().filter_map(|text| name("--tables", text.trim()));
        tables.map(|table| TargetTable { schema: schema.clone(), table }).collect()
    }

    fn source(&self, environment: &mut Environment) -> Option<SourceBucket> {
        let text = self.bucket.as_deref()?;
        let parsed = SourceBucket::parse(text);
        if parsed.is_none() {
            environment.problem(format!(
                "--bucket must be the name of a bucket, or bucket/prefix, not `{}`",
                shown(text)
            ));
        }
        parsed
    }
}

pub(super) async fn run(flags: &CheckFlags, mut environment: Environment) -> Result<ExitCode, CommandError> {
    let process = ProcessSettings::of(&environment);
    let (targets, source) = (flags.targets(&mut environment), flags.source(&mut environment));
    let settings = ServeSettings::read(environment)?;
    let app = App::new(process).await;
    let asking =
        (!flags.json).then(|| terminal::progress(|| "asking queue, bucket and warehouse".to_owned()));
    let findings = ask::everything(&app, settings, source.as_ref(), &targets).await;
    drop(asking);
    let mut out = anstream::stdout().lock();
    if flags.json {
        for finding in &findings {
            let line = serde_json::to_string(finding).expect("text is always JSON");
            writeln!(out, "{}", shown_as_json(&line))?;
        }
    } else {
        write_table(&mut out, &findings)?;
    }
    let has_failed = findings.iter().any(|finding| finding.verdict == Verdict::Failed);
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// In colours, of which `out` lets through what its reader wants.
fn write_table(out: &mut impl Write, findings: &[Finding]) -> std::io::Result<()> {
    let width = findings.iter().map(|finding| finding.check.len()).max().unwrap_or_default().max(5);
    writeln!(out, "{HEAD}verdict  {:<width$}  finding{HEAD:#}", "check")?;
    for Finding { check, verdict, sentence, .. } in findings {
        let (style, word) = (style(*verdict), <&str>::from(*verdict));
        writeln!(out, "{style}{word:<7}{style:#}  {check:<width$}  {}", shown(sentence))?;
    }
    Ok(())
}

fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Ok => OK,
        Verdict::Unknown => UNKNOWN,
        Verdict::Warning => WARNING,
        Verdict::Failed => FAILED,
    }
}
