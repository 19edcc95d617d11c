# kOps' cluster: one control node, one worker, in a VPC of its own, reached without DNS and without a balancer.
#
# Gossip (a name in `.k8s.local`) is how nodes find the control node with neither a hosted zone nor an API balancer,
# which would cost as much again as both nodes. `dns=none` needs that balancer on AWS: a worker gets the addresses of the
# balancers alone (kOps 1.33, pkg/nodemodel/nodeupconfigbuilder.go). kOps has gossip up to 1.36; the lab checks that.
{
  config,
  lib,
  model,
  way,
  ...
}:
let
  cfg = config.kubernetes;
  volumes = model.compute.k8s.volumes_gib;
  size = import ../size.nix { inherit lib model; };
  reachesAws = config.lab.store.statements != [ ];
  name = "lab-\${var.name}.k8s.local";
  zone = number: "\${terraform_data.zones.output[${toString number}]}";
  subnets = lib.genList (number: "zone-${toString number}") cfg.zones;

  group =
    role: disk_gib: machineType: extra:
    lib.recursiveUpdate {
      metadata = {
        name = if role == "Master" then "control-plane" else "nodes";
        labels."kops.k8s.io/cluster" = name;
      };
      spec = {
        inherit role machineType;
        minSize = 1;
        maxSize = 1;
        # The zone of the worker's volume and of the control node's is the same one.
        subnets = [ (lib.head subnets) ];
        rootVolumeSize = disk_gib;
        rootVolumeType = "gp3";
        rootVolumeEncryption = true;
        instanceMetadata.httpTokens = "required";
      };
    } extra;

  etcd = etcd: cpuRequest: {
    name = etcd;
    inherit cpuRequest;
    memoryRequest = "100Mi";
    etcdMembers = [
      {
        name = "a";
        instanceGroup = "control-plane";
        encryptedVolume = true;
        volumeSize = volumes.etcd;
        volumeType = "gp3";
      }
    ];
  };
in
{
  kubernetes.cluster = {
    metadata = { inherit name; };
    spec = {
      # Where kOps reads the image of its nodes from, by the version below.
      channel = "stable";
      cloudProvider = "aws";
      cloudLabels = {
        "lab:deployment" = "\${var.name}";
        "lab:way" = way.name;
      };
      configBase = "s3://\${aws_s3_bucket.kops_state.bucket}/${name}";
      # The newest whose hashes kOps 1.33.0 carries (pkg/assets/assetdata): nixpkgs has that kOps.
      kubernetesVersion = "1.33.3";
      # No reboot in the middle of a measurement.
      updatePolicy = "external";

      networkCIDR = "172.20.0.0/16";
      nonMasqueradeCIDR = "100.64.0.0/10";
      # No pod of its own on a node of 1 GiB, where kOps' default, Cilium, has one of some 200 MiB; two nodes are far
      # from its limit of 50 routes.
      networking.kubenet = { };
      subnets = lib.imap0 (number: subnet: {
        name = subnet;
        zone = zone number;
        cidr = "172.20.${toString (32 * (number + 1))}.0/19";
        type = "Public";
      }) subnets;
      api.dns = { };
      kubernetesApiAccess = "\${var.api_access}";
      # No sshAccess and no key: nobody logs in.

      authorization.rbac = { };
      iam = {
        # Nodes may pull from ECR.
        allowContainerRegistry = true;
        legacy = false;
      };
      additionalPolicies = lib.mkIf reachesAws {
        node = "\${jsonencode(local.node_statements)}";
      };

      # kOps' defaults of their requests.
      etcdClusters = [
        (etcd "main" "200m")
        (etcd "events" "100m")
      ];
      kubelet.anonymousAuth = false;
      # Nodes on demand get no notice: its pod, queue and rules would be for nothing.
      nodeTerminationHandler.enabled = false;
      # kOps 1.33 wants two CoreDNS on two nodes, and with one worker the second has only the control node: without this
      # the cluster never becomes valid (kubernetes/kops#18453).
      kubeDNS.tolerations = [
        {
          key = "CriticalAddonsOnly";
          operator = "Exists";
        }
        {
          key = "node-role.kubernetes.io/control-plane";
          operator = "Exists";
        }
      ];
    };
  };

  kubernetes.instanceGroups = {
    control-plane = group "Master" volumes.control_plane "\${var.control_plane_type}" {
      # kOps' default: its controllers are pods that ask for the node's credentials.
      spec.instanceMetadata.httpPutResponseHopLimit = 3;
    };
    nodes = group "Node" volumes.root "\${var.node_type}" {
      spec = {
        # Beyond its credits it slows down, as the instance of `ec2` does: T3 and T4g would be charged by default. Not the
        # control node: slowed down it loses etcd's leases.
        cpuCredits = "\${${size.bursts way.arch "var.node_type"} ? \"standard\" : null}";
        image = "\${var.node_image == \"\" ? null : var.node_image}";
        # 2 lets a pod reach the node's credentials, whose packets the pod network makes a hop longer; 1 keeps them
        # from it.
        instanceMetadata.httpPutResponseHopLimit = if reachesAws then 2 else 1;
      };
    };
  };
}
