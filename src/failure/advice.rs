//! What whoever reads a failure can do next. Each advice stands here, once; a failure's sentence ends with it.

use std::fmt;

use crate::failure::unreachable::{Server, Unreachable};

/// A next step, as the end of a sentence: "…; fix the file".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advice {
    /// Of what somebody has stopped.
    RedriveWhenWanted,
    // The rules of files that announce themselves.
    SetRoutes,
    AddRoute,
    FixKeyOrRoute,
    // The producer's files.
    UploadFile,
    UploadAgain,
    IgnoreKeys,
    SayWhatBecomesOfRows,
    FixFile,
    FixFileOrConfig,
    SkipHeader,
    FixTableConfig,
    FixOwnSql,
    PutTableConfig,
    WriteAgain,
    WriteManifestAgain,
    UploadParts,
    MarkParts,
    UnloadWithManifest,
    RemoveParts,
    ListParts,
    KeepOneManifest,
    Restore,
    AwaitRestore,
    // S3.
    CheckBucket,
    CheckLoadersRights,
    CheckLoadersKeys,
    RenewLoadersKeys,
    CheckCopysRights,
    RenewCopysKeys,
    NameRoleOrKeys,
    SetRegion,
    CheckRegion,
    SetClock,
    UseWritableManifestFolder,
    /// A region.
    UseManifestFolderIn(String),
    // Redshift.
    CheckLogin,
    SetPlainPassword,
    GrantRight,
    OwnTable,
    RaiseLoadTimeout,
    ExpectShortWait,
    FreeSessions,
    FreeConnections,
    FreeDisk,
    UseOtherLedgerSchema,
    MakeLedger,
    /// A statement.
    HaveOwnerRun(String),
    /// The same, of the schema of the ledger.
    MakePauses(String),
    /// To whom no connection could be made, and why.
    Reach(Server, Unreachable),
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RedriveWhenWanted => "redrive its message once it may be loaded",
            Self::SetRoutes => "set ROUTES to a file of rules, and redrive its message",
            Self::AddRoute => "add a rule for it to the file of ROUTES, and redrive its message",
            Self::FixKeyOrRoute => {
                "write it under a key that the rule can read, or correct the rule and redrive its message"
            }
            Self::UploadFile => "upload it, or check `bucket` and `date`",
            Self::UploadAgain => "upload it again, or send no event of what is removed before it is loaded",
            Self::IgnoreKeys => "add an `ignore` rule for such keys to the routes",
            Self::SayWhatBecomesOfRows => {
                "write changes under a new key, or say in `meta.rewritten` of the table config what becomes of the rows: append or replace"
            }
            Self::FixFile => "fix the file",
            Self::FixFileOrConfig => "fix the file or the table config",
            Self::SkipHeader => "set `ignore_header: 1` in `meta` of the table config",
            Self::FixTableConfig => "fix the table config",
            Self::FixOwnSql => {
                "nothing of the load is there; fix the statement in the table config, or ask whoever keeps that"
            }
            Self::PutTableConfig => "put it there, or name another with `config`",
            Self::WriteAgain => "write it again",
            Self::WriteManifestAgain => "write the manifest again",
            Self::UploadParts => "upload the others, or correct `meta.parts`",
            Self::MarkParts => {
                "put an empty `_SUCCESS` there when it is whole, or say in `meta.parts` of the table config how many parts make a date \
                 whole"
            }
            Self::UnloadWithManifest => {
                "add MANIFEST to the UNLOAD, or say in `meta.parts` of the table config how many parts make a date whole"
            }
            Self::RemoveParts => "remove what is of another run, or correct `meta.parts`",
            Self::ListParts => "write the files without such directories, or list them in a manifest beside it",
            Self::KeepOneManifest => "keep one",
            Self::Restore => "restore it (S3's RestoreObject), and send the message again when that is done",
            Self::AwaitRestore => "send the message again when that is done",
            Self::CheckBucket => "check `bucket`",
            Self::CheckLoadersRights => "check the loader's AWS credentials and IAM policy",
            Self::CheckLoadersKeys => "give the loader AWS credentials that are valid",
            Self::RenewLoadersKeys => "renew the loader's AWS credentials",
            Self::CheckCopysRights => "check the IAM role or keys that COPY reads S3 with",
            Self::RenewCopysKeys => "renew the keys that COPY reads S3 with, or set REDSHIFT_ROLE_ARN",
            Self::NameRoleOrKeys => "set REDSHIFT_ROLE_ARN, or give the loader AWS credentials",
            Self::SetRegion => "set AWS_REGION",
            Self::CheckRegion => {
                "check AWS_REGION and AWS_ENDPOINT_URL_S3, as the bucket is in another region"
            }
            Self::SetClock => "set the clock of this machine right",
            Self::UseWritableManifestFolder => "set MANIFEST_URL to a folder that the loader may write to",
            Self::UseManifestFolderIn(region) => {
                return write!(f, "set MANIFEST_URL to a folder in {region}");
            }
            Self::CheckLogin => "check REDSHIFT_USER, REDSHIFT_PASSWORD and REDSHIFT_DB",
            Self::SetPlainPassword => "set it again in plain form with ALTER USER … PASSWORD",
            Self::GrantRight => "grant the right to the loader's user",
            Self::OwnTable => "make the loader's user the owner (ALTER TABLE … OWNER TO)",
            Self::RaiseLoadTimeout => "raise LOAD_TIMEOUT if it needs that long",
            Self::ExpectShortWait => "it waits for half a minute at most, as readers queue behind it",
            Self::FreeSessions => "look in sys_query_history for what they wait for",
            Self::FreeConnections => "close sessions of others, or lower MAX_CONCURRENT_LOADS",
            Self::FreeDisk => "drop what nobody needs, VACUUM, or resize the cluster: it is tried again until there is room",
            Self::UseOtherLedgerSchema => "set LEDGER_SCHEMA to another schema",
            Self::MakeLedger => {
                "start a daemon again, which makes what is missing, or run deploy/sql/ledger.sql"
            }
            Self::HaveOwnerRun(statement) => {
                return write!(f, "have the owner of the table run `{statement}`");
            }
            Self::MakePauses(statements) => {
                return write!(
                    f,
                    "have the owner of the schema run `{statements}`, or deploy/sql/ledger.sql and deploy/sql/grants.sql"
                );
            }
            Self::Reach(server, why) => to_reach(*server, *why),
        })
    }
}

