//! The type of a column, out of all that is known of its values, and why.

use crate::infer::observed::{Numbers, Observed, Range};
use crate::infer::value::Look;
use crate::model::count::{counted, grouped};

/// What wrote the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// COPY takes the numbers of JSON for doubles on their way to a DECIMAL [DG copy-usage_notes-copy-from-json].
    Json,
    Text,
}

/// A type for a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// As a table config writes it.
    pub type_word: String,
    /// Clauses that tell what was seen; never empty.
    pub why: Vec<String>,
    /// Sentences about what a person should know, or may want otherwise.
    pub remarks: Vec<String>,
}

/// Bytes of the longest VARCHAR, and of a text within a SUPER (redshift-facts 1.11).
const LONGEST: usize = 65_535;
/// Lists and objects in one another that a SUPER takes for certain.
const DEEPEST: usize = 1_000;
/// Digits of the widest DECIMAL, and of one that takes 8 bytes.
const DIGITS: u32 = 38;
const SHORT_DIGITS: u32 = 18;
/// Digits that every double keeps.
const DOUBLE_DIGITS: u32 = 15;

/// The column for the values of a field that has `rows` rows.
pub fn choose(seen: &Observed, rows: u64, origin: Origin) -> Choice {
    let (type_word, mut why) = typed(seen, origin);
    why.push(absence(seen, rows));
    let remarks = remarks(seen, &type_word, origin);
    Choice { type_word, why, remarks }
}

fn typed(seen: &Observed, origin: Origin) -> (String, Vec<String>) {
    let all = seen.values();
    let of_all = |count: u64, what: &str| format!("{} of {} values are {what}", grouped(count), grouped(all));
    if all == 0 {
        let why = "no value in the sample, so that the type is a guess";
        return ("text".to_owned(), vec![why.to_owned()]);
    }
    if seen.nested > 0 {
        let others = all - seen.nested;
        let mixed =
            (others > 0).then(|| format!("{} are plain values, which SUPER takes too", grouped(others)));
        let why = of_all(seen.nested, "objects or arrays");
        return ("super".to_owned(), std::iter::once(why).chain(mixed).collect());
    }
    if seen.booleans == all {
        return ("boolean".to_owned(), vec![of_all(all, "true or false")]);
    }
    if seen.numeric() == all && seen.not_finite < all {
        return number(seen, origin);
    }
    if seen.temporal() == all {
        return moment(seen);
    }
    let mut why = vec![format!("longest value {}", counted(seen.longest as u64, "byte"))];
    why.extend(mixture(seen));
    (text_word(seen.longest), why)
}

fn number(seen: &Observed, origin: Origin) -> (String, Vec<String>) {
    let all = seen.values();
    let Numbers { count, beyond_bigint, with_exponent, inexact, whole_digits, places, ends_in_zero } =
        seen.numbers;
    let most_places = places.map_or(0, |places| places.most);
    let digits = whole_digits.saturating_add(most_places);
    let is_plain = with_exponent == 0 && seen.not_finite == 0;
    let what = format!("{} of {} values are", grouped(all), grouped(all));
    if count == 0 && seen.not_finite == 0 {
        let range = seen.integer_range.map_or_else(String::new, |Range { least, most }| {
            format!(", {} to {}", signed(least), signed(most))
        });
        return ("bigint".to_owned(), vec![format!("{what} whole numbers{range}")]);
    }
    let as_text = |why: String| (text_word(seen.longest), vec![why, "as text, no digit is lost".to_owned()]);
    if count == beyond_bigint && is_plain {
        let why = format!(
            "{what} whole numbers, {} of them beyond BIGINT, with up to {}",
            grouped(count),
            counted(whole_digits.into(), "digit")
        );
        return match origin {
            Origin::Text if whole_digits <= DIGITS => (decimal(DIGITS, 0), vec![why]),
            // Numbers this large are names of something, and a double would give them all the same last digits.
            _ => as_text(why),
        };
    }
    let fixed = places.filter(|places| places.least == places.most && places.most >= 2 && ends_in_zero);
    let fits = digits <= if origin == Origin::Json { DOUBLE_DIGITS } else { DIGITS };
    if let Some(places) = fixed.filter(|_| is_plain && fits && seen.integers == 0) {
        let precision = if digits + 4 <= SHORT_DIGITS { SHORT_DIGITS } else { DIGITS };
        let why = format!("{what} numbers with {} places, zeros at their end included", places.most);
        let before = format!("up to {} before the point", counted(whole_digits.into(), "digit"));
        return (decimal(precision, places.most), vec![why, before]);
    }
    let lost = inexact + seen.inexact_integers;
    let why_lost =
        || format!("{what} numbers, {} of them with more digits than a double keeps", grouped(lost));
    match origin {
        // The room is for digits before the point, unless it is needed behind it.
        Origin::Text if lost > 0 && is_plain && digits <= DIGITS => {
            return (decimal(DIGITS, most_places), vec![why_lost()]);
        }
        Origin::Text if lost > 0 => return as_text(why_lost()),
        // The last digits of a fraction hardly matter to whoever writes it as a number.
        Origin::Json if seen.inexact_integers + beyond_bigint > 0 => return as_text(why_lost()),
        _ => {}
    }
    let mut why = vec![format!("{what} numbers, with up to {}", counted(most_places.into(), "place"))];
    if with_exponent > 0 {
        why.push(format!("{} have an exponent", grouped(with_exponent)));
    }
    if seen.not_finite > 0 {
        why.push(format!("{} are NaN or infinite", grouped(seen.not_finite)));
    }
    ("float".to_owned(), why)
}

