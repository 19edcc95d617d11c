# A container service of Lightsail's, of one node. Lightsail pulls the image by a role that it makes for the service, which the
# repository lets in (Lightsail Developer Guide, "Amazon ECR private repository access").
{
  config,
  lib,
  way,
  model,
  ...
}:
let
  inherit (config.lab) front store;
  inherit (model.service) environment health;
  cfg = model.compute.lightsail;
  size = import ../size.nix { inherit lib model; };
  service = "aws_lightsail_container_service.counter";
  container = "counter";
in
{
  imports = [
    ../front/${way.front}.nix
    ../image.nix
  ];

  variable.power =
    size.power "power" "The power of the node: its vCPU, its memory and its price."
      cfg.default_size.${way.arch};

  lab.front.url = "\${trimsuffix(${service}.url, \"/\")}";

  data.aws_iam_policy_document.pull.statement = {
    actions = [
      "ecr:BatchGetImage"
      "ecr:GetDownloadUrlForLayer"
    ];
    principals = {
      type = "AWS";
      identifiers = [
        "\${${service}.private_registry_access[0].ecr_image_puller_role[0].principal_arn}"
      ];
    };
  };

  resource = {
    aws_ecr_repository_policy.counter = {
      repository = "\${aws_ecr_repository.counter.name}";
      policy = "\${data.aws_iam_policy_document.pull.json}";
    };
    aws_lightsail_container_service.counter = {
      name = "lab-\${var.name}";
      power = "\${var.power}";
      # A second node would count apart.
      scale = 1;
      private_registry_access.ecr_image_puller_role.is_active = true;
    };
    # It is replaced by the next one, and goes with its service.
    aws_lightsail_container_service_deployment_version.counter = {
      service_name = "\${${service}.name}";
      container = {
        container_name = container;
        inherit (config.lab) image;
        environment = {
          ${environment.store} = store.url;
          ${environment.region} = "\${var.region}";
        };
        ports.${toString cfg.port} = "HTTP";
      };
      public_endpoint = {
        container_name = container;
        container_port = cfg.port;
        health_check = {
          inherit (health) path;
          success_codes = "200";
          interval_seconds = health.interval_s;
          timeout_seconds = 10;
          healthy_threshold = 2;
          unhealthy_threshold = 2;
        };
      };
      depends_on = [
        "aws_ecr_repository_policy.counter"
        "terraform_data.image"
      ];
    };
  };

  output.url.value = front.url;
}
