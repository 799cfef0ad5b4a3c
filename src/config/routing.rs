//! Where the rules for keys are.

use std::path::PathBuf;

use crate::config::environment::Environment;
use crate::model::object::ObjectUri;

/// A file of routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoutesLocation {
    S3(ObjectUri),
    /// Of the machine, such as a mounted `ConfigMap`.
    Path(PathBuf),
}

/// Reads `ROUTES`; `None` where nothing is routed.
pub fn read(environment: &mut Environment) -> Option<RoutesLocation> {
    environment.parsed("ROUTES", None, "a path, or an address such as s3://bucket/routes.yml", |text| {
        if !text.starts_with("s3://") {
            return (!text.contains("://")).then(|| Some(RoutesLocation::Path(PathBuf::from(text))));
        }
        ObjectUri::parse(text).ok().map(RoutesLocation::S3).map(Some)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(value: &str) -> Result<Option<RoutesLocation>, String> {
        let mut environment = Environment::new([("ROUTES".to_owned(), value.to_owned())]);
        let location = read(&mut environment);
        environment.finish(location).map_err(|invalid| invalid.to_string())
    }

    #[test]
    fn routes_are_on_s3_or_at_a_path() {
        let uri = ObjectUri::parse("s3://b/routes.yml").unwrap();
        assert_eq!(location("s3://b/routes.yml"), Ok(Some(RoutesLocation::S3(uri))));
        let path = RoutesLocation::Path(PathBuf::from("/etc/routes.yml"));
        assert_eq!(location("/etc/routes.yml"), Ok(Some(path)));
        assert_eq!(location(""), Ok(None));
        for wrong in ["s3://b", "https://b/routes.yml"] {
            assert!(location(wrong).unwrap_err().contains("ROUTES must be a path"), "{wrong}");
        }
    }
}
