# The C++ functions: static executables over musl's, curl's and nlohmann's libraries, so that they need nothing of the
# system that runs them; on Lambda only.
{
  pkgs,
  target,
  sources,
}:
let
  build = target.static.stdenv.mkDerivation {
    name = "cpp-functions";
    src = "${sources.cpp}/services/cpp";
    nativeBuildInputs = [ target.static.buildPackages.cmake ];
    buildInputs = [
      target.static.curl
      target.static.nlohmann_json
      target.static.tl-expected
    ];
  };
in
{
}
