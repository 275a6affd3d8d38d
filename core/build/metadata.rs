//! The number plans, as the crate `rlibphonenumber` carries them.
//!
//! It is asked for what it has decoded from Google's metadata; its own automata and rules are not
//! used. Its wrappers keep every pattern apart from the record that it stands in.

use rlibphonenumber::interfaces::AsOriginal;
use rlibphonenumber::{NumberFormat, PHONE_NUMBER_UTIL, PhoneNumberDesc, Region};

use crate::Result;

/// The release of Google's metadata that the crate carries. It states it in its readme only, hence
/// the exact pin in Cargo.toml: both move together.
pub const VERSION: &str = "9.0.42";

/// What is known of the numbers of a kind.
pub struct Description {
    pub pattern: String,
    /// Bit `n` stands for length `n`. 0 where the metadata leaves it to the general description.
    pub lengths: u32,
    /// Lengths of numbers that can be dialled within an area alone.
    pub local_lengths: u32,
}

/// How numbers are written.
pub struct Format {
    pub pattern: String,
    pub leading_digits: Option<String>,
    pub format: String,
    /// How the first group is written, where the number is written for its own country.
    pub national_rule: String,
}

/// The plan of a region, or of an entity that is no region.
pub struct Plan {
    /// ISO 3166-1 alpha-2, or `001`, the world.
    pub id: String,
    pub general: Description,
    /// By kind, fixed lines and mobile ones last. `None`: there are no such numbers.
    pub types: Vec<Option<Description>>,
    pub same_fixed_and_mobile: bool,
    pub international_prefix: String,
    pub national_prefix: String,
    pub national_prefix_rule: String,
    pub leading_digits: String,
    pub extension_prefix: Option<String>,
    pub national_formats: Vec<Format>,
    pub international_formats: Vec<Format>,
}

/// A calling code with its plans, of which the first is the main one.
pub struct CallingCode {
    pub code: u16,
    pub plans: Vec<Plan>,
}

/// Everything, by calling code.
pub fn read() -> Result<Vec<CallingCode>> {
    let util = &*PHONE_NUMBER_UTIL;
    let mut codes: Vec<i32> = util.get_supported_calling_codes().collect();
    codes.sort_unstable();
    codes
        .into_iter()
        .map(|code| {
            let regions = util
                .get_regions_for_country_calling_code(code)
                .ok_or_else(|| format!("calling code {code} without a region"))?;
            let plans = regions
                .map(|region| plan(code, region))
                .collect::<Result<_>>()?;
            Ok(CallingCode {
                code: code.try_into()?,
                plans,
            })
        })
        .collect()
}

fn plan(code: i32, region: Region) -> Result<Plan> {
    let metadata = PHONE_NUMBER_UTIL
        .as_original()
        .get_metadata_for_region_or_calling_code(code, region)
        .ok_or_else(|| format!("no metadata of {region:?}"))?;
    let original = &metadata.original;
    if original.country_code() != code {
        return Err(format!("{region:?} has two calling codes").into());
    }
    // A wrapper's type has no name outside the crate, and neither has a function's argument of it.
    macro_rules! description {
        ($kind:ident) => {
            describe(
                metadata.$kind.national_number_pattern().original_base(),
                &metadata.$kind.original,
            )?
        };
    }
    macro_rules! formats {
        ($list:ident) => {
            metadata
                .$list
                .iter()
                .map(|format| {
                    // The last pattern is the most detailed, and the only one that decides.
                    let leading = format.leading_digits_pattern().last();
                    format_of(
                        format.pattern().original_base(),
                        leading.map(|leading| leading.original_base()),
                        &format.original,
                    )
                })
                .collect()
        };
    }
    let general = description!(general_desc).ok_or("no general description")?;
    Ok(Plan {
        id: original.id.clone(),
        general,
        types: vec![
            description!(premium_rate),
            description!(toll_free),
            description!(shared_cost),
            description!(voip),
            description!(personal_number),
            description!(pager),
            description!(uan),
            description!(voicemail),
            description!(fixed_line),
            description!(mobile),
        ],
        same_fixed_and_mobile: original.same_mobile_and_fixed_line_pattern(),
        international_prefix: metadata.international_prefix().original_base().to_owned(),
        national_prefix: metadata
            .national_prefix_for_parsing()
            .original_base()
            .to_owned(),
        national_prefix_rule: original.national_prefix_transform_rule().to_owned(),
        leading_digits: metadata.leading_digits().original_base().to_owned(),
        extension_prefix: original.preferred_extn_prefix.clone(),
        national_formats: formats!(number_format),
        international_formats: formats!(intl_number_format),
    })
}

fn describe(pattern: &str, original: &PhoneNumberDesc) -> Result<Option<Description>> {
    // A kind without numbers has no pattern, or -1 for its one possible length.
    if pattern.is_empty() || original.possible_length == [-1] {
        return Ok(None);
    }
    Ok(Some(Description {
        pattern: pattern.to_owned(),
        lengths: set_of(&original.possible_length)?,
        local_lengths: set_of(&original.possible_length_local_only)?,
    }))
}

fn set_of(lengths: &[i32]) -> Result<u32> {
    lengths.iter().try_fold(0, |set, &length| match length {
        1..32 => Ok(set | 1 << length),
        _ => Err(format!("a number {length} digits long").into()),
    })
}

fn format_of(pattern: &str, leading_digits: Option<&str>, original: &NumberFormat) -> Format {
    Format {
        pattern: pattern.to_owned(),
        leading_digits: leading_digits.map(str::to_owned),
        format: original.format.clone(),
        national_rule: original.national_prefix_formatting_rule().to_owned(),
    }
}
