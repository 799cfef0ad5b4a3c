use super::detail::context_of;
use super::*;

fn of(message: &str) -> Refusal {
    refusal("XX000", message, "")
}

#[test]
fn redshifts_own_errors_are_told_apart_by_their_words() {
    let storage = Refusal::Storage;
    let cases = [
        ("1023", Refusal::Conflict),
        ("could not complete because of conflict with concurrent transaction", Refusal::Conflict),
        ("could not open relation with OID 123", Refusal::Conflict),
        (
            "Load into table 'x' failed.  Check 'stl_load_errors' system table for details.",
            Refusal::Rows(ErrorView::Provisioned),
        ),
        (
            "Load into table 'x' failed. Check 'sys_load_error_detail' system table for details.",
            Refusal::Rows(ErrorView::Serverless),
        ),
        (
            "S3ServiceException:Access Denied,Status 403,Error AccessDenied,Rid 1,CanRetry 1",
            storage(StorageErrorKind::Denied),
        ),
        (
            "S3ServiceException:Please reduce your request rate.,Status 503,Error SlowDown",
            storage(StorageErrorKind::Unavailable),
        ),
        (
            "S3ServiceException:The operation is not valid,Status 403,Error InvalidObjectState",
            storage(StorageErrorKind::Archived),
        ),
        (
            "S3ServiceException:The key does not exist in our records.,Status 403,Error InvalidAccessKeyId",
            storage(StorageErrorKind::WrongKeys),
        ),
        (
            "S3ServiceException:Your socket connection was idle.,Status 400,Error RequestTimeout,Rid 1",
            storage(StorageErrorKind::Unavailable),
        ),
        ("S3ServiceException:Bad Gateway,Status 502,Error 502", storage(StorageErrorKind::Unavailable)),
        (
            "Problem reading manifest file - S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey",
            storage(StorageErrorKind::NotFound),
        ),
        ("S3CurlException: Connection timed out, CurlError 28", storage(StorageErrorKind::Unavailable)),
        ("S3Query Exception Connection failed, retries exceeded", storage(StorageErrorKind::Unavailable)),
        ("S3 Query Exception (Fetch)", storage(StorageErrorKind::Unavailable)),
        ("S3 Query Exception (Execute)", storage(StorageErrorKind::Unavailable)),
        ("The specified S3 prefix 'x' does not exist", storage(StorageErrorKind::NotFound)),
        (
            "The bucket you are attempting to access must be addressed using the specified endpoint.",
            storage(StorageErrorKind::WrongRegion),
        ),
        (
            "User arn:aws:redshift:eu-west-1:1:dbuser:c/u is not authorized to assume IAM Role arn:aws:iam::1:role/r",
            storage(StorageErrorKind::Denied),
        ),
        ("Query (12) canceled on user's request", Refusal::Cancelled),
        ("Query (7) cancelled by WLM abort action of Query Monitoring Rule \"r\".", Refusal::Cancelled),
        ("permission denied for relation loads", Refusal::Right),
        ("must be owner of relation loads", Refusal::Owner),
        ("Disk Full", Refusal::DiskFull),
        ("cannot execute CREATE TABLE in a read-only transaction", Refusal::Unavailable),
        ("something new", Refusal::Other),
    ];
    for (message, refusal) in cases {
        assert_eq!(of(message), refusal, "{message}");
    }
}

#[test]
fn what_a_detail_begins_with_counts_too() {
    let serializable =
        "Serializable isolation violation on table - 100, transactions forming the cycle are: 1, 2 (pid:3)";
    assert_eq!(refusal("XX000", "x", serializable), Refusal::Conflict);
    let block = "\n  -----\n  error:  S3ServiceException:Access Denied,Status 403,Error AccessDenied,Rid 1\n  code:   8001\n";
    assert_eq!(refusal("XX000", "x", block), Refusal::Storage(StorageErrorKind::Denied));
}

