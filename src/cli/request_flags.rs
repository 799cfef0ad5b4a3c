//! Flags that are fields of the load message, one name each: made from the table of fields.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use serde_json::{Map, Value};

use crate::request::decode::decode;
use crate::request::fields::Field;
use crate::request::fields::table::FIELDS;
use crate::request::fields::value::Shape;
use crate::request::{InvalidRequest, LoadRequest};

/// The fields of a load message.
pub(super) struct RequestFlags {
    fields: Map<String, Value>,
}

impl RequestFlags {
    /// The message that says the same.
    pub(super) fn message(&self) -> String {
        Value::Object(self.fields.clone()).to_string()
    }

    /// The same with these fields in the place of its own.
    pub(super) fn message_with<const N: usize>(&self, fields: [(&str, Value); N]) -> String {
        let mut all = self.fields.clone();
        all.extend(fields.map(|(name, value)| (name.to_owned(), value)));
        Value::Object(all).to_string()
    }

    /// The fields that are there.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// The request for these tables, where something else says in which bucket their data is.
    pub(super) fn request_of_any_bucket(&self) -> Result<LoadRequest, InvalidRequest> {
        decode(&self.message_with([("bucket", "any".into())]))
    }

    /// The request, checked as a message with the same fields is.
    pub(super) fn request(&self) -> Result<LoadRequest, InvalidRequest> {
        decode(&self.message())
    }
}

