# A function from a container image in ECR, which has its runtime interface client, its entrypoint and its handler in it.
_: {
  imports = [
    ../function.nix
    ../image.nix
  ];

  # Lambda pulls it by the repository's policy. Where there is none Lambda would write one itself, which Terraform does not know
  # of (Lambda Developer Guide, "Create a Lambda function using a container image", Amazon ECR permissions).
  data.aws_iam_policy_document.pull.statement = {
    actions = [
      "ecr:BatchGetImage"
      "ecr:GetDownloadUrlForLayer"
    ];
    principals = {
      type = "Service";
      identifiers = [ "lambda.amazonaws.com" ];
    };
    # By its name: the function's own ARN would wait for the function. The registry's id is the account's.
    condition = {
      test = "ArnLike";
      variable = "aws:SourceArn";
      values = [
        "arn:aws:lambda:\${var.region}:\${aws_ecr_repository.counter.registry_id}:function:lab-\${var.name}"
      ];
    };
  };

  resource = {
    aws_ecr_repository_policy.counter = {
      repository = "\${aws_ecr_repository.counter.name}";
      policy = "\${data.aws_iam_policy_document.pull.json}";
    };
    aws_lambda_function.counter = {
      package_type = "Image";
      image_uri = "\${local.image}";
      depends_on = [
        "aws_ecr_repository_policy.counter"
        "terraform_data.image"
      ];
    };
  };
}
