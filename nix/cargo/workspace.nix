# Cargo's workspace, read by evaluation: what a build of some members needs of the manifests, the lock and the sources,
# so that whatever else changes rebuilds nothing. Must not know a member by name.
{ lib }:
let
  inherit (lib.fileset) maybeMissing unions;
  folder = ../..;
  toml = import ./toml.nix { inherit lib; };
  root = lib.importTOML (folder + "/Cargo.toml");
  lock = lib.importTOML (folder + "/Cargo.lock");

  members = lib.listToAttrs (
    map (
      path:
      let
        manifest = lib.importTOML (folder + "/${path}/Cargo.toml");
      in
      lib.nameValuePair manifest.package.name { inherit path manifest; }
    ) root.workspace.members
  );

  tables = manifest: [ manifest ] ++ lib.attrValues (manifest.target or { });
  # What is linked; what tests need as well.
  linked =
    manifest: lib.concatMap (table: lib.attrNames (table.dependencies or { })) (tables manifest);
  tested = manifest: linked manifest ++ lib.attrNames (manifest.dev-dependencies or { });

  # An entry of the lock names another by its name and, where there are several, its version.
  byName = lib.groupBy (package: package.name) lock.package;
  find =
    entry:
    let
      words = lib.splitString " " entry;
      named = byName.${lib.head words};
    in
    if lib.length words == 1 then
      lib.head named
    else
      lib.findFirst (
        package: package.version == lib.elemAt words 1
      ) (throw "Cargo.lock lacks ${entry}") named;
  key = package: {
    key = "${package.name} ${package.version}";
    inherit package;
  };
in
{
  # Whose executables are built.
  roots,
  # Beside all members, with what their tests need: so that the lab's build, its tests and its lints have the same
  # features of the same crates, which are then compiled once.
  whole ? false,
}:
let
  reached = map (found: found.key) (
    lib.genericClosure {
      startSet = map (name: { key = name; }) roots;
      operator =
        { key }:
        map (name: { key = name; }) (lib.filter (name: members ? ${name}) (linked members.${key}.manifest));
    }
  );
  wanted = if whole then tested else linked;

  # A member's entry of the lock has what its tests need.
  entries =
    package:
    let
      has =
        entry: lib.elem (lib.head (lib.splitString " " entry)) (wanted members.${package.name}.manifest);
      all = package.dependencies or [ ];
    in
    if members ? ${package.name} then lib.filter has all else all;
  locked = map (found: found.package) (
    lib.genericClosure {
      startSet = map (name: key (find name)) (if whole then lib.attrNames members else roots);
      operator = { package, ... }: map (entry: key (find entry)) (entries package);
    }
  );

  isLocked = name: lib.any (package: package.name == name) locked;
  included = lib.filterAttrs (name: _: isLocked name) members;

  # Members in the place of a package that dependencies ask for, which are built with these.
  patch = lib.filterAttrs (name: _: isLocked name) (root.patch.crates-io or { });
  patched = lib.filter (name: members ? ${name}) (lib.attrNames patch);
  built = lib.unique (reached ++ patched);

  used = lib.unique (lib.concatMap (member: wanted member.manifest) (lib.attrValues included));
  top =
    removeAttrs root [ "patch" ]
    // lib.optionalAttrs (patch != { }) { patch.crates-io = patch; }
    // {
      workspace = removeAttrs root.workspace [ "default-members" ] // {
        members = map (member: member.path) (lib.attrValues included);
        dependencies = lib.filterAttrs (name: _: lib.elem name used) root.workspace.dependencies;
      };
    };

  shared = {
    "Cargo.toml" = toml top;
    "Cargo.lock" = toml {
      inherit (lock) version;
      package = map (
        package: package // lib.optionalAttrs (package ? dependencies) { dependencies = entries package; }
      ) locked;
    };
  };

  # Tests, benchmarks and examples stay out.
  kept =
    manifest:
    removeAttrs manifest (
      [
        "bench"
        "example"
        "test"
      ]
      ++ lib.optional (!whole) "dev-dependencies"
    );

  # A member without its sources: its dependencies, and empty targets of the same kinds, on which it depends how Cargo
  # compiles the dependencies. Under other paths than the real ones, so that nothing of it is taken for built.
  stub =
    { path, manifest }:
    {
      "${path}/Cargo.toml" = toml (
        kept manifest
        // {
          lib.path = "stub.rs";
          bin = map (bin: {
            inherit (bin) name;
            path = "stub-main.rs";
          }) (manifest.bin or [ ]);
          example = [
            {
              name = "stub-${manifest.package.name}";
              path = "stub-main.rs";
            }
          ];
        }
      );
      "${path}/stub.rs" = "";
      "${path}/stub-main.rs" = "fn main() {}\n";
    };

  manifestsOf =
    names:
    shared
    // lib.concatMapAttrs (
      name: member:
      if lib.elem name names then
        { "${member.path}/Cargo.toml" = toml (kept member.manifest); }
      else
        stub member
    ) included;
  sourcesOf =
    names:
    unions (
      map (
        name:
        let
          path = folder + "/${members.${name}.path}";
        in
        lib.fileset.difference path (
          unions (
            map (part: maybeMissing (path + "/${part}")) [
              "Cargo.toml"
              "benches"
              "examples"
              "tests"
            ]
          )
        )
      ) names
    );
in
{
  # The packages of the lock that are fetched.
  crates = lib.filter (package: package ? source) locked;

  # Files by their path: all members without their sources …
  stubs = manifestsOf patched;
  # … and those that are built, to be laid over `sources`.
  manifests = manifestsOf built;

  # The sources of all that are built, and of those that dependencies are built with.
  sources = sourcesOf built;
  patches = sourcesOf patched;

  # One that is built of a stub: naming it makes Cargo choose features as for tests, without building any.
  unifying = "--example=stub-${lib.head (lib.subtractLists built (lib.attrNames included))}";
}
