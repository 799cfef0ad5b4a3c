//! Where the rules for keys are, and what becomes of keys without one.

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

/// What becomes of the event of a file that no rule takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unrouted {
    /// It is acknowledged and counted.
    Ignore,
    /// Its message is parked, with the events of such files.
    Park,
}

/// Reads `UNROUTED`.
pub fn unrouted(environment: &mut Environment) -> Unrouted {
    environment.parsed("UNROUTED", Unrouted::Ignore, "ignore or park", |text| match text {
        "ignore" => Some(Unrouted::Ignore),
        "park" => Some(Unrouted::Park),
        _ => None,
    })
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
    fn routes_are_on_s3_or_at_a_path_and_what_they_do_not_take_is_ignored_or_parked() {
        let uri = ObjectUri::parse("s3://b/routes.yml").unwrap();
        assert_eq!(location("s3://b/routes.yml"), Ok(Some(RoutesLocation::S3(uri))));
        let path = RoutesLocation::Path(PathBuf::from("/etc/routes.yml"));
        assert_eq!(location("/etc/routes.yml"), Ok(Some(path)));
        assert_eq!(location(""), Ok(None));
        let unrouted = |value: &str| {
            let mut environment = Environment::new([("UNROUTED".to_owned(), value.to_owned())]);
            let unrouted = unrouted(&mut environment);
            environment.finish(unrouted).map_err(|invalid| invalid.to_string())
        };
        assert_eq!((unrouted(""), unrouted("park")), (Ok(Unrouted::Ignore), Ok(Unrouted::Park)));
        assert!(unrouted("drop").unwrap_err().contains("UNROUTED must be ignore or park"));
        for wrong in ["s3://b", "https://b/routes.yml"] {
            assert!(location(wrong).unwrap_err().contains("ROUTES must be a path"), "{wrong}");
        }
    }
}
