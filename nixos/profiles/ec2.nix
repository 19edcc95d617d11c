# What our EC2 images have in common: reached by Session Manager alone, small, and never changed while they run.
{ lib, ... }:
{
  # As a string: what is declared here holds for the variant that is built, nixos/modules/image/images.nix.
  image.modules.amazon =
    { ... }:
    {
      # coldsnap and `upload-ami --ebs-direct` take it without a bucket and a role of its own.
      amazonImage.format = "raw";
      # In MiB; the root grows to its volume.
      virtualisation.diskSize = 3 * 1024;
      # No SSH: the SSM agent, which these images run, gives a shell to whom IAM lets have one.
      services.openssh.enable = lib.mkForce false;
    };

  nix.enable = false;
  documentation.enable = false;
  users.mutableUsers = false;
  # Nobody has a password or a key, and is not meant to.
  users.allowNoPasswordLogin = true;
  system.stateVersion = "26.05";
}
