//! Places: how the region that telemetry names becomes the regions that factors are published for.
//!
//! A cloud region is a name, not a grid; a ZIP code can lie in two grids. Each step from the sender's word to a factor's
//! geography is kept, so that an assumption (which grid a provider's region draws from) shows in the answer.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::error::FactorError;
use crate::nearest::nearest;

/// The whole world, the last parent of every region.
pub const GLOBAL: &str = "GLOBAL";

/// One place in the chain from exact to wide.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// ISO 3166 code, eGRID subregion or `GLOBAL`.
    pub code: String,
    /// How it follows from the place before; none for the sender's own word.
    pub step: Option<String>,
    /// True when it is a wider place than was asked for, so that using it is a fallback.
    pub wider: bool,
}

#[derive(Deserialize)]
struct CloudFile {
    regions: HashMap<String, CloudRegion>,
}

/// A region of a cloud provider.
#[derive(Clone, Debug, Deserialize)]
pub struct CloudRegion {
    /// `aws`, `gcp`, `azure`, ...
    pub provider: String,
    /// Place as the provider prints it.
    pub place: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// ISO 3166-2, where the printed place lies in one.
    #[serde(default)]
    pub subdivision: Option<String>,
    /// eGRID subregion, where it is in the United States.
    #[serde(default)]
    pub egrid_subregion: Option<String>,
    /// How the subregion is known.
    #[serde(default)]
    pub egrid_note: Option<String>,
}

#[derive(Deserialize)]
struct ZipFile {
    lists: Vec<ZipList>,
}

#[derive(Deserialize)]
struct ZipList {
    subregions: Vec<String>,
    zips: String,
}

#[derive(Deserialize)]
struct StateFile {
    states: Vec<State>,
}

#[derive(Deserialize)]
struct State {
    state: String,
    subregions: Vec<StateShare>,
}

#[derive(Deserialize)]
struct StateShare {
    subregion: String,
}

fn cloud_regions() -> &'static HashMap<String, CloudRegion> {
    static MAP: OnceLock<HashMap<String, CloudRegion>> = OnceLock::new();
    MAP.get_or_init(|| {
        let file: CloudFile = serde_json::from_str(include_str!("../../data/geography/cloud-regions.json"))
            .expect("the importers write this file and a test reads it");
        file.regions
    })
}

fn states() -> &'static HashMap<String, Vec<String>> {
    static MAP: OnceLock<HashMap<String, Vec<String>>> = OnceLock::new();
    MAP.get_or_init(|| {
        let file: StateFile = serde_json::from_str(include_str!("../../data/geography/us-state.json"))
            .expect("the importers write this file and a test reads it");
        let list = |s: State| (s.state, s.subregions.into_iter().map(|x| x.subregion).collect());
        file.states.into_iter().map(list).collect()
    })
}

/// eGRID subregions, as the crosswalk of states names them.
fn is_subregion(code: &str) -> bool {
    states().values().flatten().any(|s| s == code)
}

/// Returns the eGRID subregions that serve a five-digit US ZIP code: more than one where utilities share it.
///
/// # Source
/// US EPA, Power Profiler, ZIP codes by utility and subregion (eGRID2023).
pub fn zip_subregions(zip: &str) -> Vec<String> {
    static FILE: OnceLock<ZipFile> = OnceLock::new();
    let file = FILE.get_or_init(|| {
        serde_json::from_str(include_str!("../../data/geography/us-zip.json"))
            .expect("the importers write this file and a test reads it")
    });
    let inside = |range: &str| match range.split_once('-') {
        Some((first, last)) => first <= zip && zip <= last,
        None => range == zip,
    };
    let list = file.lists.iter().find(|list| list.zips.split(' ').any(inside));
    list.map(|l| l.subregions.clone()).unwrap_or_default()
}

/// Returns the eGRID subregions of a US state such as `US-CA`.
pub fn state_subregions(state: &str) -> Vec<String> {
    states().get(state).cloned().unwrap_or_default()
}

/// Returns the cloud region of this name.
pub fn cloud_region(name: &str) -> Option<&'static CloudRegion> {
    cloud_regions().get(name)
}

/// ISO 3166-1 alpha-2 codes.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// True for an ISO 3166-1 alpha-2 code (and XK, which has none but publishes factors).
pub fn is_country(code: &str) -> bool {
    code.len() == 2 && COUNTRIES.split(' ').any(|c| c == code)
}

