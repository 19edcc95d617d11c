# What the parts of a way exchange. A part sets what is its own, and reads the rest; none knows a whole way.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  required = type: description: mkOption { inherit type description; };
  orNull =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
  listOf =
    type: description:
    mkOption {
      type = types.listOf type;
      default = [ ];
      inherit description;
    };
in
{
  options.lab = {
    store = {
      url = required types.str "What the service gets as STORE.";
      secret = mkOption {
        type = types.bool;
        default = false;
        description = "Whether its URL has a password, which Terraform must not show.";
      };
      place = orNull types.str "The name of its table or bucket; null where it has none.";
      statements = listOf types.attrs "What the service may do with it: IAM statements as aws_iam_policy_document has them.";
      volume = mkOption {
        type = types.nullOr types.attrs;
        default = null;
        description = "The volume of an ECS task that holds it, mounted where its URL has its folder; null without one.";
      };
      dependsOn = listOf types.str "What has to be there before the volume can be mounted.";
      zones = mkOption {
        type = types.int;
        default = 1;
        description = "In how many zones it must have subnets.";
      };
      exclusive = mkOption {
        type = types.bool;
        default = false;
        description = "Whether two processes on it would count apart, or not at all.";
      };
    };

    target = {
      type = required (types.enum [
        "instance"
        "ip"
        "lambda"
      ]) "What a target group holds.";
      port = orNull types.port "Where the service listens; null for a function.";
      id = orNull types.str "What is registered as target; null where the compute registers its targets itself.";
      instanceType = orNull types.str "The instance type that its zones must offer; null where it is not an instance.";
      zones = mkOption {
        type = types.int;
        default = 1;
        description = "In how many zones it must have subnets, whatever its front stands in.";
      };
      hasDisk = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the service's own disk outlives a restart.";
      };
    };

    front = {
      url = required types.str "Where the way answers, without a slash at the end.";
      targetGroup = orNull types.str "ARN of the target group that the service is to be registered in.";
      dependsOn = listOf types.str "What has to be there before a service is registered in the target group.";
      zones = mkOption {
        type = types.int;
        default = 1;
        description = "In how many zones it stands; the service stands in the same.";
      };
      securityGroup = orNull types.str "The security group that calls the service; null: anybody does.";
    };

    image = orNull types.str "The container image, by its repository and tag.";

    accepted = mkOption {
      type = types.attrsOf (types.attrsOf types.str);
      default = { };
      description = "Findings of checkov that are meant so: by resource and check, the reason.";
    };
  };
}
