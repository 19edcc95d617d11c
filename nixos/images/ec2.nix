# The EC2 machine: the counter's server on port 80, and nothing that one could log in to from outside.
#
# One image for every store: the instance's user data are lines such as `STORE=dynamodb://TABLE/KEY` and
# `AWS_REGION=eu-west-2`, which the service reads when it starts.
{
  imports = [ ../profiles/ec2.nix ];

  services.counter = {
    enable = true;
    settings.LISTEN = "0.0.0.0:80";
    environmentFile = "/etc/ec2-metadata/user-data";
  };
  # Written by this unit, over IMDSv2. It runs at each start of the service, until the file is there.
  systemd.services.counter = {
    requires = [ "fetch-ec2-metadata.service" ];
    after = [ "fetch-ec2-metadata.service" ];
  };
  networking.firewall.allowedTCPPorts = [ 80 ];

  # User data are the counter's settings, not a NixOS configuration to switch to.
  virtualisation.amazon-init.enable = false;
}
