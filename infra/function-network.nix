# A function in the VPC of its store. Its network interfaces are Lambda's: made with the function, shared by its environments, and
# free of charge; its logs go another way (Lambda Developer Guide, "VPC networking for Lambda"). It calls its store and nothing
# else, so that it needs neither a NAT gateway nor endpoints.
_: {
  imports = [
    ./network.nix
    ./security-groups.nix
  ];

  lab = {
    securityGroups.service.description = "The service";
    # What Lambda does with the function's role: AWSLambdaVPCAccessExecutionRole without the logs (AWS Managed Policy Reference).
    roles.function.statements = [
      {
        actions = [
          "ec2:AssignPrivateIpAddresses"
          "ec2:CreateNetworkInterface"
          "ec2:DeleteNetworkInterface"
          "ec2:DescribeNetworkInterfaces"
          "ec2:DescribeSubnets"
          "ec2:UnassignPrivateIpAddresses"
        ];
        # As that policy has it: interfaces have no name, and none before they are made.
        resources = [ "*" ];
      }
    ];
    accepted."data.aws_iam_policy_document.function" = {
      CKV_AWS_111 = "As AWS's own policy has it: an interface has no name that could be given. The function has no way to EC2.";
      CKV_AWS_356 = "As AWS's own policy has it: an interface has no name that could be given.";
    };
  };

  resource = {
    aws_lambda_function.counter.vpc_config = {
      subnet_ids = "\${local.subnet_ids}";
      security_group_ids = [ "\${aws_security_group.service.id}" ];
    };
    # Lambda deletes the interfaces by the function's role, up to 20 minutes after the function (the same page, "Deleting ENIs").
    # The group can't go before they have gone, and so the role's rights stay until then.
    aws_security_group.service.depends_on = [ "aws_iam_role_policy.function" ];
  };
}
