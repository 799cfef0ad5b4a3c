//! Whom PostgreSQL runs as: it refuses root, so root hands it to an unprivileged account.

use std::io;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;

/// An account by its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub uid: u32,
    pub gid: u32,
}

/// Nobody's numbers where /etc/passwd names neither account.
const NOBODY: Account = Account { uid: 65_534, gid: 65_534 };

/// The account to switch to, or `None` when this process is not root and keeps its own.
/// `own_file` is any file this process has just made: its owner is who we are.
pub(crate) fn for_postgres(own_file: &Path) -> io::Result<Option<Account>> {
    if std::fs::metadata(own_file)?.uid() != 0 {
        return Ok(None);
    }
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    Ok(Some(find(&passwd, "postgres").or_else(|| find(&passwd, "nobody")).unwrap_or(NOBODY)))
}

/// Gives a directory to the account.
pub(crate) fn hand_over(directory: &Path, account: Option<Account>) -> io::Result<()> {
    account.map_or(Ok(()), |account| chown(directory, Some(account.uid), Some(account.gid)))
}

fn find(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        Some(Account { uid: fields.nth(1)?.parse().ok()?, gid: fields.next()?.parse().ok()? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_its_passwd_line() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(find(passwd, "postgres"), Some(Account { uid: 101, gid: 104 }));
        assert_eq!(find(passwd, "nobody"), None);
    }
}
