# Terraform's values (infra/values.nix) are merged to what terranix's own options merge them to, and conflicts and values that
# Terraform has not are refused: no build is needed to see it.
{ self, pkgs, ... }:
let
  inherit (pkgs) lib;
  inherit (lib)
    mkBefore
    mkDefault
    mkForce
    mkIf
    mkMerge
    ;

  # What parts define of one section; null where it is refused.
  merged =
    options: parts:
    let
      evaluated = lib.evalModules {
        modules = [ options ] ++ map (locals: { config = { inherit locals; }; }) parts;
      };
      tried = builtins.tryEval (builtins.deepSeq evaluated.config.locals evaluated.config.locals);
    in
    if tried.success then tried.value else null;
  ours = merged ../../infra/values.nix;
  theirs = merged "${self.inputs.terranix}/core/terraform-options.nix";

  taken = [
    [ ]
    [ { } ]
    [ { a = null; } ]
    [
      { a = 1; }
      { b = 1.5; }
      { c = true; }
    ]
    [
      { a.b = "x"; }
      { a.c.d = [ { e = null; } ]; }
    ]
    [
      { a = [ 1 ]; }
      { a = mkBefore [ "x" ]; }
    ]
    [
      { a = mkDefault "x"; }
      { a = "y"; }
    ]
    [
      { a = mkForce [ 1 ]; }
      { a = [ 2 ]; }
    ]
    [
      { a = "x"; }
      { a = "x"; }
    ]
    [
      (mkIf false { a = 1; })
      {
        b.c = mkIf true (mkMerge [
          { d = 1; }
          { e = 2; }
        ]);
        f = mkIf false 1;
      }
    ]
    [
      {
        a = [
          (mkIf false 1)
          2
        ];
      }
    ]
  ];
  # By terranix's options too, which first print pages of warnings.
  refused = [
    [ { a = _: 1; } ]
    [ { a.b = [ (_: 1) ]; } ]
    [ { a = ./.; } ]
    [
      { a = "x"; }
      { a = "y"; }
    ]
    [
      { a = "x"; }
      { a = [ "x" ]; }
    ]
    [
      { a = null; }
      { a = 1; }
    ]
    [
      { a = { }; }
      { a = [ ]; }
    ]
  ];
in
assert lib.all (parts: ours parts != null && ours parts == theirs parts) taken;
assert lib.all (parts: ours parts == null) refused;
pkgs.runCommand "terraform-values" { } "touch $out"
