# Kubernetes: what Terraform makes for it, and what kOps and kubectl get. The cluster is kOps', in a network of
# its own; with a context of an existing cluster kOps is not run, and the state's bucket stays empty.
{
  config,
  lib,
  way,
  model,
  ...
}:
let
  cfg = config.kubernetes;
  facts = model.compute.k8s;
  size = import ../size.nix { inherit lib model; };
  string = default: description: {
    type = "string";
    inherit default description;
  };
  zonesWith = type: "toset(data.aws_ec2_instance_type_offerings.${type}.locations)";
in
{
  imports = [
    ../bucket.nix
    ../image.nix
    ../kubernetes
    ../kubernetes/cluster.nix
    ../kubernetes/front/${way.front}.nix
  ];

  variable = {
    context = string "" "A context of kubectl's: an existing cluster, which the counter is put on. Empty: kOps makes one.";
    control_plane_type =
      size.instanceType "control_plane_type" "The control node's instance type."
        facts.control_plane.${way.arch}
        way.arch;
    node_type =
      size.instanceType "node_type" "The worker's instance type." facts.default_size.${way.arch}
        way.arch;
    node_image = string "" "The worker's image: an AMI's id, as of `nix build .#ami-kops-node`. Empty: kOps' own.";
    api_access = {
      type = "list(string)";
      description = "The networks from which the cluster's API is reached, such as the deployer's own address. Callers also need a certificate of the cluster's.";
      default = [ ];
    };
  };

  lab = {
    buckets.kops_state.prefix = "lab-\${var.name}-kops";
    # A volume of the count's own (kubernetes/store/file.nix).
    target.hasDisk = true;
  };

  # Not every zone has every type. Once chosen, the zones stay: a cluster can't move.
  data.aws_ec2_instance_type_offerings =
    lib.mapAttrs
      (_: variable: {
        location_type = "availability-zone";
        filter = {
          name = "instance-type";
          values = [ "\${var.${variable}}" ];
        };
      })
      {
        control_plane = "control_plane_type";
        node = "node_type";
      };
  resource.terraform_data.zones = {
    input = "\${slice(sort(setintersection(${zonesWith "control_plane"}, ${zonesWith "node"})), 0, ${toString cfg.zones})}";
    lifecycle = {
      ignore_changes = [ "input" ];
      precondition = {
        condition = "\${var.context != \"\" || length(var.api_access) > 0}";
        error_message = "Nobody could reach the cluster's API: api_access names no network. `lab deploy` fills in its own address.";
      };
    };
  };

  locals = {
    inherit (cfg.rendered) kops manifests;
    node_statements = map (statement: {
      Effect = "Allow";
      Action = statement.actions;
      Resource = statement.resources;
    }) config.lab.store.statements;
  };

  output = {
    image.value = config.lab.image;
    store.value = config.lab.store.url;
    namespace.value = cfg.namespace;
    balancer.value = cfg.balancer;
    manifests.value = "\${jsonencode(local.manifests)}";
    kops_state.value = "\${aws_s3_bucket.kops_state.bucket}";
    cluster_name.value = cfg.cluster.metadata.name;
    kops_spec.value = "\${var.context == \"\" ? jsonencode(local.kops) : null}";
    # For the nodes of an existing cluster: what the counter needs there.
    node_policy.value =
      if config.lab.store.statements == [ ] then
        "\${null}"
      else
        "\${jsonencode({ Version = \"2012-10-17\", Statement = local.node_statements })}";
  };
}
