//! Objects that lie beside data and are none: marks, checksums, table configs, and what tools keep while they write.

use crate::model::object::ObjectUri;
use crate::source::suffix::suffix_of_part;

/// The mark of Hadoop and Spark that all files are there.
const MARK: &str = "_SUCCESS";
/// What some tools leave for a folder.
const FOLDER_MARK: &str = "_$folder$";
/// What Databricks writes at the beginning and at the end of a job.
const OF_JOBS: [&str; 2] = ["_started_", "_committed_"];
/// The folder of files that are not finished.
const UNFINISHED: &str = "_temporary";

/// Whether an object is no data, by its key alone.
pub fn is_beside_data(uri: &ObjectUri) -> bool {
    let (key, name) = (uri.key.as_str(), uri.file_name());
    key.ends_with('/')
        || key.ends_with(FOLDER_MARK)
        || name == MARK
        || OF_JOBS.iter().any(|of_job| name.starts_with(of_job))
        || key.split('/').any(|folder| folder == UNFINISHED)
        || is_config(name)
        || suffix_of_part(name).is_none()
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
            "in/config_web_pages_2015-07-01T00:00:00Z.yml",
            "in/x.json.gz.md5",
            "in/.part-0.json.crc",
        ] {
            assert!(is_beside(key), "{key}");
        }
        for key in ["in/x.json.gz", "in/_events.json", "in/x", "in/config.json", "in/x.xml", "in/part-0000"] {
            assert!(!is_beside(key), "{key}");
        }
    }
}
