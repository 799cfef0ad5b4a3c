use super::*;
use crate::model::batch_limits::BatchLimits;

fn file(key: &str) -> AnnouncedFile {
    let uri = ObjectUri { bucket: "b".to_owned(), key: key.to_owned() };
    AnnouncedFile { uri, size: None, etag: None, version_id: None, date: None }
}

fn announced(keys: &[&str]) -> Announced {
    let files = keys.iter().map(|key| file(key)).collect();
    Announced { files, limits: BatchLimits::DEFAULT, set_aside: None }
}

fn failure(kind: FailureKind, sentence: &str) -> Failure {
    Failure::new(kind, Stage::Copy, sentence)
}

/// The kind of a failure, and its files.
fn told(failure: &Failure) -> (FailureKind, Vec<AnnouncedFile>) {
    (failure.kind, failure.files.iter().map(|failed| failed.file.clone()).collect())
}

#[test]
fn a_message_whose_files_are_all_loaded_is_done() {
    let mut end = BatchEnd::new();
    end.files.insert(file("x").uri, FileEnd::Loaded(LoadId("1".to_owned())));
    end.is_known(&file("y"), &LoadId("0".to_owned()));
    let gathered = SkipReason::Gathered { load_id: LoadId("1".to_owned()) };
    assert_eq!(end.result_of(&announced(&["x", "y"]), false), Ok(LoadOutcome::Skipped(gathered)));
    let known = SkipReason::FilesKnown { load_id: LoadId("0".to_owned()) };
    assert_eq!(end.result_of(&announced(&["y"]), true), Ok(LoadOutcome::Skipped(known)));
}

#[test]
fn the_most_hopeful_failure_of_a_message_decides_and_names_all_its_failed_files() {
    let mut end = BatchEnd::new();
    end.is_known(&file("fine"), &LoadId("0".to_owned()));
    end.fail(&file("bad"), failure(FailureKind::DataRejected, "bad is bad"));
    end.fail(&file("late"), failure(FailureKind::NoDataFile, "late is not there"));
    let failed = end.result_of(&announced(&["fine", "bad", "late"]), true).unwrap_err();
    assert_eq!(failed.kinds(), [FailureKind::NoDataFile, FailureKind::DataRejected]);
    assert_eq!(told(&failed), (FailureKind::NoDataFile, vec![file("bad"), file("late")]));
    assert_eq!(
        failed.to_string(),
        "late is not there; other files of the message failed too, each for a reason of its own (1): s3://b/bad"
    );
    let of_other = end.result_of(&announced(&["bad"]), false).unwrap_err();
    assert_eq!(told(&of_other), (FailureKind::DataRejected, vec![file("bad")]));
}

#[test]
fn a_batch_is_stopped_as_a_whole_by_what_is_of_none_of_its_files() {
    let mut end = BatchEnd::new();
    let aborted = failure(FailureKind::Aborted, "stopped");
    end.fail(&file("x"), aborted.clone());
    assert_eq!(end.stopped(), Some(&aborted));
    end.fail(&file("y"), failure(FailureKind::DataRejected, "bad"));
    assert_eq!(end.stopped(), None);
}

#[test]
fn a_file_without_an_end_fails_rather_than_pass_for_loaded() {
    let failed = BatchEnd::new().result_of(&announced(&["x"]), true).unwrap_err();
    assert_eq!(told(&failed), (FailureKind::InternalError, vec![file("x")]));
}

#[test]
fn what_is_put_off_comes_back_alone_and_what_was_set_aside_before_stays_failed() {
    let (mut turn, mut next_turn) = (BatchEnd::new(), BatchEnd::new());
    turn.fail(&file("bad"), failure(FailureKind::DataRejected, "bad is bad"));
    turn.is_known(&file("fine"), &LoadId("0".to_owned()));
    for put_off in ["later", "too"] {
        turn.files.insert(file(put_off).uri, FileEnd::PutOff);
    }
    assert_eq!(turn.put_off(&announced(&["bad", "fine"])), None);
    let rest = turn.put_off(&announced(&["bad", "fine", "later", "too"])).unwrap();
    assert_eq!(rest.files, [file("later"), file("too")]);
    next_turn.files.insert(file("later").uri, FileEnd::Loaded(LoadId("1".to_owned())));
    next_turn.fail(&file("too"), failure(FailureKind::DataRejected, "too is bad"));
    assert_eq!(next_turn.put_off(&rest), None);
    let failed = next_turn.result_of(&rest, true).unwrap_err();
    assert_eq!(told(&failed), (FailureKind::DataRejected, vec![file("bad"), file("too")]));
}