fn decimal(precision: u32, scale: u32) -> String {
    format!("decimal({precision},{scale})")
}

fn moment(seen: &Observed) -> (String, Vec<String>) {
    let (word, what) = match (seen.timestamps, seen.instants) {
        (0, 0) => ("date", "dates"),
        (_, 0) => ("timestamp", "dates with a time, without an offset"),
        (_, _) => ("timestamptz", "moments with an offset"),
    };
    let written = |instant: chrono::DateTime<chrono::Utc>| match word {
        "date" => instant.format("%Y-%m-%d").to_string(),
        "timestamp" => instant.format("%Y-%m-%d %H:%M:%S").to_string(),
        _ => instant.format("%Y-%m-%d %H:%M:%SZ").to_string(),
    };
    let range = seen.moments.map_or_else(String::new, |Range { least, most }| {
        format!(", {} to {}", written(least), written(most))
    });
    let all = seen.values();
    let most = match word {
        "date" => seen.dates,
        "timestamp" => seen.timestamps,
        _ => seen.instants,
    };
    let mut why = vec![format!("{} of {} values are {what}{range}", grouped(most), grouped(all))];
    if word == "timestamptz" && seen.timestamps > 0 {
        why.push(format!("{} have no offset and are taken for UTC", grouped(seen.timestamps)));
    }
    if word != "date" && seen.dates > 0 {
        why.push(format!("{} are dates alone, which are their midnight", grouped(seen.dates)));
    }
    (word.to_owned(), why)
}

/// Twice the room of the longest value: the sample has hardly met the longest of all.
fn text_word(longest: usize) -> String {
    match longest.saturating_mul(2) {
        0..=256 => "text".to_owned(),
        room @ 257..=16_384 => format!("varchar({})", room.next_power_of_two()),
        _ => "longtext".to_owned(),
    }
}

/// What stands beside one another in a column of text.
fn mixture(seen: &Observed) -> Option<String> {
    let kinds = [
        (seen.booleans, "true or false"),
        (seen.numeric(), "numbers"),
        (seen.temporal(), "dates"),
        (seen.text_count(), "texts"),
    ];
    let met: Vec<String> = kinds
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} are {what}", grouped(*count)))
        .collect();
    (met.len() > 1).then(|| format!("of mixed kinds: {}", met.join(", ")))
}

fn absence(seen: &Observed, rows: u64) -> String {
    let absent = rows.saturating_sub(seen.values() + seen.nulls + seen.empties);
    let ways = [(seen.nulls, "null"), (seen.empties, "empty"), (absent, "absent")];
    let met: Vec<String> = ways
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, way)| format!("{way} in {} of {}", grouped(*count), grouped(rows)))
        .collect();
    if met.is_empty() { "never null".to_owned() } else { met.join(", ") }
}

