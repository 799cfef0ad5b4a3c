//! What would become of one announced file, with nothing changed.

use crate::failure::Failure;
use crate::load::Loader;
use crate::load::attempt::new_load_id;
use crate::load::batch::dated::Dated;
use crate::load::batch::facts::{Common, consider, rewritten};
use crate::load::batch::groups::Group;
use crate::load::batch::look::{FileThere, Found, config_of, look};
use crate::load::gather::{Considered, survey};
use crate::model::announced_file::AnnouncedFile;
use crate::model::load_id::LoadId;
use crate::model::rewritten::OnRewritten;
use crate::request::order::Order;

/// What would become of a file.
pub enum FilePreview {
    /// Its content is in the table.
    Loaded(LoadId),
    Considered(Box<Considered>),
}

impl Loader {
    /// Everything that a load of this file alone would find out and decide: others are loaded along with it under the same terms.
    ///
    /// # Errors
    /// The failure with which the file would be parked or tried again.
    pub async fn preview_announced(
        &self,
        order: &Order,
        file: &AnnouncedFile,
    ) -> Result<FilePreview, Failure> {
        let found = look(self, &order.target, std::slice::from_ref(file)).await?;
        let file = match found.into_iter().next().expect("each file is looked at") {
            Found::New(file) => *file,
            Found::Loaded(load_id) => return Ok(FilePreview::Loaded(load_id)),
            Found::Unusable(failure) => return Err(failure),
        };
        let FileThere { stored, object, .. } = &file;
        let config = config_of(&order.terms, &object.uri);
        let common = Common::of(self, order, &Group { config, stored: *stored, files: Vec::new() }).await?;
        let (date, window) = common.date_of(&file, (self.now)())?;
        let dated = Dated { file, date, window, has_changed: false };
        let of_window = match (&dated.file.loaded, common.on_rewritten()) {
            (Some(loaded), OnRewritten::Park) if dated.is_rewritten() => {
                return Err(rewritten(&dated.file, loaded));
            }
            (Some(_), OnRewritten::Replace) if dated.is_rewritten() => Some(dated.window.clone()),
            _ => None,
        };
        let surveyed = survey(self, order, None).await?;
        let facts = (new_load_id(), surveyed);
        let considered = consider(self, order, &common, &[dated], facts, of_window).await?;
        Ok(FilePreview::Considered(Box::new(considered)))
    }
}
