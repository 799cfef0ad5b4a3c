//! Which options exclude each other (facts 0.14, 1.4 to 1.8), and which are Redshift's but not ours.

use super::options::Options;
use crate::sql::refusal::Refusal;

const FORMATS: [&str; 7] = ["JSON", "CSV", "AVRO", "PARQUET", "ORC", "FIXEDWIDTH", "SHAPEFILE"];

/// For each format, what cannot stand beside it.
const EXCLUDED: &[(&str, &[&str])] = &[
    ("JSON", NOT_WITH_JSON),
    ("AVRO", NOT_WITH_JSON),
    ("CSV", &["FIXEDWIDTH", "REMOVEQUOTES", "ESCAPE"]),
    ("FIXEDWIDTH", &["DELIMITER", "ESCAPE", "REMOVEQUOTES"]),
    ("PARQUET", NOT_WITH_COLUMNS),
    ("ORC", NOT_WITH_COLUMNS),
];

const NOT_WITH_JSON: &[&str] = &[
    "DELIMITER",
    "ESCAPE",
    "FILLRECORD",
    "IGNOREBLANKLINES",
    "NULL AS",
    "READRATIO",
    "REMOVEQUOTES",
    "QUOTE",
];

const NOT_WITH_COLUMNS: &[&str] = &[
    "REGION",
    "MAXERROR",
    "IGNOREHEADER",
    "DATEFORMAT",
    "TIMEFORMAT",
    "TRUNCATECOLUMNS",
    "GZIP",
    "BZIP2",
    "LZOP",
    "ZSTD",
    "DELIMITER",
    "NULL AS",
    "ESCAPE",
    "REMOVEQUOTES",
    "IGNOREBLANKLINES",
    "EMPTYASNULL",
    "BLANKSASNULL",
    "TRIMBLANKS",
    "ROUNDEC",
    "ACCEPTANYDATE",
    "ENCODING",
    "NOLOAD",
    "COMPUPDATE",
    "COMPROWS",
    "QUOTE",
    "READRATIO",
];

pub(crate) fn check(options: &Options) -> Result<(), Refusal> {
    let formats: Vec<&str> = FORMATS.into_iter().filter(|format| options.says(format)).collect();
    if formats.len() > 1 {
        return Err(Refusal::new(
            "42601",
            format!("conflicting or redundant options: {}", formats.join(", ")),
        ));
    }
    for (format, excluded) in EXCLUDED.iter().filter(|(format, _)| options.says(format)) {
        let Some(option) = excluded.iter().find(|option| options.says(option)) else { continue };
        return Err(if *excluded == NOT_WITH_COLUMNS {
            Refusal::unsupported(format!("{option} argument is not supported for {format} based COPY"))
        } else {
            Refusal::new("42601", format!("{option} is not supported with {format}"))
        });
    }
    if options.says("QUOTE") && !options.csv {
        return Err(Refusal::new("42601", "QUOTE is supported with CSV only"));
    }
    if options.says("IGNOREALLERRORS") && options.says("MAXERROR") {
        return Err(Refusal::new("42601", "conflicting or redundant options: IGNOREALLERRORS, MAXERROR"));
    }
    options.not_covered().map_or(Ok(()), |option| Err(Refusal::not_covered(option)))
}
