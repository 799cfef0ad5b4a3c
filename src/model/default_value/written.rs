//! What a table config may write as a DEFAULT.

use crate::model::column_type::ColumnType;
use crate::model::default_value::fits::fits;
use crate::model::default_value::parser::Parsed;
use crate::model::default_value::{DefaultValue, UnusableDefault};
use crate::model::shown::excerpt;

/// Calls that a default may make, as Redshift wants them written: none has arguments, or does anything but tell.
const CALLS: [(&str, Form); 7] = [
    ("getdate", Form::Parentheses),
    ("sysdate", Form::Bare),
    ("now", Form::Parentheses),
    ("current_date", Form::Bare),
    ("current_timestamp", Form::Bare),
    ("current_user", Form::Bare),
    ("user", Form::Bare),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Parentheses,
    Bare,
}

/// The value, if every part of what was written may stand in a default.
pub(super) fn judged(parsed: Parsed, column_type: ColumnType) -> Result<DefaultValue, UnusableDefault> {
    let Parsed { value, casts } = parsed;
    if let DefaultValue::Call { name, arguments } = &value {
        let Some((_, form)) = CALLS.iter().find(|(allowed, _)| allowed == name) else {
            let allowed = CALLS.iter().map(|(allowed, _)| (*allowed).to_owned()).collect();
            return Err(UnusableDefault::ForbiddenCall { name: excerpt(name), allowed });
        };
        match (arguments.as_deref(), form) {
            (Some([]), Form::Parentheses) | (None, Form::Bare) => {}
            (Some([_, ..]), _) => return Err(UnusableDefault::Arguments(name.clone())),
            (Some([]), Form::Bare) => {
                return Err(UnusableDefault::Form { name: format!("{name}()"), right: name.clone() });
            }
            (None, Form::Parentheses) => {
                return Err(UnusableDefault::Form { name: name.clone(), right: format!("{name}()") });
            }
        }
    }
    // The value goes into the column without its casts, so only those that change nothing may be left out.
    match casts.into_iter().find(|cast| !changes_nothing(cast, &value, column_type)) {
        Some(cast) => Err(UnusableDefault::Cast(cast)),
        None if !fits(&value, column_type) => {
            Err(UnusableDefault::Unfit { value: excerpt(&value.to_string()), column_type })
        }
        None => Ok(value),
    }
}

fn changes_nothing(cast: &str, value: &DefaultValue, column_type: ColumnType) -> bool {
    match (ColumnType::parse(cast), value, column_type) {
        (Ok(ColumnType::Varchar(bytes)), DefaultValue::Text(text), ColumnType::Varchar(_)) => {
            usize::try_from(bytes).is_ok_and(|bytes| text.len() <= bytes)
        }
        (Ok(cast), _, _) => cast == column_type,
        (Err(_), _, _) => false,
    }
}