impl Args for RequestFlags {
    fn augment_args(command: Command) -> Command {
        command.args(FIELDS.iter().map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for RequestFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let value = |field: &Field| {
            let texts: Vec<String> = matches.get_many(field.name)?.cloned().collect();
            Some((field.name.to_owned(), field.shape.of_flag(texts)))
        };
        Ok(Self { fields: FIELDS.iter().filter_map(value).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn flag(field: &Field) -> Arg {
    let flag = Arg::new(field.name)
        .long(field.name.replace('_', "-"))
        .value_name(field.metavar)
        .help(help(field))
        .action(if field.shape.is_list() { ArgAction::Append } else { ArgAction::Set });
    match field.shape {
        Shape::Switch => flag.num_args(0..=1).require_equals(true).default_missing_value("true"),
        Shape::Count => flag.allow_negative_numbers(true),
        Shape::Name | Shape::Names | Shape::Text { .. } | Shape::Word(_) | Shape::Texts => flag,
    }
}

fn help(field: &Field) -> String {
    let mut rest = field.doc.chars();
    let capital = rest.next().into_iter().flat_map(char::to_uppercase);
    let sentence: String = capital.chain(rest).collect();
    match field.shape {
        Shape::Names => format!("{sentence}, separated by commas"),
        Shape::Texts => format!("{sentence}; may be repeated"),
        Shape::Name | Shape::Text { .. } | Shape::Word(_) | Shape::Switch | Shape::Count => sentence,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    fn flags(line: &[String]) -> RequestFlags {
        let command = RequestFlags::augment_args(Command::new("load").no_binary_name(true));
        RequestFlags::from_arg_matches(&command.try_get_matches_from(line).unwrap()).unwrap()
    }

    /// A request with what every one needs, and one field more or otherwise, through both doors.
    fn both_doors(field: &str, texts: &[&str], value: &Value) -> [Result<LoadRequest, InvalidRequest>; 2] {
        let mut message = json!({"schema": "s", "tables": ["t"], "bucket": "some-bucket"});
        let mut usual = vec![("schema", "s"), ("tables", "t"), ("bucket", "some-bucket")];
        // Half a span is none.
        let other_half = match field {
            "stream_start" => Some(("stream_end", "2015-07-02T00:00:00Z")),
            "stream_end" => Some(("stream_start", "2015-06-30T00:00:00Z")),
            _ => None,
        };
        if let Some((name, text)) = other_half {
            message[name] = text.into();
            usual.push((name, text));
        }
        let mut arguments: Vec<String> = usual
            .into_iter()
            .filter(|(usual, _)| *usual != field)
            .map(|(usual, text)| format!("--{}={text}", usual.replace('_', "-")))
            .collect();
        arguments.extend(texts.iter().map(|text| format!("--{}={text}", field.replace('_', "-"))));
        message[field] = value.clone();
        [flags(&arguments).request(), decode(&message.to_string())]
    }

    /// For each field, a value as flags and as JSON.
    fn samples(field: &Field) -> (Vec<&'static str>, Value) {
        match field.name {
            "schema" => (vec!["api_hits"], json!("api_hits")),
            "tables" => (vec!["a,b", "c"], json!(["a", "b", "c"])),
            "bucket" => (vec!["analytics/x"], json!("analytics/x")),
            "date" | "stream_start" | "stream_end" => {
                (vec!["2015-07-01T00:00:00Z"], json!("2015-07-01T00:00:00Z"))
            }
            "config" | "json_paths" => (vec!["s3://b/c"], json!("s3://b/c")),
            "duplicates" => (vec!["latest_by:time"], json!("latest_by:time")),
            "copy_options" => (vec!["BLANKSASNULL", "EMPTYASNULL"], json!(["BLANKSASNULL", "EMPTYASNULL"])),
            _ => match field.shape {
                Shape::Switch => (vec!["true"], json!(true)),
                Shape::Count => (vec!["3"], json!(3)),
                Shape::Word(words) => (vec![words[0]], json!(words[0])),
                _ => (vec!["UTC"], json!("UTC")),
            },
        }
    }

    #[test]
    fn a_field_given_through_either_door_asks_for_the_same() {
        for field in &FIELDS {
            let (texts, value) = samples(field);
            let [flag, message] = both_doors(field.name, &texts, &value);
            assert_eq!(flag, message, "{}", field.name);
            assert!(flag.is_ok(), "{}: {flag:?}", field.name);
        }
    }

    #[test]
    fn a_wrong_value_is_refused_in_the_same_words_through_either_door() {
        for field in &FIELDS {
            for text in ["", " ", "wrong:// value", "-1", "1.5", "maybe", &"x".repeat(3000)] {
                let number = text.parse::<serde_json::Number>().map(Value::Number);
                let value = match field.shape {
                    Shape::Count => number.unwrap_or(json!(text)),
                    Shape::Texts => json!([text]),
                    _ => json!(text),
                };
                let [flag, message] = both_doors(field.name, &[text], &value);
                assert_eq!(flag, message, "{} = {text:?}", field.name);
            }
        }
    }

    #[test]
    fn the_help_shows_the_fields_that_are_supported() {
        let mut command =
            RequestFlags::augment_args(Command::new("load").term_width(100)).disable_help_flag(true);
        expect![[r#"
            Usage: load [OPTIONS]

            Options:
                  --schema <SCHEMA>            Target schema
                  --tables <A,B>               Target tables, at most 100, separated by commas
                  --bucket <BUCKET>            S3 bucket to load from, with or without a prefix: `analytics`,
                                               `analytics/some/prefix`
                  --truncate[=<true|false>]    Replace all rows, in the transaction of the load; does not imply
                                               `force`
                  --force[=<true|false>]       Load even when the table has this or newer data; replaces the
                                               rows of that data date, or of its window
                  --date <DATE>                Load only this data date, RFC 3339 such as `2015-07-01T00:00:00Z`
                  --config <CONFIG>            Another table config: `s3://…`, or a file of `TABLE_CONFIG_DIR`;
                                               for `load` and `plan` any path
                  --granularity <GRANULARITY>  Which rows the load replaces by the data date column: those of
                                               the very date, of its `hour` or `day`, or of a named span
                                               (`stream`)
                  --timezone <ZONE>            IANA zone of the data date column, such as `America/New_York`
                  --stream-start <DATE>        Start of the span whose rows are replaced, with `granularity:
                                               stream`
                  --stream-end <DATE>          Its end, which is not part of it
                  --format <FORMAT>            Format of the data, whatever the suffix of the file says
                  --delimiter <TEXT>           What stands between the fields of `csv` and of `delimited`, which
                                               it means by itself: `;`, `\t`, `|~|`, or octal as `\001`
                  --ignore-header <N>          Lines to skip at the start of each file; the last of them may
                                               name the columns
                  --json-paths <ADDRESS>       JSONPaths file, with a path for each column of the table config
                                               in its order
                  --copy-options <OPTION>      Further options of COPY, one in each text, such as `NULL AS
                                               'none'`; the flag may be repeated; may be repeated
                  --mode <MODE>                `replace` is `truncate`; `merge` replaces the rows whose primary
                                               key the data has, and adds the others
                  --duplicates <WHAT>          With `mode: merge`, what becomes of rows of one key in the data:
                                               `refuse`, `latest_by:<column>`, `identical_only`
                  --expected-rows <N>          Roll back and park the message when COPY loads another number;
                                               only with one table
        "#]].assert_eq(&command.render_help().to_string());
    }

    #[test]
    fn a_switch_needs_no_value_and_takes_one() {
        for (flag, is_on) in [("--force", true), ("--force=true", true), ("--force=false", false)] {
            let line = ["--schema=s", "--tables=t", "--bucket=bkt", flag].map(str::to_owned);
            assert_eq!(flags(&line).request().unwrap().force, is_on, "{flag}");
        }
    }
}
