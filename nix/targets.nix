# The architectures that are deployed to, by the words of ways.toml.
{ pkgs, pkgsFor }:
let
  target =
    {
      arch,
      system,
      goarch,
      musl,
    }:
    {
      inherit arch system goarch;
      # What is compiled for it on any machine: static, over musl.
      static = pkgs.pkgsCross.${musl}.pkgsStatic;
      # What is taken from the binary cache or built on such a machine.
      native = pkgsFor system;
    };
in
{
  x86_64 = target {
    arch = "x86_64";
    system = "x86_64-linux";
    goarch = "amd64";
    musl = "musl64";
  };
  arm64 = target {
    arch = "arm64";
    system = "aarch64-linux";
    goarch = "arm64";
    musl = "aarch64-multiplatform-musl";
  };
}
