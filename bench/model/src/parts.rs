//! A way's parts, each by itself: which hops a front, a store and a file have, how parallel a language is. Nothing here
//! knows a whole way.

use ways::{Compute, Front, Language, Store, Update};

use crate::distribution::Distribution;
use crate::parameters::Parameters;

impl Parameters {
    /// What a front adds to each call.
    #[must_use]
    pub fn front(&self, front: Front) -> Option<&Distribution> {
        match front {
            Front::Direct => None,
            Front::Alb => Some(&self.alb),
            Front::Nlb => Some(&self.nlb),
            Front::HttpApi => Some(&self.http_api),
            Front::FunctionUrl => Some(&self.function_url),
        }
    }

    /// What reads and writes of a store take that is called over the network.
    #[must_use]
    pub fn store(&self, store: Store) -> Option<(&Distribution, &Distribution)> {
        match store {
            Store::Memory | Store::File => None,
            Store::S3 => Some((&self.s3_get, &self.s3_put)),
            Store::DynamoDb => Some((&self.dynamodb_read, &self.dynamodb_write)),
        }
    }

    /// What a commit of the counter's file takes: a task's is on EFS, the others' on a volume.
    #[must_use]
    pub fn file(&self, store: Store, compute: Compute) -> Option<&Distribution> {
        match (store, compute) {
            (Store::Memory | Store::S3 | Store::DynamoDb, _) => None,
            (Store::File, Compute::Fargate) => Some(&self.efs_commit),
            (Store::File, Compute::Ec2 | Compute::K8s | Compute::Lambda) => Some(&self.ebs_commit),
        }
    }
}

/// Whether a count reads before it writes.
pub(crate) fn reads(store: Store, update: Update) -> bool {
    match (store, update) {
        // A conditional write needs what it replaces.
        (Store::S3, _) => true,
        (_, update) => update == Update::ReadThenWrite,
    }
}

/// How many threads of a server work at once at most: an interpreter's lock allows one.
pub(crate) fn threads(language: Language) -> u32 {
    match language {
        Language::Rust | Language::Cpp => u32::MAX,
        Language::Python | Language::JavaScript => 1,
    }
}
