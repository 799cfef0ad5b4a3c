//! What producers put on S3: how names are built, which file is meant, and what a table config says.
//!
//! Text in, facts out: listing and reading is the storage room's work.

pub mod format;
pub mod suffix;
pub mod layout;
pub mod manifest;
pub mod json_paths;
pub mod generated;
pub mod beside;
pub mod parts;
pub mod select;
pub mod content;
pub mod head;
pub mod placing;
pub mod parquet;
pub mod orc;
pub mod table_config;
