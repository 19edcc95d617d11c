# An Application Load Balancer, which the AWS Load Balancer Controller makes of an Ingress. kOps runs the controller;
# an existing cluster must have it.
{
  config,
  model,
  way,
  ...
}:
let
  annotation = name: "alb.ingress.kubernetes.io/${name}";
in
{
  kubernetes = {
    zones = model.front.alb.balancer.zones;
    balancer = "ingress/counter";

    cluster.spec = {
      awsLoadBalancerController.enabled = true;
      # The controller's webhook has its certificate from it.
      certManager.enabled = true;
    };

    manifests = {
      # The controller's targets are nodes: kubenet's pods have no address in the VPC.
      service.spec.type = "NodePort";
      ingress = {
        metadata = {
          name = "counter";
          inherit (config.kubernetes) namespace;
          annotations = {
            ${annotation "scheme"} = "internet-facing";
            ${annotation "target-type"} = "instance";
            ${annotation "listen-ports"} = builtins.toJSON [ { HTTP = 80; } ];
            # A pod that is not ready gets no call from its node, so this sees what the readiness probe found; it need
            # not read the store again.
            ${annotation "healthcheck-path"} = model.service.health.path;
            ${annotation "tags"} = "lab:deployment=\${var.name},lab:way=${way.name}";
          };
        };
        spec = {
          ingressClassName = "alb";
          rules = [
            {
              http.paths = [
                {
                  path = "/";
                  pathType = "Prefix";
                  backend.service = {
                    name = "counter";
                    port.name = "http";
                  };
                }
              ];
            }
          ];
        };
      };
    };
  };
}
