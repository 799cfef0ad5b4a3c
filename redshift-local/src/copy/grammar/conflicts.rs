//! Which options exclude each other (facts 0.14, 1.4 to 1.8), and which are Redshift's but not ours.

use super::clauses::Clauses;
use super::keyword::Keyword;
use crate::sql::refusal::Refusal;

/// One of each at most.
const ALTERNATIVES: &[&[Keyword]] = &[
    &[
        Keyword::Json,
        Keyword::Csv,
        Keyword::Avro,
        Keyword::Parquet,
        Keyword::Orc,
        Keyword::FixedWidth,
        Keyword::Shapefile,
    ],
    &[Keyword::Gzip, Keyword::Bzip2, Keyword::Lzop, Keyword::Zstd],
    &[Keyword::IgnoreAllErrors, Keyword::MaxError],
];

/// For each format of rows, what cannot stand beside it.
const EXCLUDED: &[(Keyword, &[Keyword])] = &[
    (Keyword::Json, NOT_WITH_JSON),
    (Keyword::Avro, NOT_WITH_JSON),
    (Keyword::Csv, &[Keyword::RemoveQuotes, Keyword::Escape]),
    (Keyword::FixedWidth, &[Keyword::Delimiter, Keyword::Escape, Keyword::RemoveQuotes]),
];

const NOT_WITH_JSON: &[Keyword] = &[
    Keyword::Delimiter,
    Keyword::Escape,
    Keyword::FillRecord,
    Keyword::IgnoreBlankLines,
    Keyword::NullAs,
    Keyword::ReadRatio,
    Keyword::RemoveQuotes,
];

const COLUMNAR: [Keyword; 2] = [Keyword::Parquet, Keyword::Orc];

/// All that the columnar formats let stand beside them (fact 1.8).
const WITH_COLUMNS: &[Keyword] = &[
    Keyword::Parquet,
    Keyword::Orc,
    Keyword::SerializeToJson,
    Keyword::StatUpdate,
    Keyword::Manifest,
    Keyword::ExplicitIds,
    Keyword::FillRecord,
    Keyword::AcceptInvChars,
];

/// What means something beside certain others only.
const COMPANIONS: &[(Keyword, &[Keyword])] = &[
    (Keyword::Quote, &[Keyword::Csv]),
    (Keyword::SerializeToJson, &COLUMNAR),
    (Keyword::Simplify, &[Keyword::Shapefile]),
    (Keyword::MasterSymmetricKey, &[Keyword::Encrypted]),
];

/// Options of Redshift that are refused, so that nobody takes silence for success.
const NOT_COVERED: &[Keyword] =
    &[Keyword::Shapefile, Keyword::Lzop, Keyword::Encrypted, Keyword::ReadRatio, Keyword::Ssh];

pub(crate) fn check(clauses: &Clauses) -> Result<(), Refusal> {
    for alternatives in ALTERNATIVES {
        let said = alternatives.iter().filter(|keyword| clauses.says(**keyword));
        let said: Vec<String> = said.map(ToString::to_string).collect();
        if said.len() > 1 {
            return Err(syntax(format!("conflicting or redundant options: {}", said.join(", "))));
        }
    }
    if let Some(format) = COLUMNAR.into_iter().find(|format| clauses.says(*format))
        && let Some(option) = clauses.keywords().find(|option| !WITH_COLUMNS.contains(option))
    {
        return Err(Refusal::unsupported(format!(
            "{option} argument is not supported for {format} based COPY"
        )));
    }
    for (format, excluded) in EXCLUDED.iter().filter(|(format, _)| clauses.says(*format)) {
        if let Some(option) = excluded.iter().find(|option| clauses.says(**option)) {
            return Err(syntax(format!("{option} is not supported with {format}")));
        }
    }
    for (option, companions) in COMPANIONS.iter().filter(|(option, _)| clauses.says(*option)) {
        if !companions.iter().any(|companion| clauses.says(*companion)) {
            let companions: Vec<String> = companions.iter().map(ToString::to_string).collect();
            return Err(syntax(format!("{option} is supported with {} only", companions.join(" and "))));
        }
    }
    match NOT_COVERED.iter().find(|option| clauses.says(**option)) {
        Some(option) => Err(Refusal::not_covered(&option.to_string())),
        None => Ok(()),
    }
}

fn syntax(message: String) -> Refusal {
    Refusal::new("42601", message)
}
