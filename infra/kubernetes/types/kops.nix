# The objects of kOps that we write, as kops.k8s.io/v1alpha2 has them (pkg/apis/kops/v1alpha2 of kOps 1.33): only the
# fields that we use. A field is added here first: kOps itself ignores a key that it doesn't know.
{ lib, shapes }:
let
  inherit (lib.types)
    attrsOf
    bool
    enum
    ints
    listOf
    str
    ;
  inherit (shapes)
    record
    optional
    always
    known
    ;
  name = record { name = str; };
  switch = record { enabled = bool; };
  nothing = record { };
  cidr = known (lib.types.strMatching "[0-9.]+/[0-9]+");
in
{
  cluster = record {
    apiVersion = always "kops.k8s.io/v1alpha2";
    kind = always "Cluster";
    metadata = name;
    spec = record {
      channel = str;
      cloudProvider = enum [ "aws" ];
      cloudLabels = attrsOf str;
      configBase = str;
      kubernetesVersion = lib.types.strMatching "[0-9]+\\.[0-9]+\\.[0-9]+";
      updatePolicy = enum [
        "automatic"
        "external"
      ];

      networkCIDR = cidr;
      nonMasqueradeCIDR = cidr;
      networking = record { kubenet = nothing; };
      subnets = listOf (record {
        name = str;
        zone = str;
        inherit cidr;
        type = enum [ "Public" ];
      });
      api = record { dns = nothing; };
      kubernetesApiAccess = known (listOf cidr);

      authorization = record { rbac = nothing; };
      iam = record {
        allowContainerRegistry = bool;
        legacy = bool;
      };
      additionalPolicies = optional (record {
        # JSON text: a list of IAM statements.
        node = str;
      });

      etcdClusters = listOf (record {
        name = enum [
          "main"
          "events"
        ];
        cpuRequest = str;
        memoryRequest = str;
        etcdMembers = listOf (record {
          name = str;
          instanceGroup = str;
          encryptedVolume = bool;
          volumeSize = ints.positive;
          volumeType = enum [ "gp3" ];
        });
      });

      kubelet = record { anonymousAuth = bool; };
      kubeDNS = record {
        tolerations = listOf (record {
          key = str;
          operator = enum [ "Exists" ];
        });
      };
      nodeTerminationHandler = switch;
      certManager = optional switch;
      awsLoadBalancerController = optional switch;
    };
  };

  instanceGroup = record {
    apiVersion = always "kops.k8s.io/v1alpha2";
    kind = always "InstanceGroup";
    metadata = record {
      name = str;
      labels = attrsOf str;
    };
    spec = record {
      role = enum [
        "Master"
        "Node"
      ];
      # Null: what kOps' channel names.
      image = optional str;
      machineType = str;
      cpuCredits = optional (known (enum [ "standard" ]));
      minSize = ints.positive;
      maxSize = ints.positive;
      subnets = listOf str;
      rootVolumeSize = ints.positive;
      rootVolumeType = enum [ "gp3" ];
      rootVolumeEncryption = bool;
      instanceMetadata = record {
        httpTokens = enum [ "required" ];
        httpPutResponseHopLimit = ints.positive;
      };
      nodeLabels = optional (attrsOf str);
    };
  };
}
