//! Addresses that people copy from a console into the wrong variable: seen as what they are, and told where they belong.

use std::net::IpAddr;

/// What `REDSHIFT_HOST` must not be given all at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint<'a> {
    pub(super) host: &'a str,
    pub(super) port: Option<u16>,
    pub(super) database: Option<&'a str>,
}

/// Whether it can be the name or address of a host, and nothing beside it.
pub(super) fn is_host(text: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    text.parse::<IpAddr>().is_ok() || (!text.is_empty() && text.chars().all(is_name))
}

/// The parts of what the console calls an endpoint, `host:port/database`, or of a URL of a driver. What may follow, or
/// stand before an `@`, is not told: there may be a password in it.
pub(super) fn endpoint(text: &str) -> Option<Endpoint<'_>> {
    let rest = text.split_once("://").map_or(text, |(_scheme, rest)| rest);
    // A password may hold anything. Where it is not clear that an `@` ends it, nothing is told.
    let rest = match rest.rsplit_once('@') {
        Some((user, _)) if user.contains(['/', '?', '#', ';', '@']) => return None,
        Some((_, rest)) => rest,
        None => rest,
    };
    let rest = rest.split(['?', ';', '#']).next().unwrap_or(rest);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => authority.rsplit_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let port = match port {
        Some(port) => Some(port.parse().ok()?),
        None => None,
    };
    let database = path.trim_end_matches('/');
    let database = Some(database).filter(|database| !database.is_empty() && is_host(database));
    is_host(host).then_some(Endpoint { host, port, database })
}

/// Whether it can be the URL of a queue, at AWS or at a stand-in.
pub(super) fn is_queue_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let path = rest.and_then(|rest| rest.split_once('/'));
    path.is_some_and(|(host, path)| !host.is_empty() && !path.is_empty())
        && !text.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// The URL of the queue that has this ARN, `arn:aws:sqs:<region>:<account>:<name>`.
pub(super) fn queue_url_of_arn(arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "sqs", region, account, name] = parts[..] else { return None };
    let suffix = if partition == "aws-cn" { ".cn" } else { "" };
    Some(format!("https://sqs.{region}.amazonaws.com{suffix}/{account}/{name}"))
}

/// `arn:aws:iam::<account>:role/<name>`
pub(super) fn is_role_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts[..] else { return false };
    partition.starts_with("aws")
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty())
        && !text.contains(char::is_whitespace)
}
