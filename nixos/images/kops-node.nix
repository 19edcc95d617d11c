# A Kubernetes node that kOps brings up: NixOS where kOps' nodeup knows only other distributions. Evaluated, never
# booted. Control planes stay on kOps' own image.
#
# nodeup (kOps 1.37) refuses a distribution that it doesn't know, and installs packages on those that it knows, but for
# Flatcar: there it expects them. So the image has that name, and brings what nodeup expects. nodeup then
# writes its units and starts kubelet, once per boot; nothing may switch the system's configuration afterwards.
{
  pkgs,
  ...
}:
{
  imports = [ ../profiles/ec2.nix ];

  # /etc/os-release: nodeup takes any version of it.
  system.nixos.distroId = "flatcar";

  # User data are kOps' script; `amazon-init` runs it, as what begins with `#!`.
  virtualisation.amazon-init.enable = true;

  virtualisation.containerd.enable = true;

  # nodeup points kubelet to /run/systemd/resolve/resolv.conf on Flatcar.
  services.resolved.enable = true;

  # The cluster's own network policy; kube-proxy and the CNI write their rules.
  networking.firewall.enable = false;

  boot.kernelModules = [
    # Containers can't load modules: the store's links lead nowhere in them.
    "br_netfilter"
    "ip_vs"
    "nf_conntrack"
    "overlay"
    "xt_comment"
    "xt_conntrack"
    "xt_MASQUERADE"
    "xt_mark"
    "xt_statistic"
  ];

  environment = {
    # What the script, nodeup and kubelet call.
    systemPackages = with pkgs; [
      conntrack-tools
      containerd
      curl
      ethtool
      ipset
      iptables
      kmod
      socat
      util-linux
      xz
    ];
    etc = {
      # nodeup writes into it, in place.
      hosts.mode = "0644";
      # Named as EnvironmentFile by nodeup's units, without the `-` that would let it be absent.
      environment = {
        text = "";
        mode = "0644";
      };
    };
  };

  # Units that are not NixOS's own get systemd's folder only as their path.
  systemd.settings.Manager.DefaultEnvironment = "PATH=/run/wrappers/bin:/run/current-system/sw/bin";

  # Kubelet's releases before Kubernetes 1.36 are linked to glibc's loader by its usual path.
  programs.nix-ld.enable = true;

  systemd.tmpfiles.rules =
    let
      link = path: to: "L+ ${path} - - - - ${to}";
      sw = "/run/current-system/sw/bin";
    in
    [
      (link "/bin/bash" "${sw}/bash")
      (link "/sbin/modprobe" "${sw}/modprobe")
      (link "/usr/bin/containerd" "${sw}/containerd")
      (link "/usr/bin/ctr" "${sw}/ctr")
      (link "/usr/bin/systemctl" "${sw}/systemctl")
      # kube-proxy mounts it.
      (link "/lib/modules" "/run/booted-system/kernel-modules/lib/modules")
      "d /etc/sysconfig 0755"
      "d /usr/share/ca-certificates 0755"
    ];

  # nodeup writes and enables units in /etc/systemd/system, a link into the store on NixOS: a copy in its place, made
  # before systemd reads it.
  system.activationScripts.writable-units = {
    deps = [ "etc" ];
    text = ''
      units=$(readlink -f /etc/systemd/system)
      rm /etc/systemd/system
      cp --recursive --no-dereference "$units" /etc/systemd/system
      chmod -R u+w /etc/systemd/system
    '';
  };
}
