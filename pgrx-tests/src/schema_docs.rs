//! The documents of the data model, docs/schema: a page for each schema with its diagrams and what
//! the catalog and the COMMENTs say of its objects, and an index.
//!
//! They are made from a fresh database, are the same on every day, and name no partition.

mod catalog;
mod diagram;
mod index;
mod markdown;
mod page;
mod parts;
mod relation;
mod usual;

use std::collections::BTreeMap;

use postgres::Client;

pub use markdown::anchor;
use page::Page;
use usual::Usual;

/// The pages by file name.
///
/// An object without a COMMENT has no place in them: the error lists all of these.
pub fn generate(client: &mut Client) -> Result<BTreeMap<String, String>, Vec<String>> {
    let catalog = catalog::read(client)?;
    let usual = Usual::of(&catalog);
    let mut pages: BTreeMap<String, String> = catalog
        .schemas
        .iter()
        .map(|schema| {
            let page = Page {
                catalog: &catalog,
                usual: &usual,
                schema: &schema.name,
            };
            (format!("{}.md", schema.name), page.text(&schema.comment))
        })
        .collect();
    pages.insert("README.md".to_owned(), index::text(&catalog, &usual));
    Ok(pages)
}
