# What our EC2 images have in common: reached by Session Manager alone, small, and never changed while they run.
{ lib, modulesPath, ... }:
{
  # The machine as the image has it; `config.system.build.amazonImage` is the image. It has the SSM agent.
  imports = [ "${modulesPath}/../maintainers/scripts/ec2/amazon-image.nix" ];

  # coldsnap and `upload-ami --ebs-direct` take it without a bucket and a role of its own.
  amazonImage.format = "raw";
  # In MiB; the root grows to its volume.
  virtualisation.diskSize = 3 * 1024;

  # No SSH: the SSM agent gives a shell to whom IAM lets have one. Nobody has a password or a key.
  services.openssh.enable = lib.mkForce false;
  users.mutableUsers = false;
  users.allowNoPasswordLogin = true;

  nix.enable = false;
  documentation.enable = false;
  system.stateVersion = "26.05";
}
