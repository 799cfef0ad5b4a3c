//! `route`: what the rules make of keys, before any file is there.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use crate::app::{App, ProcessSettings};
use crate::cli::CommandError;
use crate::config;
use crate::config::environment::Environment;
use crate::load::gather::MANIFEST_FOLDER;
use crate::load::routes;
use crate::model::batch_limits::BatchLimits;
use crate::model::object::{ObjectUri, SourceBucket};
use crate::model::routed_date::RoutedDate;
use crate::model::shown::{shown, shown_as_json};
use crate::request::events::not_data::NotData;
use crate::routing::{Matched, Routed, RoutedLoad};
use crate::source::beside::is_beside_data;
use crate::source::generated::is_ours;

#[derive(Args)]
pub(super) struct RouteFlags {
    /// Keys, as `s3://bucket/key`; the bucket may be left out when --bucket says it
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,
    /// The bucket of keys without one
    #[arg(long)]
    bucket: Option<String>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

impl RouteFlags {
    fn addresses(&self) -> Result<Vec<ObjectUri>, CommandError> {
        let address = |key: &String| match (&self.bucket, key.starts_with("s3://")) {
            (Some(bucket), false) => ObjectUri::parse(&format!("s3://{bucket}/{key}")),
            _ => ObjectUri::parse(key),
        };
        let parsed: Result<Vec<ObjectUri>, _> = self.keys.iter().map(address).collect();
        parsed.map_err(|error| {
            CommandError::Usage(format!("{error}; --bucket names the bucket of keys without one"))
        })
    }
}

pub(super) async fn run(flags: &RouteFlags, mut environment: Environment) -> Result<ExitCode, CommandError> {
    let location = config::routing::read(&mut environment);
    if location.is_none() {
        environment.problem("ROUTES is required: the file of rules, as a path or s3://…".to_owned());
    }
    let loads = config::loads::read(&mut environment);
    let process = ProcessSettings::of(&environment);
    let (location, loads) = environment.finish((location, loads))?;
    let addresses = flags.addresses()?;
    let Some(location) = location else { return Ok(ExitCode::FAILURE) };
    let app = App::new(process).await;
    let routes = routes::read(&app.s3(), &location).await?;
    let mut all_load = true;
    let mut out = std::io::stdout().lock();
    for address in &addresses {
        let routed = routes.route(address);
        let no_data = no_data(address, &routed, loads.manifest_folder.as_ref());
        all_load &= no_data.is_some() || !matches!(routed, Routed::Unrouted | Routed::Invalid(..));
        if flags.json {
            let line = match no_data {
                Some(what) => {
                    json!({"key": address.to_string(), "outcome": "no_data", "why": what.to_string()})
                }
                None => as_json(address, &routed),
            };
            writeln!(out, "{}", shown_as_json(&line.to_string()))?;
        } else {
            write_text(&mut out, address, &routed, no_data)?;
        }
    }
    Ok(if all_load { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the daemon takes a key for that is no data by its name, whatever rule takes it.
fn no_data(key: &ObjectUri, routed: &Routed, manifest_folder: Option<&SourceBucket>) -> Option<NotData> {
    if is_ours(key, MANIFEST_FOLDER, manifest_folder) {
        return Some(NotData::Generated);
    }
    (!matches!(routed, Routed::Ignored(_)) && is_beside_data(key)).then_some(NotData::Beside)
}

fn write_text(
    out: &mut impl Write,
    key: &ObjectUri,
    routed: &Routed,
    no_data: Option<NotData>,
) -> std::io::Result<()> {
    writeln!(out, "{}", shown(&key.to_string()))?;
    let mut line = |name: &str, text: &str| writeln!(out, "  {name:<11} {}", shown(text));
    if let Some(what) = no_data {
        return line(
            "no data",
            &format!("{what}, by its name: its event is acknowledged, and nothing is loaded"),
        );
    }
    match routed {
        Routed::Unrouted => line("no rule", "nothing is loaded; the event is counted as unrouted")?,
        Routed::Ignored(matched) => {
            line("rule", &rule(matched))?;
            line("ignored", "the rule says that it is no data: its event is acknowledged and counted")?;
        }
        Routed::Invalid(matched, invalid) => {
            line("rule", &rule(matched))?;
            line("parts", &parts(matched))?;
            for problem in &invalid.problems {
                line("refused", problem)?;
            }
        }
        Routed::Load(matched, load) => {
            line("rule", &rule(matched))?;
            line("parts", &parts(matched))?;
            for target in &load.request.targets {
                line("target", &target.to_string())?;
            }
            line("date", &date(load))?;
            for (name, value) in load.fields.iter().filter(|(name, _)| !OF_THE_KEY.contains(&name.as_str())) {
                line(name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned))?;
            }
            line("batch", &batch(load))?;
        }
    }
    Ok(())
}

/// Fields that other lines tell.
const OF_THE_KEY: [&str; 3] = ["schema", "tables", "bucket"];

fn rule(matched: &Matched) -> String {
    format!("line {}: {}", matched.line, matched.pattern)
}

fn parts(matched: &Matched) -> String {
    let parts: Vec<String> = matched.parts.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(" ") }
}

fn date(load: &RoutedLoad) -> String {
    match load.date {
        Some(RoutedDate::Instant(date)) => date.to_string(),
        Some(RoutedDate::Wall(date)) => {
            format!("{date}, by the clocks of the `timezone` of rule or table config, UTC without one")
        }
        None => "none in the key: its rows are added".to_owned(),
    }
}

fn batch(load: &RoutedLoad) -> String {
    let BatchLimits { files, bytes, linger } = load.limits;
    format!("up to {files} files and {bytes} bytes, {} after the first", humantime::format_duration(linger))
}

fn as_json(key: &ObjectUri, routed: &Routed) -> Value {
    let of_rule = |matched: &Matched| {
        let parts: serde_json::Map<String, Value> =
            matched.parts.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        (json!({"line": matched.line, "pattern": matched.pattern}), Value::Object(parts))
    };
    let key = key.to_string();
    match routed {
        Routed::Unrouted => json!({"key": key, "outcome": "unrouted"}),
        Routed::Ignored(matched) => {
            let (rule, parts) = of_rule(matched);
            json!({"key": key, "outcome": "ignored", "rule": rule, "parts": parts})
        }
        Routed::Invalid(matched, invalid) => {
            let (rule, parts) = of_rule(matched);
            json!({"key": key, "outcome": "refused", "rule": rule, "parts": parts, "problems": invalid.problems})
        }
        Routed::Load(matched, load) => {
            let (rule, parts) = of_rule(matched);
            let date = load.date.map(|date| date.to_string());
            let targets: Vec<String> = load.request.targets.iter().map(ToString::to_string).collect();
            let BatchLimits { files, bytes, linger } = load.limits;
            json!({
                "key": key, "outcome": "load", "rule": rule, "parts": parts, "target": targets.concat(), "date": date,
                "message": load.fields, "batch": {"files": files, "bytes": bytes, "linger_seconds": linger.as_secs()},
            })
        }
    }
}
