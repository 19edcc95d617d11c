# EKS' control plane, who may reach it, and the identities of pods.
{ config, lib, ... }:
let
  inherit (config.lab) podIdentities;
  cluster = "\${aws_eks_cluster.counter.name}";
in
{
  options.lab.podIdentities = lib.mkOption {
    default = { };
    description = "Pods that get credentials of a role of their own: by the role's name.";
    type = lib.types.attrsOf (
      lib.types.submodule {
        options = {
          namespace = lib.mkOption {
            type = lib.types.str;
            description = "The pods' namespace.";
          };
          account = lib.mkOption {
            type = lib.types.str;
            description = "Their service account.";
          };
          statements = lib.mkOption {
            type = lib.types.listOf lib.types.attrs;
            description = "What they may do, as aws_iam_policy_document has it.";
          };
        };
      }
    );
  };

  config = {
    lab = {
      roles = {
        # The least that AWS has of a cluster's role (EKS User Guide, "Amazon EKS cluster IAM role"): it makes no balancers.
        cluster = {
          service = "eks.amazonaws.com";
          statements = [
            {
              actions = [ "ec2:CreateTags" ];
              resources = [ "arn:*:ec2:*:*:instance/*" ];
              condition = {
                test = "ForAnyValue:StringLike";
                variable = "aws:TagKeys";
                values = [ "kubernetes.io/cluster/*" ];
              };
            }
            {
              actions = [
                "ec2:DescribeAvailabilityZones"
                "ec2:DescribeDhcpOptions"
                "ec2:DescribeInstances"
                "ec2:DescribeInstanceTopology"
                "ec2:DescribeNetworkInterfaces"
                "ec2:DescribeVpcs"
                "kms:DescribeKey"
              ];
              resources = [ "*" ];
            }
          ];
        };
      }
      // lib.mapAttrs (_: identity: {
        # EKS User Guide, "Create IAM role with trust policy required by EKS Pod Identity".
        service = "pods.eks.amazonaws.com";
        actions = [
          "sts:AssumeRole"
          "sts:TagSession"
        ];
        inherit (identity) statements;
      }) podIdentities;

      accepted = {
        "data.aws_iam_policy_document.cluster".CKV_AWS_356 =
          "The least that AWS has of a cluster's role: instances and interfaces have no name before they are made.";
        "aws_eks_cluster.counter" = {
          CKV_AWS_37 = "The control plane's logs would be charged by the GB and read by nobody.";
          CKV_AWS_39 = "The deployer's kubectl reaches it by the internet; nobody else's network is let in.";
          CKV_AWS_58 = "It has no secret, and a key of one's own costs $1 a month.";
        };
      };
    };

    resource = {
      aws_eks_cluster.counter = {
        name = "lab-\${var.name}";
        role_arn = "\${aws_iam_role.cluster.arn}";
        # In standard support until 2027-03-27 (EKS User Guide, "Kubernetes release calendar"), then EKS upgrades it: extended
        # support would cost six times as much.
        version = "1.35";
        upgrade_policy.support_type = "STANDARD";
        vpc_config = {
          # EKS wants two zones (EKS User Guide, "VPC and Subnet Considerations").
          subnet_ids = "\${local.subnet_ids}";
          endpoint_public_access = true;
          public_access_cidrs = "\${var.api_access}";
          # The worker's way to it.
          endpoint_private_access = true;
        };
        access_config = {
          authentication_mode = "API";
          # The deployer's own access entry.
          bootstrap_cluster_creator_admin_permissions = true;
        };
        depends_on = [ "aws_iam_role_policy.cluster" ];
        lifecycle.precondition = {
          # None would be all.
          condition = "\${length(var.api_access) > 0}";
          error_message = "Nobody could reach the cluster's API: api_access names no network. `lab deploy` fills in its own address.";
        };
      };

      aws_eks_pod_identity_association = lib.mapAttrs (name: identity: {
        cluster_name = cluster;
        inherit (identity) namespace;
        service_account = identity.account;
        role_arn = "\${aws_iam_role.${name}.arn}";
        depends_on = [ "aws_iam_role_policy.${name}" ];
      }) podIdentities;

      aws_eks_addon = lib.mkIf (podIdentities != { }) {
        # Hands the credentials out, on each worker.
        pod_identity = {
          cluster_name = cluster;
          addon_name = "eks-pod-identity-agent";
          depends_on = [ "aws_eks_node_group.counter" ];
        };
      };
    };
  };
}
