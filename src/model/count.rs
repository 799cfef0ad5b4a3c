//! Numbers as sentences write them.

/// With a comma at each thousand: `9,120`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// So many of a thing: `1 row`, `9,120 rows`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let written = [0, 7, 999, 1_000, 65_535, 1_234_567].map(grouped);
        assert_eq!(written, ["0", "7", "999", "1,000", "65,535", "1,234,567"]);
        assert_eq!([1, 1_000].map(|number| counted(number, "row")), ["1 row", "1,000 rows"]);
    }
}