#[test]
fn an_exception_of_s3_that_is_about_the_columns_of_a_file_does_not_pass() {
    let of = |context: &str| {
        let detail = format!(
            "\n  -----\n  error:  S3 Query Exception (Fetch)\n  code:   15001\n  context:   {context}\n  query:  1\n"
        );
        refusal("XX000", "S3 Query Exception (Fetch)", &detail)
    };
    let passes = Refusal::Storage(StorageErrorKind::Unavailable);
    assert_eq!(of("boost::thread_resource_error: Resource temporarily unavailable"), passes);
    assert_eq!(of("Task failed due to an internal error."), passes);
    for context in [
        "Task failed due to an internal error. Unmatched number of columns between table and file. Table columns: 23, Data columns: 22",
        "File 'https://s3/b/k' has an incompatible Parquet schema for column 'c'.",
        "The length of the data column c is longer than the length defined in the table. Table: 3, Data: 4, File name: https://s3/b/k",
        "Numeric overflow for column c, File name: https://s3/b/k",
    ] {
        assert_eq!(of(context), Refusal::File, "{context}");
    }
}

#[test]
fn an_error_in_reading_shows_its_context() {
    let of = |code: &str, context: &str| {
        let rule = "-----------------------------------------------";
        context_of(&format!(
            "\n  {rule}\n  error:  Spectrum Scan Error\n  code:      {code}\n  context:   {context}\n  query:     1\n  \
             location:  dory_util.cpp:1777\n  process:   worker_thread [pid=1]\n  {rule}"
        ))
    };
    assert_eq!(of("8001", "S3 key being read : s3://b/k"), "S3 key being read : s3://b/k");
    assert_eq!(
        of(
            "15007",
            "File 'f' has an incompatible Parquet schema for column 'c'. Column type: INT, Parquet schema:\noptional byte_array c [i:3]"
        ),
        "File 'f' has an incompatible Parquet schema for column 'c'. Column type: INT, Parquet schema: optional byte_array c [i:3]"
    );
    assert_eq!(of("15005", ""), "");
    // `Invalid digit, Value 'x'`: the context is the value.
    assert_eq!(of("1207", "4111111111111111"), "");
    // A context that is the last line.
    assert_eq!(
        context_of("----\n  code:      8001\n  context:   S3 key being read\n  ------\n"),
        "S3 key being read"
    );
    assert_eq!(context_of("Key (id)=(7) already exists."), "");
}

#[test]
fn the_states_that_redshift_does_set_are_believed() {
    for (code, kind) in [
        ("28000", FailureKind::LoginRefused),
        ("40P01", FailureKind::Conflict),
        ("57P01", FailureKind::WarehouseUnavailable),
        ("57014", FailureKind::Timeout),
        ("42P07", FailureKind::Conflict),
        ("53300", FailureKind::WarehouseUnavailable),
    ] {
        assert_eq!(refusal(code, "x", "").kind(), kind, "{code}");
    }
}

#[test]
fn the_name_of_a_user_or_a_table_changes_no_verdict() {
    let names = [
        "read-only",
        "Disk Full",
        "1023",
        "S3ServiceException:x,Status 503,Error SlowDown",
        "statement timeout",
        "on user's request",
        "cancelled by WLM",
        "must be owner",
        "permission denied",
        "authorized to assume IAM Role",
        "conflict with concurrent transaction",
        "could not open relation with OID 1",
        "Load into table 'x' failed.",
        "S3 prefix",
    ];
    for name in names {
        for (code, message, expected) in [
            ("28000", format!("password authentication failed for user \"{name}\""), Refusal::Login),
            ("42P01", format!("relation \"{name}\" does not exist"), Refusal::Other),
            ("XX000", format!("Cannot COPY into nonexistent table {name}"), Refusal::Other),
            ("42501", format!("permission denied for relation {name}"), Refusal::Right),
            ("42501", format!("must be owner of relation {name}"), Refusal::Owner),
            ("XX000", format!("Invalid value: {name}"), Refusal::Other),
            (
                "XX000",
                format!(
                    "S3ServiceException:User: arn:aws:iam::1:user/{name} is not authorized,Status 403,Error AccessDenied,Rid 1"
                ),
                Refusal::Storage(StorageErrorKind::Denied),
            ),
        ] {
            assert_eq!(refusal(code, &message, &format!("Value '{name}'")), expected, "{message}");
        }
    }
}
