# The C++ functions: static executables over musl, with curl and its TLS inside, so that they need nothing of the
# system that runs them; on Lambda only.
{
  pkgs,
  target,
  sources,
  folder,
}:
let
  inherit (pkgs) lib;
  stores = (import ../ways.nix { inherit lib; }).functions.cpp;
  inherit (target.static) stdenv buildPackages;

  # HTTP(S) and nothing else, as services/cpp/libcurl.sh has it.
  curl = target.static.curl.override {
    brotliSupport = false;
    gssSupport = false;
    http2Support = false;
    idnSupport = false;
    pslSupport = false;
    scpSupport = false;
    zlibSupport = false;
    zstdSupport = false;
  };

  build = stdenv.mkDerivation {
    name = "cpp-functions";
    src = sources.service [ ../../services/cpp ];
    preUnpack = "mkdir --parents ${folder} && cd ${folder}";
    sourceRoot = "source/services/cpp";
    # Link-time optimisation names symbols by this seed, which would be the output's path, and by the build's folder.
    env.NIX_OUTPATH_USED_AS_RANDOM_SEED = "cpp-functions";
    # Static: no library is looked for.
    env.NIX_NO_SELF_RPATH = true;
    preConfigure = ''
      NIX_CFLAGS_COMPILE+=" -ffile-prefix-map=$NIX_BUILD_TOP/${folder}=/build"
    '';
    nativeBuildInputs = [
      buildPackages.cmake
      buildPackages.pkg-config
    ];
    buildInputs = [
      curl
      target.static.nlohmann_json
      target.static.tl-expected
    ];
    cmakeFlags = [
      "--preset=static"
      # The preset's own folders are for builds by hand.
      "-B."
      "-DCMAKE_PREFIX_PATH="
      "-DCOUNTER_TESTS=OFF"
    ];
    installPhase = ''
      runHook preInstall
      for function in ${toString (map (store: "lambda-${store}") stores)}; do
        cmake --install . --prefix $out/$function --component $function
      done
      runHook postInstall
    '';
  };
in
{
  functions = lib.genAttrs stores (store: "${build}/lambda-${store}");
  runtime = _store: null;
  zipped.executable = "bootstrap";

  tools = [
    pkgs.cmake
    pkgs.curl
    pkgs.gtest
    pkgs.nlohmann_json
    pkgs.pkg-config
    pkgs.tl-expected
  ];
  formatter = {
    package = pkgs.clang-tools;
    program = "clang-format";
    options = [ "-i" ];
    includes = [
      "*.cpp"
      "*.hpp"
    ];
  };
}
