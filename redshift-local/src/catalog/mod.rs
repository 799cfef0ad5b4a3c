//! Redshift's catalog over PostgreSQL's: SQL files, installed once into template1, from which every database is copied.
//!
//! Each file stands on those before it and grants what it makes. There is deliberately no upgrade: kept data belongs
//! to one version of this program.

/// The files by name, in the order of their installation.
pub(crate) const FILES: &[(&str, &str)] = &[
    ("trailing_blanks", include_str!("trailing_blanks.sql")),
    ("missing", include_str!("missing.sql")),
    ("long_names", include_str!("long_names.sql")),
    ("labels", include_str!("labels.sql")),
    ("attributes", include_str!("attributes.sql")),
    ("namespaces", include_str!("namespaces.sql")),
    ("types", include_str!("types.sql")),
    ("lengths", include_str!("lengths.sql")),
    ("encodings", include_str!("encodings.sql")),
    ("functions", include_str!("functions.sql")),
    ("relations", include_str!("relations.sql")),
    ("whole_names", include_str!("whole_names.sql")),
    ("foreign_keys", include_str!("foreign_keys.sql")),
    ("svv", include_str!("svv.sql")),
    ("svv_all", include_str!("svv_all.sql")),
    ("late_views", include_str!("late_views.sql")),
    ("templates", include_str!("templates.sql")),
    ("show", include_str!("show.sql")),
    ("databases", include_str!("databases.sql")),
    ("load_errors", include_str!("load_errors.sql")),
    ("replacements", include_str!("replacements.sql")),
    ("load_history", include_str!("load_history.sql")),
    ("activity", include_str!("activity.sql")),
    ("faults", include_str!("faults.sql")),
];
