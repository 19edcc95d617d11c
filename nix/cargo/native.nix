# All members for this machine: the lab, its tests and its lints. Each dependency is built once, with the features that
# the tests need; the lab waits for its own alone.
{ pkgs }:
let
  inherit (pkgs) lib;
  sources = import ../sources.nix { inherit lib; };
  part = import ./workspace.nix { inherit lib; } {
    roots = [ "lab" ];
    whole = true;
  };
  cargo = import ./build.nix {
    inherit pkgs part;
    inherit (pkgs) rustPlatform;
  };
  command = words: {
    buildPhase = ''
      runHook preBuild
      cargo ${words} --release --workspace --offline
      runHook postBuild
    '';
  };

  build = command "build --bin=lab ${part.unifying}";
  linked = cargo.dependencies ({ pname = "lab-dependencies"; } // build);
  tested = cargo.dependencies (
    {
      pname = "lab-test-dependencies";
      from = linked;
    }
    // command "test --no-run"
  );
in
{
  lab =
    arguments:
    cargo.package (
      build
      // {
        pname = "lab";
        from = linked;
        src = sources.of [
          part.sources
          ../../ways.toml
        ];
        installPhase = "install -D --target-directory=$out/bin target/release/lab";
      }
      // arguments
    );

  # What a command of Cargo's finds in the whole workspace.
  check =
    pname: src: words: arguments:
    cargo.package (
      command "${words} --locked"
      // {
        inherit pname src;
        from = tested;
        ownManifests = true;
        installPhase = "touch $out";
      }
      // arguments
    );
}
