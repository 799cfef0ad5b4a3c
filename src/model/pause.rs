//! A pause: somebody has said that no load is to be started, of one table or at all, and has not taken it back yet.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::model::ident::Ident;
use crate::model::shown::{excerpt, for_shell, shown, shown_within};
use crate::model::target_table::TargetTable;

/// Bytes of who has paused, and of why, as the table of pauses has them.
pub const LONGEST_BY: usize = 256;
pub const LONGEST_REASON: usize = 1024;

/// What a pause holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PauseTarget {
    /// Every load.
    All,
    /// Loads of a table; without a schema of the tables of this name in all schemas.
    Table { schema: Option<Ident>, table: Ident },
}

impl PauseTarget {
    /// `schema.table`, or `table` for every schema.
    ///
    /// # Errors
    /// What is no name, or several of them: a pause of a table that nobody loads would hold nothing.
    pub fn of_table(text: &str) -> Result<Self, String> {
        if text.contains(',') {
            return Err(format!("`{}` are several tables; pause one at a time", excerpt(text)));
        }
        let ident = |name: &str| Ident::new(name).map_err(|error| error.to_string());
        let (schema, table) =
            text.split_once('.').map_or((None, text), |(schema, table)| (Some(schema), table));
        Ok(Self::Table { schema: schema.map(ident).transpose()?, table: ident(table)? })
    }

    /// Whether a pause of it keeps loads of this table from starting.
    pub fn holds(&self, target: &TargetTable) -> bool {
        match self {
            Self::All => true,
            Self::Table { schema, table } => {
                *table == target.table && schema.as_ref().is_none_or(|schema| *schema == target.schema)
            }
        }
    }

    /// By which pauses are sorted and found: every load first.
    fn key(&self) -> (Option<&Ident>, Option<&Ident>) {
        match self {
            Self::All => (None, None),
            Self::Table { schema, table } => (Some(table), schema.as_ref()),
        }
    }

    /// As `--table` takes it; `None` for every load.
    pub fn table(&self) -> Option<String> {
        match self {
            Self::All => None,
            Self::Table { schema: Some(schema), table } => Some(format!("{schema}.{table}")),
            Self::Table { schema: None, table } => Some(table.to_string()),
        }
    }

    /// The command that takes such a pause back.
    pub fn resuming(&self) -> String {
        match self.table() {
            None => "s3-to-redshift resume".to_owned(),
            Some(table) => format!("s3-to-redshift resume --table {}", for_shell(&table)),
        }
    }
}

/// As the subject of a sentence.
impl fmt::Display for PauseTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("every load"),
            Self::Table { schema: Some(schema), table } => write!(f, "{schema}.{table}"),
            Self::Table { schema: None, table } => write!(f, "{table} in every schema"),
        }
    }
}

/// Who wants something, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhoAndWhy {
    /// At most [`LONGEST_BY`] bytes, without characters that cannot be seen; never empty.
    pub by: String,
    /// At most [`LONGEST_REASON`] bytes; may be empty.
    pub reason: String,
}

impl WhoAndWhy {
    /// What is longer is cut, with a mark: a pause must not fail for the length of its reason.
    pub fn new(by: &str, reason: &str) -> Self {
        let by = if by.trim().is_empty() { "somebody" } else { by.trim() };
        Self { by: shown_within(by, LONGEST_BY), reason: shown_within(reason.trim(), LONGEST_REASON) }
    }
}

/// A pause in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    pub target: PauseTarget,
    pub since: DateTime<Utc>,
    pub who: WhoAndWhy,
}

/// As the predicate of a sentence.
impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.since.to_rfc3339_opts(SecondsFormat::Secs, true);
        write!(f, "paused by {} since {since}", shown(&self.who.by))?;
        if !self.who.reason.is_empty() {
            write!(f, ": {}", shown(&self.who.reason))?;
        }
        write!(f, "; resume with `{}`", self.target.resuming())
    }
}

/// All pauses in force at one moment, sorted by their targets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pauses(Vec<Pause>);

impl Pauses {
    /// Of pauses of one target the earliest counts.
    pub fn new(mut pauses: Vec<Pause>) -> Self {
        pauses.sort_by(|left, right| (left.target.key(), left.since).cmp(&(right.target.key(), right.since)));
        pauses.dedup_by(|later, earlier| later.target == earlier.target);
        Self(pauses)
    }

    /// The pause of every load.
    pub fn of_all(&self) -> Option<&Pause> {
        self.of(&PauseTarget::All.key())
    }

