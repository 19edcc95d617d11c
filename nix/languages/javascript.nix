# The JavaScript functions, bundled by their own build script from the packages of their lock; on Lambda only. The
# bundles are the same for every architecture.
{
  pkgs,
  target,
  sources,
  folder,
}:
let
  inherit (pkgs) lib;
  stores = (import ../ways.nix { inherit lib; }).functions.javascript;
  source = sources.service [ ../../services/javascript ];
  nodeModules = pkgs: import ../node-modules.nix { inherit pkgs; };

  functions =
    pkgs.runCommand "javascript-functions"
      {
        nativeBuildInputs = [ pkgs.nodejs_22 ];
        packages = nodeModules pkgs "javascript-packages" ../../services/javascript/package-lock.json;
      }
      ''
        mkdir --parents ${folder} && cd ${folder}
        node ${source}/services/javascript/build.mjs functions $out --node-modules $packages/node_modules
      '';

  # What Lambda's own nodejs22.x brings: AWS's runtime interface client, its native part built by its own scripts.
  runtime =
    with target.native;
    runCommand "javascript-runtime"
      {
        nativeBuildInputs = [
          cmake
          nodejs_22
          python3
        ];
        packages =
          nodeModules target.native "javascript-runtime-packages"
            ../../services/javascript/runtime/package-lock.json;
        # node-gyp would fetch the headers.
        env.npm_config_nodedir = nodejs_22;
        # aws-lambda-cpp names a minimum that CMake 4 no longer has.
        env.CMAKE_POLICY_VERSION_MINIMUM = "3.5";
      }
      ''
        export HOME=$PWD
        cp --recursive --no-preserve=ownership $packages/node_modules .
        chmod --recursive u+w node_modules
        cp ${../../services/javascript/runtime}/package*.json .
        patchShebangs node_modules
        npm rebuild aws-lambda-ric --offline --loglevel=error
        install -D --mode=644 --target-directory=$out/node_modules/aws-lambda-ric \
          node_modules/aws-lambda-ric/{index.mjs,rapid-client.node,package.json,LICENSE,NOTICE,THIRD-PARTY-LICENSES}
      '';
in
{
  functions = lib.genAttrs stores (store: "${functions}/lambda-${store}");
  runtime = _store: {
    program = lib.getExe target.native.nodejs_22;
    args = [
      "${runtime}/node_modules/aws-lambda-ric/index.mjs"
      "index.handler"
    ];
    env._HANDLER = "index.handler";
  };
  zipped.file = "index.mjs";

  tools = [ pkgs.nodejs ];
  formatter = {
    package = pkgs.biome;
    options = [
      "format"
      "--write"
      # Its formatter's part, which every release of Biome's reads.
      "--config-path=${
        pkgs.writeTextDir "biome.json" (
          builtins.toJSON { inherit (lib.importJSON ../../services/javascript/biome.json) formatter; }
        )
      }"
    ];
    includes = [ "services/javascript/*.mjs" ];
  };
}
