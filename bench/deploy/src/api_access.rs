//! From where a cluster's API is reached: the networks that the caller names, else this machine's public address. Must not
//! open it to everybody by itself.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Refused, health};

/// Answers with the caller's public address, as a line (EC2 User Guide, "Create a security group", names it).
const OWN_ADDRESS: &str = "https://checkip.amazonaws.com/";

/// An IPv4 network, as `203.0.113.0/24`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: Ipv4Addr,
    bits: u32,
}

/// A word that is not a network.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an IPv4 network: write it as 203.0.113.0/24, with zeros after its bits")]
pub struct NotANetwork(String);

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(word: &str) -> Result<Self, NotANetwork> {
        let network = || {
            let (address, bits) = word.split_once('/')?;
            let (address, bits): (Ipv4Addr, u32) = (address.parse().ok()?, bits.parse().ok()?);
            let rest = 32_u32.checked_sub(bits)?;
            (u64::from(address.to_bits()) % (1 << rest) == 0).then_some(Self { address, bits })
        };
        network().ok_or_else(|| NotANetwork(word.to_owned()))
    }
}

impl TryFrom<String> for Network {
    type Error = NotANetwork;

    fn try_from(word: String) -> Result<Self, NotANetwork> {
        word.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.bits)
    }
}

/// This machine's public address alone.
///
/// # Errors
/// When it can't be found: which option names a network instead.
pub async fn own() -> Result<Network, Refused> {
    let answer = health::get(OWN_ADDRESS).await;
    let address = answer.ok().and_then(|(_, body)| std::str::from_utf8(&body).ok()?.trim().parse().ok());
    let refused = || {
        Refused(format!(
            "can't find this machine's public address at {OWN_ADDRESS}: add --api-access NETWORK, from where the cluster's API is reached"
        ))
    };
    Ok(Network { address: address.ok_or_else(refused)?, bits: 32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_zeros_after_its_bits() {
        for word in ["203.0.113.0/24", "203.0.113.7/32", "0.0.0.0/0"] {
            assert_eq!(word.parse::<Network>().expect(word).to_string(), word);
        }
        for word in ["", "203.0.113.7", "203.0.113.7/24", "203.0.113.0/33", "203.0.113/24", "::/0", "a/8"] {
            assert_eq!(word.parse::<Network>(), Err(NotANetwork(word.to_owned())), "{word}");
        }
    }
}
