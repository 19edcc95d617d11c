# The count's volume, where the store has one: Terraform makes it, and EBS' driver attaches it.
{
  config,
  lib,
  model,
  ...
}:
let
  cfg = config.kubernetes;
  name = "lab-\${var.name}-count";
  gib = model.compute.eks.volumes_gib.count;
in
{
  kubernetes.manifests = lib.mkIf cfg.hasVolume {
    volume = {
      metadata = { inherit name; };
      spec = {
        accessModes = [ "ReadWriteOncePod" ];
        capacity.storage = "${toString gib}Gi";
        csi = {
          driver = "ebs.csi.aws.com";
          fsType = "ext4";
          volumeHandle = "\${aws_ebs_volume.count.id}";
        };
        persistentVolumeReclaimPolicy = "Retain";
        storageClassName = "";
      };
    };
    claim.spec = {
      storageClassName = "";
      volumeName = name;
    };
  };

  lab = lib.mkIf cfg.hasVolume {
    podIdentities.driver = {
      namespace = "kube-system";
      account = "ebs-csi-controller-sa";
      # Of AWS's own policy for the driver (AmazonEBSCSIDriverPolicyV2) what it takes to attach a volume that is there.
      statements = [
        {
          actions = [
            "ec2:AttachVolume"
            "ec2:DetachVolume"
          ];
          resources = [ "\${aws_ebs_volume.count.arn}" ];
        }
        {
          actions = [
            "ec2:AttachVolume"
            "ec2:DetachVolume"
          ];
          # The worker has no name before it is made.
          resources = [ "arn:*:ec2:*:*:instance/*" ];
          condition = {
            test = "StringEquals";
            variable = "aws:ResourceTag/lab:deployment";
            values = [ "\${var.name}" ];
          };
        }
        {
          actions = [
            "ec2:DescribeAvailabilityZones"
            "ec2:DescribeInstances"
            "ec2:DescribeTags"
            "ec2:DescribeVolumes"
            "ec2:DescribeVolumesModifications"
          ];
          resources = [ "*" ];
        }
      ];
    };
    accepted."aws_ebs_volume.count".CKV_AWS_189 =
      "Encrypted with EBS' own key. A key of one's own costs $1 a month.";
  };

  resource = lib.mkIf cfg.hasVolume {
    aws_ebs_volume.count = {
      availability_zone = "\${data.aws_subnet.worker.availability_zone}";
      size = gib;
      type = "gp3";
      encrypted = true;
      tags.Name = name;
    };
    aws_eks_addon.driver = {
      cluster_name = "\${aws_eks_cluster.counter.name}";
      addon_name = "aws-ebs-csi-driver";
      # One worker: a second controller would be for nothing.
      configuration_values = builtins.toJSON { controller.replicaCount = 1; };
      depends_on = [
        "aws_eks_addon.pod_identity"
        "aws_eks_pod_identity_association.driver"
      ];
    };
  };

  data.aws_subnet.worker = lib.mkIf cfg.hasVolume { id = "\${local.subnet_ids[0]}"; };
}
