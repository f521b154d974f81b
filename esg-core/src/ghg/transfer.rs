//! Data transfer: what a byte over the internet costs, by three published models.
//!
//! They are averages over everything between server and screen, and they disagree by a factor of two. So the model is a
//! choice that the caller makes, the coefficients stand here with their source, and the result keeps its segments.
//! A gigabyte is 10^9 bytes.

use crate::decimal::Decimal;
use crate::ghg::method::{MethodError, is_share, not_negative};
use crate::ratio::Ratio;

/// Parts of the system.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Segments {
    /// Data centres.
    pub data_centre: Ratio,
    /// Networks.
    pub network: Ratio,
    /// Devices of the users.
    pub device: Ratio,
}

impl Segments {
    /// Returns the same value for each segment: one grid for all, for example.
    pub fn uniform(value: Ratio) -> Self {
        Self { data_centre: value.clone(), network: value.clone(), device: value }
    }

    /// Returns the sum of the segments.
    pub fn total(&self) -> Ratio {
        [&self.data_centre, &self.network, &self.device].into_iter().cloned().sum()
    }

    fn zip(&self, other: &Self, f: impl Fn(&Ratio, &Ratio) -> Ratio) -> Self {
        Self {
            data_centre: f(&self.data_centre, &other.data_centre),
            network: f(&self.network, &other.network),
            device: f(&self.device, &other.device),
        }
    }

    fn map(&self, f: impl Fn(&Ratio) -> Ratio) -> Self {
        self.zip(self, |a, _| f(a))
    }
}

/// Emissions of a data transfer, in grams CO2e.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Transfer {
    /// From the electricity used.
    pub operational_g: Segments,
    /// From making the equipment.
    pub embodied_g: Segments,
}

impl Transfer {
    /// Returns operational and embodied emissions by segment.
    pub fn segments(&self) -> Segments {
        self.operational_g.zip(&self.embodied_g, |a, b| a + b)
    }

    /// Returns all emissions.
    pub fn total(&self) -> Ratio {
        &self.operational_g.total() + &self.embodied_g.total()
    }

    /// Returns the emissions of an average visit to a page of which this is the first load.
    ///
    /// # Errors
    /// `Share`; `Range` when first and return visits are more than all visits.
    pub fn per_visit(&self, visits: &Visits) -> Result<Self, MethodError> {
        let share = visits.loaded_share()?;
        Ok(Self {
            operational_g: self.operational_g.map(|g| g * &share),
            embodied_g: self.embodied_g.map(|g| g * &share),
        })
    }
}

/// How often a page is loaded anew.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Visits {
    /// Share of visits that load everything.
    pub first: Ratio,
    /// Share of visits that find most of it in their cache.
    pub returning: Ratio,
    /// Share of the data that those load again.
    pub reloaded: Ratio,
}

impl Visits {
    fn loaded_share(&self) -> Result<Ratio, MethodError> {
        is_share(&self.first, "share of first visits")?;
        is_share(&self.returning, "share of return visits")?;
        is_share(&self.reloaded, "share of data reloaded")?;
        let visits = &self.first + &self.returning;
        if visits > Ratio::one() {
            return Err(MethodError::Range {
                what: "share of first and return visits",
                value: visits.to_string(),
                rule: "at most 1".to_owned(),
            });
        }
        Ok(&self.first + &(&self.returning * &self.reloaded))
    }
}

/// Returns a coefficient written as digits and decimal places.
fn coefficient(digits: i64, places: u32) -> Ratio {
    Decimal::new(digits.into(), places).expect("a coefficient has a few digits").into()
}

fn gigabytes(bytes: &Ratio) -> Result<Ratio, MethodError> {
    not_negative(bytes, "data transferred")?;
    Ok(bytes * &coefficient(1, 9))
}

/// Sustainable Web Design Model, version 4.
///
/// Embodied emissions always take the world's grid: the equipment was not made where it runs.
///
/// # Source
/// Sustainable Web Design, Estimating Digital Emissions (2024), <https://sustainablewebdesign.org/estimating-digital-emissions/>,
/// CC BY 4.0: operational kWh/GB 0.055, 0.059, 0.080; embodied kWh/GB 0.012, 0.013, 0.081; 494 g CO2e/kWh (Ember, world 2022).
pub mod swdm4 {
    use super::{MethodError, Ratio, Segments, Transfer, coefficient, gigabytes, is_share};

    /// Returns the world's average grid intensity of the model, in g CO2e per kWh.
    pub fn world_grid() -> Ratio {
        Ratio::from(494)
    }

    /// Returns operational energy in kWh per gigabyte.
    pub fn operational_kwh_per_gb() -> Segments {
        Segments { data_centre: coefficient(55, 3), network: coefficient(59, 3), device: coefficient(80, 3) }
    }

    /// Returns embodied energy in kWh per gigabyte.
    pub fn embodied_kwh_per_gb() -> Segments {
        Segments { data_centre: coefficient(12, 3), network: coefficient(13, 3), device: coefficient(81, 3) }
    }

