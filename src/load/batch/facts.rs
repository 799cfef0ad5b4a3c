//! The facts about one COPY of announced files, and the decision.

use chrono::{DateTime, SubsecRound, Utc};

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::load::Loader;
use crate::load::already_there::table_rows;
use crate::load::batch::dated::Dated;
use crate::load::batch::groups::Group;
use crate::load::batch::look::FileThere;
use crate::load::discover::read_config;
use crate::load::gather::{Considered, Surveyed, decide, manifest_folder, timed, usable_spec};
use crate::load::views::with_views;
use crate::model::data_date::DataDate;
use crate::model::load_id::LoadId;
use crate::model::load_mode::LoadMode;
use crate::model::loaded_file::LoadedFile;
use crate::model::object::{Access, ObjectMeta, ObjectUri};
use crate::model::rewritten::OnRewritten;
use crate::model::routed_date::RoutedDate;
use crate::model::table::{FutureRows, OutsideRows, TableSpec};
use crate::model::window::Window;
use crate::model::zone::Span;
use crate::plan::data_set::{DataForm, DataSet};
use crate::plan::decision::Refusal;
use crate::plan::fingerprint;
use crate::plan::input::{EarlierLoads, Misnamed, PlanningInput, latest_plausible};
use crate::plan::planner::without_files;
use crate::plan::row_count::RowCountPolicy;
use crate::plan::settings::Settings;
use crate::request::order::Order;
use crate::source::generated;
use crate::source::suffix::Stored;
use crate::storage::failure::failure_of;

/// What all files of a group have in common.
pub(super) struct Common {
    pub(super) stored: Stored,
    config_name: String,
    config_text: String,
    spec: TableSpec,
    settings: Settings,
}

impl Common {
    pub(super) async fn of(loader: &Loader, order: &Order, group: &Group) -> Result<Self, Failure> {
        let reading = read_config(loader.store.as_ref(), &group.config);
        let (config_name, config_text) = timed(loader, Stage::Config, reading).await?;
        let spec = usable_spec(loader, order, &config_name, &config_text)?;
        let settings = Settings::of(&order.terms, &spec.options);
        if settings.mode.value == LoadMode::Replace {
            let sentence = format!(
                "{} has `mode: replace` ({}), which is not for announced files: they are added to the rows of others; leave the mode out, and write \
                 `meta.rewritten: replace` when a file that is written again is to replace its window; or replace the whole table by load messages",
                order.target, settings.mode.origin
            );
            return Err(Failure::new(FailureKind::InvalidTableConfig, Stage::Config, sentence));
        }
        if settings.mode.value == LoadMode::Merge && spec.options.rewritten == OnRewritten::Replace {
            let sentence = format!(
                "the table config {config_name} is not usable for {}: `meta.rewritten: replace` and `mode: merge` do not go together, as a \
                 merge finds the rows that it replaces by their keys; write `rewritten: append`, which merges the file again",
                order.target
            );
            return Err(Failure::new(FailureKind::InvalidTableConfig, Stage::Config, sentence));
        }
        Ok(Self { stored: group.stored, config_name, config_text, spec, settings })
    }

    pub(super) fn on_rewritten(&self) -> OnRewritten {
        self.spec.options.rewritten
    }

    /// Whether rows that are not of the window of their file's date are refused.
    pub(super) fn keeps_windows_apart(&self) -> bool {
        let of_replaced = || self.on_rewritten() == OnRewritten::Replace;
        self.spec.options.outside.map_or_else(of_replaced, |outside| outside == OutsideRows::Refused)
    }

    /// The date of a file and its window; of a file without a date, the moment of its load.
    ///
    /// # Errors
    /// When no row can be of that date, or the config wants a date and the key has none.
    pub(super) fn date_of(
        &self,
        file: &FileThere,
        now: DateTime<Utc>,
    ) -> Result<(DataDate, Window), Failure> {
        let zone = self.settings.zone.value;
        let Some(date) = file.announced.date else {
            if self.keeps_windows_apart() {
                let sentence = format!(
                    "the key of {} has no date, and the table config {} refuses rows that are not of the date of their file; add \
                     `{{date:…}}` to the rule, or set `meta.outside: allow`",
                    file.object.uri, self.config_name
                );
                return Err(Failure::new(FailureKind::InvalidTableConfig, Stage::Config, sentence));
            }
            let date = DataDate::from_instant(now.trunc_subsecs(6));
            return Ok((date, Window::exact(date, zone)));
        };
        let date = date.in_zone(zone);
        let refused = |refusal: Refusal| {
            let sentence = format!("{} cannot be loaded: {refusal}", file.object.uri);
            Failure::new(refusal.kind(), Stage::Plan, sentence)
        };
        let allows_future = self.spec.options.future_rows == FutureRows::Allowed;
        if date.instant() > latest_plausible(now) && !allows_future {
            return Err(refused(Refusal::ImplausibleDate { date, now }));
        }
        let window = self.window_of(RoutedDate::Instant(date));
        if !date.is_held_by_columns() || !window.is_held_by_columns() {
            return Err(refused(Refusal::DateNotHeld(date)));
        }
        Ok((date, window))
    }

