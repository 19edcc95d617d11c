# Every way's Terraform as one text (infra/rendered/ways.json), so that the tests hold all of them without Nix.
# Ways share most of their blocks: each block stands once, on a line of its own, by a hash of it.
{ lib, rendered }:
let
  # A way as blocks: the path to each, and what is there. Resources and data are one level deeper.
  blocks =
    way:
    lib.concatLists (
      lib.mapAttrsToList (
        section: members:
        lib.concatLists (
          lib.mapAttrsToList (
            member: value:
            if section == "resource" || section == "data" then
              lib.mapAttrsToList (
                name:
                block [
                  "config"
                  section
                  member
                  name
                ]
              ) value
            else
              [ (block [ "config" section member ] value) ]
          ) members
        )
      ) way.config
    )
    ++ lib.mapAttrsToList (
      address:
      block [
        "accepted"
        address
      ]
    ) way.accepted;

  block =
    path: value:
    let
      text = builtins.toJSON { inherit path value; };
    in
    {
      inherit text;
      name = builtins.substring 0 10 (builtins.hashString "sha256" text);
    };

  ways = lib.mapAttrs (_: blocks) rendered;
  distinct = lib.listToAttrs (
    map ({ name, text }: lib.nameValuePair name text) (lib.concatLists (lib.attrValues ways))
  );
  lines = write: set: lib.concatStringsSep ",\n" (lib.mapAttrsToList write set);
in
''
  {
  "blocks": {
  ${lines (name: text: "${builtins.toJSON name}: ${text}") distinct}
  },
  "ways": {
  ${lines (
    way: blocks:
    "${builtins.toJSON way}: ${
      builtins.toJSON (lib.sort lib.lessThan (map (block: block.name) blocks))
    }"
  ) ways}
  }
  }
''
