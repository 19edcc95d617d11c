# A Network Load Balancer, which the cluster's cloud controller makes of a Service. It stands in the nodes' zone.
{ model, way, ... }:
let
  annotation = name: "service.beta.kubernetes.io/aws-load-balancer-${name}";
in
{
  kubernetes = {
    zones = model.front.nlb.balancer.zones;
    balancer = "service/counter";
    manifests.service = {
      metadata.annotations = {
        ${annotation "type"} = "nlb";
        # What an existing cluster's AWS Load Balancer Controller reads, whose default is an internal one.
        ${annotation "scheme"} = "internet-facing";
        # The balancer is none of Terraform's: found by these when it is proved that nothing is left.
        ${annotation "additional-resource-tags"} = "lab:deployment=\${var.name},lab:way=${way.name}";
      };
      spec = {
        type = "LoadBalancer";
        # No second hop, the caller's address kept, and the balancer asks kube-proxy whether this node has a ready
        # pod: no health check of its own reaches the store.
        externalTrafficPolicy = "Local";
      };
    };
  };
}