/// Returns the chain of places for the sender's word, the most exact first, `GLOBAL` last.
///
/// `custom` says whether a set of the user's own has factors for the word itself.
///
/// # Errors
/// `Region` when nothing is known of it, `RegionAmbiguous` for a ZIP code or state that lies in several subregions
/// and has no factor of its own.
pub fn places(region: &str, custom: impl Fn(&str) -> bool) -> Result<Vec<Place>, FactorError> {
    let own = |code: &str| Place { code: code.to_owned(), step: None, wider: false };
    let mut chain = vec![own(region)];
    let next = |code: &str, step: String, wider| Place { code: code.to_owned(), step: Some(step), wider };
    let zip = region.strip_prefix("US-").unwrap_or(region);
    if custom(region) || region == GLOBAL {
        // The user's own place: its parents follow as for any other code.
        if let Some((country, _)) = region.split_once('-').filter(|(c, _)| is_country(c)) {
            chain.push(next(country, format!("{country} is the country of {region}"), true));
        }
    } else if is_country(region) {
    } else if zip.len() == 5 && zip.bytes().all(|b| b.is_ascii_digit()) {
        let found = zip_subregions(zip);
        match found.as_slice() {
            [one] => {
                chain.push(next(one, format!("ZIP {zip} lies in eGRID subregion {one}"), false));
                chain.push(next("US", format!("US is the country of {one}"), true));
            }
            [] => return Err(FactorError::Region { region: region.to_owned(), nearest: Vec::new() }),
            _ => return Err(FactorError::RegionAmbiguous { region: region.to_owned(), regions: found }),
        }
    } else if let Some((country, rest)) =
        region.split_once('-').filter(|(c, r)| is_country(c) && is_subdivision(r))
    {
        if country == "US" && rest.len() == 4 && !is_subregion(region) {
            let known: Vec<&str> = states().values().flatten().map(String::as_str).collect();
            return Err(FactorError::Region { region: region.to_owned(), nearest: nearest(region, known) });
        }
        chain.push(next(country, format!("{country} is the country of {region}"), true));
    } else {
        let Some(cloud) = cloud_region(region) else {
            let known = cloud_regions().keys().map(String::as_str).chain(COUNTRIES.split(' '));
            return Err(FactorError::Region { region: region.to_owned(), nearest: nearest(region, known) });
        };
        let at = format!("{region} of {} is in {}", cloud.provider, cloud.place);
        if let Some(egrid) = &cloud.egrid_subregion {
            let note = cloud.egrid_note.as_deref().unwrap_or("the subregion is assumed");
            chain.push(next(egrid, format!("{at}; eGRID subregion {egrid}: {note}"), false));
        } else if let Some(subdivision) = &cloud.subdivision {
            chain.push(next(subdivision, format!("{at}, {subdivision}"), false));
        }
        chain.push(next(&cloud.country, format!("{at}, {}", cloud.country), cloud.egrid_subregion.is_some()));
    }
    if region != GLOBAL {
        chain.push(next(GLOBAL, format!("the world is wider than {region}"), true));
    }
    Ok(chain)
}

/// ISO 3166-2 subdivision or eGRID subregion: one to four capital letters or digits.
fn is_subdivision(code: &str) -> bool {
    (1..=4).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(region: &str) -> Vec<String> {
        places(region, |_| false).unwrap().into_iter().map(|p| p.code).collect()
    }

    #[test]
    fn a_place_has_its_parents_behind_it() {
        assert_eq!(codes("US-CAMX"), ["US-CAMX", "US", "GLOBAL"]);
        assert_eq!(codes("GB"), ["GB", "GLOBAL"]);
        assert_eq!(codes("GB-SCT"), ["GB-SCT", "GB", "GLOBAL"]);
        assert_eq!(codes("us-west-1"), ["us-west-1", "US-CAMX", "US", "GLOBAL"]);
        assert_eq!(codes("94105"), ["94105", "US-CAMX", "US", "GLOBAL"]);
    }

    #[test]
    fn an_unknown_place_is_refused_with_the_nearest() {
        let error = places("us-wset-1", |_| false).unwrap_err();
        assert_eq!(error.code(), "geography.unknown");
        assert!(error.to_string().contains("us-west-1"), "{error}");
        assert_eq!(places("US-CAMY", |_| false).unwrap_err().code(), "geography.unknown");
        assert_eq!(places("", |_| false).unwrap_err().code(), "geography.unknown");
        assert_eq!(places("XX", |_| false).unwrap_err().code(), "geography.unknown");
    }
}
