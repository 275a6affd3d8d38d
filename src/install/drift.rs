//! What of the model `maint.schema_drift()` can know without any record: the scripts' own objects.

use pg_crm_core::ddl::Object;
use pgrx::prelude::*;

use super::model;

/// Kind and name of every object that a statement of the scripts makes.
#[pg_extern(schema = "maint", stable, parallel_safe)]
fn model_objects() -> TableIterator<
    'static,
    (
        name!(object_kind, Option<String>),
        name!(object_name, Option<String>),
    ),
> {
    let objects = model::statements().iter().filter_map(|s| {
        if matches!(
            s.object,
            Object::Default { .. } | Object::Comment(_) | Object::ColumnComment { .. }
        ) {
            return None;
        }
        let described = s.object.describe();
        let (kind, name) = match described.strip_prefix("event trigger ") {
            Some(name) => ("event trigger", name),
            None => described.split_once(' ')?,
        };
        Some((Some(kind.to_owned()), Some(name.to_owned())))
    });
    TableIterator::new(objects.collect::<Vec<_>>())
}
