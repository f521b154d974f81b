//! Fugitive gases: refrigerants, fire suppressants and purchased industrial gases.
//!
//! Nobody meters a leak. It is the gap in a balance of what was bought, stored and recovered, or an estimate from the
//! capacity of the equipment. A balance below zero means that a record or its timing is wrong. It is returned as it is,
//! with a flag: a balance clamped to zero hides the mistake, and adds emissions that next year's balance counts again.
//!
//! All masses are in one unit of the caller's choice, and so is the result.

use crate::ghg::method::{MethodError, is_share, not_negative};
use crate::ratio::Ratio;

/// Mass of gas that a balance says has escaped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Released {
    /// Mass, below zero when more came back than went out.
    pub mass: Ratio,
    /// True below zero: a record is missing, or belongs to another year.
    pub negative: bool,
}

impl Released {
    fn new(mass: Ratio) -> Self {
        let negative = mass.is_negative();
        Self { mass, negative }
    }
}

/// The three signed terms of a full material balance.
///
/// # Source
/// US EPA Center for Corporate Climate Leadership, Direct Fugitive Emissions (2020), material balance method.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MaterialBalance {
    /// Gas in storage at the start less gas in storage at the end.
    pub inventory_change: Ratio,
    /// Gas bought or received less gas sold, returned or sent off.
    pub transferred: Ratio,
    /// Full charge of all equipment at the start less that at the end.
    pub capacity_change: Ratio,
}

impl MaterialBalance {
    /// Returns the mass that escaped: the sum of the three.
    pub fn released(&self) -> Released {
        Released::new(
            [&self.inventory_change, &self.transferred, &self.capacity_change].into_iter().cloned().sum(),
        )
    }
}

/// What the books of a year say, for a full material balance.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GasBooks {
    /// In storage on the first day.
    pub stored_at_start: Ratio,
    /// In storage on the last day.
    pub stored_at_end: Ratio,
    /// Bought, received, or delivered inside equipment.
    pub received: Ratio,
    /// Sold, returned to the supplier, recycled or destroyed elsewhere.
    pub sent_off: Ratio,
    /// Full charge of all equipment on the first day.
    pub capacity_at_start: Ratio,
    /// Full charge of all equipment on the last day.
    pub capacity_at_end: Ratio,
}

impl GasBooks {
    /// Returns the signed terms of the balance.
    ///
    /// # Errors
    /// `Negative` for any mass below zero.
    pub fn balance(&self) -> Result<MaterialBalance, MethodError> {
        for (mass, what) in [
            (&self.stored_at_start, "gas in storage at the start"),
            (&self.stored_at_end, "gas in storage at the end"),
            (&self.received, "gas received"),
            (&self.sent_off, "gas sent off"),
            (&self.capacity_at_start, "equipment capacity at the start"),
            (&self.capacity_at_end, "equipment capacity at the end"),
        ] {
            not_negative(mass, what)?;
        }
        Ok(MaterialBalance {
            inventory_change: &self.stored_at_start - &self.stored_at_end,
            transferred: &self.received - &self.sent_off,
            capacity_change: &self.capacity_at_start - &self.capacity_at_end,
        })
    }
}

/// What a service company's invoices say, for the simplified material balance (equipment serviced by others).
///
/// # Source
/// US EPA Center for Corporate Climate Leadership, Direct Fugitive Emissions (2020), simplified material balance method.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServiceRecords {
    /// Gas charged into new units (zero if they came charged).
    pub new_charge: Ratio,
    /// Full charge of those new units (zero if they came charged).
    pub new_capacity: Ratio,
    /// Gas added to existing units.
    pub recharge: Ratio,
    /// Full charge of units taken out of service.
    pub disposed_capacity: Ratio,
    /// Gas recovered from those units.
    pub recovered: Ratio,
}

impl ServiceRecords {
    /// Returns the mass that escaped: `(charge - capacity) + recharge + (disposed capacity - recovered)`.
    ///
    /// # Errors
    /// `Negative` for any mass below zero.
    pub fn released(&self) -> Result<Released, MethodError> {
        for (mass, what) in [
            (&self.new_charge, "charge of new units"),
            (&self.new_capacity, "capacity of new units"),
            (&self.recharge, "recharge of existing units"),
            (&self.disposed_capacity, "capacity of disposed units"),
            (&self.recovered, "gas recovered from disposed units"),
        ] {
            not_negative(mass, what)?;
        }
        let installed = &self.new_charge - &self.new_capacity;
        let disposed = &self.disposed_capacity - &self.recovered;
        Ok(Released::new(&(&installed + &self.recharge) + &disposed))
    }
}

