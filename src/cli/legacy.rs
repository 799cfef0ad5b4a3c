//! Keeps invocations of the original working: `-schema=api_hits -tables=pages -force=true`, without a command.

use std::ffi::OsString;

/// Gives long flags with one dash their second one, and flags without a command the command `load`.
pub(super) fn modernise(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut modern: Vec<OsString> = arguments.into_iter().map(two_dashes).collect();
    let is_flag_of_load = |first: &OsString| {
        let text = first.to_string_lossy();
        text.starts_with('-') && !matches!(text.as_ref(), "-h" | "--help" | "-V" | "--version")
    };
    if modern.get(1).is_some_and(is_flag_of_load) {
        modern.insert(1, OsString::from("load"));
    }
    modern
}

fn two_dashes(argument: OsString) -> OsString {
    let text = argument.to_string_lossy();
    let Some(name) = text.strip_prefix('-') else { return argument };
    let is_long = name.len() > 1 && name.starts_with(|c: char| c.is_ascii_alphabetic());
    if is_long { OsString::from(format!("-{text}")) } else { argument }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modern(line: &str) -> String {
        let arguments = line.split(' ').map(OsString::from);
        let modern: Vec<String> =
            modernise(arguments).iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
        modern.join(" ")
    }

    #[test]
    fn invocations_of_the_original_mean_load() {
        assert_eq!(
            modern("s3-to-redshift -schema=api_hits -tables=pages,sessions -force=true"),
            "s3-to-redshift load --schema=api_hits --tables=pages,sessions --force=true"
        );
    }

    #[test]
    fn modern_invocations_stay_as_they_are() {
        for line in ["x load --schema a", "x --help", "x -V", "x plan -h", "x history --limit -1", "x serve"]
        {
            assert_eq!(modern(line), line);
        }
    }
}