    /// The window of a date. A stream has none of its own: its message names it, and there is no message.
    pub(super) fn window_of(&self, date: RoutedDate) -> Window {
        let zone = self.settings.zone.value;
        let date = date.in_zone(zone);
        let granularity =
            Some(self.settings.granularity.value).filter(|granularity| !granularity.takes_span());
        let window = Window::of(granularity.unwrap_or_default(), date, None, zone);
        window.unwrap_or_else(|| Window::exact(date, zone))
    }
}

/// Everything that one COPY of files needs to know. `window` is the one whose rows go; `None` when the files are added.
pub(super) async fn consider(
    loader: &Loader,
    order: &Order,
    common: &Common,
    files: &[Dated],
    (load_id, surveyed): (LoadId, Surveyed),
    window: Option<Window>,
) -> Result<Considered, Failure> {
    let Surveyed { found: survey, loads_since, widened, now } = surveyed;
    let newest = files.iter().map(|file| file.date).max().expect("a COPY has files");
    let window = window.unwrap_or_else(|| hull(files, common));
    let spec = common.spec.clone();
    let rows = table_rows(loader, &spec, &survey.table, newest, &window, now).await?;
    let table = with_views(loader, &spec, survey.table).await?;
    let objects: Vec<ObjectMeta> = files.iter().map(|file| file.file.object.clone()).collect();
    let first = objects.first().expect("a COPY has files").uri.clone();
    let region = loader.store.region(&first.bucket).await;
    let region = region.map_err(|error| failure_of(&error, Stage::Discover, FailureKind::NoDataFile))?;
    let manifest_folder = manifest_folder(loader.settings.manifest_folder.as_ref(), &first);
    let versions = files.iter().map(|file| file.file.version_id.clone()).collect();
    let chosen = chosen(&objects, order, &manifest_folder);
    let mut data = DataSet {
        files: objects,
        form: DataForm::Announced(versions),
        stored: common.stored,
        region,
        look: None,
    };
    let replaces = !window.is_of_files();
    let mut input = PlanningInput {
        load_id,
        // What is there of the window is to go, whatever it is.
        order: Order { force: replaces, ..order.clone() },
        date: newest,
        settings: common.settings.clone(),
        window,
        chosen,
        misnamed: Misnamed::default(),
        known_files: files.iter().filter_map(|file| file.file.loaded.clone()).collect(),
        spec,
        config_fingerprint: fingerprint::of_config(&common.config_text),
        table,
        rows,
        earlier: EarlierLoads::default(),
        loads_since,
        has_cuts: survey.ledger.last_had_cuts,
        widened_before: widened,
        // Batches are of any size.
        row_count_policy: RowCountPolicy::default(),
        recent_row_counts: Vec::new(),
        manifest_folder,
        now,
    };
    let config_name = common.config_name.clone();
    let decision = match without_files(&input) {
        Some(decision) => decision,
        None => decide(loader, &mut input, &mut data).await?,
    };
    Ok(Considered { input, data: Some(data), config_name, decision })
}

/// From the first instant that one of the files is of to the last.
fn hull(files: &[Dated], common: &Common) -> Window {
    let hulls = files.iter().map(|file| file.window.hull());
    let all = |all: Span, one: Span| Span { start: all.start.min(one.start), end: all.end.max(one.end) };
    let hull = hulls.reduce(all).expect("a COPY has files");
    Window::of_files(hull, common.settings.zone.value)
}

/// The only file, or the manifest that lists them.
fn chosen(files: &[ObjectMeta], order: &Order, folder: &ObjectUri) -> ObjectMeta {
    if let [only] = files {
        return only.clone();
    }
    let key = generated::manifest_key(&folder.key, &order.target, &fingerprint::of_files(files));
    let uri = ObjectUri { bucket: folder.bucket.clone(), key };
    ObjectMeta { uri, etag: String::new(), size: 0, access: Access::AtOnce }
}

/// The failure of a file that was loaded before, with another content.
pub(super) fn rewritten(file: &FileThere, loaded: &LoadedFile) -> Failure {
    let sentence = format!(
        "{} was written again after load {} (its ETag was {}, and is {})",
        file.object.uri, loaded.load_id, loaded.etag, file.object.etag
    );
    Failure::new(FailureKind::Rewritten, Stage::Plan, sentence).advised(&Advice::SayWhatBecomesOfRows)
}
