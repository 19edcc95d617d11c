# The facts of ways.toml as ways.json has them (`lab ways --facts` prints it, a test of the lab compares), with every valid
# way by its name. Must not know a way by name.
{ lib }:
let
  facts = lib.importJSON ../ways.json;
  inherit (facts) defaults;
in
{
  model = facts // {
    # What the default size of each compute comes to.
    compute = lib.mapAttrs (
      word: compute:
      compute
      // {
        size = lib.findFirst (way: way.compute == word && way.arch == defaults.arch) { } (
          lib.attrValues facts.ways
        );
      }
    ) facts.compute;
    # The store whose services serve it: itself, unless another is named.
    store = lib.mapAttrs (word: store: { service = word; } // store) facts.store;
  };
  # By name, each with its parts, its default size and what that comes to.
  inherit (facts) ways;
  # The stores that each language has functions for.
  inherit (facts) functions;

  # A way for people, as `lab ways` has it.
  title =
    way:
    lib.concatStringsSep " · " (
      map (axis: facts.${axis}.${way.${axis}}.title) [
        "compute"
        "language"
        "store"
        "front"
        "arch"
      ]
    );

  # The name of what several ways share: its parts, the defaults left out.
  shared =
    word:
    {
      language ? defaults.language,
      arch ? defaults.arch,
    }:
    lib.concatStringsSep "-" (
      [ word ]
      ++ lib.optional (language != defaults.language) language
      ++ lib.optional (arch != defaults.arch) arch
    );
}
