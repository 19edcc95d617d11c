# A domain of one's own, where one is given: a certificate that DNS proves, and the name that leads to the front.
{ config, lib, ... }:
let
  named = make: { count = "\${var.domain == \"\" ? 0 : 1}"; } // make;
in
{
  options.lab.alias = lib.genAttrs [ "name" "zone" ] (
    name:
    lib.mkOption {
      type = lib.types.str;
      description = "The front's DNS ${name}.";
    }
  );

  config = {
    variable = {
      domain = {
        type = "string";
        description = "The domain name under which the way is to be reached over TLS; empty for none.";
        default = "";
      };
      zone = {
        type = "string";
        description = "The public Route 53 zone that the domain is in; by default the domain without its first label.";
        default = "";
      };
    };

    data.aws_route53_zone.counter = named {
      name = "\${var.zone == \"\" ? replace(var.domain, \"/^[^.]+[.]/\", \"\") : var.zone}";
    };

    resource = {
      aws_acm_certificate.counter = named {
        domain_name = "\${var.domain}";
        validation_method = "DNS";
        lifecycle.create_before_destroy = true;
      };
      aws_route53_record = {
        validation = named {
          zone_id = "\${data.aws_route53_zone.counter[0].zone_id}";
          name = "\${one(aws_acm_certificate.counter[0].domain_validation_options).resource_record_name}";
          type = "\${one(aws_acm_certificate.counter[0].domain_validation_options).resource_record_type}";
          records = [
            "\${one(aws_acm_certificate.counter[0].domain_validation_options).resource_record_value}"
          ];
          ttl = 60;
          allow_overwrite = true;
        };
        counter = named {
          zone_id = "\${data.aws_route53_zone.counter[0].zone_id}";
          name = "\${var.domain}";
          type = "A";
          alias = {
            inherit (config.lab.alias) name;
            zone_id = config.lab.alias.zone;
            evaluate_target_health = false;
          };
        };
      };
      aws_acm_certificate_validation.counter = named {
        certificate_arn = "\${aws_acm_certificate.counter[0].arn}";
        validation_record_fqdns = [ "\${aws_route53_record.validation[0].fqdn}" ];
      };
    };
  };
}
