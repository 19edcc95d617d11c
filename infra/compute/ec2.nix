# One instance, from an image of NixOS: no key, no shell from outside but SSM's, no metadata without a session.
{
  config,
  lib,
  way,
  ...
}:
let
  inherit (config.lab) front store;
  # The type that the cost is of (bench/prices/src/cost/compute/ec2.rs).
  types = {
    x86_64 = "t2.micro";
    arm64 = "t4g.micro";
  };
in
{
  imports = [
    ../machine-image.nix
    ../network.nix
    ../role.nix
    ../security-groups.nix
  ];

  lab = {
    target = {
      type = "instance";
      # nixos/images/ec2.nix
      port = 80;
      id = "\${aws_instance.counter.id}";
      hasDisk = true;
    };
    front = lib.mkIf (way.front == "direct") { url = "http://\${aws_instance.counter.public_ip}"; };

    roles.instance = {
      service = "ec2.amazonaws.com";
      inherit (store) statements;
    };
    securityGroups.service = {
      description = "The service";
      accepts = [
        {
          from = if front.securityGroup == null then "anywhere" else front.securityGroup;
          port = 80;
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
    accepted."aws_instance.counter" = {
      CKV_AWS_88 = "Its public address is how it reaches AWS: a NAT gateway would cost three times the instance.";
      CKV_AWS_126 = "Monitoring by the minute is charged; the lab measures from outside.";
      CKV_AWS_135 = "t2 knows no EBS optimisation, t4g has it always.";
    };
  };

  data.aws_partition.current = { };

  resource = {
    # A shell where one is needed: through SSM, without a port.
    aws_iam_role_policy_attachment.ssm = {
      role = "\${aws_iam_role.instance.name}";
      policy_arn = "arn:\${data.aws_partition.current.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore";
    };
    aws_iam_instance_profile.counter = {
      name = "lab-\${var.name}";
      role = "\${aws_iam_role.instance.name}";
    };
    aws_instance.counter = {
      ami = "\${aws_ami.counter.id}";
      instance_type = types.${way.arch};
      iam_instance_profile = "\${aws_iam_instance_profile.counter.name}";
      subnet_id = "\${local.subnet_ids[0]}";
      vpc_security_group_ids = [ "\${aws_security_group.service.id}" ];
      associate_public_ip_address = true;
      # What the service reads when it starts (nixos/images/ec2.nix).
      user_data = "STORE=${store.url}\nAWS_REGION=\${var.region}\n";
      user_data_replace_on_change = true;
      # No surcharge for what it does beyond its credits.
      credit_specification.cpu_credits = "standard";
      metadata_options = {
        http_tokens = "required";
        http_put_response_hop_limit = 1;
      };
      root_block_device = {
        volume_type = "gp3";
        volume_size = 8;
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
      depends_on = lib.optional (store.statements != [ ]) "aws_iam_role_policy.instance";
    };
  };

  output.url.value = front.url;
}
