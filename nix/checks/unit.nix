# The rendered unit is one that systemd takes, and exposes little: on port 80, which needs a capability, and with nothing
# but `enable`, as in a configuration of somebody else's.
{
  self,
  pkgs,
  ...
}:
let
  inherit (pkgs) lib;
  bare = self.inputs.nixpkgs.lib.nixosSystem {
    modules = [
      self.nixosModules.default
      {
        nixpkgs.pkgs = pkgs;
        boot.isContainer = true;
        services.counter.enable = true;
        system.stateVersion = "26.05";
      }
    ];
  };
  machines = {
    on-port-80 = self.nixosConfigurations.ec2;
    inherit bare;
  };
  units = lib.concatMapAttrs (
    name: machine:
    lib.genAttrs'
      (lib.filter (unit: machine.config.systemd.units ? ${unit}) [
        "counter.service"
        "fetch-ec2-metadata.service"
      ])
      (
        unit:
        lib.nameValuePair "${name}/${unit}" (pkgs.writeText unit machine.config.systemd.units.${unit}.text)
      )
  ) machines;
in
pkgs.runCommand "unit" { nativeBuildInputs = [ pkgs.systemd ]; } ''
  for units in ${pkgs.linkFarm "units" units}/*; do
    cp --recursive --dereference $units units
    systemd-analyze verify --man=no units/counter.service
    # Tenths: 2.0.
    systemd-analyze security --offline=true --threshold=20 units/counter.service | tee --append $out
    rm --recursive units
  done
''
