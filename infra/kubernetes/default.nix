# What a way on Kubernetes consists of, as typed options that the way's parts fill: store/STORE.nix, of a store that has something of
# its own there, and front/FRONT.nix (which way.nix imports), besides what all of them share. Must not know a way by name, nor make
# anything in Terraform.
{
  config,
  lib,
  model,
  way,
  ...
}:
let
  shapes = import ./record.nix { inherit lib; };
  kops = import ./types/kops.nix { inherit lib shapes; };
  manifests = import ./types/manifests.nix { inherit lib shapes; };
  inherit (lib) mkOption types;
  cfg = config.kubernetes;

  store = model.store.${way.store};
  own = ./store + "/${store.service}.nix";

  # Kubernetes' List, in the order in which its objects need each other.
  order = [
    "namespace"
    "volume"
    "claim"
    "deployment"
    "disruptionBudget"
    "service"
    "ingress"
  ];
in
{
  imports = [
    ./counter.nix
    (if store.shared then ./store/any-process.nix else ./store/one-process.nix)
  ]
  ++ lib.optional (builtins.pathExists own) own;

  options.kubernetes = {
    cluster = mkOption {
      type = kops.cluster;
      description = "kOps' cluster.";
    };
    instanceGroups = mkOption {
      type = types.attrsOf kops.instanceGroup;
      description = "kOps' groups of nodes.";
    };

    manifests = lib.mapAttrs (
      _: type:
      mkOption {
        inherit type;
        default = null;
        description = "An object in the cluster, or null.";
      }
    ) manifests.objects;
    # Apart, since the elements of a list don't merge.
    container = mkOption {
      type = manifests.container;
      description = "The counter's container.";
    };

    hasVolume = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the pod has a volume, which the claim is for.";
    };
    nodePort = mkOption {
      type = types.nullOr (types.ints.between 30000 32767);
      default = null;
      description = "The workers' port for the service; null: Kubernetes' own choice, or none.";
    };
    zones = mkOption {
      type = types.ints.between 1 2;
      description = "How many zones the cluster's subnets are in.";
    };
    namespace = mkOption {
      type = types.str;
      default = "lab-\${var.name}";
      readOnly = true;
      description = "What holds all of the deployment's objects.";
    };
    balancer = mkOption {
      type = types.str;
      description = "The object whose status has the balancer's name, as kubectl takes it.";
    };

    # What is handed to Terraform.
    rendered = mkOption {
      type = types.attrs;
      readOnly = true;
      internal = true;
      description = "`kops`, a list of kOps' objects, and `manifests`, a Kubernetes List.";
    };
  };

  config.kubernetes.rendered = {
    kops = map shapes.rendered ([ cfg.cluster ] ++ lib.attrValues cfg.instanceGroups);
    manifests = {
      apiVersion = "v1";
      kind = "List";
      items = map (name: shapes.rendered cfg.manifests.${name}) (
        lib.filter (name: cfg.manifests.${name} != null) order
      );
    };
  };
}
