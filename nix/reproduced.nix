# All artifacts of this system's architecture, built a second time in another folder and at another time, are the same to
# the bit. The result has both hashes; `nix run .#reproduce` prints them. No check of the flake's: it compiles all
# dependencies again. What stands for a managed runtime of AWS's is built once where it is not ours: of Node's and of Java's,
# whose AOT cache HotSpot writes otherwise each time, images get the same in both builds.
{ self, pkgs }:
let
  inherit (pkgs) lib;
  packages = with self; legacyPackages.${system} // self.packages.${system};
  inherit (pkgs.stdenv.hostPlatform) system;
  inherit (import ./ways.nix { inherit lib; }) model ways shared;
  folder = "elsewhere/again";
  again = import ./deployed.nix {
    inherit pkgs folder;
    pkgsFor = _: pkgs;
  };
  # Rendered once: what is built again is what is made of it.
  terraform = packages.terraform.overrideAttrs { inherit folder; };
  arch = if pkgs.stdenv.hostPlatform.isAarch64 then "arm64" else "x86_64";
  # A function's package is the same behind every front.
  functions = lib.groupBy (way: model.compute.${way.compute}.artifact) (
    lib.filter (
      way:
      model.compute.${way.compute}.kind == "function"
      && way.arch == arch
      && way.front == model.compute.${way.compute}.default_front
    ) (lib.attrValues ways)
  );
  servers = map (language: {
    inherit language;
    name = shared "server" { inherit language; };
    # What a package is made of: its own derivation may be a wrapper.
    inherit (packages.${shared "server" { inherit language; }}) content;
    image = packages.${shared "image-server" { inherit language; }};
  }) model.compute.fargate.languages;
in
pkgs.runCommand "reproduced" { nativeBuildInputs = [ pkgs.jq ]; } ''
  # compare NAME FIRST SECOND: files, or folders with all that is in them
  sum() {
    if [ -d "$1" ]; then (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum; else sha256sum <"$1"; fi
  }
  compare() {
    first=$(sum "$2") second=$(sum "$3")
    printf '%-36s %s %s\n' "$1" "''${first%  -}" "''${second%  -}" | tee --append $out
    [ "$first" = "$second" ]
  }
  # unpacked IMAGE FOLDER: its layers and configuration. Its history is nixpkgs' own: the path of a layer in the store,
  # which another derivation has another of.
  unpacked() {
    mkdir --parents "$2"
    tar --extract --file "$1" --directory "$2"
    local config=$(jq --raw-output '.[0].Config' "$2/manifest.json")
    jq 'del(.history)' "$2/$config" >"$2/configuration"
    rm --force "$2/$config" "$2/manifest.json"
  }
  ${lib.concatMapStringsSep "\n" (
    way: "compare ${way.name} ${packages.${way.name}} ${again.zip way}"
  ) functions.zip}
  ${lib.concatMapStringsSep "\n" (way: ''
    unpacked ${packages.${way.name}} first/${way.name}
    unpacked ${
      again.makeFunctionImage {
        inherit (way) arch language;
        inherit (model.store.${way.store}) service;
        tag = packages.${way.name}.imageTag;
        # By its path in the store, which names how it was built.
        inherit (packages.${way.name}) runtime;
      }
    } second/${way.name}
    compare ${way.name} first/${way.name} second/${way.name}
  '') functions.container-image}
  ${lib.concatLines (
    lib.unique (
      map (
        way:
        "compare runtime-${way.language} ${packages.${way.name}.runtimeFiles} ${
          again.services.${arch}.${way.language}.runtimeFiles
        }"
      ) (lib.filter (way: packages.${way.name}.runtimeFiles != null) functions.container-image)
    )
  )}
  ${lib.concatMapStringsSep "\n" (
    {
      language,
      name,
      content,
      image,
    }:
    let
      second = again.services.${arch}.${language}.server;
    in
    ''
      compare ${name} ${content} ${second.content}
      unpacked ${image} first/${name}
      unpacked ${
        again.makeImage {
          inherit language arch;
          tag = image.imageTag;
        }
      } second/${name}
      compare image-${name} first/${name} second/${name}
    ''
  ) servers}
  compare terraform ${packages.terraform} ${terraform}
''
