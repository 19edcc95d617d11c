# The network that servers and balancers stand in: the region's default VPC, or where the account has none, one of our
# own. The lab decides once for a deployment (`own_vpc`), so that it never moves. Public subnets only: a NAT gateway
# would cost more than everything else.
{ config, ... }:
let
  own = make: { count = "\${var.own_vpc ? 1 : 0}"; } // make;
  # Balancers want two zones.
  perZone = make: { count = "\${var.own_vpc ? 2 : 0}"; } // make;
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
      ];
    };
    # Without the local zones that an account has opted in to: they come first by name, and lack most services.
    aws_availability_zones.own = own {
      state = "available";
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
      availability_zone = "\${data.aws_availability_zones.own[0].names[count.index]}";
      cidr_block = "\${cidrsubnet(aws_vpc.own[0].cidr_block, 2, count.index)}";
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
    };
  };

  locals = {
    vpc_id = "\${var.own_vpc ? one(aws_vpc.own[*].id) : one(data.aws_vpc.default[*].id)}";
    subnet_ids = "\${slice(var.own_vpc ? aws_subnet.own[*].id : sort(one(data.aws_subnets.default[*].ids)), 0, ${toString config.lab.front.zones})}";
  };

  lab.accepted = {
    "aws_vpc.own".CKV2_AWS_11 =
      "Flow logs of a lab's own network would be charged by the GB and read by nobody.";
    "data.aws_availability_zones.own".CKV_AWS_394 =
      "Any two zones will do, and a subnet stays in its own: zones are added at the end of the sorted list.";
  };
}
