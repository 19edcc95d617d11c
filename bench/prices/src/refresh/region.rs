//! AWS's regions and what their usage types begin with on a bill.

/// Each region with its prefixes. The two oldest regions have usage types of two kinds: older ones without a prefix
/// (us-east-1) or with that of all of Europe then (eu-west-1), newer ones with a prefix like all others'.
const REGIONS: [(&str, &[&str]); 19] = [
    ("us-east-1", &["", "USE1-"]),
    ("us-east-2", &["USE2-"]),
    ("us-west-1", &["USW1-"]),
    ("us-west-2", &["USW2-"]),
    ("ca-central-1", &["CAN1-"]),
    ("sa-east-1", &["SAE1-"]),
    ("eu-west-1", &["EU-", "EUW1-"]),
    ("eu-west-2", &["EUW2-"]),
    ("eu-west-3", &["EUW3-"]),
    ("eu-central-1", &["EUC1-"]),
    ("eu-north-1", &["EUN1-"]),
    ("eu-south-1", &["EUS1-"]),
    ("ap-northeast-1", &["APN1-"]),
    ("ap-northeast-2", &["APN2-"]),
    ("ap-northeast-3", &["APN3-"]),
    ("ap-southeast-1", &["APS1-"]),
    ("ap-southeast-2", &["APS2-"]),
    ("ap-south-1", &["APS3-"]),
    ("ap-east-1", &["APE1-"]),
];

/// What a region's usage types begin with; nothing where the region is not known here.
pub(super) fn usage_type_prefixes(region: &str) -> Option<&'static [&'static str]> {
    REGIONS.iter().find(|(name, _)| *name == region).map(|(_, prefixes)| *prefixes)
}

/// The regions, as a message lists them.
pub(super) fn names() -> String {
    REGIONS.map(|(name, _)| name).join(", ")
}