    /// Returns the emissions of `bytes`, with the grid of each segment in g CO2e per kWh.
    ///
    /// `green_share` is the part of the data centre's electricity that the model counts as free of emissions.
    ///
    /// # Errors
    /// `Negative`, `Share`.
    pub fn transfer(
        bytes: &Ratio,
        grid_g_per_kwh: &Segments,
        green_share: &Ratio,
    ) -> Result<Transfer, MethodError> {
        is_share(green_share, "green hosting share")?;
        let gb = gigabytes(bytes)?;
        let world = world_grid();
        let mut operational_g = operational_kwh_per_gb().zip(grid_g_per_kwh, |kwh, grid| &(kwh * &gb) * grid);
        operational_g.data_centre = &operational_g.data_centre * &(&Ratio::one() - green_share);
        let embodied_g = embodied_kwh_per_gb().map(|kwh| &(kwh * &gb) * &world);
        Ok(Transfer { operational_g, embodied_g })
    }
}

/// Sustainable Web Design Model, version 3; superseded in 2024, kept to replay older figures.
///
/// # Source
/// Sustainable Web Design, Calculating Digital Emissions (2021): 0.81 kWh/GB, of which device 52 %, network 14 %, data
/// centre 15 %, production 19 %; renewable electricity at 50 g CO2e/kWh.
pub mod swdm3 {
    use super::{MethodError, Ratio, Segments, Transfer, coefficient, gigabytes};

    /// Returns the world's average grid intensity that co2.js 0.19 takes with this model, in g CO2e per kWh (Ember).
    pub fn world_grid() -> Ratio {
        coefficient(47_294, 2)
    }

    /// Returns the intensity of a data centre on renewable electricity, in g CO2e per kWh.
    pub fn renewable_grid() -> Ratio {
        Ratio::from(50)
    }

    /// Returns the emissions of `bytes`, with the grid of each segment in g CO2e per kWh.
    ///
    /// Production takes the `world_grid`, and is shown as embodied emissions of devices. For a green host, pass
    /// [`renewable_grid`] as the data centre's grid.
    ///
    /// # Errors
    /// `Negative`.
    pub fn transfer(
        bytes: &Ratio,
        grid_g_per_kwh: &Segments,
        world_grid_g_per_kwh: &Ratio,
    ) -> Result<Transfer, MethodError> {
        let kwh = &gigabytes(bytes)? * &coefficient(81, 2);
        let shares = Segments {
            data_centre: coefficient(15, 2),
            network: coefficient(14, 2),
            device: coefficient(52, 2),
        };
        let operational_g = shares.zip(grid_g_per_kwh, |share, grid| &(&kwh * share) * grid);
        let production = &(&kwh * &coefficient(19, 2)) * world_grid_g_per_kwh;
        let embodied_g = Segments { device: production, ..Segments::uniform(Ratio::zero()) };
        Ok(Transfer { operational_g, embodied_g })
    }
}

/// The 1byte model of The Shift Project: data centres and networks only, without devices; kept to replay older figures.
///
/// # Source
/// The Shift Project, Lean ICT (2018), as co2.js applies it: 7.2e-11 kWh per byte in data centres; 4.29e-10 (wired),
/// 1.52e-10 (Wi-Fi) and 8.84e-10 (4G) in networks, averaged; 519 g CO2e/kWh, and 475 for networks of a green host.
pub mod one_byte {
    use super::{MethodError, Ratio, Segments, Transfer, coefficient, not_negative};

    /// Returns the emissions of `bytes`; a green host has no emissions in its data centre.
    ///
    /// # Errors
    /// `Negative`.
    pub fn transfer(bytes: &Ratio, green_host: bool) -> Result<Transfer, MethodError> {
        not_negative(bytes, "data transferred")?;
        let (data_centre_grid, network_grid) = if green_host { (0, 475) } else { (519, 519) };
        let kinds = coefficient(429, 12) + coefficient(152, 12) + coefficient(884, 12);
        let network = &kinds * &Ratio::new(1, 3).expect("three is not zero");
        let operational_g = Segments {
            data_centre: &(bytes * &coefficient(72, 12)) * &Ratio::from(data_centre_grid),
            network: &(bytes * &network) * &Ratio::from(network_grid),
            device: Ratio::zero(),
        };
        Ok(Transfer { operational_g, embodied_g: Segments::uniform(Ratio::zero()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    #[test]
    fn a_gigabyte_is_148_grams_in_version_4() {
        // (0.055 + 0.059 + 0.080 + 0.012 + 0.013 + 0.081) x 494 = 0.3 x 494.
        let world = Segments::uniform(swdm4::world_grid());
        let gigabyte = swdm4::transfer(&ratio("1e9"), &world, &Ratio::zero()).unwrap();
        assert_eq!(gigabyte.total(), ratio("148.2"));
        let half = Visits { first: ratio("0.75"), returning: ratio("0.25"), reloaded: ratio("0.2") };
        assert_eq!(gigabyte.per_visit(&half).unwrap().total(), ratio("118.56"));
    }

    #[test]
    fn impossible_traffic_is_refused() {
        let world = Segments::uniform(swdm4::world_grid());
        let transfer = |bytes: &str, green: &str| swdm4::transfer(&ratio(bytes), &world, &ratio(green));
        assert_eq!(transfer("-1", "0").unwrap_err().code(), "method.negative");
        assert_eq!(transfer("1", "2").unwrap_err().code(), "method.share");
        let visits = Visits { first: ratio("0.75"), returning: ratio("0.5"), reloaded: ratio("0.2") };
        assert_eq!(transfer("1", "0").unwrap().per_visit(&visits).unwrap_err().code(), "method.range");
    }
}
