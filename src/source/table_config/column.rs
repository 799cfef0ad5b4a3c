//! One column of a table config.

use crate::model::column_type::ColumnType;
use crate::model::default_value::DefaultValue;
use crate::model::encoding::Encoding;
use crate::model::ident::Ident;
use crate::model::shown::excerpt;
use crate::model::table::{Column, ColumnDefault};
use crate::source::table_config::identity;
use crate::source::table_config::keys::{self, Level};
use crate::source::table_config::notes::{Context, Notes};
use crate::yaml::Node;

const LEVEL: Level = Level {
    known: &[
        "dest",
        "type",
        "primarykey",
        "notnull",
        "distkey",
        "sortord",
        "defaultval",
        "identity",
        "encode",
    ],
    later: &[],
    meant: &[
        ("sortkey", "sortord"),
        ("sortorder", "sortord"),
        ("sort", "sortord"),
        ("pk", "primarykey"),
        ("identities", "identity"),
        ("default", "defaultval"),
    ],
    hints: &[
        ("length", LENGTH),
        ("len", LENGTH),
        ("size", LENGTH),
        ("maxlength", LENGTH),
        ("precision", DIGITS),
        ("scale", DIGITS),
        ("nullable", "a column takes nulls, unless it says `notnull: true`"),
        ("encoding", "said by `encode: zstd`"),
        ("compression", "said by `encode: zstd`"),
        ("autoincrement", "said by `identity: true`"),
    ],
};

const LENGTH: &str = "the length is part of the type: `varchar(100)`";
const DIGITS: &str = "the digits are part of the type: `\"decimal(10,2)\"`";

/// Names that every table has columns of already: PostgreSQL's, which Redshift refuses (Developer Guide, "Names and
/// identifiers", System column names), and the two that its own tables have beside them in `pg_attribute`.
const SYSTEM_COLUMNS: [&str; 9] =
    ["oid", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "insertxid", "deletexid"];

/// Whether no column of a table may have this name, which is in lower case.
pub fn is_system_column(name: &str) -> bool {
    SYSTEM_COLUMNS.contains(&name)
}

/// A column as it is written in the file.
pub(super) struct ColumnEntry {
    pub(super) name: Ident,
    /// `None` when it is wrong, which was noted.
    pub(super) column_type: Option<ColumnType>,
    not_null: bool,
    default: Option<ColumnDefault>,
    encoding: Option<Encoding>,
    pub(super) primarykey: bool,
    pub(super) distkey: bool,
    /// Place in the sort key, from 1; 0 as the original wrote it for none.
    pub(super) sortord: u32,
    /// The name as the file spells it.
    pub(super) spelt: String,
}

impl ColumnEntry {
    pub(super) fn has_capitals(&self) -> bool {
        self.spelt.bytes().any(|byte| byte.is_ascii_uppercase())
    }

    /// One that nobody has written.
    pub(super) fn nullable(name: Ident, column_type: ColumnType) -> Self {
        Self {
            spelt: name.to_string(),
            name,
            column_type: Some(column_type),
            not_null: false,
            default: None,
            encoding: None,
            primarykey: false,
            distkey: false,
            sortord: 0,
        }
    }

    /// Whether Redshift fills it, and no file.
    pub(super) fn is_identity(&self) -> bool {
        matches!(self.default, Some(ColumnDefault::Identity(_)))
    }

    /// Whether JSON objects can be kept in it.
    pub(super) fn takes_rescued(&self) -> bool {
        self.column_type == Some(ColumnType::Super) && !self.not_null && self.default.is_none()
    }

    /// `None` when something is wrong with it.
    pub(super) fn into_column(self) -> Option<Column> {
        let Self { name, column_type, not_null, default, encoding, .. } = self;
        Some(Column { name, column_type: column_type?, not_null, default, encoding })
    }
}