fn to_reach(server: Server, why: Unreachable) -> &'static str {
    match (why, server) {
        (Unreachable::UnknownHost, Server::Redshift) => "check REDSHIFT_HOST, and the DNS of this machine",
        (Unreachable::UnknownHost, Server::S3) => {
            "check AWS_REGION and AWS_ENDPOINT_URL_S3, and the DNS of this machine"
        }
        (Unreachable::Refused, Server::Redshift) => {
            "nothing listens there: check REDSHIFT_HOST and REDSHIFT_PORT, and whether the cluster is paused"
        }
        (Unreachable::Refused, Server::S3) => {
            "nothing listens there: check AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL"
        }
        (Unreachable::NoAnswer, Server::Redshift) => {
            "check that security groups, routes and firewalls let this machine reach REDSHIFT_HOST at REDSHIFT_PORT"
        }
        (Unreachable::NoAnswer, Server::S3) => {
            "check that routes, firewalls and VPC endpoints let this machine reach S3"
        }
        (Unreachable::UnknownAuthority, _) => "name the file of its certificate authority in SSL_CERT_FILE",
        (Unreachable::ExpiredCertificate, _) => {
            "have the server's certificate renewed, or set the clock of this machine right"
        }
        (Unreachable::OtherName, Server::Redshift) => {
            "set REDSHIFT_HOST to a name that is in its certificate"
        }
        (Unreachable::OtherName, Server::S3) => {
            "set AWS_ENDPOINT_URL_S3 to a name that is in its certificate"
        }
        (Unreachable::NoTls, Server::Redshift) => {
            "check REDSHIFT_PORT, or set REDSHIFT_SSLMODE=disable for a stand-in on this machine"
        }
        (Unreachable::NoTls, Server::S3) => {
            "check AWS_ENDPOINT_URL_S3, which begins with http:// for a stand-in on this machine"
        }
        (Unreachable::Broken, Server::Redshift) => "check REDSHIFT_HOST, REDSHIFT_PORT and the network",
        (Unreachable::Broken, Server::S3) => "check AWS_ENDPOINT_URL_S3 and the network",
    }
}
