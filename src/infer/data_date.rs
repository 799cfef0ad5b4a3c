//! Which columns may hold the data date of the file in every row. It decides which rows a reload replaces, so the choice is
//! a person's; here is what the sample says for each.

use chrono::{DateTime, Days, NaiveTime, Utc};

use crate::infer::observed::{Observed, Range};
use crate::model::data_date::DataDate;

/// A column that may be the data date column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub dest: String,
    pub evidence: Evidence,
}

/// What speaks for it; the strongest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Every row has the very date of the file.
    FileDate,
    /// Every row is of the day of the file, in UTC.
    FileDay,
    /// Only its type, and that it is never null.
    TypeOnly,
    /// Its values are not of the day of the file.
    OtherDays(Range<DateTime<Utc>>),
    /// Some of its values are null.
    Nullable,
}

impl Evidence {
    /// As a clause behind the name of the column.
    pub fn clause(self) -> &'static str {
        match self {
            Self::FileDate => "has the date of the file's name in every row of the sample",
            Self::FileDay => "has only moments of the day of the file's name, in UTC",
            Self::TypeOnly => "is never null in the sample",
            Self::OtherDays(_) => "has other days than the file's name says",
            Self::Nullable => "is null in some rows",
        }
    }
}

/// What is known of a column that can hold dates.
#[derive(Debug, Clone, Copy)]
pub struct Dated<'a> {
    pub dest: &'a str,
    /// `None` where no values were looked at.
    pub seen: Option<&'a Observed>,
}

/// The candidates, the best first; of equals, in the order of the file.
pub fn candidates<'a>(
    dated: impl Iterator<Item = Dated<'a>>,
    rows: u64,
    file_date: Option<DataDate>,
) -> Vec<Candidate> {
    let of = |Dated { dest, seen }: Dated<'a>| Candidate {
        dest: dest.to_owned(),
        evidence: seen.map_or(Evidence::TypeOnly, |seen| evidence(seen, rows, file_date)),
    };
    let mut found: Vec<Candidate> = dated.map(of).collect();
    found.sort_by_key(|candidate| candidate.evidence);
    found
}

fn evidence(seen: &Observed, rows: u64, file_date: Option<DataDate>) -> Evidence {
    if seen.values() < rows {
        return Evidence::Nullable;
    }
    let (Some(range), Some(date)) = (seen.moments, file_date) else { return Evidence::TypeOnly };
    let date = date.instant();
    if range.least == date && range.most == date {
        return Evidence::FileDate;
    }
    let start = date.date_naive().and_time(NaiveTime::MIN).and_utc();
    match start.checked_add_days(Days::new(1)) {
        Some(end) if range.least >= start && range.most < end => Evidence::FileDay,
        _ => Evidence::OtherDays(range),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::value::Value;

    fn told(columns: &[(&str, &[&str])], file_date: Option<&str>) -> String {
        let seen: Vec<(&str, Observed)> = columns
            .iter()
            .map(|(dest, values)| {
                let mut seen = Observed::default();
                values.iter().for_each(|value| seen.add(Value::Text(value)));
                (*dest, seen)
            })
            .collect();
        let dated = seen.iter().map(|(dest, seen)| Dated { dest, seen: Some(seen) });
        let file_date = file_date.map(|date| DataDate::parse(date).unwrap());
        let told = |candidate: &Candidate| format!("{} {}", candidate.dest, candidate.evidence.clause());
        candidates(dated, 2, file_date).iter().map(told).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn the_column_with_the_date_of_the_file_in_every_row_comes_first() {
        let columns: &[(&str, &[&str])] = &[
            ("born", &["1980-01-01", "1990-01-01"]),
            ("gone", &["2015-07-01", ""]),
            ("seen", &["2015-07-01 10:00:00", "2015-07-01 23:59:59.999"]),
            ("day", &["2015-07-01", "2015-07-01"]),
        ];
        assert_eq!(
            told(columns, Some("2015-07-01T00:00:00Z")),
            "day has the date of the file's name in every row of the sample; \
             seen has only moments of the day of the file's name, in UTC; \
             born has other days than the file's name says; gone is null in some rows"
        );
        assert_eq!(told(&columns[..1], None), "born is never null in the sample");
    }

    #[test]
    fn a_moment_at_the_end_of_the_day_is_of_the_next() {
        let midnight: &[(&str, &[&str])] = &[("seen", &["2015-07-01 10:00:00", "2015-07-02 00:00:00"])];
        assert!(told(midnight, Some("2015-07-01T00:00:00Z")).contains("other days"));
        let offset: &[(&str, &[&str])] = &[("seen", &["2015-07-02T01:00:00+02:00", "2015-07-01T00:00:00Z"])];
        assert!(told(offset, Some("2015-07-01T00:00:00Z")).contains("only moments of the day"));
    }
}
