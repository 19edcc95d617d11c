# A wrong key, a missing one and a value of another type in an object of Kubernetes are refused by the evaluation: no
# build is needed to see them.
{ pkgs, ... }:
let
  inherit (pkgs) lib;
  shapes = import ../../infra/kubernetes/record.nix { inherit lib; };
  type = shapes.record {
    kind = shapes.always "Service";
    name = lib.types.str;
    zone = shapes.known (lib.types.enum [ "a" ]);
    ports = shapes.optional (lib.types.listOf (shapes.record { port = lib.types.port; }));
  };
  # What comes out of an object, or null where it is refused.
  made =
    object:
    let
      evaluated = lib.evalModules {
        modules = [
          { options.object = lib.mkOption { inherit type; }; }
          { inherit object; }
        ];
      };
      rendered = shapes.rendered evaluated.config.object;
      tried = builtins.tryEval (builtins.deepSeq rendered rendered);
    in
    if tried.success then tried.value else null;
  object = {
    name = "counter";
    zone = "a";
  };
  whole = object // {
    kind = "Service";
  };
in
assert made object == whole;
assert made (object // { zone = "\${var.zone}"; }) == whole // { zone = "\${var.zone}"; };
assert made (object // { ports = [ { port = 80; } ]; }) == whole // { ports = [ { port = 80; } ]; };
assert made (object // { nmae = "counter"; }) == null;
assert made (object // { ports = [ { prot = 80; } ]; }) == null;
assert made (object // { ports = [ { port = "80"; } ]; }) == null;
assert made (object // { zone = "b"; }) == null;
assert made (object // { kind = "Ingress"; }) == null;
assert made (removeAttrs object [ "name" ]) == null;
pkgs.runCommand "kubernetes-shapes" { } "touch $out"
