# The worker: a managed node group of one instance, with the network add-ons that each cluster has.
{
  config,
  lib,
  way,
  model,
  ...
}:
let
  cfg = model.compute.eks;
  tags = {
    Name = "lab-\${var.name}";
    "lab:deployment" = "\${var.name}";
    "lab:way" = way.name;
  };
  cluster = "\${aws_eks_cluster.counter.arn}";
in
{
  lab.roles.worker = {
    service = "ec2.amazonaws.com";
    # EKS User Guide, "Amazon EKS node IAM role": what the kubelet, the registry and the network add-on need. AWS's own
    # policies for them: AmazonEKSWorkerNodePolicy, AmazonEC2ContainerRegistryPullOnly, AmazonEKS_CNI_Policy.
    statements = [
      {
        actions = [
          "ec2:AssignPrivateIpAddresses"
          "ec2:AttachNetworkInterface"
          "ec2:CreateNetworkInterface"
          "ec2:DeleteNetworkInterface"
          "ec2:DescribeInstanceTypes"
          "ec2:DescribeInstances"
          "ec2:DescribeNetworkInterfaces"
          "ec2:DescribeRouteTables"
          "ec2:DescribeSecurityGroups"
          "ec2:DescribeSubnets"
          "ec2:DescribeTags"
          "ec2:DescribeVolumes"
          "ec2:DescribeVolumesModifications"
          "ec2:DescribeVpcs"
          "ec2:DetachNetworkInterface"
          "ec2:ModifyNetworkInterfaceAttribute"
          "ec2:UnassignPrivateIpAddresses"
          "ecr:GetAuthorizationToken"
        ];
        # Interfaces have no name before they are made.
        resources = [ "*" ];
      }
      {
        actions = [ "ec2:CreateTags" ];
        resources = [ "arn:*:ec2:*:*:network-interface/*" ];
      }
      {
        actions = [
          "ecr:BatchCheckLayerAvailability"
          "ecr:BatchGetImage"
          "ecr:GetDownloadUrlForLayer"
        ];
        # The add-ons' images are in repositories of AWS's, in another account in each region.
        resources = [ "arn:*:ecr:*:*:repository/*" ];
      }
      {
        actions = [
          "eks:DescribeCluster"
          "eks-auth:AssumeRoleForPodIdentity"
        ];
        resources = [ cluster ];
      }
    ];
  };

  lab.accepted = {
    "data.aws_iam_policy_document.worker" = {
      CKV_AWS_111 = "As AWS's own policy for the network add-on has it: interfaces have no name before they are made.";
      CKV_AWS_356 = "As AWS's own policy for the network add-on has it: interfaces have no name before they are made.";
    };
    "aws_launch_template.worker".CKV_AWS_88 =
      "Its public address is how it reaches AWS: a NAT gateway would cost twice the instance.";
  };

  resource = {
    aws_launch_template.worker = {
      name = "lab-\${var.name}-worker";
      instance_type = "\${var.node_type}";
      # Beyond its credits it slows down, as the instance of `ec2` does. The provider leaves it out for a type without credits.
      credit_specification.cpu_credits = "standard";
      metadata_options = {
        http_endpoint = "enabled";
        http_tokens = "required";
        # Pods don't reach the worker's credentials, whose packets the pod network makes a hop longer.
        http_put_response_hop_limit = 1;
      };
      block_device_mappings = [
        {
          device_name = "/dev/xvda";
          ebs = {
            volume_type = "gp3";
            volume_size = cfg.volumes_gib.root;
            encrypted = true;
            delete_on_termination = true;
          };
        }
      ];
      # With a template that has interfaces, EKS adds no group of its own (EKS User Guide, "Customize managed nodes with launch
      # templates"): the cluster's is named here.
      network_interfaces = [
        {
          device_index = 0;
          associate_public_ip_address = true;
          delete_on_termination = true;
          security_groups = [
            "\${aws_eks_cluster.counter.vpc_config[0].cluster_security_group_id}"
            "\${aws_security_group.service.id}"
          ];
        }
      ];
      # Default tags don't reach what an instance makes.
      tag_specifications =
        map
          (resource_type: {
            inherit resource_type tags;
          })
          [
            "instance"
            "network-interface"
            "volume"
          ];
    };

    aws_eks_node_group.counter = {
      cluster_name = "\${aws_eks_cluster.counter.name}";
      node_group_name = "workers";
      node_role_arn = "\${aws_iam_role.worker.arn}";
      # The zone of its volume, and of a Network Load Balancer.
      subnet_ids = [ "\${local.subnet_ids[0]}" ];
      ami_type = if way.arch == "arm64" then "AL2023_ARM_64_STANDARD" else "AL2023_x86_64_STANDARD";
      launch_template = {
        id = "\${aws_launch_template.worker.id}";
        version = "\${aws_launch_template.worker.latest_version}";
      };
      scaling_config = {
        desired_size = 1;
        min_size = 1;
        max_size = 1;
      };
      depends_on = [
        "aws_iam_role_policy.worker"
      ]
      # Destroyed the other way round: the worker, with which the volume is detached, before the volume.
      ++ lib.optional config.kubernetes.hasVolume "aws_ebs_volume.count";
    };
  };
}
