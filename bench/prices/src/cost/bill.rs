//! A bill in the making: parts add items to it, each priced by the snapshot. What is not used is not an item.

use serde::Serialize;

use crate::{PriceError, PriceKey, Snapshot};

/// Which part of a way an item is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What runs the service.
    Compute,
    /// Where the count is kept.
    Store,
    /// What stands before it, balancers aside.
    Front,
    /// A load balancer: the original study shows it apart.
    Balancer,
}

/// What an item's quantity goes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grows {
    /// It is there each month, calls or not.
    WithTime,
    /// It is as many as the calls.
    WithCalls,
}

/// One line of a bill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// Which part it is for.
    pub part: Part,
    /// What it is.
    pub label: &'static str,
    /// What its quantity goes with.
    pub grows: Grows,
    /// How much of it a month has.
    pub quantity: f64,
    /// Its unit, in the words of AWS's price list.
    pub unit: String,
    /// Dollars for one unit: the mean, where the price has steps.
    pub unit_usd: f64,
    /// Dollars a month.
    pub usd: f64,
    /// The price in the snapshot.
    pub price: PriceKey,
}

/// Items, and the prices that they are made with.
#[derive(Debug)]
pub(super) struct Bill<'a> {
    prices: &'a Snapshot,
    items: Vec<Item>,
}

impl<'a> Bill<'a> {
    pub(super) fn new(prices: &'a Snapshot) -> Self {
        Self { prices, items: Vec::new() }
    }

    /// Adds what each month has, calls or not.
    pub(super) fn monthly(
        &mut self,
        part: Part,
        label: &'static str,
        quantity: f64,
        price: PriceKey,
    ) -> Result<(), PriceError> {
        self.add(part, label, Grows::WithTime, quantity, price)
    }

    /// Adds what grows with the calls.
    pub(super) fn by_call(
        &mut self,
        part: Part,
        label: &'static str,
        quantity: f64,
        price: PriceKey,
    ) -> Result<(), PriceError> {
        self.add(part, label, Grows::WithCalls, quantity, price)
    }

    fn add(
        &mut self,
        part: Part,
        label: &'static str,
        grows: Grows,
        quantity: f64,
        price: PriceKey,
    ) -> Result<(), PriceError> {
        if quantity == 0.0 {
            return Ok(());
        }
        let listed = self.prices.price(price)?;
        let usd = self.prices.usd(price, quantity)?;
        let unit_usd = match listed.tiers[..] {
            [tier] => tier.usd,
            _ => usd / quantity,
        };
        self.items.push(Item { part, label, grows, quantity, unit: listed.unit.clone(), unit_usd, usd, price });
        Ok(())
    }

    pub(super) fn into_items(self) -> Vec<Item> {
        self.items
    }
}
