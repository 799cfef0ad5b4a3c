//! A row that could not be loaded, as `stl_load_errors` will show it (facts 1.14, 1.15).

use tokio_postgres::Client;

use super::target::Column;
use crate::sql::quote::literal;

/// Why a value or a row is refused: Redshift's code, its reason, and where in the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reject {
    pub code: u16,
    pub reason: String,
    pub position: usize,
}

impl Reject {
    pub(crate) fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), position: 0 }
    }

    pub(crate) fn at(self, position: usize) -> Self {
        Self { position, ..self }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoadError {
    pub file: String,
    pub line: u64,
    /// Name, type and length of the column, when one is to blame.
    pub column: Option<(String, String, String)>,
    pub raw_line: String,
    pub raw_value: String,
    /// In bytes, of which the raw value may be the first.
    pub value_length: usize,
    pub reject: Reject,
}

impl LoadError {
    pub(crate) fn new(file: &str, line: u64, raw_line: &[u8], reject: Reject) -> Self {
        Self {
            file: file.to_owned(),
            line,
            column: None,
            raw_line: excerpt(raw_line),
            raw_value: String::new(),
            value_length: 0,
            reject,
        }
    }

    pub(crate) fn in_column(mut self, column: &Column, raw_value: &[u8]) -> Self {
        self.column = Some((column.name.clone(), column.kind.short_name().to_owned(), column.kind.length()));
        self.raw_value = excerpt(raw_value);
        self.value_length = raw_value.len();
        self
    }
}

/// What fits into the 1,024 bytes of `raw_line`, without what a text column cannot hold.
pub(super) fn excerpt(raw: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(&raw[..raw.len().min(1024)]).replace(['\0', '\n'], " ");
    while text.len() > 1024 {
        text.pop();
    }
    text
}

/// Whose COPY the errors belong to.
pub(crate) struct Context<'a> {
    pub user: &'a str,
    pub query: i32,
    pub session: i32,
    pub table: u32,
}

/// Writes the errors on a session of its own: they stay when the client's transaction is rolled back.
pub(crate) async fn record(
    client: &Client,
    context: &Context<'_>,
    errors: &[LoadError],
) -> Result<(), tokio_postgres::Error> {
    for batch in errors.chunks(500) {
        let rows: Vec<String> = batch.iter().map(|error| row(context, error)).collect();
        let insert = format!("INSERT INTO redshift_catalog.load_errors VALUES {}", rows.join(", "));
        client.batch_execute(&insert).await?;
    }
    Ok(())
}

fn row(context: &Context<'_>, error: &LoadError) -> String {
    let Context { user, query, session, table } = context;
    let empty = (String::new(), String::new(), String::new());
    let (column, kind, length) = error.column.as_ref().unwrap_or(&empty);
    let texts = [column, kind, length].map(|text| literal(text));
    format!(
        "({user}, {query}, {session}, {table}, statement_timestamp() AT TIME ZONE 'UTC', {file}, {line}, {texts}, \
         {position}, {raw_line}, {raw_value}, {code}, {reason})",
        user = literal(user),
        file = literal(&error.file),
        line = error.line,
        texts = texts.join(", "),
        position = error.reject.position,
        raw_line = literal(&error.raw_line),
        raw_value = literal(&error.raw_value),
        code = error.reject.code,
        reason = literal(&error.reject.reason.chars().take(100).collect::<String>()),
    )
}
