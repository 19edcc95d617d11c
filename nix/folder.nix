# What a folder holds, by name: so that a file that is added is there, and nothing is listed twice.
{ lib }:
rec {
  # The Nix files of a folder, `default.nix` aside: { NAME = PATH; }.
  files =
    folder:
    lib.mapAttrs' (name: _: lib.nameValuePair (lib.removeSuffix ".nix" name) (folder + "/${name}")) (
      lib.filterAttrs (
        name: type: type == "regular" && lib.hasSuffix ".nix" name && name != "default.nix"
      ) (builtins.readDir folder)
    );

  # The modules below a folder: services/counter.nix is `services-counter`.
  modules =
    folder:
    lib.concatMapAttrs (
      name: type:
      if type == "directory" then
        lib.mapAttrs' (below: lib.nameValuePair "${name}-${below}") (modules (folder + "/${name}"))
      else
        { ${lib.removeSuffix ".nix" name} = folder + "/${name}"; }
    ) (builtins.readDir folder);
}
