# What our EC2 images have in common: reached by Session Manager alone, small, and never changed while they run.
{
  config,
  lib,
  modulesPath,
  ...
}:
let
  disk = import ../../infra/disk.nix;
  inherit (import ../../nix/ways.nix { inherit lib; }) model;
in
{
  # A machine of EC2's, with the SSM agent. `config.system.build.images.amazon` is its image.
  imports = [
    "${modulesPath}/virtualisation/amazon-image.nix"
    "${modulesPath}/profiles/minimal.nix"
  ];

  image.modules.amazon = {
    # As VM Import reads it.
    amazonImage.format = disk.nixos;
    # In MiB; the root grows to its volume.
    virtualisation.diskSize = model.compute.ec2.volumes_gib.image * 1024;
  };

  # The root disk of a Xen instance (t2). Nitro's is NVMe, which nixpkgs' module has; it dropped this one
  # (NixOS/nixpkgs#313933), and without it stage 1 never finds the disk.
  boot.initrd.availableKernelModules = lib.mkIf config.nixpkgs.hostPlatform.isx86_64 [
    "xen-blkfront"
  ];

  # No SSH: the SSM agent gives a shell to whom IAM lets have one. Nobody has a password or a key.
  services.openssh.enable = lib.mkForce false;
  users.mutableUsers = false;
  users.allowNoPasswordLogin = true;

  # Nobody edits, installs or adds disks here.
  nix.enable = false;
  system.disableInstallerTools = true;
  programs.nano.enable = false;
  fonts.fontconfig.enable = false;
  boot.bcache.enable = false;
  services.lvm.enable = false;
  system.stateVersion = "26.05";
}
