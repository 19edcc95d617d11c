//! Whether something that AWS still lists is there: AWS lists instances, clusters and task definitions for an hour or
//! longer after they are gone. What has no such state is there while it is listed.

use serde_json::Value;

use crate::aws::Aws;

/// How the state of one kind of thing is asked for.
struct Kind {
    /// What is in its ARN.
    mark: &'static str,
    /// The operation, up to the ARN or its last part.
    ask: &'static [&'static str],
    /// Whether the operation takes the last part of the ARN.
    by_id: bool,
    /// Where in the answer the state is.
    pointer: &'static str,
    /// The states in which it is gone.
    gone: &'static [&'static str],
}

const KINDS: [Kind; 4] = [
    Kind {
        mark: ":instance/",
        ask: &["ec2", "describe-instances", "--instance-ids"],
        by_id: true,
        pointer: "/Reservations/0/Instances/0/State/Name",
        gone: &["terminated"],
    },
    Kind {
        mark: ":cluster/",
        ask: &["ecs", "describe-clusters", "--clusters"],
        by_id: false,
        pointer: "/clusters/0/status",
        gone: &["INACTIVE"],
    },
    Kind {
        mark: ":task-definition/",
        ask: &["ecs", "describe-task-definition", "--task-definition"],
        by_id: false,
        pointer: "/taskDefinition/status",
        gone: &["INACTIVE", "DELETE_IN_PROGRESS"],
    },
    Kind {
        mark: ":natgateway/",
        ask: &["ec2", "describe-nat-gateways", "--nat-gateway-ids"],
        by_id: true,
        pointer: "/NatGateways/0/State",
        gone: &["deleted"],
    },
];

/// Whether AWS says of something that it is gone. What AWS does not say so of is there.
pub(super) async fn is_gone(arn: &str, aws: &Aws) -> bool {
    let Some(kind) = KINDS.iter().find(|kind| arn.contains(kind.mark)) else { return false };
    let id = arn.rsplit('/').next().filter(|_| kind.by_id).unwrap_or(arn);
    let arguments: Vec<&str> = kind.ask.iter().copied().chain([id]).collect();
    match aws.ask(&arguments).await {
        Ok(answer) => kind.says_gone(&answer),
        // EC2 forgets an instance before the list by tag does.
        Err(error) => error.to_string().contains(".NotFound"),
    }
}

impl Kind {
    fn says_gone(&self, answer: &Value) -> bool {
        answer.pointer(self.pointer).and_then(Value::as_str).is_some_and(|state| self.gone.contains(&state))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_state_tells_what_is_gone() {
        let instance = |state: &str| json!({"Reservations": [{"Instances": [{"State": {"Name": state}}]}]});
        assert!(KINDS[0].says_gone(&instance("terminated")));
        assert!(!KINDS[0].says_gone(&instance("shutting-down")));
        assert!(!KINDS[0].says_gone(&json!({"Reservations": []})));
        assert!(KINDS[1].says_gone(&json!({"clusters": [{"status": "INACTIVE"}]})));
        assert!(!KINDS[1].says_gone(&json!({"clusters": [{"status": "ACTIVE"}]})));
        assert!(KINDS[2].says_gone(&json!({"taskDefinition": {"status": "INACTIVE"}})));
        assert!(!KINDS[3].says_gone(&json!({"NatGateways": [{"State": "deleting"}]})));
    }
}
