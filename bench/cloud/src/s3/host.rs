//! Names of the endpoint and of buckets in it: `BUCKET.localhost`, `BUCKET.s3.localhost`, and what S3 allows as a name.

use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};
use s3s::path::check_bucket_name;
use s3s::validation::NameValidation;

/// Virtual-hosted addressing under `localhost`; every other name is the endpoint's own, path style.
pub(super) struct Localhost;

impl S3Host for Localhost {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let domain = VirtualHost::new(name);
        Ok(match bucket(name) {
            Some(bucket) => domain.with_bucket(bucket),
            None => domain,
        })
    }
}

/// The bucket that a host name addresses: what stands before `localhost`, `s3.localhost` or `s3.REGION.localhost`.
fn bucket(name: &str) -> Option<&str> {
    let before = name.strip_suffix(".localhost")?;
    let labels: Vec<&str> = before.split('.').collect();
    let service = labels.iter().rposition(|label| *label == "s3").filter(|at| labels.len() - at <= 2);
    let bucket = match service {
        Some(at) => {
            labels[..at].iter().map(|label| label.len() + 1).sum::<usize>().checked_sub(1).map(|end| &before[..end])
        }
        None => Some(before),
    };
    bucket.filter(|bucket| !bucket.is_empty())
}

/// The names that S3 allows.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
pub(super) struct BucketNames;

impl NameValidation for BucketNames {
    fn validate_bucket_name(&self, name: &str) -> bool {
        let reserved = ["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|start| name.starts_with(start))
            || ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].iter().any(|end| name.ends_with(end));
        // Each label begins and ends with a letter or digit.
        let labels = !name.contains("-.") && !name.contains(".-");
        check_bucket_name(name) && !reserved && labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_found_in_the_host_name() {
        for (host, found) in [
            ("localhost", None),
            ("x", None),
            ("s3.localhost", None),
            ("s3.eu-west-2.localhost", None),
            ("box.localhost", Some("box")),
            ("my.box.localhost", Some("my.box")),
            ("box.s3.localhost", Some("box")),
            ("my.box.s3.eu-west-2.localhost", Some("my.box")),
            (".localhost", None),
        ] {
            assert_eq!(bucket(host), found, "{host}");
        }
    }

    #[test]
    fn names_that_s3_refuses_are_refused() {
        for (name, right) in [
            ("box", true),
            ("my.box-1", true),
            ("ab", false),
            ("Box", false),
            ("a_b", false),
            ("a..b", false),
            ("foo.-bar", false),
            ("foo-.bar", false),
            ("-ab", false),
            ("ab-", false),
            ("192.168.5.4", false),
            ("xn--abc", false),
            ("sthree-abc", false),
            ("amzn-s3-demo-bucket", false),
            ("abc-s3alias", false),
            ("abc--x-s3", false),
        ] {
            assert_eq!(BucketNames.validate_bucket_name(name), right, "{name}");
        }
    }
}
