//! Messages that announce files whose events never came: few of one table together.

use crate::model::announced_file::AnnouncedFile;
use crate::model::object::ObjectMeta;
use crate::request::events::rewrite::{Body, LONGEST_BODY, notifications_of};

/// Files of one message.
pub const MOST_FILES: usize = 50;

/// Messages that announce these objects, in their order, as S3 would.
pub fn bodies<'a>(objects: impl IntoIterator<Item = &'a ObjectMeta>) -> Vec<Body> {
    let files: Vec<AnnouncedFile> = objects.into_iter().map(announced).collect();
    let mut bodies = notifications_of(&files, MOST_FILES, LONGEST_BODY);
    bodies.retain(|body| body.files > 0);
    bodies
}

fn announced(object: &ObjectMeta) -> AnnouncedFile {
    AnnouncedFile::listed(object, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::missing::scope::tests::listed;
    use crate::request::events::{Content, Event, read};

    fn announced_by(body: &Body) -> Vec<AnnouncedFile> {
        let Ok(Content::Events(events)) = read(&body.text) else { panic!("{body:?}") };
        let file = |event| match event {
            Event::File(file) => file,
            Event::NotData(_) => panic!("{body:?}"),
        };
        events.into_iter().map(file).collect()
    }

    #[test]
    fn the_daemon_reads_the_very_files() {
        let objects = [listed("a b+c/ä=1%.json", "e", 0).meta, listed("x", "f", 0).meta];
        let bodies = bodies(&objects);
        assert_eq!(bodies.len(), 1);
        let expected: Vec<AnnouncedFile> = objects.iter().map(announced).collect();
        assert_eq!(announced_by(&bodies[0]), expected);
    }

    #[test]
    fn a_message_has_as_many_files_and_bytes_as_are_allowed() {
        let files = |objects: &[ObjectMeta]| -> Vec<usize> {
            let count = |body: &Body| {
                assert!(body.text.len() <= LONGEST_BODY, "{}", body.text.len());
                assert_eq!(announced_by(body).len(), body.files);
                body.files
            };
            bodies(objects).iter().map(count).collect()
        };
        assert_eq!(files(&[]), [] as [usize; 0]);
        assert_eq!(files(&vec![listed("k", "e", 0).meta; 2 * MOST_FILES + 1]), [MOST_FILES, MOST_FILES, 1]);
        // Three bytes for each of a key of the longest, and twice as many in all as one message may have.
        let long = files(&vec![listed(&"ä".repeat(512), "e", 0).meta; 130]);
        assert_eq!(long.iter().sum::<usize>(), 130);
    }
}
