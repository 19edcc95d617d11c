# The model, as ways.toml has it, and every valid way by its name: the same grammar as bench/ways, which the check
# `ways` holds. A way is valid when its compute lists each of its parts. Must not know a way by name.
{ lib }:
let
  model = fromTOML (builtins.readFile ../ways.toml);
  inherit (model) defaults;

  # In axis order, with what a name leaves out. A compute without a default store has its store always named.
  name =
    way:
    let
      compute = model.compute.${way.compute};
    in
    lib.concatStringsSep "-" (
      [ way.compute ]
      ++ lib.optional (way.language != defaults.language) way.language
      ++ lib.optional (way.store != compute.default_store or null) way.store
      ++ lib.optional (way.front != compute.default_front) way.front
      ++ lib.optional (way.arch != defaults.arch) way.arch
    );

  waysOf =
    word: compute:
    lib.cartesianProduct {
      compute = [ word ];
      language = compute.languages;
      store = compute.stores;
      front = compute.fronts;
      arch = compute.arches;
    };

  # As `lab ways --all --json` prints them.
  listed =
    way:
    way
    // {
      name = name way;
      inherit (model.store.${way.store}) durable;
    };
in
{
  inherit model;
  ways = lib.listToAttrs (
    map (way: lib.nameValuePair (name way) (listed way)) (
      lib.concatLists (lib.mapAttrsToList waysOf model.compute)
    )
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
