//! The arguments of `lab prices`.

/// Commands on prices.
#[derive(Debug, clap::Subcommand)]
pub enum Prices {
    /// Read AWS's price list again (some hundred MB), show what changed, and write this month's snapshot.
    Refresh(Refresh),
}

/// Arguments of `lab prices refresh`.
#[derive(Debug, clap::Args)]
pub struct Refresh {
    /// AWS region.
    #[arg(long, value_name = "REGION", default_value = "eu-west-2")]
    pub region: String,
    /// Where the price list and the feed are read from instead: for tests.
    #[arg(long, value_name = "URL", hide = true)]
    pub price_list_url: Option<String>,
}
