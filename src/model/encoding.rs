//! How Redshift packs the values of a column.

use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::model::column_type::ColumnType;

/// A word behind ENCODE (redshift-facts 2.14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum Encoding {
    Az64,
    Bytedict,
    Delta,
    Delta32k,
    Lzo,
    Mostly8,
    Mostly16,
    Mostly32,
    Raw,
    Runlength,
    Text255,
    Text32k,
    Zstd,
}

impl Encoding {
    /// Their words in configs.
    pub const WORDS: &[&str] = Self::VARIANTS;

    /// Reads a word of a config, in any case, or of the catalog, to which `none` is raw; `None` for other words.
    pub fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "none" => Some(Self::Raw),
            word => word.parse().ok(),
        }
    }

    pub fn word(self) -> &'static str {
        self.into()
    }

    /// Whether it is made for values of such a type. Of the others Redshift is the judge: what AWS says of them changes
    /// with its versions.
    pub fn can_pack(self, column_type: ColumnType) -> bool {
        match self {
            Self::Text255 | Self::Text32k => matches!(column_type, ColumnType::Varchar(_)),
            Self::Mostly8 | Self::Mostly16 | Self::Mostly32 | Self::Delta | Self::Delta32k => !matches!(
                column_type,
                ColumnType::Boolean
                    | ColumnType::Char(_)
                    | ColumnType::Varchar(_)
                    | ColumnType::Super
                    | ColumnType::Varbyte(_)
            ),
            Self::Az64 => !matches!(
                column_type,
                ColumnType::Boolean
                    | ColumnType::Real
                    | ColumnType::DoublePrecision
                    | ColumnType::Char(_)
                    | ColumnType::Varchar(_)
                    | ColumnType::Super
                    | ColumnType::Varbyte(_)
            ),
            Self::Bytedict | Self::Lzo | Self::Raw | Self::Runlength | Self::Zstd => true,
        }
    }

    /// Whether a VARCHAR that is packed so can be widened (redshift-facts 2.2).
    pub fn can_widen(self) -> bool {
        !matches!(self, Self::Bytedict | Self::Runlength | Self::Text255 | Self::Text32k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogs_none_is_raw_and_case_does_not_matter() {
        assert_eq!(Encoding::parse("none"), Some(Encoding::Raw));
        assert_eq!(Encoding::parse("RAW"), Some(Encoding::Raw));
        assert_eq!(Encoding::parse("TEXT32K"), Some(Encoding::Text32k));
        assert_eq!(Encoding::parse("gzip"), None);
    }

    #[test]
    fn an_encoding_for_texts_packs_no_numbers() {
        assert!(Encoding::Text255.can_pack(ColumnType::Varchar(9)));
        assert!(!Encoding::Text255.can_pack(ColumnType::Char(9)));
        assert!(!Encoding::Az64.can_pack(ColumnType::Varchar(9)));
        assert!(!Encoding::Mostly8.can_pack(ColumnType::Varchar(9)));
        assert!(Encoding::Az64.can_pack(ColumnType::TimestampTz));
    }
}
