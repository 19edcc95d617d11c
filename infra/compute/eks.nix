# Kubernetes by EKS: AWS's control plane, and a managed node group of one worker, on which kubectl puts the counter. Whatever
# is outside of the cluster is Terraform's, the balancer and the count's volume among it: it goes with the deployment, and
# needs no controller in the cluster.
{
  config,
  lib,
  way,
  model,
  ...
}:
let
  inherit (config.lab) front store;
  cfg = config.kubernetes;
  size = import ../size.nix { inherit lib model; };
  # Terraform wants it said of an output that has a password in it.
  secret = lib.optionalAttrs store.secret { sensitive = true; };
  # Of those that Kubernetes gives to services (30000 to 32767).
  nodePort = 30080;
in
{
  imports = [
    ../front/${way.front}.nix
    ../image.nix
    ../kubernetes
    ../kubernetes/eks/cluster.nix
    ../kubernetes/eks/volume.nix
    ../kubernetes/eks/worker.nix
    ../kubernetes/front/node-port.nix
    ../network.nix
    ../role.nix
    ../security-groups.nix
  ];

  variable = {
    node_type = size.nodeType "node_type" "The worker's instance type." model.compute.eks way.arch;
    api_access = {
      type = "list(string)";
      description = "The networks from which the cluster's API is reached, such as the deployer's own address. Callers also need the account's credentials.";
      default = [ ];
    };
  };

  lab = {
    target = {
      type = "instance";
      instanceType = "\${var.node_type}";
      port = nodePort;
      # Of the cluster; the worker and a Network Load Balancer stand in the first one.
      inherit (model.compute.eks) zones;
      # A volume of the count's own (kubernetes/eks/volume.nix).
      hasDisk = true;
    };
    accepted."aws_autoscaling_attachment.counter".CKV2_AWS_15 =
      "The group is EKS's own, which replaces a worker that is not healthy; the kubelet restarts a pod.";
    # Credentials for the counter alone: the namespace is the deployment's, and has no other pods.
    podIdentities = lib.optionalAttrs (store.statements != [ ]) {
      pod = {
        inherit (cfg) namespace;
        account = "default";
        inherit (store) statements;
      };
    };
    securityGroups.service = {
      description = "The service";
      accepts = [
        {
          from = front.securityGroup;
          port = nodePort;
          description = "HTTP";
        }
      ];
      calls = [
        {
          to = "anywhere";
          port = 443;
          description = "AWS";
        }
      ];
    };
  };

  kubernetes.nodePort = nodePort;

  # The node group's instances register themselves, the next one too.
  resource.aws_autoscaling_attachment.counter = {
    autoscaling_group_name = "\${aws_eks_node_group.counter.resources[0].autoscaling_groups[0].name}";
    lb_target_group_arn = front.targetGroup;
    depends_on = front.dependsOn;
  };

  locals = { inherit (cfg.rendered) manifests; };

  output = {
    image.value = config.lab.image;
    store = {
      value = store.url;
    }
    // secret;
    namespace.value = cfg.namespace;
    manifests = {
      value = "\${jsonencode(local.manifests)}";
    }
    // secret;
    cluster_name.value = "\${aws_eks_cluster.counter.name}";
    url.value = front.url;
  };
}
