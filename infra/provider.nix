# What every way has: the provider, the names of all that is made, and the tag by which `lab destroy` finds what is left.
{ lib, way, ... }:
{
  terraform = {
    # The first with which both OpenTofu and Terraform lock an S3 state without a table.
    required_version = ">= 1.10.0";
    required_providers.aws = {
      source = "hashicorp/aws";
      version = lib.mkDefault ">= 5.100.0, < 7.0.0";
    };
  };

  variable = {
    name = {
      type = "string";
      description = "The deployment's name: all that is made is called lab-NAME, or begins so.";
      validation = {
        # With "lab-" and a suffix it is a load balancer's name, which may have 32 characters.
        condition = ''''${can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", var.name))}'';
        error_message = "The name has lower-case letters, digits and hyphens, begins with a letter, ends with none, and has 20 characters at most.";
      };
    };
    region = {
      type = "string";
      description = "The AWS region.";
    };
  };

  provider.aws = {
    region = "\${var.region}";
    default_tags.tags = {
      "lab:deployment" = "\${var.name}";
      "lab:way" = way.name;
    };
  };

  output = {
    way.value = way.name;
    region.value = "\${var.region}";
  };
}
