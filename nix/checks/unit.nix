# The rendered unit is one that systemd takes, and exposes little: on port 80, which needs a capability, and as it is
# without settings.
{
  self,
  pkgs,
  ...
}:
let
  inherit (pkgs) lib;
  machine =
    self.nixosConfigurations.${if pkgs.stdenv.hostPlatform.isAarch64 then "ec2-arm64" else "ec2"};
  bare = machine.extendModules {
    modules = [ { services.counter.settings.LISTEN = lib.mkForce null; } ];
  };
  units =
    name: system:
    pkgs.linkFarm name (
      lib.genAttrs [ "counter.service" "fetch-ec2-metadata.service" ] (
        unit: pkgs.writeText unit system.config.systemd.units.${unit}.text
      )
    );
in
pkgs.runCommand "unit" { nativeBuildInputs = [ pkgs.systemd ]; } ''
  for units in ${units "on-port-80" machine} ${units "bare" bare}; do
    cp --recursive --dereference $units units
    systemd-analyze verify --man=no units/counter.service
    # Tenths: 2.0.
    systemd-analyze security --offline=true --threshold=20 units/counter.service | tee --append $out
    rm --recursive units
  done
''
