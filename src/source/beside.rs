//! Objects that lie beside data and are none: marks, checksums, table configs, and what tools keep while they write.

use crate::model::object::ObjectUri;
use crate::source::suffix::suffix_of_part;

/// The mark of Hadoop and Spark that all files are there.
const MARK: &str = "_SUCCESS";
/// What some tools leave for a folder.
const FOLDER_MARK: &str = "_$folder$";
/// What Databricks writes at the beginning and at the end of a job.
const OF_JOBS: [&str; 2] = ["_started_", "_committed_"];
/// What folders are called in which tools keep files that are not finished, and what they know of their tables.
const OF_TOOLS: [&str; 4] = ["_temporary", "_impala_insert_staging", "_delta_log", "_spark_metadata"];
/// How the folders begin in which Hadoop's committer for S3 keeps files that are not finished.
const MAGIC: &str = "__magic";
/// The end of a name while Hadoop copies to it.
const COPYING: &str = "._COPYING_";

/// Whether an object is no data, by its key alone.
pub fn is_beside_data(uri: &ObjectUri) -> bool {
    let (key, name) = (uri.key.as_str(), uri.file_name());
    key.ends_with('/')
        || key.ends_with(FOLDER_MARK)
        || key.ends_with(COPYING)
        || name == MARK
        || OF_JOBS.iter().any(|of_job| name.starts_with(of_job))
        || key.rsplit('/').skip(1).any(is_of_tools)
        || is_config(name)
        || suffix_of_part(name).is_none()
}

/// Whether files of a folder are not for readers: it is hidden, as `.hive-staging_…`, or has a name that is known.
fn is_of_tools(folder: &str) -> bool {
    let is_hidden = folder.starts_with('.') && ![".", ".."].contains(&folder);
    is_hidden || folder.starts_with(MAGIC) || OF_TOOLS.contains(&folder)
}

/// `config_<its name up to the date>.yml`
fn is_config(name: &str) -> bool {
    name.starts_with("config_") && [".yml", ".yaml"].iter().any(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_keep_beside_data_is_told_from_it() {
        let is_beside =
            |key: &str| is_beside_data(&ObjectUri { bucket: "b".to_owned(), key: key.to_owned() });
        for key in [
            "in/",
            "in_$folder$",
            "in/_SUCCESS",
            "in/_started_42",
            "in/_committed_42",
            "in/_temporary/0/part-0.json",
            "in/.hive-staging_hive_2015-07-01_1-1/-ext-10000/part-0.json",
            "in/.spark-staging-1/dt=2015-07-01/part-0.parquet",
            "in/_impala_insert_staging/1/part-0.parquet",
            "in/__magic_job-1/tasks/part-0.json",
            "in/_delta_log/00000000000000000000.json",
            "in/_spark_metadata/0",
            "in/.hoodie/20150701.commit.json",
            "in/x.json._COPYING_",
            "in/config_web_pages_2015-07-01T00:00:00Z.yml",
            "in/x.json.gz.md5",
            "in/.part-0.json.crc",
        ] {
            assert!(is_beside(key), "{key}");
        }
        for key in [
            "in/x.json.gz",
            "in/_events.json",
            "in/x",
            "in/config.json",
            "in/x.xml",
            "in/part-0000",
            "_in/x.json",
            "in/_hour=13/x.json",
            "in/magic/x.json",
            "in/../x.json",
        ] {
            assert!(!is_beside(key), "{key}");
        }
    }
}
