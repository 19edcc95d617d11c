//! What Terraform reports of what it made. Each way has some of it; `infra/` sets it as outputs of these names.

use serde::{Deserialize, Serialize};

/// The outputs' values. Names that are not here are for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outputs {
    /// Where it answers, without a slash at the end; absent of a task without a balancer, and where the cluster makes the
    /// balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The service whose one task answers, where it has no balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
    /// The Lambda function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_name: Option<String>,
    /// The function's log group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_group: Option<String>,
    /// The probe beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe_function_name: Option<String>,
    /// Kubernetes: the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Kubernetes: the namespace, which holds everything of ours in the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Kubernetes: what is applied there, a List as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifests: Option<String>,
    /// kOps: the object that the cluster makes a balancer of, `service/counter` or `ingress/counter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balancer: Option<String>,
    /// kOps' or EKS's cluster; absent on an existing one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_name: Option<String>,
    /// The bucket of kOps' state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kops_state: Option<String>,
    /// kOps' objects: a list as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kops_spec: Option<String>,
}

/// An ECS service that runs one task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The cluster's name.
    pub cluster: String,
    /// The service's name.
    pub service: String,
    /// Where the task listens.
    pub port: u16,
}
