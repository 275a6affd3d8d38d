//! A JSON object each of whose members is there once, and the kinds of values that claims have.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use super::Refusal;
use crate::uuid;

/// The members of an object. Of a name that is there twice, parsers choose one or the other, and
/// who signs may mean another one than who verifies (RFC 7519, section 4).
pub struct Members(BTreeMap<String, Value>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Unique;

        impl<'de> Visitor<'de> for Unique {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom("a member is there twice"));
                    }
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Unique)
    }
}

impl Members {
    /// The member's value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A time, in whole seconds since 1970; `None` where there is no such member.
    ///
    /// RFC 7519 allows fractions, which no issuer needs and every reader rounds in its own way.
    pub fn seconds(&self, name: &'static str) -> Result<Option<i64>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match value.as_i64() {
                Some(seconds) if seconds >= 0 => Ok(Some(seconds)),
                _ => Err(Refusal::NotSeconds(name)),
            },
        }
    }

    /// A UUID; `None` where there is no such member.
    pub fn uuid(&self, name: &str) -> Result<Option<[u8; 16]>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value
                .as_str()
                .and_then(|text| uuid::parse(text.as_bytes()))
                .map(Some)
                .ok_or_else(|| Refusal::NotUuid(name.to_owned())),
        }
    }

    /// Whether `aud` is this text, or texts of which this is one.
    pub fn has_audience(&self, audience: &str) -> bool {
        match self.get("aud") {
            Some(Value::String(only)) => only == audience,
            Some(Value::Array(all)) => {
                all.iter().all(Value::is_string) && all.iter().any(|one| one == audience)
            }
            _ => false,
        }
    }
}
