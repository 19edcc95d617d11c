# One task of a container, on capacity that AWS runs: on demand, as the original study's code deploys it, or Spot.
{
  config,
  lib,
  way,
  model,
  ...
}:
let
  inherit (config.lab) front store;
  cfg = model.compute.fargate;
  inherit (cfg) port;
  inherit (model.service) environment folder;
  # `0.25x512`: vCPU and MiB.
  default = map builtins.fromJSON (lib.splitString "x" cfg.default_size.${way.arch});
  # The front's, where the store has more.
  subnets =
    if store.zones > front.zones then
      "\${slice(local.subnet_ids, 0, ${toString front.zones})}"
    else
      "\${local.subnet_ids}";
  steps =
    row:
    lib.genList (number: row.from_mib + number * row.step_mib) (
      (row.to_mib - row.from_mib) / row.step_mib + 1
    );
in
{
  imports = [
    ../front/${way.front}.nix
    ../image.nix
    ../logs.nix
    ../network.nix
    ../role.nix
    ../security-groups.nix
  ];

  variable = {
    spot = {
      type = "bool";
      description = "Whether the task runs on Spot capacity: cheaper, and AWS may end it at any time.";
      default = false;
    };
    vcpu = {
      type = "number";
      description = "The task's share of processors: 0.25 is a quarter of one.";
      default = lib.head default;
    };
    memory_mib = {
      type = "number";
      description = "The task's memory, in MiB: what Fargate offers with its processors.";
      default = lib.last default;
    };
  };

  lab = {
    target = {
      type = "ip";
      inherit port;
    };
    logs.service = "/lab/\${var.name}";

    roles = {
      # The service's.
      task = {
        service = "ecs-tasks.amazonaws.com";
        inherit (store) statements;
      };
      # ECS' own, to start it.
      execution = {
        service = "ecs-tasks.amazonaws.com";
        statements = [
          {
            actions = [ "ecr:GetAuthorizationToken" ];
            # It knows no resource.
            resources = [ "*" ];
          }
          {
            actions = [
              "ecr:BatchCheckLayerAvailability"
              "ecr:BatchGetImage"
              "ecr:GetDownloadUrlForLayer"
            ];
            resources = [ "\${aws_ecr_repository.counter.arn}" ];
          }
          {
            actions = [
              "logs:CreateLogStream"
              "logs:PutLogEvents"
            ];
            resources = [ "\${aws_cloudwatch_log_group.service.arn}:*" ];
          }
        ];
      };
    };
    securityGroups.service = {
      description = "The service";
      accepts = [
        {
          from = if front.securityGroup == null then "anywhere" else front.securityGroup;
          inherit port;
          description = "HTTP";
        }
      ];
      calls = [
        {
          to = "anywhere";
          port = 443;
          description = "AWS, and the registry of its images";
        }
      ];
    };
    accepted = {
      "aws_ecs_cluster.counter".CKV_AWS_65 =
        "Container Insights is charged by the metric; the lab measures from outside.";
      "aws_ecs_service.counter".CKV_AWS_333 =
        "Its public address is how it reaches AWS: a NAT gateway would cost three times the task.";
    };
  };

  resource = {
    aws_ecs_cluster.counter.name = "lab-\${var.name}";
    aws_ecs_cluster_capacity_providers.counter = {
      cluster_name = "\${aws_ecs_cluster.counter.name}";
      capacity_providers = [
        "FARGATE"
        "FARGATE_SPOT"
      ];
    };
    aws_ecs_task_definition.counter = {
      family = "lab-\${var.name}";
      requires_compatibilities = [ "FARGATE" ];
      network_mode = "awsvpc";
      cpu = "\${var.vcpu * 1024}";
      memory = "\${var.memory_mib}";
      runtime_platform = {
        operating_system_family = "LINUX";
        cpu_architecture = lib.toUpper way.arch;
      };
      task_role_arn = "\${aws_iam_role.task.arn}";
      execution_role_arn = "\${aws_iam_role.execution.arn}";
      container_definitions = "\${jsonencode([local.container])}";
      volume = lib.optional (store.volume != null) store.volume;
      lifecycle.precondition = {
        condition = "\${try(contains(local.sizes[tostring(var.vcpu)], var.memory_mib), false)}";
        error_message = "Fargate has no task of \${var.vcpu} vCPU with \${var.memory_mib} MiB: it has, by vCPU, \${jsonencode(local.sizes)}.";
      };
    };
    aws_ecs_service.counter = {
      name = "counter";
      cluster = "\${aws_ecs_cluster.counter.id}";
      task_definition = "\${aws_ecs_task_definition.counter.arn}";
      desired_count = 1;
      capacity_provider_strategy = [
        {
          capacity_provider = "\${var.spot ? \"FARGATE_SPOT\" : \"FARGATE\"}";
          weight = 1;
        }
      ];
      # Where two tasks would count apart the old one ends before the new one starts.
      deployment_minimum_healthy_percent = if store.exclusive then 0 else 100;
      deployment_maximum_percent = if store.exclusive then 100 else 200;
      # AWS' default for new services, which would start a second task in another zone.
      availability_zone_rebalancing = "DISABLED";
      deployment_circuit_breaker = {
        enable = true;
        rollback = true;
      };
      network_configuration = {
        inherit subnets;
        security_groups = [ "\${aws_security_group.service.id}" ];
        # How it reaches AWS.
        assign_public_ip = true;
      };
      load_balancer = lib.optional (front.targetGroup != null) {
        target_group_arn = front.targetGroup;
        container_name = "counter";
        container_port = port;
      };
      # The tag of the deployment, on what ECS makes.
      enable_ecs_managed_tags = true;
      propagate_tags = "SERVICE";
      # Without, the provider (6) refuses to change between Spot and on-demand.
      force_new_deployment = true;
      depends_on = [
        "aws_ecs_cluster_capacity_providers.counter"
        "aws_iam_role_policy.execution"
        "terraform_data.image"
      ]
      ++ front.dependsOn
      ++ store.dependsOn
      ++ lib.optional (store.statements != [ ]) "aws_iam_role_policy.task";
    };
  };

  # What Fargate offers, in MiB by vCPU.
  locals.sizes = lib.mapAttrs (_: lib.concatMap steps) (
    lib.groupBy (row: builtins.toJSON row.vcpu) cfg.sizes.task
  );

  locals.container = {
    name = "counter";
    inherit (config.lab) image;
    essential = true;
    portMappings = [
      {
        containerPort = port;
        protocol = "tcp";
      }
    ];
    environment = [
      {
        name = environment.store;
        value = store.url;
      }
      {
        name = environment.region;
        value = "\${var.region}";
      }
    ];
    readonlyRootFilesystem = true;
    # Time to drain: the service takes 10 s.
    stopTimeout = 30;
    mountPoints = lib.optional (store.volume != null) {
      sourceVolume = store.volume.name;
      containerPath = folder;
    };
    logConfiguration = {
      logDriver = "awslogs";
      options = {
        awslogs-group = "\${aws_cloudwatch_log_group.service.name}";
        awslogs-region = "\${var.region}";
        awslogs-stream-prefix = "counter";
      };
    };
  };

  output = {
    # A task without a balancer has an address that only ECS knows, and another one after each restart: the lab asks
    # for it whenever it calls.
    url.value = if front.targetGroup == null then "\${null}" else front.url;
    task.value = {
      cluster = "\${aws_ecs_cluster.counter.name}";
      service = "\${aws_ecs_service.counter.name}";
      inherit port;
    };
  };
}
