# The Python services, made by their own build script from their locks. The functions are the same for every
# architecture; the server's libraries are compiled, so that it is built on a machine of its own.
{
  pkgs,
  target,
  sources,
  folder,
}:
let
  inherit (pkgs) lib;
  stores = (import ../ways.nix { inherit lib; }).functions.python;
  source = sources.service [
    ../../services/python/build.py
    ../../services/python/requirements
    ../../services/python/src
  ];
  python = pkgs: pkgs.python3.withPackages (packages: [ packages.pip ]);

  # What pip fetches for a lock, for Lambda's Python on glibc 2.28 or newer. pip verifies each file by the lock, and
  # Nix all of them by this hash, which changes with the lock: Nix then prints the new one.
  hashes = lib.importJSON ./python-wheels.json;
  machine = target.native.stdenv.hostPlatform.parsed.cpu.name;
  wheels =
    lock:
    pkgs.runCommand "wheels-${lock}-${machine}"
      {
        nativeBuildInputs = [
          (python pkgs)
          pkgs.cacert
        ];
        outputHashMode = "recursive";
        outputHash = hashes.${lock}.${target.arch};
        impureEnvVars = lib.fetchers.proxyImpureEnvVars;
      }
      ''
        python3 -m pip download --no-cache-dir --no-deps --only-binary=:all: --require-hashes \
          --python-version=3.13 --implementation=cp \
          --platform=manylinux_2_28_${machine} --platform=manylinux_2_17_${machine} \
          --platform=manylinux2014_${machine} \
          --requirement=${source}/services/python/requirements/${lock}.txt --dest=$out
      '';

  build =
    pkgs: artifact: lock:
    pkgs.runCommand "python-${artifact}" { nativeBuildInputs = [ (python pkgs) ]; } ''
      mkdir --parents ${folder} && cd ${folder}
      python3 ${source}/services/python/build.py ${artifact} $out --wheels ${wheels lock}
      # It names the machine that built.
      rm $out/.built-from
    '';
  native = build target.native;

  inFolder = arguments: {
    program = target.native.python3.interpreter;
    args = [ "-m" ] ++ arguments;
    env = { };
  };
  started = arguments: path: inFolder arguments // { env.PYTHONPATH = "${path}"; };
  runtimeFiles = native "runtime" "runtime";
  adapted = {
    folder = native "server" "server";
    runtime = inFolder [ "counter.server" ];
  };
in
{
  inherit adapted;
  server = rec {
    content = native "server" "server";
    start = started [ "counter.server" ];
    package =
      with start content;
      target.native.writeShellApplication {
        name = "server";
        text = "PYTHONPATH=${env.PYTHONPATH} exec ${program} ${toString args}";
      };
  };
  # A store that AWS's SDK does not reach has a lock of its own, as in build.py.
  functions = lib.genAttrs stores (
    store: build pkgs "lambda-${store}" (if hashes ? ${store} then store else "lambda")
  );
  # What Lambda's own python3.13 brings.
  runtime = store: started [ "awslambdaric" "counter.lambda_${store}.handler" ] runtimeFiles;
  inherit runtimeFiles;
  zipped.file = "counter/page.html";

  tools = [ (python pkgs) ];
  formatter = {
    package = pkgs.ruff;
    options = [ "format" ];
    includes = [ "services/python/*.py" ];
  };
}