fn remarks(seen: &Observed, type_word: &str, origin: Origin) -> Vec<String> {
    let count = |look: Look| seen.texts.get(&look).copied().unwrap_or_default();
    let all = seen.values();
    let mut remarks = Vec::new();
    let mut say = |count: u64, sentence: String| {
        if count > 0 {
            remarks.push(sentence);
        }
    };
    let padded = count(Look::PaddedNumber);
    say(
        padded,
        format!("{} with zeros or a plus in front, which a number would lose", counted(padded, "value")),
    );
    let quoted = count(Look::QuotedNumber);
    say(
        if quoted + seen.numeric() == all { quoted } else { 0 },
        format!(
            "all values are numbers, {} of them in quotes; a column of numbers would take them, if they are meant as such",
            grouped(quoted)
        ),
    );
    let booleans = count(Look::QuotedBoolean);
    say(
        if booleans + seen.booleans == all { booleans } else { 0 },
        "true and false stand in quotes; a boolean would take them, if they are meant as such".to_owned(),
    );
    let yes = count(Look::YesOrNo);
    say(
        if yes == all { yes } else { 0 },
        "all values are yes or no, by a word or a letter; a boolean would take them, if they are meant as such".to_owned(),
    );
    for (word, times) in seen.words_for_nothing() {
        let rest = all - times;
        let other = if seen.numeric() == rest && rest > 0 {
            "; without it they would be numbers"
        } else if seen.temporal() == rest && rest > 0 {
            "; without it they would be dates"
        } else {
            ""
        };
        let nulls = match origin {
            Origin::Text => {
                format!(", and `copy_options: [\"NULL AS '{word}'\"]` would make it null in every column")
            }
            Origin::Json => String::new(),
        };
        say(times, format!("`{word}` stands in {}{other}{nulls}", counted(times, "row")));
    }
    let blanks = count(Look::Padded);
    say(blanks, format!("{} with blanks around what would else be more than text", counted(blanks, "value")));
    let fine = count(Look::TooFine);
    say(
        fine,
        format!(
            "{} with more than six decimals, which COPY takes into no timestamp",
            counted(fine, "moment")
        ),
    );
    let slashed = count(Look::SlashedDate);
    say(
        slashed,
        "dates with slashes or dots stay text: COPY would take the first number for the month where it can"
            .to_owned(),
    );
    let beyond = count(Look::BeyondDouble);
    say(beyond, format!("{} larger or smaller than any double", counted(beyond, "number")));
    say(
        if type_word == "float" { seen.numbers.inexact } else { 0 },
        format!(
            "{} with more digits than COPY keeps of a number of JSON; write them in quotes to keep all",
            counted(seen.numbers.inexact, "number")
        ),
    );
    say(seen.with_nul, format!("{} with a NUL, which COPY refuses", counted(seen.with_nul, "value")));
    let is_text = seen.nested == 0;
    say(
        u64::from(is_text && seen.longest > LONGEST),
        format!(
            "the longest value has more than {LONGEST} bytes, which no column takes: COPY refuses it, or cuts it"
        ),
    );
    say(
        u64::from(seen.longest_within > LONGEST),
        format!(
            "a text within has more than {LONGEST} bytes, which SUPER takes only where large texts are allowed"
        ),
    );
    say(u64::from(seen.deepest > DEEPEST), format!("nested {} deep, which SUPER may refuse", seen.deepest));
    say(u64::from(is_epoch(seen)), epoch(seen));
    remarks
}

/// Whether all are whole numbers that would be moments of 2000 to 2100, in seconds or milliseconds.
fn is_epoch(seen: &Observed) -> bool {
    epoch_unit(seen).is_some()
}

fn epoch_unit(seen: &Observed) -> Option<&'static str> {
    const SECONDS: std::ops::Range<i64> = 946_684_800..4_102_444_800;
    let Range { least, most } = seen.integer_range.filter(|_| seen.integers == seen.values())?;
    let within = |unit: i64| SECONDS.contains(&(least / unit)) && SECONDS.contains(&(most / unit));
    if within(1) {
        Some("epochsecs")
    } else if within(1000) {
        Some("epochmillisecs")
    } else {
        None
    }
}

fn epoch(seen: &Observed) -> String {
    let word = epoch_unit(seen).unwrap_or_default();
    format!(
        "if these are moments, `copy_options: [\"TIMEFORMAT '{word}'\"]` reads all timestamps so, and the type would be timestamp"
    )
}

fn signed(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(number.unsigned_abs()))
}

#[cfg(test)]
mod tests;
