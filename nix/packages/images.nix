# What the machine images are, as far as the Terraform and AWS depend on it, by evaluation alone: nothing is built. The
# repository keeps it (infra/rendered/images.json), and the rules of bench/lab/tests/it/terraform hold it.
{ lib, machines }:
let
  facts =
    { config, ... }:
    let
      counter = config.systemd.services.counter.serviceConfig or null;
    in
    {
      system = config.nixpkgs.hostPlatform.system;
      inherit (config.amazonImage) format;
      extension = lib.last (lib.splitString "." config.image.fileName);
      boot_mode = if config.ec2.efi then "uefi" else "legacy-bios";
      # The drivers of EC2's root disks: Nitro's and Xen's.
      initrd_modules = lib.intersectLists config.boot.initrd.availableKernelModules [
        "nvme"
        "xen-blkfront"
      ];
      disk_mib = config.virtualisation.diskSize;
      sshd = config.services.openssh.enable;
      ssm_agent = config.services.amazon-ssm-agent.enable;
      runs_user_data = config.virtualisation.amazon-init.enable;
      os_release_id = config.system.nixos.distroId;
      service =
        if counter == null then
          null
        else
          {
            # A leading `-` would let it be absent.
            environment_file = toString counter.EnvironmentFile;
            refuses_an_empty_one = lib.hasInfix "test -s ${counter.EnvironmentFile}" (
              toString counter.ExecStartPre
            );
            listen = config.services.counter.settings.LISTEN;
          };
      open_tcp_ports =
        if config.networking.firewall.enable then config.networking.firewall.allowedTCPPorts else null;
    };
in
''
  {
  ${lib.concatStringsSep ",\n" (
    lib.mapAttrsToList (
      name: machine:
      "${builtins.toJSON name}: ${builtins.toJSON (facts machine.config.system.build.images.amazon.passthru)}"
    ) machines
  )}
  }
''
