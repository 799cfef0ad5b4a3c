//! What is known of the values of one field: counts, ends and sets, so that neither the order of the rows nor the way in
//! which they were divided matters.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, NaiveDateTime, NaiveTime, Utc};

use crate::infer::quoted;
use crate::infer::value::{Look, Number, Seen, Value, is_exact_double};

/// The values of one field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    pub nulls: u64,
    pub empties: u64,
    pub booleans: u64,
    pub integers: u64,
    pub integer_range: Option<Range<i64>>,
    /// Those that would change as a double.
    pub inexact_integers: u64,
    pub numbers: Numbers,
    pub not_finite: u64,
    pub dates: u64,
    pub timestamps: u64,
    pub instants: u64,
    /// Of all three; what has no offset is taken for UTC.
    pub moments: Option<Range<DateTime<Utc>>>,
    pub texts: BTreeMap<Look, u64>,
    pub nested: u64,
    /// Bytes of the longest value as a text column would hold it.
    pub longest: usize,
    /// Texts with a NUL, which no column takes.
    pub with_nul: u64,
    /// Bytes of the longest text within nested values, and how deep these go.
    pub longest_within: usize,
    pub deepest: usize,
    pub distinct: Distinct,
}

/// The smallest and the largest value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range<T> {
    pub least: T,
    pub most: T,
}

/// Numbers that no BIGINT takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    pub count: u64,
    /// Whole numbers among them.
    pub beyond_bigint: u64,
    pub with_exponent: u64,
    /// Those that would change as a double.
    pub inexact: u64,
    pub whole_digits: u32,
    /// Digits behind the point: the fewest and the most.
    pub places: Option<Range<u32>>,
    /// Whether one of them ends in a zero behind the point, so that its writer keeps zeros.
    pub ends_in_zero: bool,
}

/// Whether a value stands twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distinct {
    /// Not so far: the hashes of all.
    So(HashSet<u64>),
    Not,
}

impl Default for Distinct {
    fn default() -> Self {
        Self::So(HashSet::new())
    }
}

impl Observed {
    pub fn add(&mut self, value: Value<'_>) {
        let seen = Seen::of(value);
        match seen {
            Seen::Null => self.nulls += 1,
            Seen::Empty => self.empties += 1,
            _ => self.distinct.add(value),
        }
        self.longest = self.longest.max(text_of(value).len());
        if let Value::Text(text) | Value::Field(text) = value {
            self.with_nul += u64::from(text.contains('\0'));
        }
        if let Value::Nested(written) = value {
            let (longest, deepest) = quoted::measured(written);
            self.longest_within = self.longest_within.max(longest);
            self.deepest = self.deepest.max(deepest);
        }
        match seen {
            Seen::Null | Seen::Empty => {}
            Seen::Boolean => self.booleans += 1,
            Seen::Integer(integer) => {
                self.integers += 1;
                self.inexact_integers += u64::from(!is_exact_double(integer));
                self.integer_range = joined(self.integer_range, Some(Range::at(integer)));
                let digits = integer.unsigned_abs().checked_ilog10().map_or(0, |log| log + 1);
                self.numbers.whole_digits = self.numbers.whole_digits.max(digits);
            }
            Seen::Number(number) => self.numbers.add(number),
            Seen::NotFinite => self.not_finite += 1,
            Seen::Date(date) => {
                self.dates += 1;
                self.add_moment(date.and_time(NaiveTime::MIN));
            }
            Seen::Timestamp(local) => {
                self.timestamps += 1;
                self.add_moment(local);
            }
            Seen::TimestampTz(instant) => {
                self.instants += 1;
                self.moments = joined(self.moments, Some(Range::at(instant)));
            }
            Seen::Text(look) => *self.texts.entry(look).or_default() += 1,
            Seen::Nested => self.nested += 1,
        }
    }