    /// The pause of this table alone, or of its name in every schema.
    pub fn of_table(&self, target: &TargetTable) -> Option<&Pause> {
        let in_schema = |schema| self.of(&(Some(&target.table), schema));
        in_schema(Some(&target.schema)).or_else(|| in_schema(None))
    }

    /// The pause that holds a target whose own pause has ended: of its name in every schema, or of every load.
    pub fn holding(&self, target: &PauseTarget) -> Option<&Pause> {
        let in_every_schema = match target {
            PauseTarget::Table { schema: Some(_), table } => self.of(&(Some(table), None)),
            PauseTarget::Table { schema: None, .. } | PauseTarget::All => None,
        };
        in_every_schema.or_else(|| self.of_all())
    }

    /// That of every load first.
    pub fn all(&self) -> &[Pause] {
        &self.0
    }

    /// Pauses of tables.
    pub fn of_tables(&self) -> impl Iterator<Item = &Pause> {
        self.0.iter().filter(|pause| pause.target != PauseTarget::All)
    }

    fn of(&self, key: &(Option<&Ident>, Option<&Ident>)) -> Option<&Pause> {
        let found = self.0.binary_search_by(|pause| pause.target.key().cmp(key));
        found.ok().and_then(|index| self.0.get(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> TargetTable {
        let (schema, table) = text.split_once('.').unwrap();
        TargetTable { schema: Ident::new(schema).unwrap(), table: Ident::new(table).unwrap() }
    }

    fn pause(table: Option<&str>, seconds: i64) -> Pause {
        Pause {
            target: table.map_or(PauseTarget::All, |table| PauseTarget::of_table(table).unwrap()),
            since: DateTime::from_timestamp(seconds, 0).unwrap(),
            who: WhoAndWhy::new("anna", "reindexing"),
        }
    }

    #[test]
    fn a_table_is_held_by_its_own_pause_and_by_that_of_its_name_in_every_schema() {
        let pauses = Pauses::new(vec![pause(Some("s.t"), 1), pause(Some("u"), 2)]);
        let held = |table: &str| pauses.of_table(&target(table)).map(|pause| pause.since.timestamp());
        assert_eq!((held("s.t"), held("r.t")), (Some(1), None));
        assert_eq!((held("s.u"), held("r.u"), held("s.v")), (Some(2), Some(2), None));
        assert_eq!(pauses.of_all(), None);
    }

    #[test]
    fn a_table_whose_own_pause_has_ended_may_be_held_by_another() {
        let pauses = Pauses::new(vec![pause(Some("u"), 2), pause(None, 3)]);
        let held = |text: &str| {
            let target = PauseTarget::of_table(text).unwrap();
            pauses.holding(&target).map(|pause| pause.since.timestamp())
        };
        assert_eq!((held("s.u"), held("s.t"), held("t")), (Some(2), Some(3), Some(3)));
        assert_eq!(Pauses::default().holding(&PauseTarget::All), None);
    }

    #[test]
    fn a_pause_of_every_load_is_none_of_a_table() {
        let pauses = Pauses::new(vec![pause(Some("s.t"), 1), pause(None, 2), pause(None, 3)]);
        assert_eq!(pauses.of_all().unwrap().since.timestamp(), 2, "the earlier one");
        assert_eq!((pauses.all().len(), pauses.of_tables().count()), (2, 1));
        assert!(pauses.of_table(&target("s.v")).is_none());
    }

    #[test]
    fn a_pause_says_who_why_and_how_it_ends_whatever_the_table_is_called() {
        assert_eq!(
            pause(None, 0).to_string(),
            "paused by anna since 1970-01-01T00:00:00Z: reindexing; resume with `s3-to-redshift resume`"
        );
        let odd = PauseTarget::of_table("s.it's <script>").unwrap();
        assert_eq!(odd.resuming(), r"s3-to-redshift resume --table 's.it'\''s <script>'");
        assert_eq!(PauseTarget::of_table("S.T").unwrap().resuming(), "s3-to-redshift resume --table s.t");
    }

    #[test]
    fn several_tables_are_no_target() {
        assert_eq!(
            PauseTarget::of_table("s.t,s.u"),
            Err("`s.t,s.u` are several tables; pause one at a time".to_owned())
        );
    }

    #[test]
    fn whoever_says_too_much_is_cut_and_who_says_nothing_is_somebody() {
        let who = WhoAndWhy::new(" ", &"é\n".repeat(10_000));
        assert_eq!(who.by, "somebody");
        assert!(who.reason.len() <= LONGEST_REASON && who.reason.ends_with(" …"), "{}", who.reason.len());
    }
}
