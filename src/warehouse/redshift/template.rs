//! Reads a template of COPY, by `SHOW TEMPLATE`: it wants the very rights that COPY wants, where the view
//! `SYS_REDSHIFT_TEMPLATE` shows ordinary users their own templates only.

use tokio_postgres::SimpleQueryRow;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::copy_template::{CopyTemplate, TemplateName};
use crate::warehouse::redshift::refusal::Refusal;
use crate::warehouse::redshift::sql::catalog;
use crate::warehouse::redshift::{Redshift, errors};

pub(super) async fn ask(redshift: &Redshift, name: &TemplateName) -> Result<CopyTemplate, Failure> {
    let mut session = redshift.pool.session(Stage::Inspect).await?;
    let answer = session.rows(&catalog::template(name)).await;
    let rows = answer.map_err(|error| not_shown(name, &error))?;
    in_answer(name, &rows, Stage::Inspect)
}

/// The template in the answer to [`catalog::template`].
pub(super) fn in_answer(
    name: &TemplateName,
    rows: &[SimpleQueryRow],
    stage: Stage,
) -> Result<CopyTemplate, Failure> {
    let definition = rows.first().and_then(|row| row.get(0)).unwrap_or_default();
    CopyTemplate::read(name.clone(), definition).map_err(|error| {
        let sentence = format!(
            "the template `{name}` of `meta.template` cannot be used: {error}; say its parameters in `meta.copy_options` instead"
        );
        Failure::new(FailureKind::InvalidTableConfig, stage, sentence)
    })
}

fn not_shown(name: &TemplateName, error: &tokio_postgres::Error) -> Failure {
    let what = format!("reading the template `{name}` of `meta.template`");
    let Some(refused) = error.as_db_error() else {
        return errors::statement_failed(&what, Stage::Inspect, error);
    };
    let (kind, next) = match Refusal::of(refused) {
        Refusal::Right => {
            (FailureKind::PermissionDenied, "grant the loader's user USAGE on the template and on its schema")
        }
        // That there is none has no code or words that are known for certain. Other trouble passes, perhaps.
        Refusal::Other
            if refused.message().contains("not exist") || refused.code().code().starts_with("42") =>
        {
            (
                FailureKind::InvalidTableConfig,
                "create it with CREATE TEMPLATE … FOR COPY in the loader's database, name it with its schema, or remove \
             `meta.template`",
            )
        }
        _ => return errors::statement_failed(&what, Stage::Inspect, error),
    };
    let says = refused.message().trim();
    let sentence = format!("the template `{name}` of `meta.template` cannot be used: {says}; {next}");
    Failure::new(kind, Stage::Inspect, sentence)
}
