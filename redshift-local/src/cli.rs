//! The command line, and what its flags mean to somebody who has never seen this program.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// What `--help` says before the flags, to somebody who has never seen this program.
const ABOUT: &str = "A Redshift for laptops and tests.

Starts a PostgreSQL of its own and puts Amazon Redshift's manners in front of it: any PostgreSQL or Redshift client connects, CREATE TABLE takes DISTKEY and SORTKEY and the catalog remembers them, COPY reads from S3 by Redshift's own grammar, bad rows end in stl_load_errors, and what Redshift refuses is refused with Redshift's text.

    redshift-local --listen 127.0.0.1:5439 &
    PGPASSWORD=dev psql -h 127.0.0.1 -p 5439 -U dev dev

S3 is reached as the AWS command line would reach it: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, and AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL) for a local S3.

Superusers order faults for tests over SQL: SELECT redshift_local.inject('before_commit', 'cut') cuts the next COMMIT's connection.

PostgreSQL's server programs must be installed (Debian and Ubuntu: the package postgresql). Run by root, they run as the user postgres.";

/// The flags.
#[derive(Debug, Clone, Parser)]
#[command(version, about = "A Redshift for laptops and tests", long_about = ABOUT)]
pub struct Cli {
    /// Where to take connections. Port 0 takes any free port; the ready line on stdout says which
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:5439")]
    pub listen: SocketAddr,

    /// Keep the data here between runs. Without it everything is gone when the program stops
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// The database user, a superuser, who exists from the start
    #[arg(long, default_value = "dev")]
    pub user: String,

    /// That user's password
    #[arg(long, default_value = "dev")]
    pub password: String,

    /// The database that exists from the start
    #[arg(long, default_value = "dev")]
    pub database: String,

    /// How concurrent writers of a table are kept apart, as in ALTER DATABASE ... ISOLATION LEVEL
    #[arg(long, value_enum, default_value_t)]
    pub isolation: Isolation,

    /// Which Redshift it is: the two differ in their system views and in the words of a failed load
    #[arg(long, value_enum, default_value_t)]
    pub kind: Kind,

    /// The longest row, or JSON object, that COPY takes: the page of quotas says 64 MB, that of COPY 4 MB
    #[arg(long, value_enum, default_value_t)]
    pub longest_row: LongestRow,

    /// How a password is asked for. A user whose password was given as 'sha256|...' meets sha256 unless this says
    /// password
    #[arg(long, value_enum, default_value_t)]
    pub auth: Authentication,

    /// Whether clients speak TLS: as they prefer, all of them (as where the parameter group demands SSL), or none
    #[arg(long, value_enum, default_value_t)]
    pub tls: Encryption,

    /// One more host name for the server's certificate, beside localhost and its two addresses
    #[arg(long, value_name = "HOST")]
    pub tls_name: Option<String>,

    /// Where to write the certificate (PEM) of the authority that clients shall trust. Without it, the second line on
    /// stdout says where it is. With --data-dir it stays the same from run to run
    #[arg(long, value_name = "FILE")]
    pub tls_ca_file: Option<PathBuf>,
}

/// The longest row that COPY takes, of which two pages of the documentation tell differently (fact 1.11).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LongestRow {
    /// As COPY's own page says
    #[value(name = "4MB")]
    Of4Mb,
    /// As the page of quotas says
    #[default]
    #[value(name = "64MB")]
    Of64Mb,
}

impl LongestRow {
    pub(crate) fn megabytes(self) -> usize {
        match self {
            Self::Of4Mb => 4,
            Self::Of64Mb => 64,
        }
    }

    pub(crate) fn bytes(self) -> usize {
        self.megabytes() << 20
    }
}

/// How clients show that they know the password (fact 0.6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Authentication {
    /// md5 with a salt, which every driver knows
    #[default]
    Md5,
    /// Clear text
    Password,
    /// Redshift's own digest, code 13, which drivers made for PostgreSQL refuse
    Sha256,
}

/// Who speaks TLS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Encryption {
    /// Whoever asks for it
    #[default]
    Prefer,
    /// Everybody: a login without TLS is refused
    Require,
    /// Nobody: TLS is declined
    Off,
}

/// How Redshift is bought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A cluster: STL views, SVL views and SYS views
    #[default]
    Provisioned,
    /// A workgroup: SYS views only
    Serverless,
}

impl Kind {
    /// Where a failed load sends the reader (fact 0.3).
    pub(crate) fn load_errors(self) -> &'static str {
        match self {
            Self::Provisioned => "  Check 'stl_load_errors' system table for details.",
            Self::Serverless => " Check 'sys_load_error_detail' system table for details.",
        }
    }

    /// Where the rows are that ACCEPTINVCHARS changed; the words are from memory.
    pub(crate) fn replacements(self) -> &'static str {
        match self {
            Self::Provisioned => "  Check 'stl_replacements' system table for details.",
            Self::Serverless => " Check 'sys_copy_replacements' system table for details.",
        }
    }

    /// Whether a view of this name can be read (fact 1.15).
    pub(crate) fn shows(self, view: &str) -> bool {
        let on_clusters_only = ["stl_", "stv_", "svl_"].iter().any(|prefix| view.starts_with(prefix));
        self == Self::Provisioned || !on_clusters_only || view == "stv_db_isolation_level"
    }
}

/// The isolation level of every database, which on Redshift belongs to the database and not to the transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Isolation {
    /// New clusters: COPY and INSERT share a table's lock; UPDATE, DELETE and MERGE take it alone
    #[default]
    Snapshot,
    /// Older databases: every writer takes the table's lock alone; cycles end in error 1023
    Serializable,
}
