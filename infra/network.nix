# The network that servers and balancers stand in, and functions whose store is in there: the region's default VPC, or where the
# account has none, one of our own. The lab decides once for a deployment (`own_vpc`), so that it never moves. Public subnets
# only: a NAT gateway would cost more than everything else.
{ config, lib, ... }:
let
  inherit (config.lab) front store target;
  inherit (target) instanceType;
  zones = lib.foldl' lib.max front.zones [
    store.zones
    target.zones
  ];
  own = make: { count = "\${var.own_vpc ? 1 : 0}"; } // make;
  perZone = make: { count = "\${var.own_vpc ? ${toString zones} : 0}"; } // make;
  default = make: { count = "\${var.own_vpc ? 0 : 1}"; } // make;
in
{
  variable.own_vpc = {
    type = "bool";
    description = "Whether to make a VPC, and not to stand in the region's default one.";
    default = false;
  };

  data = {
    aws_vpc.default = default { default = true; };
    aws_subnets.default = default {
      filter = [
        {
          name = "vpc-id";
          values = [ "\${data.aws_vpc.default[0].id}" ];
        }
        {
          name = "default-for-az";
          values = [ "true" ];
        }
        {
          name = "availability-zone";
          values = "\${local.zones}";
        }
      ];
      lifecycle.postcondition = {
        condition = "\${length(self.ids) >= ${toString zones}}";
        error_message = "The default VPC lacks a subnet in ${toString zones} of the zones \${join(\", \", local.zones)}: make one by `aws ec2 create-default-subnet --availability-zone ZONE`.";
      };
    };
    # Not every zone has every instance type: of three in us-west-2, one lacks t2.
    aws_ec2_instance_type_offerings = lib.mkIf (instanceType != null) {
      zones = {
        location_type = "availability-zone";
        filter = {
          name = "instance-type";
          values = [ instanceType ];
        };
        lifecycle.postcondition = {
          condition = "\${length(setintersection(self.locations, data.aws_availability_zones.full.names)) >= ${toString zones}}";
          error_message = "${instanceType} is in fewer than ${toString zones} of the zones \${join(\", \", data.aws_availability_zones.full.names)}: choose another instance type or region.";
        };
      };
    };
    aws_availability_zones.full = {
      state = "available";
      # Old zones without Fargate (ECS Developer Guide, "Supported Regions for Amazon ECS on AWS Fargate"), most of
      # which most accounts don't see.
      exclude_zone_ids = [
        "apne1-az3"
        "cac1-az3"
        "cac1-az4"
        "use1-az3"
        "usw1-az2"
      ];
      # Without the local zones that an account has opted in to: they come first by name, and lack most services.
      filter = {
        name = "opt-in-status";
        values = [ "opt-in-not-required" ];
      };
    };
  };

  resource = {
    aws_vpc.own = own {
      cidr_block = "10.0.0.0/24";
      enable_dns_hostnames = true;
      tags.Name = "lab-\${var.name}";
    };
    # What is in no group of its own reaches nothing.
    aws_default_security_group.own = own { vpc_id = "\${aws_vpc.own[0].id}"; };
    aws_internet_gateway.own = own { vpc_id = "\${aws_vpc.own[0].id}"; };
    aws_subnet.own = perZone {
      vpc_id = "\${aws_vpc.own[0].id}";
      availability_zone = "\${local.zones[count.index]}";
      cidr_block = "\${cidrsubnet(aws_vpc.own[0].cidr_block, 2, count.index)}";
      # A zone that AWS adds, or adds the type to, moves nothing.
      lifecycle.ignore_changes = [ "availability_zone" ];
    };
    aws_route_table.own = own { vpc_id = "\${aws_vpc.own[0].id}"; };
    aws_route.own = own {
      route_table_id = "\${aws_route_table.own[0].id}";
      destination_cidr_block = "0.0.0.0/0";
      gateway_id = "\${aws_internet_gateway.own[0].id}";
    };
    aws_route_table_association.own = perZone {
      subnet_id = "\${aws_subnet.own[count.index].id}";
      route_table_id = "\${aws_route_table.own[0].id}";
      depends_on = [ "aws_route.own" ];
    };
  };

  locals = {
    zones =
      if instanceType == null then
        "\${data.aws_availability_zones.full.names}"
      else
        "\${sort(setintersection(data.aws_ec2_instance_type_offerings.zones.locations, data.aws_availability_zones.full.names))}";
    vpc_id = "\${var.own_vpc ? one(aws_vpc.own[*].id) : one(data.aws_vpc.default[*].id)}";
    # By their associations, so that what stands in them comes after the way to the internet and goes before it: a
    # gateway can't be detached while there are public addresses.
    subnet_ids = "\${slice(var.own_vpc ? aws_route_table_association.own[*].subnet_id : sort(one(data.aws_subnets.default[*].ids)), 0, ${toString zones})}";
  };

  lab.accepted = {
    "aws_vpc.own".CKV2_AWS_11 =
      "Flow logs of a lab's own network would be charged by the GB and read by nobody.";
    "data.aws_availability_zones.full".CKV_AWS_394 =
      "Any two zones will do, and a subnet stays in its own: zones are added at the end of the sorted list.";
  };
}