/// Reads the column of this index; what is wrong with it goes into the notes.
pub(super) fn read(index: usize, map: Node<'_>, notes: &mut Notes) -> Option<ColumnEntry> {
    let number = index + 1;
    if !map.is_map() {
        notes.problems.add(format!("column {number} must be a map, not {}", map.shown()));
        return None;
    }
    let path = format!("columns[{index}].");
    let unnamed = Context { before: format!("column {number}: "), within: "", path: path.clone() };
    let dest = notes.text(map, "dest", &unnamed);
    let context = match dest {
        Some(dest) => Context { before: format!("column `{}`: ", excerpt(dest)), within: "", path },
        None => unnamed,
    };
    let known = notes.problems.count();
    keys::judge(map, &LEVEL, &context, notes);
    // What seems to be missing may be what is misspelt.
    let is_misspelt = notes.problems.count() > known;
    if dest.is_none() && map.get("dest").is_none() && !is_misspelt {
        let is_null = map.pairs().into_iter().flatten().any(|(key, _)| key.text == "dest");
        let hint =
            if is_null { " (write a name that YAML reads as nothing, such as null, in quotes)" } else { "" };
        notes.problems.add(format!("column {number} has no `dest`{hint}"));
    }
    let name = dest.and_then(|dest| name(dest, number, notes));
    let column_type = read_type(map, &context, is_misspelt, notes);
    let primarykey = notes.boolean(map, "primarykey", &context);
    // Redshift makes the columns of a primary key NOT NULL by itself.
    let identity = identity::read(map, column_type, &context, notes);
    let not_null = notes.boolean(map, "notnull", &context) || primarykey || identity.is_some();
    let distkey = notes.boolean(map, "distkey", &context);
    let sortord = notes.number(map, "sortord", &context);
    let default = match identity {
        Some(identity) => Some(ColumnDefault::Identity(identity)),
        None => column_type.and_then(|column_type| default(map, column_type, &context, notes)),
    };
    let encoding = encoding(map, column_type, &context, notes);
    if not_null && default == Some(ColumnDefault::Value(DefaultValue::Null)) {
        notes
            .problems
            .add(format!("{}`notnull` and a default of null contradict each other", context.before));
    }
    Some(ColumnEntry {
        name: name?,
        column_type,
        not_null,
        default,
        encoding,
        primarykey,
        distkey,
        sortord,
        spelt: dest.unwrap_or_default().to_owned(),
    })
}

fn name(dest: &str, number: usize, notes: &mut Notes) -> Option<Ident> {
    let name = notes.problems.noted(Ident::new(dest).map_err(|error| format!("column {number}: {error}")))?;
    if is_system_column(name.as_str()) {
        notes.problems.add(format!(
            "column `{name}` has the name of a system column, which Redshift has in every table; give it another one"
        ));
        return None;
    }
    Some(name)
}

fn read_type(map: Node<'_>, context: &Context, is_misspelt: bool, notes: &mut Notes) -> Option<ColumnType> {
    let Some(text) = notes.text(map, "type", context) else {
        if !is_misspelt && map.get("type").is_none() {
            notes.problems.add(format!("{} has no `type`", context.before.trim_end_matches(": ")));
        }
        return None;
    };
    let read = ColumnType::parse(text).map_err(|error| {
        // In braces, YAML ends a value at a comma.
        let is_cut = text.contains('(') && !text.contains(')');
        let hint = if is_cut { "; write a type with a comma in quotes: \"decimal(10,2)\"" } else { "" };
        format!("{}{error}{hint}", context.before)
    });
    notes.problems.noted(read)
}

/// `auto` is what Redshift does when nothing is said.
fn encoding(
    map: Node<'_>,
    column_type: Option<ColumnType>,
    context: &Context,
    notes: &mut Notes,
) -> Option<Encoding> {
    let word = notes.text(map, "encode", context)?;
    if word.eq_ignore_ascii_case("auto") {
        return None;
    }
    let encoding = Encoding::parse(word).ok_or_else(|| {
        let (words, shown) = (Encoding::WORDS.join(", "), excerpt(word));
        format!("{} must be auto or one of {words}, not `{shown}`", context.key("encode"))
    });
    let encoding = notes.problems.noted(encoding)?;
    if let Some(column_type) = column_type
        && !encoding.can_pack(column_type)
    {
        let word = encoding.word();
        notes
            .problems
            .add(format!("{}: {word} is not for columns of type {column_type}", context.key("encode")));
    }
    Some(encoding)
}

/// The scalar is the SQL text that the original would have pasted; an empty one asks for no default.
fn default(
    map: Node<'_>,
    column_type: ColumnType,
    context: &Context,
    notes: &mut Notes,
) -> Option<ColumnDefault> {
    let scalar = notes.scalar(map, "defaultval", context)?;
    if scalar.text.trim().is_empty() {
        return None;
    }
    if let (ColumnType::Boolean, Some(value)) = (column_type, scalar.boolean()) {
        return Some(ColumnDefault::Value(DefaultValue::Boolean(value)));
    }
    let read = DefaultValue::written(scalar.text, column_type);
    notes.problems.noted(read.map_err(|error| format!("{}{error}", context.before))).map(ColumnDefault::Value)
}
