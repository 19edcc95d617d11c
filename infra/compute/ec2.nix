# One instance, from an image of NixOS: without a key, a shell through Session Manager only, metadata by a session only.
{
  config,
  lib,
  way,
  model,
  ...
}:
let
  inherit (config.lab) front store;
  inherit (model.service) environment;
  cfg = model.compute.ec2;
  size = import ../size.nix { inherit lib model; };
in
{
  imports = [
    ../front/${way.front}.nix
    ../machine-image.nix
    ../network.nix
    ../role.nix
    ../security-groups.nix
  ];

  variable.instance_type =
    size.instanceType "instance_type" "The instance type." cfg.default_size.${way.arch}
      way.arch;

  lab = {
    target = {
      type = "instance";
      instanceType = "\${var.instance_type}";
      inherit (cfg) port;
      id = "\${aws_instance.counter.id}";
      hasDisk = true;
    };
    front.url = lib.mkIf (front.targetGroup == null) "http://\${aws_instance.counter.public_ip}";

    roles.instance = {
      service = "ec2.amazonaws.com";
      # The service's, and Session Manager's (Systems Manager User Guide, "Add Session Manager permissions to an
      # existing IAM role"): AWS's own policy for it may read each parameter of the account.
      statements = store.statements ++ [
        {
          actions = [
            "ssm:UpdateInstanceInformation"
            "ssmmessages:CreateControlChannel"
            "ssmmessages:CreateDataChannel"
            "ssmmessages:OpenControlChannel"
            "ssmmessages:OpenDataChannel"
          ];
          # As that page has it: channels have no name, and the instance none before it is made.
          resources = [ "*" ];
        }
      ];
    };
    securityGroups.service = {
      description = "The service";
      accepts = [
        {
          from = if front.securityGroup == null then "anywhere" else front.securityGroup;
          inherit (cfg) port;
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
    accepted."data.aws_iam_policy_document.instance" = {
      CKV_AWS_111 = "As Session Manager's guide has it: its channels have no name that could be given.";
      CKV_AWS_356 = "As Session Manager's guide has it: its channels have no name that could be given.";
    };
    accepted."aws_instance.counter" = {
      CKV_AWS_88 = "Its public address is how it reaches AWS: a NAT gateway would cost three times the instance.";
      CKV_AWS_126 = "Monitoring by the minute is charged; the lab measures from outside.";
      CKV_AWS_135 = "T2 has no EBS optimisation, T3 and T4g always have it.";
    };
  };

  resource = {
    aws_iam_instance_profile.counter = {
      name = "lab-\${var.name}";
      role = "\${aws_iam_role.instance.name}";
    };
    aws_instance.counter = {
      ami = "\${aws_ami.counter.id}";
      instance_type = "\${var.instance_type}";
      iam_instance_profile = "\${aws_iam_instance_profile.counter.name}";
      subnet_id = "\${local.subnet_ids[0]}";
      vpc_security_group_ids = [ "\${aws_security_group.service.id}" ];
      associate_public_ip_address = true;
      # What the service reads when it starts (nixos/images/ec2.nix).
      user_data = "${environment.store}=${store.url}\n${environment.region}=\${var.region}\n";
      user_data_replace_on_change = true;
      # Beyond its credits it slows down: T3 and T4g would be charged by default. The provider leaves it out for a type
      # without credits.
      credit_specification.cpu_credits = "standard";
      metadata_options = {
        http_tokens = "required";
        http_put_response_hop_limit = 1;
      };
      root_block_device = {
        volume_type = "gp3";
        volume_size = cfg.volumes_gib.root;
        encrypted = true;
      };
      # Default tags don't reach what an instance makes.
      volume_tags = {
        Name = "lab-\${var.name}";
        "lab:deployment" = "\${var.name}";
        "lab:way" = way.name;
      };
      tags.Name = "lab-\${var.name}";
      # It may count from its first call on.
      depends_on = [ "aws_iam_role_policy.instance" ];
    };
  };

  output.url.value = front.url;
}