    /// Everything that is known of the values of either.
    pub fn join(&mut self, other: &Self) {
        self.nulls += other.nulls;
        self.empties += other.empties;
        self.booleans += other.booleans;
        self.integers += other.integers;
        self.integer_range = joined(self.integer_range, other.integer_range);
        self.inexact_integers += other.inexact_integers;
        self.numbers.join(&other.numbers);
        self.not_finite += other.not_finite;
        self.dates += other.dates;
        self.timestamps += other.timestamps;
        self.instants += other.instants;
        self.moments = joined(self.moments, other.moments);
        for (look, count) in &other.texts {
            *self.texts.entry(*look).or_default() += count;
        }
        self.nested += other.nested;
        self.longest = self.longest.max(other.longest);
        self.with_nul += other.with_nul;
        self.longest_within = self.longest_within.max(other.longest_within);
        self.deepest = self.deepest.max(other.deepest);
        self.distinct.join(&other.distinct);
    }

    fn add_moment(&mut self, local: NaiveDateTime) {
        self.moments = joined(self.moments, Some(Range::at(local.and_utc())));
    }

    /// Values that are neither null nor empty.
    pub fn values(&self) -> u64 {
        self.booleans + self.numeric() + self.temporal() + self.text_count() + self.nested
    }

    /// Numbers of any kind.
    pub fn numeric(&self) -> u64 {
        self.integers + self.numbers.count + self.not_finite
    }

    /// Dates and moments.
    pub fn temporal(&self) -> u64 {
        self.dates + self.timestamps + self.instants
    }

    pub fn text_count(&self) -> u64 {
        self.texts.values().sum()
    }

    /// Words for nothing among the texts, each with its number.
    pub fn words_for_nothing(&self) -> Vec<(&'static str, u64)> {
        let word = |(look, count): (&Look, &u64)| match look {
            Look::Nothing(word) => Some((*word, *count)),
            _ => None,
        };
        self.texts.iter().filter_map(word).collect()
    }
}

impl Numbers {
    fn add(&mut self, number: Number) {
        let Number { whole, places, ends_in_zero, has_exponent, is_exact_double } = number;
        self.count += 1;
        self.beyond_bigint += u64::from(places == 0 && !has_exponent);
        self.with_exponent += u64::from(has_exponent);
        self.inexact += u64::from(!is_exact_double);
        self.whole_digits = self.whole_digits.max(whole);
        self.places = joined(self.places, Some(Range::at(places)));
        self.ends_in_zero |= ends_in_zero;
    }

    fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.beyond_bigint += other.beyond_bigint;
        self.with_exponent += other.with_exponent;
        self.inexact += other.inexact;
        self.whole_digits = self.whole_digits.max(other.whole_digits);
        self.places = joined(self.places, other.places);
        self.ends_in_zero |= other.ends_in_zero;
    }
}

impl Distinct {
    fn add(&mut self, value: Value<'_>) {
        let mut hasher = DefaultHasher::new();
        text_of(value).hash(&mut hasher);
        if let Self::So(hashes) = self
            && !hashes.insert(hasher.finish())
        {
            *self = Self::Not;
        }
    }

    fn join(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::So(hashes), Self::So(others)) if hashes.is_disjoint(others) => hashes.extend(others),
            _ => *self = Self::Not,
        }
    }
}

impl<T: Copy> Range<T> {
    fn at(value: T) -> Self {
        Self { least: value, most: value }
    }
}

fn joined<T: Ord + Copy>(one: Option<Range<T>>, other: Option<Range<T>>) -> Option<Range<T>> {
    match (one, other) {
        (Some(one), Some(other)) => {
            Some(Range { least: one.least.min(other.least), most: one.most.max(other.most) })
        }
        (range, None) | (None, range) => range,
    }
}

/// What a column of text would hold.
fn text_of(value: Value<'_>) -> &str {
    match value {
        Value::Null => "",
        Value::Boolean => "false",
        Value::Number(text) | Value::Text(text) | Value::Field(text) | Value::Nested(text) => text,
    }
}

#[cfg(test)]
mod tests;
