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
    if let Some(format) = COLUMNAR.into_iter().find(|format| clauses.says(*format)) {
        // As if it were not said: dlt says it on every load.
        let means_nothing =
            |option: Keyword| option == Keyword::MaxError && clauses.count(Keyword::MaxError) == Some(0);
        let unfit = |option: &Keyword| !WITH_COLUMNS.contains(option) && !means_nothing(*option);
        if let Some(option) = clauses.keywords().find(unfit) {
            let message = format!("{option} argument is not supported for {format} based COPY");
            return Err(Refusal::unsupported(message));
        }
        // Their readers give text that is UTF-8 or none.
        if clauses.says(Keyword::AcceptInvChars) {
            return Err(Refusal::not_covered(&format!("ACCEPTINVCHARS with {format}")));
        }
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

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::super::keyword::{OPTIONS, Takes};
    use super::super::statement::parse_copy;
    use crate::sql::statement::split;

    /// One way to write the option.
    fn written(label: &str, takes: Takes) -> String {
        match (label, takes) {
            ("JSON" | "AVRO", _) => format!("{label} 'auto'"),
            ("FIXEDWIDTH", _) => format!("{label} 'a:1'"),
            ("DATEFORMAT" | "TIMEFORMAT", _) => format!("{label} 'auto'"),
            (_, Takes::Text | Takes::PerhapsText) => format!("{label} 'x'"),
            (_, Takes::Name) => format!("{label} utf8"),
            (_, Takes::Count(least, _)) => format!("{label} {}", least.max(1)),
            (_, Takes::Nothing | Takes::Switch | Takes::Tolerance) => label.to_owned(),
        }
    }

    fn judged(options: &str) -> String {
        let source = format!("copy t from 's3://b/k' iam_role default {options}");
        match parse_copy(&split(&source)[0]) {
            Ok(_) => "taken".to_owned(),
            Err(refusal) => format!("{} {}", refusal.code, refusal.message),
        }
    }

    /// Every option beside every format, and the pairs that are no format's business.
    #[test]
    fn the_whole_matrix_is_as_it_was_looked_at() {
        let mut table = String::new();
        let formats = ["", "CSV", "FIXEDWIDTH 'a:1'", "JSON 'auto'", "AVRO 'auto'", "PARQUET", "ORC"];
        for format in formats {
            let name = if format.is_empty() { "(delimited)" } else { format };
            for (_, label, takes) in OPTIONS {
                if !format.starts_with(label) {
                    let judgement = judged(&format!("{format} {}", written(label, takes)));
                    table.push_str(&format!("{name} | {label} | {judgement}\n"));
                }
            }
        }
        for pair in
            ["MAXERROR 1 IGNOREALLERRORS", "GZIP ZSTD", "BZIP2 LZOP", "PARQUET SERIALIZETOJSON FILLRECORD"]
        {
            table.push_str(&format!("{pair} | {}\n", judged(pair)));
        }
        expect_file!["conflicts.golden.txt"].assert_eq(&table);
    }
}
