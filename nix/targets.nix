# The architectures that are deployed to, by the words of ways.toml.
{ pkgs, pkgsFor }:
let
  target =
    {
      arch,
      system,
      goarch,
      elfMachine,
      musl,
    }:
    {
      inherit
        arch
        system
        goarch
        elfMachine
        ;
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
    elfMachine = 62; # EM_X86_64 of <elf.h>
    musl = "musl64";
  };
  arm64 = target {
    arch = "arm64";
    system = "aarch64-linux";
    goarch = "arm64";
    elfMachine = 183; # EM_AARCH64
    musl = "aarch64-multiplatform-musl";
  };
}