/// Default rates of one type of equipment, for screening.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LeakRates {
    /// Share of a new unit's charge lost while it is installed.
    pub installation: Ratio,
    /// Share of the capacity lost in a year of operation.
    pub operation_per_year: Ratio,
    /// Share of the capacity that is left when a unit is taken out of service.
    pub remaining_at_disposal: Ratio,
    /// Share of what is left that is recovered.
    pub recovery: Ratio,
}

/// Equipment of one type and gas, for screening.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Equipment {
    /// Gas charged into new units on site.
    pub new_charge: Ratio,
    /// Full charge of units in operation.
    pub operating_capacity: Ratio,
    /// Time in operation, in years.
    pub years: Ratio,
    /// Full charge of units taken out of service.
    pub disposed_capacity: Ratio,
}

/// Returns the mass that escapes at default rates: installation, operation and disposal.
///
/// It is good enough to see whether a source matters; EPA advises against it for one that does. Fire suppression has
/// only the operation part.
///
/// # Errors
/// `Negative` for a mass or time below zero; `Share` for a rate outside of 0..1.
///
/// # Source
/// IPCC 2006 Guidelines, volume 3, chapter 7; US EPA, Direct Fugitive Emissions (2020), screening method.
pub fn screening(equipment: &Equipment, rates: &LeakRates) -> Result<Ratio, MethodError> {
    not_negative(&equipment.new_charge, "charge of new units")?;
    not_negative(&equipment.operating_capacity, "capacity of operating units")?;
    not_negative(&equipment.years, "time in operation")?;
    not_negative(&equipment.disposed_capacity, "capacity of disposed units")?;
    is_share(&rates.installation, "installation leak rate")?;
    is_share(&rates.operation_per_year, "operating leak rate")?;
    is_share(&rates.remaining_at_disposal, "share remaining at disposal")?;
    is_share(&rates.recovery, "recovery efficiency")?;
    let installed = &equipment.new_charge * &rates.installation;
    let operated = &(&equipment.operating_capacity * &rates.operation_per_year) * &equipment.years;
    let lost = &Ratio::one() - &rates.recovery;
    let disposed = &(&equipment.disposed_capacity * &rates.remaining_at_disposal) * &lost;
    Ok(&(&installed + &operated) + &disposed)
}

/// Returns the mass of a purchased industrial gas (CO2, SF6, propellants, ...) that escapes: all of what was bought,
/// less what the stock grew by and what was sent back.
///
/// # Errors
/// `Negative` for a purchase below zero.
pub fn purchased_gas(
    purchased: &Ratio,
    stock_growth: &Ratio,
    sent_off: &Ratio,
) -> Result<Released, MethodError> {
    not_negative(purchased, "gas purchased")?;
    not_negative(sent_off, "gas sent off")?;
    Ok(Released::new(&(purchased - stock_growth) - sent_off))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(value: i64) -> Ratio {
        Ratio::from(value)
    }

    fn books() -> GasBooks {
        GasBooks {
            stored_at_start: n(50),
            stored_at_end: n(30),
            received: n(100),
            sent_off: n(10),
            capacity_at_start: n(400),
            capacity_at_end: n(460),
        }
    }

    #[test]
    fn a_full_balance_is_what_the_books_cannot_account_for() {
        // 20 out of storage + 90 bought - 60 now in new equipment = 50.
        let released = books().balance().unwrap().released();
        assert_eq!(released, Released { mass: n(50), negative: false });
    }

    #[test]
    fn a_negative_balance_is_shown_and_not_clamped() {
        let wrong = GasBooks { received: n(0), ..books() };
        let released = wrong.balance().unwrap().released();
        assert_eq!(released, Released { mass: n(-50), negative: true });
    }

    #[test]
    fn a_mass_below_zero_is_refused() {
        let wrong = GasBooks { received: n(-1), ..books() };
        let error = wrong.balance().unwrap_err();
        assert_eq!(error.code(), "method.negative");
        assert!(error.to_string().contains("gas received"));
    }

    #[test]
    fn a_rate_in_percent_is_refused() {
        let equipment =
            Equipment { new_charge: n(1), operating_capacity: n(1), years: n(1), disposed_capacity: n(1) };
        let rates = LeakRates {
            installation: n(0),
            operation_per_year: n(10),
            remaining_at_disposal: n(0),
            recovery: n(0),
        };
        assert_eq!(screening(&equipment, &rates).unwrap_err().code(), "method.share");
    }

    #[test]
    fn gas_kept_in_stock_has_not_escaped() {
        assert_eq!(purchased_gas(&n(10), &n(4), &n(1)).unwrap().mass, n(5));
        assert!(purchased_gas(&n(10), &n(11), &n(0)).unwrap().negative);
    }
}
