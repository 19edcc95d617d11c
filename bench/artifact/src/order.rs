//! In which order ways are built and measured, so that the first rows of a first run are there soon. Must not build.

use ways::{Kind, Variant, Way, model};

/// How much is built before a way can run, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    /// Nothing is compiled: it is fetched, or there as it is.
    Fetched,
    /// One program, whichever the store.
    Program,
    /// A program for each store, a minute of linking each.
    Programs,
    /// Toolchains beside Rust's, several at once.
    Others,
}

/// Ways in groups, each of which is built and then measured before the next is: the one that is built in the least time first.
/// A way keeps its place among those of its group.
#[must_use]
pub fn quickest_first(ways: &[Variant]) -> Vec<Vec<Variant>> {
    let of = |wanted| ways.iter().copied().filter(|it| work(it.way) == wanted).collect::<Vec<_>>();
    let groups = [Work::Fetched, Work::Program, Work::Programs, Work::Others].map(of);
    groups.into_iter().filter(|group| !group.is_empty()).collect()
}

fn work(way: Way) -> Work {
    let facts = model().compute(way.compute);
    match way.language == model().defaults.language {
        // The adapter is a program of Rust's, whatever it starts.
        _ if facts.adapter.is_some() => Work::Programs,
        true if facts.kind == Kind::Server => Work::Program,
        true => Work::Programs,
        false if super::is_compiled(way.language) => Work::Others,
        false => Work::Fetched,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_little_to_build_is_measured_first() {
        let ways = [
            "lambda-s3",
            "lambda-cpp-dynamodb",
            "ec2",
            "lambdaweb-python-s3",
            "lambda-python-s3",
            "fargate",
            "fargate-python",
            "lambda-javascript-dynamodb",
        ];
        let ways: Vec<Variant> = ways.iter().map(|name| name.parse().expect("a way")).collect();
        let names = |group: &Vec<Variant>| group.iter().map(|it| it.way.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(
            quickest_first(&ways).iter().map(names).collect::<Vec<_>>(),
            [
                "lambda-python-s3 fargate-python",
                "ec2 fargate",
                "lambda-s3 lambdaweb-python-s3",
                "lambda-cpp-dynamodb lambda-javascript-dynamodb",
            ]
        );
        assert!(quickest_first(&[]).is_empty());
    }
}
